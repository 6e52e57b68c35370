/** What a value is not, in words that name the place and what was expected, and never the value. */
import { maskKey } from '../http/json-fields.ts';

export interface SchemaFault {
  /** JSON Schema keyword that did not hold; `complexity` when checking was given up. */
  readonly keyword: string;
  /** JSON pointer into the value, as it came: may hold keys of the caller. Use `pathOf` before showing it. */
  readonly pointer: string;
  /** `an integer`, `at most 10 characters`: follows "must be". */
  readonly expected: string;
  /** A declared field that is missing; null when that is not the fault. */
  readonly field: string | null;
  /** Of a choice that fits nowhere: what kept its options from fitting, as far as it was looked for. */
  readonly within?: readonly SchemaFault[];
}

/** The parts of a validator's error that are used. */
export interface RawFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
}

const wordsMax = 80;

/** The fault that tells most: the last, or of a choice that fits nowhere the one that came deepest. */
export function schemaFault(errors: readonly RawFault[]): SchemaFault {
  const last = errors.at(-1);
  if (last === undefined) return { keyword: 'unknown', pointer: '', expected: 'as declared', field: null };
  let told = last;
  if (last.keyword === 'anyOf') {
    for (const error of errors) if (error.instancePath.length > told.instancePath.length && error.keyword !== 'anyOf') told = error;
  }
  return faultOf(told);
}

/** Every fault on its own; of a choice that fits nowhere the choice, with what kept its options from fitting. */
export function schemaFaults(errors: readonly RawFault[], faultsMax: number): readonly SchemaFault[] {
  const kept: SchemaFault[] = [];
  for (const error of errors) {
    const fault = faultOf(error);
    if (error.keyword !== 'anyOf') {
      kept.push(fault);
      continue;
    }
    const within: SchemaFault[] = [];
    while (kept.at(-1)?.pointer.startsWith(error.instancePath) === true) within.push(...kept.splice(-1));
    kept.push({ ...fault, within });
  }
  return kept.slice(0, faultsMax);
}

function faultOf(told: RawFault): SchemaFault {
  // Sound for any validator: the parameters of each keyword are asked one by one.
  const params = told.params as Readonly<Record<string, unknown>>;
  const field = told.keyword === 'required' || told.keyword === 'dependentRequired' ? String(params.missingProperty ?? '') : null;
  return { keyword: told.keyword, pointer: told.instancePath, expected: expectation(told.keyword, params), field };
}

/** `/items/3/name` as `$.items[].name`, with keys that look like data masked. */
export function pathOf(pointer: string): string {
  let path = '$';
  for (const part of pointer.split('/').slice(1, 40)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path += /^\d+$/.test(key) ? '[]' : `.${maskKey(key)}`;
  }
  return path;
}

function expectation(keyword: string, params: Readonly<Record<string, unknown>>): string {
  const limit = String(params.limit ?? '');
  switch (keyword) {
    case 'type':
      return typeWords(params.type);
    case 'enum':
      return `one of the ${Array.isArray(params.allowedValues) ? `${params.allowedValues.length} ` : ''}declared values`;
    case 'const':
      return 'the one declared value';
    case 'format':
      return `in the format ${String(params.format).slice(0, wordsMax)}`;
    case 'pattern':
      return `of the declared pattern ${String(params.pattern).slice(0, wordsMax)}`;
    case 'maxLength':
      return `at most ${limit} characters long`;
    case 'minLength':
      return `at least ${limit} characters long`;
    case 'maxItems':
      return `a list of at most ${limit}`;
    case 'minItems':
      return `a list of at least ${limit}`;
    case 'maxProperties':
      return `an object of at most ${limit} fields`;
    case 'minProperties':
      return `an object of at least ${limit} fields`;
    case 'minimum':
      return `at least ${limit}`;
    case 'maximum':
      return `at most ${limit}`;
    case 'exclusiveMinimum':
      return `greater than ${limit}`;
    case 'exclusiveMaximum':
      return `less than ${limit}`;
    case 'multipleOf':
      return `a multiple of ${String(params.multipleOf)}`;
    case 'contractUnique':
      return 'a list without repetitions';
    case 'anyOf':
    case 'contractChoice':
      return 'one of the declared forms';
    case 'false schema':
      return 'absent';
    default:
      return 'as declared';
  }
}

function typeWords(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map((name) => `${/^[aeiou]/.test(String(name)) ? 'an' : 'a'} ${String(name)}`);
  return names.map((name) => (name === 'a null' ? 'null' : name)).join(' or ');
}
