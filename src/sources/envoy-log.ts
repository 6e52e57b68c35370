/** Envoy's default text format, and Istio's, which puts more fields in between. */

import { defaultsOf, exchangeOfParts, numberOf } from './exchange-parts.ts';
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import { splitFields } from './log-fields.ts';
import type { ReadOptions } from './source.ts';
import { isoTime } from './timestamp.ts';

export const envoyLogFormat: LineFormat = lineFormat({
  id: 'envoy',
  title: 'Envoy and Istio access log (default text format)',
  parser: envoyLogParser,
  weight: 0.97,
  stateless: true,
});

/** Fields of the default format; older ones end after the authority. */
const fieldsMin = 12;

function envoyLogParser(options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  return (line, number) => {
    const fields = line.charCodeAt(0) === 91 ? splitFields(line) : null;
    if (fields === null || fields.length < fieldsMin || isoTime(fields[0] ?? '') === null || numberOf(fields[2]) === null) {
      return malformed(number, 'is no Envoy line');
    }
    const [time, requestLine, status] = fields;
    // Istio writes response details, termination details and a failure reason before the sizes.
    const isIstio = numberOf(fields[4]) === null;
    const [requestBytes, responseBytes, durationMs, , forwarded, userAgent, , host, , , , , downstream] = fields.slice(isIstio ? 7 : 4);
    return exchangeOfParts(
      {
        time,
        requestLine,
        status,
        requestBytes,
        responseBytes,
        durationMs,
        forwarded,
        userAgent,
        host,
        peer: isIstio ? downstream : undefined,
      },
      number,
      defaults,
    );
  };
}
