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
