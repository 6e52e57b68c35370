/**
 * Who may write which field of a body: `$.role` to `[admin]`, `$.items[].price` to `[]` (nobody). A field counts as written
 * when its path is there at all, whatever the value. Names are compared the lax way common frameworks read them: case and
 * width do not matter, lists are looked through, `account.role` and `account[role]` are the path `$.account.role`
 * (mass assignment, OWASP API3:2023).
 */
import { StanceError } from '../../errors.ts';
import type { JsonValue } from '../http/exchange.ts';
import { folded } from '../http/folded.ts';
import { decodePercent } from '../http/form-body.ts';
import type { ParsedBody } from '../http/request.ts';
import { bodyHasTwinKeys } from './twin-keys.ts';

export interface WriteRule {
  /** As the policy names it. */
  readonly path: string;
  readonly roles: ReadonlySet<string>;
  /** Folded names from the root down, `[]` left out; `*` stands for any one name. */
  readonly names: readonly string[];
}

/** `written` = the field is there; `unclear` = the body cannot be read well enough to say that it is not. */
export type WriteVerdict = 'untouched' | 'written' | 'unclear';

/** Values of one body that are looked at for one rule. */
const VISITED_MAX = 200_000;
const PATH_CHARACTERS_MAX = 300;

/** @throws StanceError `config-invalid` when a path does not read. */
export function compileWriteRules(write: Readonly<Record<string, readonly string[]>>): readonly WriteRule[] {
  return Object.entries(write).map(([path, roles]) => {
    if (path.length > PATH_CHARACTERS_MAX || !/^\$(?:\.(?:\*|[^.[\]*\s]+)(?:\[\])*)+$/.test(path)) {
      throw new StanceError('config-invalid', {
        message: `The write rule "${path.slice(0, PATH_CHARACTERS_MAX)}" names no body field.`,
        unchanged: 'The policy in force was kept.',
        next: 'Write a field as $.role, $.account.owner or $.items[].price.',
      });
    }
    return { path, roles: new Set(roles), names: path.slice(2).replaceAll('[]', '').split('.').map(folded) };
  });
}

/** Whether `body` writes the field of `rule`. A body that was cut off, does not parse or has a key twice is unclear, never untouched. */
export function writes(rule: WriteRule, body: ParsedBody): WriteVerdict {
  if (body.bytes === 0 && body.isWhole) return 'untouched';
  const found = seen(rule, body);
  return found === 'untouched' && (!body.isWhole || body.malformed !== null || bodyHasTwinKeys(body)) ? 'unclear' : found;
}

function seen(rule: WriteRule, body: ParsedBody): WriteVerdict {
  if (body.kind === 'graphql') return inGraphql(rule, body);
  if (body.json !== undefined) {
    if (body.mediaType === 'application/json-patch+json') return inPatch(rule, body.json);
    return inJson(rule.names, body.json);
  }
  const fieldNames = body.form?.map((field) => field.name) ?? body.parts?.map((part) => part.name ?? '');
  if (fieldNames === undefined) return 'unclear';
  // Some readers of forms part the pairs at `;` as well; browsers never send one bare.
  if (body.form !== null && body.text?.includes(';'))
    fieldNames.push(...body.text.split(/[&;]/).map((pair) => decodePercent(pair.split('=', 1)[0] ?? '')));
  return fieldNames.some((name) => startsWith(namesIn(name), rule.names)) ? 'written' : 'untouched';
}

function inJson(names: readonly string[], json: JsonValue): WriteVerdict {
  let visited = 0;
  const walk = (value: JsonValue, at: number): boolean => {
    if (at >= names.length) return true;
    if (++visited > VISITED_MAX || value === null || typeof value !== 'object') return false;
    if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => walk(item, at));
    const object = value as { readonly [key: string]: JsonValue };
    return Object.keys(object).some((key) => {
      const inner = object[key] ?? null;
      if (!/[.[]/.test(key)) return fits(names[at], folded(key)) && walk(inner, at + 1);
      const steps = namesIn(key);
      const common = Math.min(steps.length, names.length - at);
      for (let step = 0; step < common; step++) if (!fits(names[at + step], steps[step])) return false;
      return walk(inner, at + steps.length);
    });
  };
  if (walk(json, 0)) return 'written';
  return visited > VISITED_MAX ? 'unclear' : 'untouched';
}

/** RFC 6902: what an operation writes at, above or below the field. */
function inPatch(rule: WriteRule, json: JsonValue): WriteVerdict {
  if (!Array.isArray(json)) return 'unclear';
  for (const operation of json as readonly JsonValue[]) {
    if (operation === null || typeof operation !== 'object' || Array.isArray(operation)) return 'unclear';
    const { op, path, from, value } = operation as { readonly [key: string]: JsonValue | undefined };
    if (typeof op !== 'string' || typeof path !== 'string') return 'unclear';
    if (op === 'test') continue;
    const target = namesOfPointer(path);
    if (startsWith(target, rule.names)) return 'written';
    if (typeof from === 'string' && op === 'move' && overlaps(namesOfPointer(from), rule.names)) return 'written';
    if (!startsWith(rule.names, target)) continue;
    // It replaces something above the field: copied and removed parts cannot be looked into.
    if (op !== 'add' && op !== 'replace') return 'written';
    if (op === 'replace' || inJson(rule.names.slice(target.length), value ?? null) === 'written') return 'written';
  }
  return 'untouched';
}

/** Variables are looked into; arguments written into the query text are found by their name. */
function inGraphql(rule: WriteRule, body: ParsedBody): WriteVerdict {
  if (body.json !== undefined && anywhere(rule.names, body.json)) return 'written';
  const last = rule.names.at(-1) ?? '';
  const text = folded(body.text ?? '');
  if (last === '*' || body.text === null || text.includes('\\u')) return 'unclear';
  for (let at = text.indexOf(last); at >= 0; at = text.indexOf(last, at + 1)) {
    const before = text[at - 1] ?? ' ';
    // Quoted where JSON was sent under this type.
    const after = /^["\s,]*:/.test(text.slice(at + last.length, at + last.length + 50));
    if (after && !/[\w$]/.test(before)) return 'written';
  }
  return 'untouched';
}

/** Variables carry the input under a name of the client's choice, so the path may start at any depth there. */
function anywhere(names: readonly string[], json: JsonValue): boolean {
  let visited = 0;
  const walk = (value: JsonValue): boolean => {
    if (++visited > VISITED_MAX) return true;
    if (value === null || typeof value !== 'object') return false;
    if (inJson(names, value) !== 'untouched') return true;
    return Object.values(value).some(walk);
  };
  return walk(json);
}

function namesIn(fieldName: string): readonly string[] {
  return fieldName
    .split(/[.[\]]+/)
    .filter((name) => name !== '' && !/^\d+$/.test(name))
    .map(folded);
}

function namesOfPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => folded(name.replaceAll('~1', '/').replaceAll('~0', '~')))
    .filter((name) => name !== '-' && !/^\d+$/.test(name));
}

function fits(wanted: string | undefined, name: string | undefined): boolean {
  return wanted !== undefined && name !== undefined && (wanted === '*' || wanted === name);
}

function startsWith(names: readonly string[], start: readonly string[]): boolean {
  return names.length >= start.length && start.every((name, at) => fits(name, names[at]) || fits(names[at], name));
}

function overlaps(a: readonly string[], b: readonly string[]): boolean {
  return startsWith(a, b) || startsWith(b, a);
}
