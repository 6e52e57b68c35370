/** Microsoft IIS: W3C extended files, and the same fields as Windows events (one XML event a line). */

import { defaultsOf, exchangeOfParts } from './exchange-parts.ts';
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';
import { type W3cDialect, w3cParser, w3cParts } from './w3c-log.ts';

const iisDialect: W3cDialect = {
  separator: ' ',
  durationPart: 'durationMs',
  // IIS writes a plus for each blank; a plus that was sent cannot be told from one.
  decode: (value) => value.replaceAll('+', ' '),
  columns: null,
};

export const iisLogFormat: LineFormat = lineFormat({
  id: 'iis',
  title: 'Microsoft IIS W3C extended log',
  parser: (options) => w3cParser(iisDialect, options),
  weight: 0.98,
  stateless: false,
});

export const iisEventFormat: LineFormat = lineFormat({
  id: 'iis-event',
  title: 'Microsoft IIS events (ETW, one XML event a line)',
  parser: iisEventParser,
  weight: 0.98,
  stateless: true,
});

const dataElement = /<Data Name="([\w-]{1,64})">([^<]*)<\/Data>/g;
/** Event names that differ from the W3C column of the same meaning. */
const columnByEventName: Readonly<Record<string, string>> = {
  'csuser-agent': 'cs(user-agent)',
  csreferer: 'cs(referer)',
  cscookie: 'cs(cookie)',
};
const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

function iisEventParser(options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  return (line, number) => {
    if (!line.startsWith('<Event ') || !line.includes('IIS')) return malformed(number, 'is no IIS event');
    const columns: string[] = [];
    const values: string[] = [];
    for (const [, name = '', value = ''] of line.matchAll(dataElement)) {
      const column = name.toLowerCase();
      columns.push(columnByEventName[column] ?? column);
      values.push(value.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => entities[entity] ?? entity));
    }
    return exchangeOfParts(w3cParts(columns, values, iisDialect), number, defaults);
  };
}
