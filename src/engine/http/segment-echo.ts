/**
 * Path values that come back in bodies. A segment that equals the value of `login` or `order_id` is a parameter, and
 * the key says what it is called. Only key names leave this file.
 */
import type { JsonValue } from './exchange.ts';
import { splitPath } from './path-template.ts';
import { splitExtension } from './segment.ts';

const nodesMax = 4_000;
const depthMax = 12;
const keyLengthMax = 48;

/** Keys whose values are words of the interface rather than names of things: an echo there proves nothing. */
const wordKeys =
  /^(type|types|kind|object|objects|object_type|event|events|action|actions|op|operation|method|rel|state|status|scope|scopes|resource|resource_type|resourcetype|mode|format|permission|permissions|role|category|section|feature|abilities|href|url|uri|link|path|message|error|code_type|locale|language|unit|_type|@type|__typename)$/i;
const identifying =
  /^(id|uid|uuid|guid|key|slug|login|name|username|user_name|full_name|acct|handle|email|number|iid|code|sha|ref|tag|tag_name|node_id|title|hash|token|sid|iri|label|filename|file_name|domain|host|hostname|version)$/i;
const identifyingEnd = /(_id|Id|ID|_key|Key|_name|Name|_slug|_sha|Sha|_number|Number|_uuid|_code|Code|_sid|Sid|_ref|Ref|login)$/;

interface Echo {
  readonly name: string;
  readonly rank: number;
}

function lengthBit(text: string): number {
  return 1 << Math.min(text.length, 31);
}

function rankOf(key: string, depth: number): number {
  if (wordKeys.test(key)) return 0;
  const known = identifying.test(key) || identifyingEnd.test(key);
  return (known ? 100 : 20) - depth;
}

/**
 * For each segment of the path, the key that echoed it: `login`, or `owner.login` when the key stood inside an object
 * of that name. A short number counts only under an identifying key, because `1` equals any count.
 */
export function echoesOf(rawPath: string, request: JsonValue | undefined, response: JsonValue | undefined): (string | null)[] {
  const { decoded } = splitPath(rawPath);
  const wanted = new Map<string, number[]>();
  // Bit n is set when a text of n characters is wanted, so that most values need no look-up; the last bit stands for all longer ones.
  let lengths = 0;
  let isNumberWanted = false;
  decoded.forEach((value, index) => {
    const texts = [value, splitExtension(value)?.stem];
    for (const text of texts) {
      if (text === undefined || text === '') continue;
      wanted.set(text, [...(wanted.get(text) ?? []), index]);
      lengths |= lengthBit(text);
      isNumberWanted ||= /^-?\d/.test(text);
    }
  });
  const best: (Echo | null)[] = decoded.map(() => null);
  let nodes = 0;

  const offer = (value: string, key: string, parent: string | null, depth: number, short: boolean): void => {
    const places = wanted.get(value);
    if (places === undefined || key.length > keyLengthMax || !/^[A-Za-z_@$][\w@$.-]*$/.test(key)) return;
    const rank = rankOf(key, depth);
    if (rank <= 0 || (short && rank < 50)) return;
    const generic = identifying.test(key) && parent !== null && parent.length <= keyLengthMax && /^[A-Za-z_][\w-]*$/.test(parent);
    const name = generic ? `${parent}.${key}` : key;
    for (const place of places) {
      const held = best[place];
      if (held === null || held === undefined || rank > held.rank || (rank === held.rank && name < held.name)) best[place] = { name, rank };
    }
  };

  // `full_name: acme/shop` names two neighbours at once; an address or a path proves nothing.
  const offerParts = (value: string, key: string): void => {
    if (value.startsWith('/') || value.includes('//') || !/name|slug|namespace/i.test(key)) return;
    const parts = value.split('/');
    const start = decoded.findIndex((_, at) => parts.every((part, offset) => decoded[at + offset] === part));
    if (start < 0) return;
    parts.forEach((_, offset) => {
      best[start + offset] ??= { name: key, rank: 1 };
    });
  };

  const walk = (json: JsonValue, key: string | null, parent: string | null, depth: number): void => {
    if (++nodes > nodesMax || depth > depthMax) return;
    if (typeof json === 'string') {
      if (key === null) return;
      if (json.length <= 200 && json.includes('/') && !wordKeys.test(key)) offerParts(json, key);
      if ((lengths & lengthBit(json)) !== 0) offer(json, key, parent, depth, /^\d{1,4}$/.test(json));
    } else if (typeof json === 'number') {
      if (key !== null && isNumberWanted) offer(String(json), key, parent, depth, Math.abs(json) < 10_000);
    } else if (Array.isArray(json)) {
      for (const item of json as readonly JsonValue[]) walk(item, key, parent, depth);
    } else if (json !== null && typeof json === 'object') {
      const members = json as Readonly<Record<string, JsonValue>>;
      for (const name in members) if (Object.hasOwn(members, name)) walk(members[name] ?? null, name, key, depth + 1);
    }
  };
  if (request !== undefined) walk(request, null, null, 0);
  if (response !== undefined) walk(response, null, null, 0);
  return best.map((echo) => echo?.name ?? null);
}
