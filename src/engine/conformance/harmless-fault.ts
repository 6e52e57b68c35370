/**
 * Whether what breaks a specification could hurt. Specifications are older or younger than their API, and honest clients
 * break them by leaving out, by a number for a text, by a word that is not on the list. None of that carries an attack: an
 * operator may want it written down first, and only what could hurt refused at once.
 */
import type { JsonValue } from '../http/exchange.ts';
import type { SchemaFault } from './schema-fault.ts';

/** Words, numbers, dates, addresses: nothing that a query, a shell, a template or a page would take for more than text. */
const plainText = /^[\p{L}\p{M}\p{N}_ .,:@+-]*$/u;
const plainCharsMax = 256;
/** Values looked at below the place of one fault. */
const valuesMax = 200;

export function isPlainText(text: string): boolean {
  return text.length <= plainCharsMax && !text.includes('..') && !text.includes('--') && plainText.test(text);
}

/** Names and values below, all plain, no name that reads as an operator. */
export function isPlainValue(value: JsonValue): boolean {
  const waiting: JsonValue[] = [value];
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen >= valuesMax) return false;
    const next = waiting.pop() as JsonValue;
    if (typeof next === 'string' && !isPlainText(next)) return false;
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) waiting.push(...(next as readonly JsonValue[]).slice(0, valuesMax + 1));
    else {
      for (const [name, member] of Object.entries(next)) {
        if (!isPlainText(name) || name.startsWith('__') || waiting.length > valuesMax) return false;
        waiting.push(member as JsonValue);
      }
    }
  }
  return true;
}

/** @param whole the value that was checked */
export function isHarmlessFault(fault: SchemaFault, whole: JsonValue): boolean {
  if (fault.keyword === 'complexity') return false;
  if (fault.field !== null) return true;
  const value = valueAt(whole, fault.pointer);
  if (value === undefined) return false;
  // An object where a text should be is how operators are smuggled into queries (`{"$gt": ""}`, `{"ne": 1}`).
  if (fault.keyword === 'type' && typeof value === 'object' && value !== null) return false;
  if (isPlainValue(value)) return true;
  const { within = [] } = fault;
  return within.length > 0 && within.every((inner) => isHarmlessFault(inner, whole));
}

function valueAt(whole: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = whole;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Object.hasOwn(value, key) ? (value as Readonly<Record<string, JsonValue>>)[key] : undefined;
  }
  return value;
}

const families: readonly RegExp[] = [/[/+]json$/, /^(?:application\/x-www-form-urlencoded|multipart\/form-data)$/, /^text\/plain$/];

/** Another type of the kind that is declared: read by the same parser, so nothing else is reached with it. */
export function isSameFamily(mediaType: string, declared: readonly string[]): boolean {
  return families.some((family) => family.test(mediaType) && declared.some((type) => family.test(type)));
}
