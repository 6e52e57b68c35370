import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBody } from './parsed-body.ts';
import { SHADOWED_MAX, shadowedValues } from './parsed-body-shadowed.ts';

const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ['a string', '{"a":"one","a":"two"}', ['one']],
  ['an escape', '{"a":"o\\"n\\u0065","a":1}', ['o"ne']],
  ['an escaped name', '{"a":"one","\\u0061":"two"}', ['one']],
  ['an object', '{"a":{"b":["x","y"]} ,"a":null}', ['{"b":["x","y"]}']],
  ['a number', '{"a":12,"a":13,"a":14}', ['12', '13']],
  ['inside an array', '[{"a":1,"a":2},{"a":3}]', ['1']],
  ['the same name on two levels', '{"a":{"a":1}}', []],
  ['values that look like names', '{"a":"b","c":"b","d":":"}', []],
];

test('values hidden by a later field of the same name are seen', () => {
  expect(rows).toHaveLength(8);
  for (const [name, text, values] of rows) expect([name, shadowedValues(text).map((field) => field.value)]).toEqual([name, values]);
  const body = { bytes: new TextEncoder().encode('{"q":"first","q":"last"}'), isWhole: true };
  expect(parseBody([{ name: 'content-type', value: 'application/json' }], body)).toMatchObject({
    json: { q: 'last' },
    texts: [{ name: 'q', value: 'first' }],
  });
});

test('what JSON.stringify writes hides nothing, and hidden values are bounded', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(shadowedValues(JSON.stringify(JSON.parse(text)))).toEqual([]);
    }),
  );
  expect(shadowedValues(`{${'"a":1,'.repeat(SHADOWED_MAX + 50)}"a":1}`)).toHaveLength(SHADOWED_MAX);
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[{}[\]",:\\a1 ]{0,120}$/), (text) => {
      expect(shadowedValues(text).length).toBeLessThanOrEqual(SHADOWED_MAX);
    }),
  );
});
