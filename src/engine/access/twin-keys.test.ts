import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasTwinKeys } from './twin-keys.ts';

test.each([
  '{"a":1,"a":2}',
  '{"a":{"b":1,"c":[{"d":1, "d" : 2}]}}',
  '{"a":1,"\\u0061":2}',
  '[{"x":1},{"x":1,"y":"}","x":2}]',
  '{"a\\"":1,"b":{},"a\\"":2}',
  '{"__proto__":1,"__proto__":2}',
  '{"a":1}\n{"b":1,"b":2}',
])('twins are seen in %s', (text) => expect(hasTwinKeys(text)).toBe(true));

test.each([
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '[{"a":1},{"a":1}]',
  '{"a":"a","b":"\\"a\\":1"}',
  '{"a":1}\n{"a":1}',
  'query { a(b: "x", c: "x") }',
  '{"a":"unfinished',
  ']}"a":1,"a":2',
  '',
])('none are seen in %s', (text) => expect(hasTwinKeys(text)).toBe(false));

test('JSON that was written from a value has none, and has some once a key is put in again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, key) => {
      expect(hasTwinKeys(JSON.stringify(value))).toBe(false);
      const name = JSON.stringify(key);
      expect(hasTwinKeys(`[{${name}:${JSON.stringify(value)},${name}:0}]`)).toBe(true);
    }),
  );
});
