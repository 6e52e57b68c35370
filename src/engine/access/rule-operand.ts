/** Where the values of an access rule come from. Each reader is made once, when the rule is compiled. */
import type { JsonValue } from '../http/exchange.ts';
import { folded } from '../http/folded.ts';
import type { ParsedBody } from '../http/request.ts';
import type { AccessInput } from './access-input.ts';
import { Each, type Reading, type Single, unclear } from './rule-value.ts';
import { bodyHasTwinKeys } from './twin-keys.ts';

export interface Operand {
  readonly read: (input: AccessInput) => Reading;
  readonly isText: (input: AccessInput) => boolean;
  readonly needsBody: boolean;
  readonly needsCaller: boolean;
  /** Reads through `[]`, so it stands for each of several values. */
  readonly isEach: boolean;
}

/** One step into JSON: a field, or every item of a list. */
export type Step = { readonly field: string } | 'each';

/** Names a rule may start with, for the message about a name that is none of them. */
export const roots = ['params', 'query', 'header', 'body', 'token', 'caller', 'method', 'host', 'path'] as const;
export type Root = (typeof roots)[number];

/** What `caller.` offers. */
export const callerFields = ['subject', 'tenant', 'scopes', 'roles', 'kind', 'provider'] as const;

/** Values behind `[]` that are looked at; a longer list cannot be told. */
const EACH_MAX = 10_000;
/** Pairs of a query string that are looked at; a longer one cannot be told. */
const QUERY_PAIRS_MAX = 1_000;

const yes = () => true;
const no = () => false;
const plain = { needsBody: false, needsCaller: false, isEach: false } as const;

export function literal(value: JsonValue): Operand {
  return { ...plain, read: () => value, isText: no };
}

/** `method`, `host`, `path`. */
export function headOperand(root: 'method' | 'host' | 'path'): Operand {
  return { ...plain, isText: yes, read: ({ head }) => head[root] ?? undefined };
}

export function paramOperand(name: string): Operand {
  return { ...plain, isText: yes, read: ({ params }) => (Object.hasOwn(params, name) ? params[name] : undefined) };
}

/** A header field; sent twice it is unclear, since nobody knows which one the upstream takes. */
export function headerOperand(name: string): Operand {
  const wanted = name.toLowerCase();
  return {
    ...plain,
    isText: yes,
    read: ({ head }) => {
      let found: Reading;
      for (const field of head.headers) {
        if (field.name !== wanted) continue;
        if (found !== undefined) return unclear;
        found = field.value;
      }
      return found;
    },
  };
}

/** A query parameter; unclear when it is there twice, also as `name[]`, in other case or in an encoding that does not read. */
export function queryOperand(name: string): Operand {
  const wanted = folded(name);
  return {
    ...plain,
    isText: yes,
    read: ({ head }) => {
      if (head.query === null || head.query === '') return undefined;
      const pairs = head.query.split('&', QUERY_PAIRS_MAX + 1);
      if (pairs.length > QUERY_PAIRS_MAX) return unclear;
      let found: Reading;
      for (const pair of pairs) {
        const at = pair.indexOf('=');
        const key = decoded(at < 0 ? pair : pair.slice(0, at));
        if (key === null) return unclear;
        if (folded(bare(key)) !== wanted) continue;
        const value = decoded(at < 0 ? '' : pair.slice(at + 1));
        if (found !== undefined || value === null || key !== name) return unclear;
        found = value;
      }
      return found;
    },
  };
}

/** A claim of the proven caller; a name with dots in it is written `token['https://example.com/tenant']`. */
export function tokenOperand(path: readonly string[]): Operand {
  const steps = path.map((field) => ({ field }));
  return {
    ...plain,
    needsCaller: true,
    isText: no,
    read: ({ caller }) => (caller.kind === 'proven' ? walk(caller.caller.claims, steps, false) : undefined),
  };
}

export function callerOperand(field: (typeof callerFields)[number]): Operand {
  return {
    ...plain,
    needsCaller: true,
    isText: no,
    read: ({ caller }) => (caller.kind === 'proven' ? (caller.caller[field] ?? undefined) : undefined),
  };
}

/** A field of the body: JSON by its path, a form or multipart field by its name. */
export function bodyOperand(steps: readonly Step[]): Operand {
  return {
    needsBody: true,
    needsCaller: false,
    isEach: steps.includes('each'),
    isText: ({ body }) => body !== null && body.json === undefined,
    read: ({ body }) => (body === null ? undefined : readBody(body, steps)),
  };
}

function readBody(body: ParsedBody, steps: readonly Step[]): Reading {
  if (body.bytes === 0 && body.isWhole) return undefined;
  if (!body.isWhole || body.malformed !== null) return unclear;
  if (body.json !== undefined) return bodyHasTwinKeys(body) ? unclear : walk(body.json, steps, true);
  const [only, ...more] = steps;
  if (only === undefined || only === 'each' || more.length > 0) return unclear;
  const wanted = folded(only.field);
  if (body.form !== null) {
    return single(
      body.form.filter((field) => folded(bare(field.name)) === wanted),
      (field) => (field.name === only.field ? field.value : unclear),
    );
  }
  if (body.parts !== null) {
    return single(
      body.parts.filter((part) => part.name !== null && folded(bare(part.name)) === wanted),
      (part) => (part.name === only.field && part.fileName === null ? utf8(part.text) : unclear),
    );
  }
  return unclear;
}

function single<T>(found: readonly T[], value: (one: T) => Reading): Reading {
  const [first, second] = found;
  if (second !== undefined) return unclear;
  return first === undefined ? undefined : value(first);
}

/** `isStrict`: a second key that differs only in case or width makes the field unclear, since some JSON readers take either. */
function walk(value: JsonValue, steps: readonly Step[], isStrict: boolean): Reading {
  let at: JsonValue | undefined = value;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined) return unclear;
    if (step === 'each') {
      if (at === undefined) return undefined;
      if (!Array.isArray(at) || at.length > EACH_MAX) return unclear;
      return walkEach(at as readonly JsonValue[], steps.slice(index + 1), isStrict);
    }
    if (at === undefined) return undefined;
    if (at === null || typeof at !== 'object' || Array.isArray(at)) return unclear;
    const object = at as { readonly [key: string]: JsonValue };
    if (isStrict && hasTwin(object, step.field)) return unclear;
    at = Object.hasOwn(object, step.field) ? object[step.field] : undefined;
  }
  return at;
}

function walkEach(items: readonly JsonValue[], steps: readonly Step[], isStrict: boolean): Reading {
  const values: Single[] = [];
  for (const item of items) {
    const reading = walk(item, steps, isStrict);
    if (!(reading instanceof Each)) values.push(reading);
    // An empty list further in hides nothing, but proves nothing either.
    else if (reading.values.length === 0) values.push(unclear);
    else for (const value of reading.values) values.push(value);
    if (values.length > EACH_MAX) return unclear;
  }
  return new Each(values);
}

function hasTwin(object: { readonly [key: string]: JsonValue }, field: string): boolean {
  const wanted = folded(field);
  for (const key of Object.keys(object)) {
    if (key !== field && key.length <= field.length * 3 && folded(key) === wanted) return true;
  }
  return false;
}

/** `ids[]`, `ids[0]` and `owner[id]` all write to the name in front in common frameworks. */
function bare(name: string): string {
  const at = name.indexOf('[');
  return at > 0 ? name.slice(0, at) : name;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Parts come as latin-1; their text is UTF-8 (RFC 7578 section 4.4). */
function utf8(latin1: string): Reading {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  try {
    return decodeURIComponent(latin1.replace(/[%\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`));
  } catch {
    return unclear;
  }
}
