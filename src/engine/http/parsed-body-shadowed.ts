/**
 * Values that a later field of the same name hides from whoever reads JSON the usual way: the last one wins here, the first one elsewhere
 * (RFC 8259 section 4), so what stands in either must be seen.
 */
import type { FormField } from './request.ts';

/** Hidden values kept of one body. */
export const SHADOWED_MAX = 100;
/** Characters kept of a hidden value that is no string. */
const RAW_CHARS_MAX = 65_536;

/** Where the value of each field of an object begins; null = an array. */
type Level = Map<string, number> | null;

/** @param text valid JSON of bounded depth; with anything else the answer says nothing, but is given */
export function shadowedValues(text: string): readonly FormField[] {
  const found: FormField[] = [];
  const levels: Level[] = [];
  for (let at = 0; at < text.length && found.length < SHADOWED_MAX; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      const end = stringEnd(text, at);
      const level = levels[levels.length - 1];
      const colon = level === undefined || level === null ? -1 : colonAfter(text, end + 1);
      if (level !== undefined && level !== null && colon !== -1) {
        const name = plainName(text.slice(at + 1, end));
        const before = level.get(name);
        if (before !== undefined) found.push({ name: name.slice(0, 64), value: valueAt(text, before) });
        level.set(name, colon + 1);
        at = colon;
      } else at = end;
    } else if (code === 123) levels.push(new Map());
    else if (code === 91) levels.push(null);
    else if (code === 125 || code === 93) levels.pop();
  }
  return found;
}

/** Index of the quote that ends the string which begins at `open`. */
function stringEnd(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/** Index of the colon that follows a name; -1 when the string was a value. */
function colonAfter(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === 58 ? at : -1;
}

/** `\u0061` and `a` are one name. */
function plainName(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // Valid JSON has no such name.
    return raw;
  }
}

/** A string decoded; any other value as it is written. */
function valueAt(text: string, from: number): string {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  if (text.charCodeAt(at) === 34) {
    const raw = text.slice(at, stringEnd(text, at) + 1);
    try {
      return JSON.parse(raw) as string;
    } catch {
      // Valid JSON holds no such string; what is there is kept as it is.
      return raw;
    }
  }
  let depth = 0;
  for (let end = at; end < text.length && end - at < RAW_CHARS_MAX; end++) {
    const code = text.charCodeAt(end);
    if (code === 34) end = stringEnd(text, end);
    else if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      if (depth-- <= 1) return text.slice(at, depth < 0 ? end : end + 1);
    } else if (code === 44 && depth === 0) return text.slice(at, end);
  }
  return text.slice(at, at + RAW_CHARS_MAX);
}
