import { expect, test } from 'vitest';
import type { JsonValue } from '../http/exchange.ts';
import type { ParsedBody } from '../http/request.ts';
import { headOf, jsonBody, operationOf, strict, withBody } from './contract.fixture.ts';
import type { Schema } from './contract.ts';
import { validateBody } from './validate-body.ts';

const order: Schema = {
  type: 'object',
  required: ['id', 'size', 'made'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    size: { type: 'integer', minimum: 1, format: 'int32' },
    made: { type: 'string', format: 'date-time', readOnly: true },
    lines: { type: 'array', maxItems: 3, uniqueItems: true, items: { $ref: '#/$defs/Line' } },
    sort: { type: 'string', enum: ['asc', 'desc'] },
  },
};
const schemas: Readonly<Record<string, Schema>> = {
  Line: { type: 'object', properties: { name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 }, next: { $ref: '#/$defs/Line' } } },
  Cat: { type: 'object', required: ['meow'], properties: { kind: { type: 'string' }, meow: { type: 'boolean' } } },
  Dog: { type: 'object', required: ['bark'], properties: { kind: { type: 'string' }, bark: { type: 'integer' } } },
  Tree: { type: 'object', properties: { a: { anyOf: [{ $ref: '#/$defs/Tree' }, { $ref: '#/$defs/Tree2' }] } } },
  Tree2: { type: 'object', properties: { a: { anyOf: [{ $ref: '#/$defs/Tree' }, { $ref: '#/$defs/Tree2' }] }, b: { type: 'string' } } },
};
const good = { id: '3f2b8c1e-5a7d-4e9f-8b6a-1c2d3e4f5a6b', size: 2 };

const faults = (schema: Schema, value: JsonValue) =>
  validateBody(withBody(schema, schemas), headOf(), jsonBody(value), strict).map(
    ({ rule, place }) => `${rule.replace('validation.', '')} ${place}`,
  );

const rows: readonly (readonly [string, JsonValue, readonly string[]])[] = [
  ['what is declared is accepted, the read-only field left out', good, []],
  ['a wrong type', { ...good, size: '2' }, ['body-field body.$.size']],
  ['a missing field', { id: good.id }, ['body-required body.$']],
  ['a value below its bound', { ...good, size: 0 }, ['body-field body.$.size']],
  ['a number too large for its format', { ...good, size: 2 ** 40 }, ['body-field body.$.size']],
  ['an id that is none', { ...good, id: '1 or 1=1' }, ['body-field body.$.id']],
  ['a value outside its enumeration', { ...good, sort: 'up' }, ['body-field body.$.sort']],
  ['a pattern behind a reference', { ...good, lines: [{ name: 'A1' }] }, ['body-field body.$.lines[].name']],
  ['a schema that contains itself', { ...good, lines: [{ next: { next: { name: 7 } } }] }, ['body-field body.$.lines[].next.next.name']],
  ['too many items', { ...good, lines: [{}, { name: 'a' }, { name: 'b' }, { name: 'c' }] }, ['body-field body.$.lines']],
  [
    'items repeated in another order of keys',
    {
      ...good,
      lines: [
        { name: 'a', next: {} },
        { next: {}, name: 'a' },
      ],
    },
    ['body-field body.$.lines'],
  ],
  ['an undeclared field', { ...good, admin: true }, ['body-unknown body.$.admin']],
  ['an undeclared field below a reference', { ...good, lines: [{ role: 1 }] }, ['body-unknown body.$.lines[].role']],
  ['a read-only field', { ...good, made: '2026-01-01T00:00:00Z' }, ['body-read-only body.$.made']],
  ['a list where an object is declared', [1], ['body-field body.$']],
  [
    'a field called like a member of every object',
    { ...good, ['__proto__']: 1, constructor: 2 } as JsonValue,
    ['body-unknown body.$.__proto__', 'body-unknown body.$.constructor'],
  ],
];

test.each(rows)('JSON body: %s', (_what, value, expected) => {
  expect(faults(order, value)).toEqual(expected);
});

test('the table of bodies has all its rows', () => expect(rows.length).toBe(16));

test('a field that every object inherits does not count as sent', () => {
  expect(faults({ type: 'object', required: ['constructor'] }, {})).toEqual(['body-required body.$']);
});

test('a closed object refuses other fields, also inside a composition', () => {
  const closed: Schema = {
    allOf: [
      { type: 'object', properties: { a: {} }, additionalProperties: false },
      { type: 'object', properties: { b: {} } },
    ],
  };
  expect(faults(closed, { a: 1, b: 2 })).toEqual([]);
  expect(faults(closed, { a: 1, c: 2 })).toEqual(['body-closed body.$.c']);
});

test('an object that says nothing of its fields takes any, one that allows others takes those', () => {
  expect(faults({ type: 'object' }, { any: 1 })).toEqual([]);
  expect(faults({ type: 'object', properties: { a: {} }, additionalProperties: { type: 'integer' } }, { b: 1 })).toEqual([]);
  expect(faults({ type: 'object', properties: { a: {} }, additionalProperties: { type: 'integer' } }, { b: 'x' })).toEqual([
    'body-field body.$.b',
  ]);
});

test('a discriminator names the choice that counts; a value it does not know may fit any', () => {
  const pet: Schema = {
    oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }],
    discriminator: { propertyName: 'kind', mapping: { cat: '#/$defs/Cat', dog: '#/$defs/Dog' } },
  };
  expect(faults(pet, { kind: 'cat', meow: true })).toEqual([]);
  expect(faults(pet, { kind: 'dog', meow: true })).toEqual(['body-required body.$']);
  expect(faults(pet, { kind: 'fish', bark: 1 })).toEqual([]);
  expect(faults(pet, { kind: 'fish' })).toEqual(['body-field body.$']);
});

test('overlapping choices are one fit, as people mean them', () => {
  expect(faults({ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 5)).toEqual([]);
});

test('a value made to be dear to check is given up in bounded time', () => {
  let value: JsonValue = 5;
  for (let depth = 0; depth < 30; depth++) value = { a: value };
  const started = performance.now();
  expect(faults({ $ref: '#/$defs/Tree' }, value)).toEqual(['body-complexity body']);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('nesting beyond the bound is refused with and without a schema, and never opened', () => {
  let value: JsonValue = 1;
  for (let depth = 0; depth < 5000; depth++) value = [value];
  expect(faults(true, value)).toEqual(['body-depth body']);
  expect(validateBody(null, headOf(), jsonBody(value), strict).map(({ rule }) => rule)).toEqual(['validation.body-depth']);
});

test('a pattern that could be made slow is matched in linear time', () => {
  const started = performance.now();
  expect(faults({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toEqual(['body-field body.$']);
  expect(faults({ type: 'string', pattern: '(x+x+)+y' }, 'x'.repeat(50_000))).toEqual(['body-field body.$']);
  expect(performance.now() - started).toBeLessThan(3000);
});

test('a pattern that cannot be linear is not checked, and the gap is said', () => {
  const operation = withBody({ type: 'string', pattern: '^(?=.*\\d)(.)\\1$' });
  expect(validateBody(operation, headOf(), jsonBody('zz'), strict)).toEqual([]);
  expect(operation.contract.gaps).toEqual(['The pattern `^(?=.*\\d)(.)\\1$` cannot be matched in linear time and is not checked.']);
});

const form: Schema = {
  type: 'object',
  required: ['amount'],
  properties: {
    amount: { type: 'integer' },
    note: { type: 'string' },
    tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
    card: { type: 'object', properties: { month: { type: 'integer' } } },
    upload: { type: 'string', format: 'binary' },
  },
};

function formBody(fields: readonly (readonly [string, string])[]): ParsedBody {
  return jsonBody(undefined, {
    kind: 'form',
    mediaType: 'application/x-www-form-urlencoded',
    form: fields.map(([name, value]) => ({ name, value })),
  });
}

test('forms are read by their schema: numbers, lists, brackets', () => {
  const operation = withBody(form, {}, 'application/x-www-form-urlencoded');
  const check = (...fields: readonly (readonly [string, string])[]) =>
    validateBody(operation, headOf(), formBody(fields), strict).map(({ rule, place }) => `${rule.replace('validation.', '')} ${place}`);
  expect(check(['amount', '5'], ['tags', 'a'], ['tags', 'b'], ['card[month]', '12'], ['note', '5'])).toEqual([]);
  expect(check(['amount', '5'], ['tags[]', 'a'], ['tags[]', 'c'])).toEqual(['body-field body.$.tags[]']);
  expect(check(['amount', 'x'])).toEqual(['body-field body.$.amount']);
  expect(check(['amount', '5'], ['card[month]', 'May'])).toEqual(['body-field body.$.card.month']);
  expect(check(['amount', '5'], ['amount', '6'])).toEqual(['body-duplicate body.$.amount']);
  expect(check(['amount', '5'], ['card', ''])).toEqual([]);
  expect(check(['amount', '5'], ['role', 'admin'])).toEqual(['body-unknown body.$.role']);
});

test('parts of a multipart are fields; files stand for their presence', () => {
  const operation = withBody(form, {}, 'multipart/form-data');
  const part = (name: string, text: string, fileName: string | null = null) => ({ name, text, fileName, mediaType: null, headers: [] });
  const check = (...parts: readonly ReturnType<typeof part>[]) =>
    validateBody(operation, headOf(), jsonBody(undefined, { kind: 'multipart', mediaType: 'multipart/form-data', parts }), strict).map(
      ({ rule }) => rule,
    );
  expect(check(part('amount', '5'), part('upload', '\xff\xd8', 'a.jpg'), part('note', 'gr\xc3\xbc\xc3\x9fe'))).toEqual([]);
  expect(check(part('amount', 'five'))).toEqual(['validation.body-field']);
});

test('a body that is not what it says, was cut off or is missing is told apart', () => {
  const operation = withBody(order, schemas);
  const check = (body: ParsedBody) => validateBody(operation, headOf(), body, strict).map(({ rule, mode }) => `${rule} ${mode}`);
  expect(check(jsonBody(undefined, { kind: 'text', malformed: 'it is not JSON' }))).toEqual(['validation.body-malformed block']);
  expect(check(jsonBody({ id: 'cut' }, { isWhole: false }))).toEqual(['validation.body-unseen log']);
  expect(check(jsonBody(undefined, { bytes: 0 }))).toEqual(['validation.body-missing block']);
});

test('a text body is a text, whatever it looks like', () => {
  const operation = withBody({ type: 'string', maxLength: 12 }, {}, 'text/plain');
  const check = (text: string, json?: JsonValue) =>
    validateBody(
      operation,
      headOf(),
      jsonBody(json, { kind: json === undefined ? 'text' : 'json', mediaType: 'text/plain', text }),
      strict,
    ).map(({ rule }) => rule);
  expect(check('hello')).toEqual([]);
  expect(check('{"a":1}', { a: 1 })).toEqual([]);
  expect(check('longer than twelve')).toEqual(['validation.body-field']);
});

test('unknown fields follow the mode of the policy', () => {
  const operation = operationOf({
    body: { required: true, byMediaType: { 'application/json': { schema: { type: 'object', properties: { a: {} } }, encoding: {} } } },
  });
  const modes = (['off', 'log', 'block'] as const).map((unknownFields) =>
    validateBody(operation, headOf(), jsonBody({ b: 1 }), { ...strict, unknownFields }).map(({ mode }) => mode),
  );
  expect(modes).toEqual([[], ['log'], ['block']]);
});
