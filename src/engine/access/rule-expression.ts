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
import { comparison, joined, negation, type Operator, presence, type RulePart, truth } from './rule-part.ts';

export interface Rule extends Pick<RulePart, 'needsBody' | 'needsCaller' | 'judge'> {
  readonly text: string;
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

class RuleParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): RulePart {
    const part = this.#or();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('expected "and", "or" or the end');
    return part;
  }

  #or(): RulePart {
    const parts = [this.#and()];
    while (this.#word('or')) parts.push(this.#and());
    return joined(parts, 'or');
  }

  #and(): RulePart {
    const parts = [this.#unary()];
    while (this.#word('and')) parts.push(this.#unary());
    return joined(parts, 'and');
  }

  #unary(): RulePart {
    this.#space();
    const start = this.#at;
    if (++this.#depth > RULE_DEPTH_MAX) throw this.#error(`nested deeper than ${RULE_DEPTH_MAX}`);
    const part = this.#word('not') ? this.#negated(start) : this.#test();
    this.#depth--;
    return part;
  }

  #negated(start: number): RulePart {
    const part = this.#unary();
    // "not each of them" lets one stranger among many pass; that is never what is meant.
    if (part.isEach) throw this.#error('"not" around "[]" would ask for one only: write "!=" or "not in"', start);
    return negation(part);
  }

  #test(): RulePart {
    if (this.#symbol('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (this.#word('has')) return presence(this.#operand());
    const left = this.#operand();
    const operator = this.#operator();
    if (operator === null) return truth(left);
    this.#space();
    const start = this.#at;
    const right = this.#operand();
    if (left.isEach && right.isEach) throw this.#error('only one side may go through "[]"', start);
    return comparison(left, operator, right);
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

function invalid(text: string, at: number, what: string): StanceError {
  return new StanceError('config-invalid', {
    message: `The access rule "${text.length > 120 ? `${text.slice(0, 120)}...` : text}" cannot be read at position ${at + 1}: ${what}.`,
    unchanged: 'The policy in force was kept.',
    next: 'Correct the rule, as in params.accountId == token.account, and apply the policy again.',
  });
}
