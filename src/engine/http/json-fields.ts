/** Which fields a JSON body has: paths and types, never a value; keys that look like data are masked too. */
import type { FieldSeen } from '../evidence/observation.ts';
import type { JsonValue } from './exchange.ts';
import { looksRandom } from './segment.ts';

const FIELDS_MAX = 200;
const DEPTH_MAX = 8;
/** Items looked at per array: records of one list mostly share their fields. */
const ITEMS_MAX = 5;

/** A key that reads like a name somebody chose; anything else (ids, e-mails, dates as keys) is data. */
const vocabularyKey = /^[A-Za-z_$@][A-Za-z_$.:-]*\d{0,3}[A-Za-z_]*$/;

/** Fields of `body`, in document order, each once; at most 200, 8 levels deep, 5 items of each array. */
export function jsonFields(body: JsonValue): FieldSeen[] {
  const seen = new Map<string, FieldSeen>();
  walk(body, '$', 0, seen);
  return [...seen.values()];
}

/** A key as it may be kept: itself, or `{key}` when it looks like data. */
export function maskKey(key: string): string {
  return key.length <= 64 && vocabularyKey.test(key) && !looksRandom(key) ? key : '{key}';
}

function walk(value: JsonValue, path: string, depth: number, seen: Map<string, FieldSeen>): void {
  if (seen.size >= FIELDS_MAX || depth > DEPTH_MAX) return;
  if (path !== '$') {
    const field: FieldSeen = { path, type: typeOf(value) };
    const key = `${path} ${field.type}`;
    if (!seen.has(key)) seen.set(key, field);
  }
  if (Array.isArray(value)) {
    for (const item of value.slice(0, ITEMS_MAX)) walk(item as JsonValue, `${path}[]`, depth + 1, seen);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) walk(item, `${path}.${maskKey(key)}`, depth + 1, seen);
  }
}

function typeOf(value: JsonValue): FieldSeen['type'] {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}
