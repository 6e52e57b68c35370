/** AWS API Gateway in the Common Log Format its console proposes; its JSON format is read by `json-log.ts`. */
import { accessLogParser } from './access-log.ts';
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';

export const apiGatewayFormat: LineFormat = lineFormat({
  id: 'aws-api-gateway',
  title: 'AWS API Gateway access log (CLF)',
  parser: apiGatewayParser,
  weight: 0.97,
  stateless: true,
});

/** Status, size and the request id (a UUID, or the shorter one of HTTP APIs), with nothing in quotes behind the request. */
const tail = /" (?:\d{3}|-) (?:\d{1,15}|-) (?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[\w-]{10,24}=)(?: \S{1,64})?$/;
const tailCharactersMax = 160;

function apiGatewayParser(options: ReadOptions): LineParser {
  const parse = accessLogParser(options);
  return (line, number) => {
    if (!tail.test(line.slice(-tailCharactersMax))) return malformed(number, 'is no API Gateway line');
    const item = parse(line, number);
    if (item.kind !== 'exchange') return item;
    // The request carries the resource path, which is the route: `/pets/{petId}`.
    return { kind: 'exchange', exchange: { ...item.exchange, route: item.exchange.path } };
  };
}
