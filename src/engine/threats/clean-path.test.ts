import { expect, test } from 'vitest';
import { CleanPaths } from './clean-path.ts';

test('paths of words are remembered, those with identifiers are not', () => {
  const paths = new CleanPaths();
  for (const path of ['api/items', 'users/4711', 'users/kim@example.org', `a/${'b'.repeat(200)}`]) paths.remember(path);
  expect(['api/items', 'users/4711', 'users/kim@example.org', `a/${'b'.repeat(200)}`].map((path) => paths.isClean(path))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('no more paths are kept than the bound', () => {
  const paths = new CleanPaths();
  const name = (index: number): string => [...String(index)].map((digit) => 'abcdefghij'.charAt(Number(digit))).join('');
  for (let index = 0; index < 5_000; index += 1) paths.remember(name(index));
  expect(paths.isClean(name(4_000))).toBe(true);
  expect(paths.isClean(name(4_999))).toBe(false);
});
