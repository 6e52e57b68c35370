import { expect, test } from 'vitest';
import { jsonFields, maskKey } from './json-fields.ts';

test('fields are paths and types, without values', () => {
  const fields = jsonFields({
    items: [
      { id: 7, name: 'Ann' },
      { id: 8, tags: ['a'] },
    ],
    next: null,
  });
  expect(fields).toEqual([
    { path: '$.items', type: 'array' },
    { path: '$.items[]', type: 'object' },
    { path: '$.items[].id', type: 'number' },
    { path: '$.items[].name', type: 'string' },
    { path: '$.items[].tags', type: 'array' },
    { path: '$.items[].tags[]', type: 'string' },
    { path: '$.next', type: 'null' },
  ]);
  expect(JSON.stringify(fields)).not.toContain('Ann');
});

test('keys that are data are masked', () => {
  expect(maskKey('customer_id')).toBe('customer_id');
  expect(maskKey('ann@example.org')).toBe('{key}');
  expect(maskKey('2024-01-31')).toBe('{key}');
  expect(maskKey('9f8e7d6c5b4a')).toBe('{key}');
});

test('a body of any size and depth gives at most 200 fields', () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`field_${'abcdefghij'[at % 10]}${'k'.repeat(at % 50)}`, at]));
  let deep: Record<string, unknown> = {};
  for (let at = 0; at < 100; at++) deep = { d: deep };
  expect(jsonFields(wide).length).toBeLessThanOrEqual(200);
  expect(jsonFields(deep as never).length).toBeLessThanOrEqual(9);
});

test('bodies with the same fields share one list, whatever their values, and another field makes another list', () => {
  const first = jsonFields({ id: 1, lines: [{ count: 2 }] });
  expect(jsonFields({ id: 7, lines: [{ count: 9 }, { count: 3 }] })).toBe(first);
  expect(jsonFields({ id: 7, lines: [{ count: null }] })).not.toEqual(first);
  expect(jsonFields({ lines: [{ count: 2 }], id: 1 })).not.toBe(first);
  expect(jsonFields({ a: { b: 1 }, 'a.b': 2 }).map(({ path }) => path)).toEqual(['$.a', '$.a.b']);
});

test('what is remembered of thousands of strange bodies neither mixes them up nor runs out', () => {
  const name = (at: number) => `${'abcdefghij'[at % 10]}ame_${'xyz'[at % 3]}_of_item${at % 1000}`;
  for (let at = 0; at < 30_000; at++) {
    const key = `${name(at)}_${'bcde'[Math.floor(at / 1000) % 4]}ook${Math.floor(at / 4000)}`;
    const [field] = jsonFields({ [key]: at });
    expect(field?.path === `$.${maskKey(key)}` && field.type === 'number').toBe(true);
  }
});
