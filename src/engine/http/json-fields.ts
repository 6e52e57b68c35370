/**
 * Which fields a JSON body has: paths and types, never a value; keys that look like data are masked too.
 *
 * Bodies of one operation mostly have the same fields, so paths, fields and whole lists are remembered and given again: equal
 * bodies give the very same list. A pure function with a bounded memory, in which nothing stands but what it gives away.
 */
import type { FieldSeen } from '../evidence/observation.ts';
import type { JsonValue } from './exchange.ts';
import { looksRandom } from './segment.ts';

const FIELDS_MAX = 200;
const DEPTH_MAX = 8;
/** Items looked at per array: records of one list mostly share their fields. */
const ITEMS_MAX = 5;
/** Paths, lists and keys remembered; beyond, all of their kind are forgotten and remembered anew. */
const PLACES_MAX = 10_000;
const LISTS_MAX = 2_000;
const KEYS_MAX = 10_000;

/** A key that reads like a name somebody chose; anything else (ids, e-mails, dates as keys) is data. */
const vocabularyKey = /^[A-Za-z_$@][A-Za-z_$.:-]*\d{0,3}[A-Za-z_]*$/;
const MASKED = '{key}';

type FieldType = FieldSeen['type'];

/** One field of one type, and the last walk that met it. */
interface Met {
  readonly field: FieldSeen;
  readonly number: number;
  walk: number;
}

interface Place {
  readonly path: string;
  readonly types: Partial<Record<FieldType, Met>>;
  /** By key as written, where the key may be kept; all others stand under `{key}`. */
  readonly keys: Map<string, Place>;
  items: Place | null;
}

let places = new Map<string, Place>();
let lists = new Map<number, readonly FieldSeen[]>();
let numbers = 0;
let walks = 0;
const found: Met[] = [];

/** Fields of `body`, in document order, each once; at most 200, 8 levels deep, 5 items of each array. */
export function jsonFields(body: JsonValue): readonly FieldSeen[] {
  if (places.size > PLACES_MAX) {
    places = new Map();
    lists = new Map();
  }
  found.length = 0;
  walks++;
  visit(body, placeOf('$'), 0);
  return remembered();
}

/** Keys known to read like vocabulary; one that is data is never remembered. */
let vocabulary = new Set<string>();

/** A key as it may be kept: itself, or `{key}` when it looks like data. */
export function maskKey(key: string): string {
  if (vocabulary.has(key)) return key;
  if (key.length > 64 || !vocabularyKey.test(key) || looksRandom(key)) return MASKED;
  if (vocabulary.size >= KEYS_MAX) vocabulary = new Set();
  vocabulary.add(key);
  return key;
}

/** INVARIANT: calls itself at most `DEPTH_MAX` deep. */
function visit(value: JsonValue, place: Place, depth: number): void {
  if (found.length >= FIELDS_MAX) return;
  const type = typeOf(value);
  if (depth > 0) meet(place, type);
  if (depth === DEPTH_MAX) return;
  if (type === 'array') {
    const items = value as readonly JsonValue[]; // as `type` says
    place.items ??= placeOf(`${place.path}[]`);
    for (let at = 0; at < items.length && at < ITEMS_MAX; at++) visit(items[at] ?? null, place.items, depth + 1);
  } else if (type === 'object') {
    const members = value as Readonly<Record<string, JsonValue>>;
    for (const key in members) {
      // Nothing is remembered of what would not be told.
      if (found.length >= FIELDS_MAX) return;
      if (Object.hasOwn(members, key)) visit(members[key] ?? null, below(place, key), depth + 1);
    }
  }
}

function meet(place: Place, type: FieldType): void {
  let met = place.types[type];
  if (met === undefined) {
    met = { field: { path: place.path, type }, number: ++numbers, walk: 0 };
    place.types[type] = met;
  }
  if (met.walk === walks) return;
  met.walk = walks;
  found.push(met);
}

function below(place: Place, key: string): Place {
  const known = place.keys.get(key);
  if (known !== undefined) return known;
  // A key that is data is never remembered: only its mask is.
  const kept = maskKey(key);
  let made = place.keys.get(kept);
  if (made === undefined) {
    made = placeOf(`${place.path}.${kept}`);
    place.keys.set(kept, made);
  }
  return made;
}

/** `$.a.b` is one place, whether `b` stands in `a` or a key is called `a.b`. */
function placeOf(path: string): Place {
  let place = places.get(path);
  if (place === undefined) {
    place = { path, types: {}, keys: new Map(), items: null };
    places.set(path, place);
  }
  return place;
}

/** The fields met as a list: the one given before when they are the same. */
function remembered(): readonly FieldSeen[] {
  let key = found.length;
  for (const { number } of found) key = (Math.imul(key, 31) + number) | 0;
  const held = lists.get(key);
  if (held !== undefined && held.length === found.length && held.every((field, at) => field === found[at]?.field)) return held;
  const list = found.map(({ field }) => field);
  if (lists.size >= LISTS_MAX) lists = new Map();
  lists.set(key, list);
  return list;
}

function typeOf(value: JsonValue): FieldType {
  if (value === null) return 'null';
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'boolean') return type;
  return Array.isArray(value) ? 'array' : 'object';
}
