/** The places of one request with what stands there, for a model that is learned from requests. */
import type { JsonValue } from '../http/exchange.ts';
import { maskKey } from '../http/json-fields.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { readQuery } from './query-text.ts';

export interface PlaceValue {
  /** `query.q`, `path.id`, `body.$.items[].note`; names that look like data masked. */
  readonly place: string;
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';
  /** Text of a string or number; null for what has none. In memory only. */
  readonly text: string | null;
}

/** Places and items of one list that are looked at. */
export const placesMax = 200;
const itemsMax = 5;
const depthMax = 8;

/** At most 200 values; a list stands for its first five items. */
export function requestPlaces(head: RequestHead, params: Readonly<Record<string, string>>, body: ParsedBody | null): readonly PlaceValue[] {
  const found: PlaceValue[] = [];
  const add = (place: string, type: PlaceValue['type'], text: string | null) => {
    if (found.length < placesMax) found.push({ place, type, text });
  };
  for (const name of Object.keys(params)) add(`path.${name}`, 'string', params[name] ?? '');
  if (head.query !== null && head.query !== '') {
    for (const { name, value } of readQuery(head.query, placesMax).fields) add(`query.${maskKey(name)}`, 'string', value);
  }
  for (const { name, value } of body?.form ?? []) add(`body.${maskKey(name)}`, 'string', value);
  for (const { name, text, fileName } of body?.parts ?? [])
    if (name !== null) add(`body.${maskKey(name)}`, 'string', fileName === null ? text : null);
  if (body?.json !== undefined && body.form === null && body.parts === null) walk(body.json, 'body.$', 0, add);
  return found;
}

function walk(
  value: JsonValue,
  place: string,
  depth: number,
  add: (place: string, type: PlaceValue['type'], text: string | null) => void,
): void {
  if (value === null) add(place, 'null', null);
  else if (typeof value === 'string') add(place, 'string', value);
  else if (typeof value === 'number') add(place, 'number', String(value));
  else if (typeof value === 'boolean') add(place, 'boolean', null);
  else if (Array.isArray(value)) {
    add(place, 'array', null);
    if (depth < depthMax) for (const item of (value as readonly JsonValue[]).slice(0, itemsMax)) walk(item, `${place}[]`, depth + 1, add);
  } else {
    add(place, 'object', null);
    if (depth >= depthMax) return;
    for (const [key, item] of Object.entries(value).slice(0, placesMax))
      walk(item as JsonValue, `${place}.${maskKey(key)}`, depth + 1, add);
  }
}
