/**
 * Values of access rules and how they compare. Three answers: true, false, and null for "cannot be told". Only true lets a
 * request pass, and `not` leaves null as it is, so nothing passes because a value is absent, doubled, cut off or of another type.
 */

import type { JsonValue } from '../http/exchange.ts';
import { folded } from '../http/folded.ts';

export type Verdict = boolean | null;

/** A value that is there but must not be trusted: sent twice, not decodable, or in a body that was not seen whole. */
export const unclear: unique symbol = Symbol('unclear');

/** undefined = absent. */
export type Single = JsonValue | undefined | typeof unclear;

/** `Each` = the values behind `[]`, all of which must hold. */
export type Reading = Single | Each;

export class Each {
  readonly values: readonly Single[];

  constructor(values: readonly Single[]) {
    this.values = values;
  }
}

/** Characters of two unequal texts that are compared further; longer ones cannot be told apart with certainty. */
const FOLDED_CHARACTERS_MAX = 1_000;
const decimal = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/;

export interface Side {
  readonly value: Reading;
  /** Text by nature (path, query, header, form), so that `42` may be meant as a number. */
  readonly isText: boolean;
}

/** Whether both sides are the same value. Behind `[]` each value must be; none at all cannot be told. */
export function equal(left: Side, right: Side): Verdict {
  return overEach(left, right, equalOne);
}

/** Whether both sides are surely different values, each of them behind `[]`. */
export function different(left: Side, right: Side): Verdict {
  return overEach(left, right, (a, b) => opposite(equalOne(a, b)));
}

export type Order = '<' | '<=' | '>' | '>=';

/** Order of numbers; anything else cannot be told. */
export function ordered(left: Side, right: Side, order: Order): Verdict {
  return overEach(left, right, (a, b) => {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x === null || y === null) return null;
    if (order === '<') return x < y;
    if (order === '<=') return x <= y;
    return order === '>' ? x > y : x >= y;
  });
}

/** Whether the left side (each of it) is one of the values of the list on the right. */
export function among(left: Side, right: Side): Verdict {
  const items =
    right.value instanceof Each ? right.value.values : Array.isArray(right.value) ? (right.value as readonly JsonValue[]) : null;
  if (items === null) return null;
  return overEach(left, { value: null, isText: false }, (one) => {
    let verdict: Verdict = false;
    for (const item of items) {
      const same = equalOne(one, { value: item, isText: right.isText });
      if (same === true) return true;
      if (same === null) verdict = null;
    }
    return verdict;
  });
}

/** Whether there is a value at all: the one question that absence answers with a clear no. */
export function present(reading: Reading): Verdict {
  if (reading === unclear) return null;
  if (reading instanceof Each) return all(reading.values.map(present));
  return reading !== undefined;
}

export function opposite(verdict: Verdict): Verdict {
  return verdict === null ? null : !verdict;
}

export function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return null;
  let answer: Verdict = true;
  for (const verdict of verdicts) {
    if (verdict === false) return false;
    if (verdict === null) answer = null;
  }
  return answer;
}

function overEach(left: Side, right: Side, judge: (a: Side, b: Side) => Verdict): Verdict {
  if (left.value instanceof Each) return all(left.value.values.map((value) => overEach({ value, isText: left.isText }, right, judge)));
  if (right.value instanceof Each) return all(right.value.values.map((value) => judge(left, { value, isText: right.isText })));
  return judge(left, right);
}

function equalOne({ value: a, isText: aIsText }: Side, { value: b, isText: bIsText }: Side): Verdict {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? true : surelyUnequal(a, b) ? false : null;
  if (typeof a === 'number' && typeof b === 'number') return isExact(a) && isExact(b) ? a === b : null;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b;
  if (a === null && b === null) return true;
  if (aIsText && typeof a === 'string' && typeof b === 'number') return textIsNumber(a, b);
  if (bIsText && typeof b === 'string' && typeof a === 'number') return textIsNumber(b, a);
  return null;
}

/** `042`, `4.2e1` and ` 42` may be read as 42 behind the guard: neither equal nor surely different. */
function textIsNumber(text: string, value: number): Verdict {
  if (!isExact(value)) return null;
  if (text === String(value)) return true;
  return decimal.test(text) && Number(text) !== value ? false : null;
}

/** Beyond 2^53 two identifiers can share one JavaScript number. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function surelyUnequal(a: string, b: string): boolean {
  if (a.length > FOLDED_CHARACTERS_MAX || b.length > FOLDED_CHARACTERS_MAX) return false;
  const x = folded(a);
  const y = folded(b);
  if (x === y) return false;
  return !(decimal.test(x) && decimal.test(y) && Number(x) === Number(y));
}

function numberOf({ value, isText }: Side): number | null {
  if (typeof value === 'number') return isExact(value) ? value : null;
  return isText && typeof value === 'string' && decimal.test(value) && isExact(Number(value)) ? Number(value) : null;
}
