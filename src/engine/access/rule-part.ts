/** What an access rule is made of once it is read: parts that give a verdict on one request. */
import type { AccessInput } from './access-input.ts';
import type { Operand } from './rule-operand.ts';
import { among, different, Each, equal, type Order, opposite, ordered, present, type Side, type Verdict } from './rule-value.ts';

export interface RulePart {
  readonly needsBody: boolean;
  readonly needsCaller: boolean;
  /** Stands for each of several values, so that "not" around it would ask for one only. */
  readonly isEach: boolean;
  /** true = holds; false = does not; null = cannot be told, which refuses as well. */
  readonly judge: (input: AccessInput) => Verdict;
}

export type Operator = '==' | '!=' | Order | 'in' | 'not in';

/** `has value`. */
export function presence(operand: Operand): RulePart {
  return { ...needs(operand), judge: (input) => present(operand.read(input)) };
}

/** A value by itself: it must be a truth value, not a text that spells one. */
export function truth(operand: Operand): RulePart {
  return {
    ...needs(operand),
    judge: (input) => {
      const reading = operand.read(input);
      return typeof reading === 'boolean' ? reading : null;
    },
  };
}

export function comparison(left: Operand, operator: Operator, right: Operand): RulePart {
  const isList = operator === 'in' || operator === 'not in';
  return {
    needsBody: left.needsBody || right.needsBody,
    needsCaller: left.needsCaller || right.needsCaller,
    isEach: left.isEach || (right.isEach && !isList),
    judge: (input) => compared(side(left, input), operator, side(right, input)),
  };
}

export function negation(part: RulePart): RulePart {
  return { ...part, judge: (input) => opposite(part.judge(input)) };
}

/** `or` is true as soon as one part is, `and` false as soon as one is; what cannot be told stays so otherwise. */
export function joined(parts: readonly RulePart[], word: 'and' | 'or'): RulePart {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const deciding = word === 'or';
  return {
    needsBody: parts.some((part) => part.needsBody),
    needsCaller: parts.some((part) => part.needsCaller),
    isEach: parts.some((part) => part.isEach),
    judge: (input) => {
      let answer: Verdict = !deciding;
      for (const part of parts) {
        const verdict = part.judge(input);
        if (verdict === deciding) return deciding;
        if (verdict === null) answer = null;
      }
      return answer;
    },
  };
}

function compared(left: Side, operator: Operator, right: Side): Verdict {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return different(left, right);
    case 'in':
      return among(left, right);
    case 'not in':
      return left.value instanceof Each ? eachOutside(left.value, left.isText, right) : opposite(among(left, right));
    default:
      return ordered(left, right, operator);
  }
}

/** None of them may be in the list. */
function eachOutside(left: Each, isText: boolean, right: Side): Verdict {
  let verdict: Verdict = left.values.length === 0 ? null : true;
  for (const value of left.values) {
    const inside = among({ value, isText }, right);
    if (inside === true) return false;
    if (inside === null) verdict = null;
  }
  return verdict;
}

function side(operand: Operand, input: AccessInput): Side {
  return { value: operand.read(input), isText: operand.isText(input) };
}

function needs({ needsBody, needsCaller, isEach }: Operand): Omit<RulePart, 'judge'> {
  return { needsBody, needsCaller, isEach };
}
