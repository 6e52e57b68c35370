/**
 * The small language of access rules: `params.accountId == token.account`, `token.plan in ['gold', 'silver'] and not
 * token.suspended`. Total by construction: no loops, no calls, no patterns; every rule ends after at most as many steps as it
 * has parts. It is read once, when the policy is compiled; a mistake is a `config-invalid` error that names the position.
 *
 *     rule    = and { 'or' and }          and = unary { 'and' unary }         unary = 'not' unary | test
 *     test    = '(' rule ')' | 'has' value | value [ operator value ]
 *     operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
 *     value   = params.NAME | query.NAME | header.NAME | body.$.PATH | token.CLAIM | caller.FIELD | method | host | path
 *             | 'text' | number | true | false | null | [ literal, ... ]
 *
 * A rule holds only when it is certainly true. A value that is absent, sent twice, not seen whole or of another type is
 * neither equal nor unequal to anything, under `not` as well; ask `has` where absence is meant.
 */
import { StanceError } from '../../errors.ts';
import type { JsonValue } from '../http/exchange.ts';
import type { AccessInput } from './access-input.ts';
import {
  bodyOperand,
  callerFields,
  callerOperand,
  headerOperand,
  headOperand,
  literal,
  type Operand,
  paramOperand,
  queryOperand,
  roots,
  type Step,
  tokenOperand,
} from './rule-operand.ts';
import {
  among,
  different,
  Each,
  equal,
  type Order,
  opposite,
  ordered,
  present,
  type Reading,
  type Side,
  type Verdict,
} from './rule-value.ts';

export interface Rule {
  readonly text: string;
  readonly needsBody: boolean;
  readonly needsCaller: boolean;
  /** true = holds; false = does not; null = cannot be told, which refuses as well. */
  readonly judge: (input: AccessInput) => Verdict;
}

const RULE_CHARACTERS_MAX = 1_000;
const RULE_DEPTH_MAX = 20;
const LIST_ITEMS_MAX = 100;

/** @throws StanceError `config-invalid`, with the position of what could not be read, counted from 1. */
export function compileRule(text: string): Rule {
  if (text.length > RULE_CHARACTERS_MAX) throw invalid(text, 0, `longer than ${RULE_CHARACTERS_MAX} characters`);
  const parser = new RuleParser(text);
  const part = parser.whole();
  return { text, needsBody: part.needsBody, needsCaller: part.needsCaller, judge: part.judge };
}

interface Part extends Omit<Rule, 'text'> {
  readonly isEach: boolean;
}

class RuleParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Part {
    const part = this.#or();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('expected "and", "or" or the end');
    return part;
  }

  #or(): Part {
    const parts = [this.#and()];
    while (this.#word('or')) parts.push(this.#and());
    return joined(parts, true);
  }

  #and(): Part {
    const parts = [this.#unary()];
    while (this.#word('and')) parts.push(this.#unary());
    return joined(parts, false);
  }

  #unary(): Part {
    this.#space();
    const start = this.#at;
    if (++this.#depth > RULE_DEPTH_MAX) throw this.#error(`nested deeper than ${RULE_DEPTH_MAX}`);
    const part = this.#word('not') ? this.#negated(start) : this.#test();
    this.#depth--;
    return part;
  }

  #negated(start: number): Part {
    const part = this.#unary();
    // "not each of them" lets one stranger among many pass; that is never what is meant.
    if (part.isEach) throw this.#error('"not" around "[]" would ask for one only: write "!=" or "not in"', start);
    return { ...part, judge: (input) => opposite(part.judge(input)) };
  }

  #test(): Part {
    if (this.#symbol('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (this.#word('has')) {
      const operand = this.#operand();
      return { ...needs(operand), judge: (input) => present(operand.read(input)) };
    }
    const left = this.#operand();
    const operator = this.#operator();
    if (operator === null) return { ...needs(left), judge: (input) => truth(left.read(input)) };
    this.#space();
    const start = this.#at;
    const right = this.#operand();
    if (left.isEach && right.isEach) throw this.#error('only one side may go through "[]"', start);
    return {
      needsBody: left.needsBody || right.needsBody,
      needsCaller: left.needsCaller || right.needsCaller,
      isEach: left.isEach || (right.isEach && operator !== 'in' && operator !== 'not in'),
      judge: (input) => compare(side(left, input), side(right, input), operator),
    };
  }

  #operator(): Operator | null {
    for (const symbol of ['==', '!=', '<=', '>=', '<', '>'] as const) if (this.#symbol(symbol)) return symbol;
    if (this.#peek() === '=') throw this.#error('one "=" compares nothing: write "=="');
    if (this.#word('in')) return 'in';
    const before = this.#at;
    if (this.#word('not')) {
      if (this.#word('in')) return 'not in';
      this.#at = before;
      throw this.#error('expected "not in"');
    }
    return null;
  }

  #operand(): Operand {
    this.#space();
    const first = this.#peek();
    if (first === '[') return literal(this.#list());
    if (first === "'" || first === '"' || /[-\d]/.test(first)) return literal(this.#scalar());
    const start = this.#at;
    const name = this.#name();
    if (name === '') throw this.#error("expected a value such as params.id, token.sub or 'text'");
    if (name === 'true' || name === 'false') return literal(name === 'true');
    if (name === 'null') return literal(null);
    if (name === 'method' || name === 'host' || name === 'path') return headOperand(name);
    if (name === 'body') return bodyOperand(this.#bodySteps());
    if (!(roots as readonly string[]).includes(name)) {
      throw this.#error(`"${name}" is not known; values start with ${roots.join(', ')}`, start);
    }
    const names = this.#names();
    const [only, ...more] = names;
    if (only === undefined) throw this.#error(`expected a name after "${name}", as ${name}.id`);
    if (name === 'token') return tokenOperand(names);
    if (more.length > 0) throw this.#error(`${name} has one name: ${name}['${names.join('.')}'] if it has dots`, start);
    if (name === 'params') return paramOperand(only);
    if (name === 'query') return queryOperand(only);
    if (name === 'header') return headerOperand(only);
    const field = callerFields.find((known) => known === only);
    if (field === undefined) throw this.#error(`caller has ${callerFields.join(', ')}, not "${only}"`, start);
    return callerOperand(field);
  }

  #bodySteps(): readonly Step[] {
    if (!(this.#symbolHere('.') && this.#symbolHere('$'))) throw this.#error('a body field is written body.$.name');
    const steps: Step[] = [];
    for (;;) {
      if (this.#symbolHere('[]')) steps.push('each');
      else {
        const field = this.#oneName();
        if (field === null) return steps;
        steps.push({ field });
      }
    }
  }

  #names(): string[] {
    const names: string[] = [];
    for (let name = this.#oneName(); name !== null; name = this.#oneName()) names.push(name);
    return names;
  }

  /** `.name` or `['name']`. */
  #oneName(): string | null {
    if (this.#symbolHere('.')) {
      const name = this.#segment();
      if (name === '') throw this.#error('expected a name after "."');
      return name;
    }
    if (!this.#symbolHere('[')) return null;
    const name = this.#scalar();
    if (typeof name !== 'string') throw this.#error("a name in brackets is written ['name']");
    this.#expect(']');
    return name;
  }

  #list(): readonly JsonValue[] {
    this.#expect('[');
    const items: JsonValue[] = [];
    if (this.#symbol(']')) return items;
    do {
      if (items.length === LIST_ITEMS_MAX) throw this.#error(`a list has at most ${LIST_ITEMS_MAX} values`);
      items.push(this.#scalar());
    } while (this.#symbol(','));
    this.#expect(']');
    return items;
  }

  #scalar(): JsonValue {
    this.#space();
    const quote = this.#peek();
    if (quote === "'" || quote === '"') {
      const end = this.#text.indexOf(quote, this.#at + 1);
      if (end < 0) throw this.#error(`there is no closing ${quote}`);
      const text = this.#text.slice(this.#at + 1, end);
      this.#at = end + 1;
      return text;
    }
    const number = /^-?\d+(?:\.\d+)?(?![\w.])/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0];
    if (number !== undefined) {
      if (Math.abs(Number(number)) > Number.MAX_SAFE_INTEGER) throw this.#error('a number beyond 2^53 is written as text');
      this.#at += number.length;
      return Number(number);
    }
    const start = this.#at;
    const word = this.#name();
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    throw this.#error("expected a literal: 'text', a number, true, false or null", start);
  }

  #name(): string {
    return this.#take(/^[A-Za-z_][A-Za-z0-9_]*/);
  }

  #segment(): string {
    return this.#take(/^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?/);
  }

  #take(pattern: RegExp): string {
    const found = pattern.exec(this.#text.slice(this.#at, this.#at + 200))?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #word(word: string): boolean {
    this.#space();
    if (!this.#text.startsWith(word, this.#at) || /[\w.[-]/.test(this.#text[this.#at + word.length] ?? ' ')) {
      // `has[` and `not[` are no words, `in[` and `in [` are.
      if (!(word === 'in' && this.#text.startsWith('in[', this.#at))) return false;
    }
    this.#at += word.length;
    return true;
  }

  #symbol(symbol: string): boolean {
    this.#space();
    return this.#symbolHere(symbol);
  }

  #symbolHere(symbol: string): boolean {
    if (!this.#text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) throw this.#error(`expected "${symbol}"`);
  }

  #peek(): string {
    this.#space();
    return this.#text[this.#at] ?? '';
  }

  #space(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\n' || this.#text[this.#at] === '\t') this.#at++;
  }

  #error(what: string, at: number = this.#at): StanceError {
    return invalid(this.#text, at, what);
  }
}

type Operator = '==' | '!=' | Order | 'in' | 'not in';

function compare(left: Side, right: Side, operator: Operator): Verdict {
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

function truth(reading: Reading): Verdict {
  return typeof reading === 'boolean' ? reading : null;
}

function needs(operand: Operand): Omit<Part, 'judge'> {
  return { needsBody: operand.needsBody, needsCaller: operand.needsCaller, isEach: operand.isEach };
}

/** `or` is true as soon as one part is, `and` false as soon as one is; what cannot be told stays so otherwise. */
function joined(parts: readonly Part[], deciding: boolean): Part {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
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

function invalid(text: string, at: number, what: string): StanceError {
  return new StanceError('config-invalid', {
    message: `The access rule "${text.length > 120 ? `${text.slice(0, 120)}...` : text}" cannot be read at position ${at + 1}: ${what}.`,
    unchanged: 'The policy in force was kept.',
    next: 'Correct the rule, as in params.accountId == token.account, and apply the policy again.',
  });
}
