/** Query strings and cookies taken apart, as servers do it: `+` is a space, the first `=` separates. */
import type { HeaderList } from '../http/headers.ts';

export interface QueryField {
  readonly name: string;
  readonly value: string;
  /** The value as sent. */
  readonly raw: string;
}

export interface QueryRead {
  readonly fields: readonly QueryField[];
  /** More fields were there than were read. */
  readonly isCut: boolean;
  /** Something is not UTF-8 in percent-encoding; it was left as sent. */
  readonly isMalformed: boolean;
}

const cookiesMax = 200;

export function readQuery(query: string, fieldsMax: number): QueryRead {
  const fields: QueryField[] = [];
  let isMalformed = false;
  const decode = (text: string): string => {
    const decoded = decodedText(text);
    if (decoded === null) isMalformed = true;
    return decoded ?? text;
  };
  let at = 0;
  while (at <= query.length && fields.length < fieldsMax) {
    let end = query.indexOf('&', at);
    if (end < 0) end = query.length;
    if (end > at) {
      const equals = query.indexOf('=', at);
      const middle = equals < 0 || equals > end ? end : equals;
      const raw = query.slice(Math.min(middle + 1, end), end);
      fields.push({ name: decode(query.slice(at, middle)), value: decode(raw), raw });
    }
    at = end + 1;
  }
  return { fields, isCut: at < query.length, isMalformed };
}

/** Decoded text; null when it is not UTF-8 in percent-encoding. */
export function decodedText(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Values of cookies by name; at most 200 cookies. */
export function readCookies(headers: HeaderList): ReadonlyMap<string, readonly string[]> {
  const cookies = new Map<string, string[]>();
  let count = 0;
  for (const field of headers) {
    if (field.name !== 'cookie') continue;
    for (const part of field.value.split(';', cookiesMax)) {
      const equals = part.indexOf('=');
      if (equals < 0 || count >= cookiesMax) continue;
      count += 1;
      const name = part.slice(0, equals).trim();
      const text = part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
      const list = cookies.get(name) ?? [];
      list.push(text.includes('%') ? (decodedText(text.replaceAll('+', '%2B')) ?? text) : text);
      cookies.set(name, list);
    }
  }
  return cookies;
}
