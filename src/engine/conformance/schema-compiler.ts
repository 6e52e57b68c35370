/** Schemas of one contract made into checks when they are first needed, in a bounded store. */

import { Ajv2020, type ErrorObject, type FuncKeywordDefinition, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import type { JsonValue } from '../http/exchange.ts';
import { checkedSchema, choiceKeyword, type Direction, referenceKeyword, uniqueKeyword } from './checked-schema.ts';
import type { Schema } from './contract.ts';
import { formats } from './formats.ts';
import { linearPattern } from './linear-pattern.ts';
import { type SchemaFault, schemaFault, schemaFaults } from './schema-fault.ts';

/**
 * Compiled schemas kept for one direction of one contract; each is some KiB of code. Beyond it all go, with the validator
 * that remembers parts of each, and what traffic asks for is compiled again.
 */
export const compiledSchemasMax = 3000;
/**
 * Shared schemas opened for one value. Choices within choices cost the product of their numbers on a value made for it;
 * honest bodies of 20 KiB open some hundred.
 */
const stepsMax = 20_000;
const gapsMax = 50;
/** Faults told of one value. */
export const faultsMax = 50;

export interface SchemaCheck {
  /** Null when the value fits. */
  check(value: JsonValue): SchemaFault | null;
  /** All faults, at most `faultsMax`, by a second, slower set of checks; [] when the value fits. */
  checkAll(value: JsonValue): readonly SchemaFault[];
}

interface Cell extends SchemaCheck {
  readonly schema: Schema;
  compiled: ValidateFunction | null;
}

class TooComplex extends Error {}

const complexity: SchemaFault = {
  keyword: 'complexity',
  pointer: '',
  expected: 'a value that can be checked in bounded time',
  field: null,
};
/** Told by identity. */
const tooComplex: readonly ErrorObject[] = [];

export class SchemaCompiler {
  readonly gaps: string[] = [];
  readonly #shared: Readonly<Record<string, Schema>>;
  readonly #direction: Direction;
  readonly #named = new Map<string, Cell>();
  readonly #cells = new Map<Schema, Cell>();
  readonly #live = new Set<Cell>();
  readonly #goesOn: boolean;
  #ajv: Ajv2020 | null = null;
  #thorough: SchemaCompiler | null = null;
  #steps = 0;

  /** @param goesOn after a fault, to find the others */
  constructor(shared: Readonly<Record<string, Schema>>, direction: Direction, goesOn = false) {
    this.#shared = shared;
    this.#direction = direction;
    this.#goesOn = goesOn;
  }

  /** Number of schemas compiled at present. */
  get size(): number {
    return this.#live.size;
  }

  /** The same check for the same schema object; nothing is compiled before it is asked. */
  of(schema: Schema): SchemaCheck {
    const known = this.#cells.get(schema);
    if (known !== undefined) return known;
    const cell = this.#cell(schema);
    this.#cells.set(schema, cell);
    return cell;
  }

  #cell(schema: Schema): Cell {
    const cell: Cell = {
      schema,
      compiled: null,
      check: (value) => {
        const errors = this.#errors(cell, value);
        return errors === null ? null : errors === tooComplex ? complexity : schemaFault(errors);
      },
      checkAll: (value) => {
        this.#thorough ??= new SchemaCompiler(this.#shared, this.#direction, true);
        return this.#thorough.#faults(schema, value);
      },
    };
    return cell;
  }

  #faults(schema: Schema, value: JsonValue): readonly SchemaFault[] {
    const known = this.#cells.get(schema) ?? this.#cell(schema);
    this.#cells.set(schema, known);
    const errors = this.#errors(known, value);
    return errors === null ? [] : errors === tooComplex ? [complexity] : schemaFaults(errors, faultsMax);
  }

  #errors(cell: Cell, value: JsonValue): readonly ErrorObject[] | null {
    this.#steps = 0;
    try {
      const run = this.#ready(cell);
      return run(value) === true ? null : (run.errors ?? []);
    } catch (cause) {
      if (cause instanceof TooComplex) return tooComplex;
      throw cause;
    }
  }

  #ready(cell: Cell): ValidateFunction {
    if (cell.compiled !== null) return cell.compiled;
    if (this.#live.size >= compiledSchemasMax) this.#forget();
    cell.compiled = this.#compile(cell.schema);
    this.#live.add(cell);
    return cell.compiled;
  }

  #compile(schema: Schema): ValidateFunction {
    this.#ajv ??= this.#newAjv();
    const gap = (what: string) => this.#gap(what);
    const checked = checkedSchema(schema, { direction: this.#direction, shared: this.#shared, gap });
    try {
      const compiled = this.#ajv.compile(checked as object | boolean);
      // Only the function is needed; the validator's own memory of it would grow for ever.
      if (typeof checked === 'object') this.#ajv.removeSchema(checked);
      return compiled as ValidateFunction;
    } catch (cause) {
      gap(`A schema cannot be compiled and is not checked: ${cause instanceof Error ? cause.message.slice(0, 120) : 'unknown'}`);
      return this.#ajv.compile(true) as ValidateFunction;
    }
  }

  #forget(): void {
    for (const cell of this.#live) cell.compiled = null;
    this.#live.clear();
    this.#ajv = null;
  }

  #byName(name: string): Cell {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const cell = this.#cell(this.#shared[name] ?? true);
    this.#named.set(name, cell);
    return cell;
  }

  /** Goes on into a shared schema with the same path, counting the step. */
  #enter(name: string, value: unknown, context: DataValidationCxt | undefined): readonly ErrorObject[] | null {
    this.#steps += 1;
    if (this.#steps > stepsMax) throw new TooComplex();
    const run = this.#ready(this.#byName(name));
    return run(value, context) === true ? null : (run.errors ?? []);
  }

  #newAjv(): Ajv2020 {
    const regExp = Object.assign(
      (pattern: string) => linearPattern(pattern) ?? { test: () => true, toString: () => `unchecked ${pattern}` },
      { code: '' },
    );
    const ajv = new Ajv2020({
      strict: false,
      allErrors: this.#goesOn,
      validateSchema: false,
      addUsedSchema: false,
      meta: false,
      messages: false,
      logger: false,
      inlineRefs: false,
      // `{}` must not count as having `constructor`.
      ownProperties: true,
      // 19.99 is a multiple of 0.01, whatever binary fractions say.
      multipleOfPrecision: 6,
      code: { regExp: regExp as never },
    });
    for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format as never);
    ajv.addKeyword(this.#keyword(referenceKeyword, (name: string) => (value, context) => this.#enter(name, value, context)));
    ajv.addKeyword(this.#keyword(choiceKeyword, (choice: Choice) => (value, context) => this.#choose(choice, value, context)));
    ajv.addKeyword({
      keyword: uniqueKeyword,
      type: 'array',
      errors: false,
      validate: (_: unknown, items: readonly JsonValue[]) => isUnique(items),
    });
    return ajv;
  }

  #keyword<T>(
    keyword: string,
    open: (schema: T) => (value: unknown, context: DataValidationCxt | undefined) => readonly ErrorObject[] | null,
  ): FuncKeywordDefinition {
    return {
      keyword,
      errors: 'full',
      compile: (schema: T) => {
        const enter = open(schema);
        const validate = (value: unknown, context?: DataValidationCxt): boolean => {
          const errors = enter(value, context);
          (validate as { errors?: readonly ErrorObject[] | null }).errors = errors;
          return errors === null;
        };
        return validate;
      },
    };
  }

  #choose(choice: Choice, value: unknown, context: DataValidationCxt | undefined): readonly ErrorObject[] | null {
    const { propertyName, byValue, names } = choice;
    const stated =
      typeof value === 'object' && value !== null && Object.hasOwn(value, propertyName)
        ? (value as Record<string, unknown>)[propertyName]
        : undefined;
    const name = typeof stated === 'string' && Object.hasOwn(byValue, stated) ? byValue[stated] : undefined;
    if (name !== undefined) return this.#enter(name, value, context);
    // A value that no mapping names may still be meant for one of the choices: mappings are rarely complete.
    for (const option of names) if (this.#enter(option, value, context) === null) return null;
    const error = { instancePath: context?.instancePath ?? '', schemaPath: '', keyword: 'anyOf', params: {} };
    return [error];
  }

  #gap(what: string): void {
    if (this.gaps.length < gapsMax && !this.gaps.includes(what)) this.gaps.push(what);
  }
}

interface Choice {
  readonly propertyName: string;
  readonly byValue: Readonly<Record<string, string>>;
  readonly names: readonly string[];
}

/** In one pass: comparing each with each would let a long list hold the process. */
function isUnique(items: readonly JsonValue[]): boolean {
  const seen = new Set<string>();
  for (const item of items) seen.add(typeof item === 'object' ? canonical(item) : `${typeof item} ${String(item)}`);
  return seen.size === items.length;
}

function canonical(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonical(item)).join()}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item as JsonValue)}`).join()}}`;
}
