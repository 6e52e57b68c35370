/** Traefik's text format: combined, then a request count, router, server URL and duration. */
import { accessLogParser } from './access-log.ts';
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';

export const traefikLogFormat: LineFormat = lineFormat({
  id: 'traefik',
  title: 'Traefik access log (text format)',
  parser: traefikLogParser,
  weight: 0.97,
  stateless: true,
});

const tail = / \d{1,12} "([^"]{0,512})" "[^"]{0,512}" (\d{1,9})ms$/;
/** The tail is looked for only in the end of a line. */
const tailCharactersMax = 1100;

function traefikLogParser(options: ReadOptions): LineParser {
  const parse = accessLogParser(options);
  return (line, number) => {
    const found = tail.exec(line.slice(-tailCharactersMax));
    if (found === null) return malformed(number, 'is no Traefik line');
    const item = parse(line, number);
    if (item.kind !== 'exchange') return item;
    // Routers may be chained; the last one chose the service.
    const router = found[1]?.split(' -> ').at(-1) ?? '-';
    const service = router === '-' || router === '' ? item.exchange.service : router;
    return { kind: 'exchange', exchange: { ...item.exchange, durationMs: Number(found[2]), service } };
  };
}
