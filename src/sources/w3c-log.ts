/** W3C extended log files: a `#Fields:` line says what the columns are. IIS and CloudFront write them. */

import { defaultsOf, type ExchangePart, type ExchangeParts, exchangeOfParts } from './exchange-parts.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import type { LineParser } from './line-format.ts';
import type { ReadOptions } from './source.ts';

const columnParts: Readonly<Record<string, ExchangePart>> = {
  'cs-method': 'method',
  'cs-uri-stem': 'target',
  'cs-uri-query': 'query',
  'cs-username': 'principal',
  'c-ip': 'peer',
  'x-forwarded-for': 'forwarded',
  'cs(x-forwarded-for)': 'forwarded',
  'cs-host': 'host',
  'cs(host)': 'host',
  's-port': 'port',
  'cs-protocol': 'scheme',
  'sc-status': 'status',
  'sc-bytes': 'responseBytes',
  'cs-bytes': 'requestBytes',
  'cs(user-agent)': 'userAgent',
  'cs(referer)': 'referer',
  'ssl-protocol': 'tlsVersion',
  'crypt-protocol': 'tlsVersion',
};

export interface W3cDialect {
  readonly separator: ' ' | '\t';
  readonly durationPart: 'durationMs' | 'durationS';
  /** Undoes what the writer did to keep blanks out of a value. */
  readonly decode: (value: string) => string;
  /** Column that names the host the caller asked for, when another one names a server of the producer's own. */
  readonly hostColumn?: string;
  /** Columns when no `#Fields:` line came, or null when nothing can be read without one. */
  readonly columns: readonly string[] | null;
}

/** Columns that one `#Fields:` line may name. */
const columnsMax = 256;

export function w3cParser(dialect: W3cDialect, options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  let columns = dialect.columns;
  return (line, number) => {
    if (line.charCodeAt(0) === 35) {
      if (/^#Fields:/i.test(line)) columns = line.slice(8).trim().toLowerCase().split(/\s+/, columnsMax);
      return excluded(number, exclusionReasons.comment);
    }
    if (columns === null) return malformed(number, 'no #Fields line came before it');
    const values = line.split(dialect.separator, columnsMax);
    // CloudFront has added columns at the end over the years; fewer values than columns are a cut line.
    if (values.length < columns.length && dialect.columns !== columns)
      return malformed(number, 'has fewer values than #Fields has columns');
    return exchangeOfParts(w3cParts(columns, values, dialect), number, defaults);
  };
}

export function w3cParts(columns: readonly string[], values: readonly string[], dialect: W3cDialect): ExchangeParts {
  const parts: ExchangeParts = {};
  let date = '';
  let clock = '';
  for (let at = 0; at < columns.length; at += 1) {
    const column = columns[at] ?? '';
    const value = values[at];
    if (value === undefined || value === '-' || value === '') continue;
    if (column === 'date') date = value;
    else if (column === 'time') clock = value;
    else if (column === 'time-taken') parts[dialect.durationPart] = value;
    else if (column === dialect.hostColumn) parts.host = value;
    else {
      const part = columnParts[column];
      if (part === undefined || (part === 'host' && parts.host !== undefined)) continue;
      parts[part] = part === 'userAgent' || part === 'referer' || part === 'forwarded' ? dialect.decode(value) : value;
    }
  }
  // Both IIS and CloudFront write UTC (W3C Extended Log File Format, "Date and Time").
  if (date !== '' && clock !== '') parts.time = `${date} ${clock}`;
  return parts;
}
