/** What is wrong with a `stance.yaml`, in the words of the file: place, what was expected, what was found, the nearest name. */
import type { z } from 'zod';
import { nearestName } from './nearest-name.ts';
import { stanceJsonSchema } from './stance-schema.ts';
import type { StructuredDocument } from './structured-document.ts';
import type { TextPosition } from './text-position.ts';

export interface SettingsProblem extends TextPosition {
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

interface Checked {
  readonly document: StructuredDocument;
  readonly value: unknown;
  /** JSON Schema that knows the names allowed; default that of `stance.yaml`. */
  readonly schema?: () => string;
}

/** Problems in the order of the file. */
export function schemaProblems(error: z.ZodError, checked: Checked): SettingsProblem[] {
  const problems = error.issues.flatMap((issue) => problemsOf(issue, checked));
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

function problemsOf(issue: Issue, checked: Checked): SettingsProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], checked));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = meantOption(issue);
    if (meant !== null) return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, checked));
  }
  const where = path.length === 0 ? 'the file' : path.join('.');
  const found = valueAt(checked.value, path);
  return [{ ...checked.document.positionOf(path), message: `${where}: expected ${expectation(issue)}, found ${shown(found)}` }];
}

/** Of several forms the one that was meant: whose own kind of value (text, map) is there. null = it cannot be told. */
function meantOption(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | null {
  const options = issue.errors as readonly (readonly Issue[])[];
  const fitting = options.filter((errors) => !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0));
  const only = fitting[0];
  return fitting.length === 1 && only !== undefined && only.some(({ path }) => path.length > 0 || only[0]?.code === 'unrecognized_keys')
    ? only
    : null;
}

function unknownKey(path: readonly string[], { document, schema }: Checked): SettingsProblem {
  const key = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const names = namesAllowed(parent, (schema ?? stanceJsonSchema)());
  const nearest = nearestName(key, names);
  const hint = nearest === null ? (names.length === 0 ? '' : `; known here: ${names.join(', ')}`) : `; did you mean \`${nearest}\`?`;
  return { ...document.positionOf(path), message: `${path.join('.')}: there is no such key${hint}` };
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        {
          string: 'text',
          int: 'a whole number',
          number: 'a number',
          boolean: 'true or false',
          array: 'a list',
          object: 'a map',
          record: 'a map',
        }[issue.expected as string] ?? String(issue.expected)
      );
    case 'invalid_value':
      return issue.values.length === 1 ? `\`${String(issue.values[0])}\`` : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? issue.minimum === 1
          ? 'it not to be empty'
          : `at least ${issue.minimum}`
        : `at least ${issue.minimum}`;
    case 'invalid_format':
      return issue.format === 'date'
        ? 'a date such as 2026-12-31'
        : issue.format === 'starts_with'
          ? 'a path that begins with /'
          : formatMessage(issue.message);
    case 'invalid_union':
      return kinds(issue) ?? formatMessage(issue.message);
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'another name';
    default:
      return issue.message;
  }
}

function kinds(issue: z.core.$ZodIssueInvalidUnion): string | null {
  if (issue.discriminator === undefined || !('options' in issue) || issue.options === undefined) return null;
  return `a \`${issue.discriminator}\` that is one of ${issue.options.map(String).join(', ')}`;
}

/** The message of a pattern is written as what was expected; the library's own default is not. */
function formatMessage(message: string): string {
  return /^invalid/i.test(message) ? 'another form' : message;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : `${typeof value} ${String(value)}`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' && Object.hasOwn(at, key) ? (at as Readonly<Record<string, unknown>>)[key] : undefined,
    value,
  );
}

/** Keys that the schema knows in the map at `path`. */
function namesAllowed(path: readonly string[], schema: string): string[] {
  let schemas: unknown[] = [JSON.parse(schema)];
  for (const key of path) schemas = schemas.flatMap((schema) => below(schema, key));
  return [...new Set(schemas.flatMap((schema) => Object.keys(member(schema, 'properties') ?? {})))];
}

function below(schema: unknown, key: string): unknown[] {
  const properties = member(schema, 'properties');
  const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const next = own ?? member(schema, 'additionalProperties') ?? member(schema, 'items');
  if (next === undefined) return [];
  const choices = member(next, 'oneOf') ?? member(next, 'anyOf');
  return choices === undefined ? [next] : Object.values(choices);
}

function member(schema: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  if (schema === null || typeof schema !== 'object' || !Object.hasOwn(schema, key)) return undefined;
  const value = (schema as Readonly<Record<string, unknown>>)[key];
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : undefined;
}
