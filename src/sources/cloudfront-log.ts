/** Amazon CloudFront standard logs: W3C extended, tabs between the columns. */
import { type LineFormat, lineFormat } from './line-format.ts';
import { type W3cDialect, w3cParser } from './w3c-log.ts';

/** The columns in the order of the developer guide, for files whose header was cut off. */
const standardColumns = [
  'date',
  'time',
  'x-edge-location',
  'sc-bytes',
  'c-ip',
  'cs-method',
  'cs(host)',
  'cs-uri-stem',
  'sc-status',
  'cs(referer)',
  'cs(user-agent)',
  'cs-uri-query',
  'cs(cookie)',
  'x-edge-result-type',
  'x-edge-request-id',
  'x-host-header',
  'cs-protocol',
  'cs-bytes',
  'time-taken',
  'x-forwarded-for',
  'ssl-protocol',
] as const;

const cloudFrontDialect: W3cDialect = {
  separator: '\t',
  durationPart: 'durationS',
  decode: decodePercent,
  // `cs(Host)` is the distribution's own name; `x-host-header` is what the viewer asked for.
  hostColumn: 'x-host-header',
  columns: standardColumns,
};

export const cloudFrontFormat: LineFormat = lineFormat({
  id: 'cloudfront',
  title: 'Amazon CloudFront standard log',
  parser: (options) => w3cParser(cloudFrontDialect, options),
  weight: 0.98,
  stateless: false,
});

/** CloudFront percent-encodes blanks and the like in user agent and referer. */
function decodePercent(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    // Not valid UTF-8 behind the percent signs: kept as written.
    return value;
  }
}
