/** Tables: tab- or comma-separated lines whose first one names the columns, in names that JSON logs use too. */

import { defaultsOf, exchangeOfParts } from './exchange-parts.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { partsOfObject } from './json-log.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';

export const delimitedLogFormat: LineFormat = lineFormat({
  id: 'delimited-log',
  title: 'table of requests with a header line (TSV, CSV)',
  parser: delimitedLogParser,
  weight: 0.9,
  stateless: false,
});

const columnsMax = 256;

function delimitedLogParser(options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  let columns: readonly string[] | null = null;
  let separator: '\t' | ',' = '\t';
  return (line, number) => {
    if (columns === null) {
      separator = line.includes('\t') ? '\t' : ',';
      const names = splitRow(line, separator);
      if (names.length < 3 || !names.every((name) => /^[@\w. ()-]{1,64}$/.test(name)))
        return malformed(number, 'no header line with column names came before it');
      columns = meaningfulNames(names);
      return excluded(number, exclusionReasons.comment);
    }
    const values = splitRow(line, separator);
    const row = Object.fromEntries(columns.map((column, at) => [column, values[at] ?? '']));
    const { parts, headers } = partsOfObject(row);
    return exchangeOfParts(parts, number, defaults, headers);
  };
}

/** `host` beside `logname` is the remote host, as in the Common Log Format these names come from. */
function meaningfulNames(names: readonly string[]): string[] {
  const isClf = names.some((name) => name.toLowerCase() === 'logname');
  return names.map((name) => (isClf && name.toLowerCase() === 'host' ? 'remote_addr' : name.trim().replaceAll(' ', '_')));
}

/** Values of one row; quotes around a comma-separated value come off, doubled ones inside become one (RFC 4180). */
function splitRow(line: string, separator: '\t' | ','): string[] {
  if (separator === '\t' || !line.includes('"')) return line.split(separator, columnsMax);
  const values: string[] = [];
  let at = 0;
  while (at <= line.length && values.length < columnsMax) {
    if (line.charCodeAt(at) !== 34) {
      const end = line.indexOf(',', at);
      values.push(line.slice(at, end < 0 ? line.length : end));
      at = end < 0 ? line.length + 1 : end + 1;
      continue;
    }
    let close = line.indexOf('"', at + 1);
    while (close >= 0 && line.charCodeAt(close + 1) === 34) close = line.indexOf('"', close + 2);
    const end = close < 0 ? line.length : close;
    values.push(line.slice(at + 1, end).replaceAll('""', '"'));
    const comma = line.indexOf(',', end);
    at = comma < 0 ? line.length + 1 : comma + 1;
  }
  return values;
}
