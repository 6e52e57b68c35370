/**
 * A contract's schema as the validator is given it, for one direction. Differences from plain JSON Schema, each on purpose:
 * - a reference is opened when a value first meets it, so that a specification costs only what traffic uses of it;
 * - `oneOf` asks for one fit, not for exactly one: overlapping choices are the most common slip in specifications;
 * - fields nobody declared are judged apart (`field-shape.ts`): `additionalProperties: false` inside `allOf` refuses everything;
 * - a request need not carry what is read-only, nor a response what is write-only.
 */
import type { JsonValue } from '../http/exchange.ts';
import type { Schema, SchemaObject } from './contract.ts';
import { linearPattern } from './linear-pattern.ts';

export type Direction = 'request' | 'response';

/** Keyword that stands for `$ref`; its value is the name of a shared schema. */
export const referenceKeyword = 'contractReference';
/** Keyword that stands for a choice by discriminator: `{ propertyName, mapping: { value: name } }`. */
export const choiceKeyword = 'contractChoice';
export const uniqueKeyword = 'contractUnique';

type Draft = Record<string, JsonValue>;

const asIs = [
  'type',
  'enum',
  'const',
  'multipleOf',
  'maximum',
  'minimum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'maxProperties',
  'minProperties',
  'minContains',
  'maxContains',
  'dependentRequired',
  'format',
] as const;
const singles = ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'items', 'additionalProperties'] as const;

export interface CheckedContext {
  readonly direction: Direction;
  /** Resolves what is shared, for the flags of a property that is a reference. */
  readonly shared: Readonly<Record<string, Schema>>;
  /** Told of what cannot be checked. */
  readonly gap: (what: string) => void;
}

export function checkedSchema(schema: Schema, context: CheckedContext): Schema {
  if (typeof schema === 'boolean') return schema;
  const draft: Draft = {};
  const sub = (part: JsonValue | undefined): JsonValue => checkedSchema(asSchema(part), context);
  for (const word of asIs) if (schema[word] !== undefined) draft[word] = schema[word];
  for (const word of singles) if (schema[word] !== undefined && schema[word] !== false) draft[word] = sub(schema[word]);
  if (schema.not === false) delete draft.not;
  if (schema.items === false) draft.items = false;
  for (const word of ['allOf', 'prefixItems'] as const) if (Array.isArray(schema[word])) draft[word] = schema[word].map(sub);
  for (const word of ['properties', 'dependentSchemas'] as const) if (isMap(schema[word])) draft[word] = mapped(schema[word], sub);
  if (isMap(schema.patternProperties)) draft.patternProperties = patternMembers(schema.patternProperties, sub, context);
  addReference(schema, draft);
  addChoices(schema, draft, sub);
  addRequired(schema, draft, context);
  if (schema.uniqueItems === true) draft[uniqueKeyword] = true;
  const pattern = schema.pattern;
  if (typeof pattern === 'string') {
    if (linearPattern(pattern) !== null) draft.pattern = pattern;
    else context.gap(`The pattern \`${pattern.slice(0, 80)}\` cannot be matched in linear time and is not checked.`);
  }
  return draft;
}

/** Name of a shared schema in `#/$defs/Name`; null for anything else. */
export function referredName(reference: JsonValue | undefined): string | null {
  return typeof reference === 'string' && reference.startsWith('#/$defs/') ? reference.slice('#/$defs/'.length) : null;
}

export function asSchema(value: JsonValue | undefined): Schema {
  return typeof value === 'boolean' || isMap(value) ? value : true;
}

export function isMap(value: JsonValue | undefined): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapped(map: SchemaObject, sub: (part: JsonValue) => JsonValue): Draft {
  const result = Object.create(null) as Draft;
  for (const [name, part] of Object.entries(map)) result[name] = sub(part);
  return result;
}

function patternMembers(map: SchemaObject, sub: (part: JsonValue) => JsonValue, context: CheckedContext): Draft {
  const result = Object.create(null) as Draft;
  for (const [pattern, part] of Object.entries(map)) {
    if (linearPattern(pattern) !== null) result[pattern] = sub(part);
    else context.gap(`Fields named by the pattern \`${pattern.slice(0, 80)}\` are not checked.`);
  }
  return result;
}

function addReference(schema: SchemaObject, draft: Draft): void {
  const name = referredName(schema.$ref);
  if (name !== null) draft[referenceKeyword] = name;
}

function addChoices(schema: SchemaObject, draft: Draft, sub: (part: JsonValue) => JsonValue): void {
  const discriminator = schema.discriminator;
  const mapping = isMap(discriminator) && isMap(discriminator.mapping) ? discriminator.mapping : {};
  const groups = (['anyOf', 'oneOf'] as const).flatMap((word) =>
    Array.isArray(schema[word]) ? [schema[word] as readonly JsonValue[]] : [],
  );
  const checked = groups.map((choices): Draft => {
    const names = choices.map((choice) => (isMap(choice) ? referredName(choice.$ref) : null));
    const known = new Set(Object.values(mapping).map(referredName));
    if (isMap(discriminator) && names.every((name) => name !== null && known.has(name))) {
      const byValue = Object.fromEntries(Object.entries(mapping).map(([value, reference]) => [value, referredName(reference) ?? '']));
      return { [choiceKeyword]: { propertyName: discriminator.propertyName ?? '', byValue, names } };
    }
    return { anyOf: choices.map(sub) };
  });
  if (checked.length === 1) Object.assign(draft, checked[0]);
  else if (checked.length > 1) draft.allOf = [...((draft.allOf as readonly JsonValue[] | undefined) ?? []), ...checked];
}

function addRequired(schema: SchemaObject, draft: Draft, { direction, shared }: CheckedContext): void {
  if (!Array.isArray(schema.required)) return;
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly';
  const properties = isMap(schema.properties) ? schema.properties : {};
  draft.required = schema.required.filter((name: JsonValue) => {
    const property = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isMap(property)) return true;
    const target = referredName(property.$ref);
    const behind = target === null ? undefined : shared[target];
    return property[flag] !== true && !(isMap(behind) && behind[flag] === true);
  });
}
