/**
 * Formats that are checked. JSON Schema makes them notes, not rules; what is listed here is refused when it is something
 * else, read as widely as clients write it. Formats that are not listed (`email`, `uri`, `password`, ...) accept any text.
 */
import { fullFormats } from 'ajv-formats/dist/formats.js';

type Format = { readonly type: 'number'; readonly validate: (value: number) => boolean } | ((text: string) => boolean);

const dateTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,12})?)?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?$/i;
const base64 = /^[A-Za-z0-9+/_-]*={0,2}\s*$/;
/** Nothing that is a date, an address or an id is longer. */
const textMax = 64;

function short(pattern: unknown): (text: string) => boolean {
  return (text) => text.length <= textMax && pattern instanceof RegExp && pattern.test(text);
}

export const formats: Readonly<Record<string, Format>> = {
  date: short(/^\d{4}-(?:0\d|1[0-2])-[0-3]\d$/),
  'date-time': short(dateTime),
  uuid: short(/^\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i),
  ipv4: short(fullFormats.ipv4),
  ipv6: short(fullFormats.ipv6),
  byte: (text) => base64.test(text.includes('\n') ? text.replace(/[\r\n]/g, '') : text),
  int32: { type: 'number', validate: (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31 },
  int64: { type: 'number', validate: (value) => Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63 },
};

/** Formats whose every value is harmless in itself: nothing an attack could be written in. */
export const harmlessFormats: ReadonlySet<string> = new Set(['date', 'date-time', 'uuid', 'ipv4', 'ipv6', 'int32', 'int64']);
