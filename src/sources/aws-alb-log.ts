/** AWS Application Load Balancer access logs, and those of the Classic Load Balancer before it. */

import { parseAuthority } from './authority.ts';
import { defaultsOf, exchangeOfParts, numberOf } from './exchange-parts.ts';
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import { splitFields } from './log-fields.ts';
import type { ReadOptions } from './source.ts';
import { isoTime } from './timestamp.ts';

export const awsAlbFormat: LineFormat = lineFormat({
  id: 'aws-alb',
  title: 'AWS Application and Classic Load Balancer access log',
  parser: awsAlbParser,
  weight: 0.98,
  stateless: true,
});

const listenerTypes: ReadonlySet<string> = new Set(['http', 'https', 'h2', 'grpcs', 'ws', 'wss']);
/** Fields up to and including the user agent, counted without the listener type. */
const fieldsMin = 13;

function awsAlbParser(options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  return (line, number) => {
    const all = splitFields(line);
    const hasType = listenerTypes.has(all?.[0] ?? '');
    const fields = hasType ? all?.slice(1) : all;
    // The third field is always `address:port`.
    if (!fields || fields.length < fieldsMin || isoTime(fields[0] ?? '') === null || (parseAuthority(fields[2])?.port ?? null) === null) {
      return malformed(number, 'is no load balancer line');
    }
    const [
      time,
      ,
      client,
      ,
      requestS,
      targetS,
      responseS,
      status,
      ,
      receivedBytes,
      sentBytes,
      request,
      userAgent,
      ,
      tlsVersion,
      ,
      ,
      domain,
    ] = fields;
    // Each of the three is -1 when that step never came.
    const steps = [requestS, targetS, responseS].map(numberOf).filter((step) => step !== null);
    const isWhole = steps.length === 3 && steps.every((step) => step >= 0);
    return exchangeOfParts(
      {
        time,
        requestLine: request,
        scheme: hasType ? all?.[0] : undefined,
        host: domain,
        peer: client,
        status,
        durationS: isWhole ? steps.reduce((sum, step) => sum + step, 0) : undefined,
        requestBytes: receivedBytes,
        responseBytes: sentBytes,
        userAgent,
        tlsVersion,
      },
      number,
      defaults,
    );
  };
}
