/** The laws of validation on generated schemas: what a schema makes is accepted, what breaks it is refused, and nothing throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../http/exchange.ts';
import { headOf, jsonBody, routeOf, strict, withBody, withParameter } from './contract.fixture.ts';
import type { ParameterContract, ParameterStyle, Schema } from './contract.ts';
import { validateBody } from './validate-body.ts';
import { validateHead } from './validate-head.ts';

/** A schema with a value that fits and values that do not. */
interface Made {
  readonly schema: Schema;
  readonly shared: Readonly<Record<string, Schema>>;
  readonly valid: JsonValue;
  readonly wrong: readonly JsonValue[];
}

const seed = 3;
const name = fc.constantFrom('id', 'size', 'note', 'constructor', 'a-b', 'x y', 'größe', 'toString', 'a~b/c', '0');
const leaf = (schema: Schema, valid: JsonValue, wrong: readonly JsonValue[]): Made => ({ schema, shared: {}, valid, wrong });

const integer = fc
  .record({ low: fc.integer({ min: -1000, max: 1000 }), span: fc.nat(500), at: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ low, span, at }) =>
    leaf({ type: 'integer', minimum: low, maximum: low + span }, low + Math.floor(span * at), [
      low - 1,
      low + span + 1,
      low + 0.5,
      'x',
      null,
      [],
      {},
      true,
    ]),
  );
const text = fc.record({ value: fc.string({ maxLength: 20, unit: 'grapheme' }), room: fc.nat(3) }).map(({ value, room }) => {
  const length = [...value].length;
  return leaf({ type: 'string', maxLength: length + room }, value, ['x'.repeat(length + room + 1), 5, null, [], {}]);
});
const choice = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 3 }).map((values) => {
  const [first] = values;
  return leaf({ type: 'string', enum: values }, first ?? '', ['other', 1, null]);
});
const truth = fc.boolean().map((value) => leaf({ type: 'boolean' }, value, ['true', 0, null, []]));
const date = fc.constant(leaf({ type: 'string', format: 'date' }, '2026-02-28', ['2026-2-28', "2026-02-28' or 1=1", 7]));
const scalar = fc.oneof(integer, text, choice, truth, date);

const { tree } = fc.letrec<{ tree: Made; list: Made; object: Made; shared: Made; nullable: Made; split: Made }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('list'),
    tie('object'),
    tie('shared'),
    tie('nullable'),
    tie('split'),
  ),
  list: fc.record({ item: tie('tree'), count: fc.integer({ min: 1, max: 3 }) }).map(({ item, count }) => {
    const valid = Array.from({ length: count }, () => item.valid);
    return {
      ...item,
      schema: { type: 'array', maxItems: 3, items: item.schema },
      valid,
      wrong: [...item.wrong.slice(0, 3).map((wrong) => [...valid.slice(1), wrong]), {}, 'x', [...valid, ...valid, ...valid, ...valid]],
    };
  }),
  object: fc
    .uniqueArray(fc.tuple(name, tie('tree')), { minLength: 1, maxLength: 4, selector: ([key]) => key })
    .map((members) => objectOf(members)),
  // One object declared in two parts that only fit together.
  split: fc.uniqueArray(fc.tuple(name, tie('tree')), { minLength: 2, maxLength: 4, selector: ([key]) => key }).map((members) => {
    const [first, second] = [objectOf(members.slice(0, 1)), objectOf(members.slice(1))];
    const whole = objectOf(members);
    return { ...whole, schema: { allOf: [first.schema, second.schema].map((part) => part as JsonValue) } };
  }),
  shared: fc.tuple(tie('tree'), fc.integer({ min: 1, max: 1_000_000_000 })).map(([inner, at]) => ({
    ...inner,
    schema: { $ref: `#/$defs/S${at}` },
    shared: { ...inner.shared, [`S${at}`]: inner.schema },
  })),
  nullable: tie('tree').map((inner) => ({
    ...inner,
    schema: { anyOf: [inner.schema as JsonValue, { type: 'null' }] },
    wrong: inner.wrong.filter((wrong) => wrong !== null),
  })),
}));

function objectOf(members: readonly (readonly [string, Made])[]): Made {
  const properties = Object.fromEntries(members.map(([key, made]) => [key, made.schema as JsonValue]));
  const valid = Object.fromEntries(members.map(([key, made]) => [key, made.valid]));
  const wrong: JsonValue[] = [[], 'x', 5];
  for (const [key, made] of members) {
    for (const value of made.wrong.slice(0, 3)) wrong.push({ ...valid, [key]: value });
    const { [key]: _left, ...rest } = valid;
    wrong.push(rest);
  }
  wrong.push({ ...valid, undeclared: 1 });
  return {
    schema: { type: 'object', required: members.map(([key]) => key), properties },
    shared: Object.assign({}, ...members.map(([, made]) => made.shared)),
    valid,
    wrong,
  };
}

test('what a schema makes is accepted, and every value that breaks it is refused', () => {
  let refused = 0;
  fc.assert(
    fc.property(tree, ({ schema, shared, valid, wrong }) => {
      const operation = withBody(schema, shared);
      const judge = (value: JsonValue) => validateBody(operation, headOf(), jsonBody(value), strict);
      expect(judge(valid)).toEqual([]);
      for (const value of wrong) {
        expect(judge(value), JSON.stringify(value)).not.toEqual([]);
        refused += 1;
      }
      expect(operation.contract.gaps).toEqual([]);
    }),
    { numRuns: 400, seed },
  );
  expect(refused).toBeGreaterThan(2000);
}, 60_000);

test('a field of a form means the value that its text was made of', () => {
  const flat = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), scalar), {
    minLength: 1,
    maxLength: 4,
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(flat, (members) => {
      const { schema } = objectOf(members);
      const operation = withBody(schema, {}, 'application/x-www-form-urlencoded');
      const form = members.map(([key, made]) => ({ name: key, value: String(made.valid) }));
      const body = jsonBody(undefined, { kind: 'form', mediaType: 'application/x-www-form-urlencoded', form });
      expect(validateBody(operation, headOf(), body, strict)).toEqual([]);
    }),
    { numRuns: 200, seed },
  );
});

const styles: readonly (readonly [ParameterStyle, boolean, string])[] = [
  ['form', true, '&p='],
  ['form', false, ','],
  ['spaceDelimited', false, '%20'],
  ['pipeDelimited', false, '|'],
  ['pipeDelimited', false, '%7C'],
  ['deepObject', true, '&p[]='],
];

test('a list is read in every style it can be written in, and a wrong item is found in each', () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(numbers, fc.constantFrom(...styles), ([...values], [style, explode, between]) => {
      const schema: Schema = { type: 'array', items: { type: 'integer', maximum: 99 } };
      const parameter: Partial<ParameterContract> = { schema, style, explode };
      const operation = withParameter(parameter);
      const query = (items: readonly (number | string)[]) => `${style === 'deepObject' ? 'p[]=' : 'p='}${items.join(between)}`;
      const judge = (items: readonly (number | string)[]) =>
        validateHead(operation, headOf({ query: query(items) }), routeOf(), strict).map(({ rule }) => rule);
      expect(judge(values)).toEqual([]);
      expect(judge([...values, 100])).toEqual(['validation.query-type']);
      expect(judge(['x', ...values])).toEqual(['validation.query-type']);
    }),
    { numRuns: 200, seed },
  );
});

test('any schema, query and body are judged without failing', () => {
  const anything = fc.jsonValue({ maxDepth: 4 });
  const wild = fc.object({
    key: fc.constantFrom(
      'type',
      'properties',
      'items',
      'enum',
      'anyOf',
      'allOf',
      'oneOf',
      'not',
      '$ref',
      'pattern',
      'required',
      'format',
      'minimum',
      'discriminator',
      'additionalProperties',
    ),
    values: [fc.constantFrom('string', 'object', 'array', '#/$defs/A', '(', '^a+$', 'date', 5, true, null)],
    maxDepth: 4,
  });
  fc.assert(
    fc.property(wild, anything, fc.string({ maxLength: 60 }), (schema, value, query) => {
      // As the reader of documents hands it out: plain JSON, of any shape.
      const made = JSON.parse(JSON.stringify(schema)) as Schema;
      validateBody(withBody(made, { A: made }), headOf(), jsonBody(value as JsonValue), strict);
      validateHead(withParameter({ schema: made }), headOf({ query: `p=${query}&p[a]=${query}` }), routeOf(), strict);
    }),
    { numRuns: 400, seed },
  );
}, 60_000);
