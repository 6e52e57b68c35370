import { expect, test } from 'vitest';
import { SeenSequence } from './seen-sequence.ts';

test('numbers in any order, also twice, are remembered as the fewest ranges', () => {
  const seen = new SeenSequence();
  for (const number of [1, 2, 3, 7, 5, 5, 6, 9]) seen.add(number);
  expect(seen.toString()).toBe('1-3,5-7,9');
  expect([1, 4, 6, 8, 9, 10].map((number) => seen.has(number))).toEqual([true, false, true, false, true, false]);
  seen.add(4);
  seen.add(8);
  expect(seen.toString()).toBe('1-9');
});

test('survives its text, and texts that are none', () => {
  const seen = new SeenSequence('4-5,1,9-12');
  expect(seen.toString()).toBe('1,4-5,9-12');
  expect(new SeenSequence('').toString()).toBe('');
  expect(new SeenSequence('x,-3,7-2,1.5,0,4').toString()).toBe('4');
});

test('never holds more than 256 ranges: the oldest gaps close', () => {
  const seen = new SeenSequence();
  for (let number = 1; number <= 2001; number += 2) seen.add(number);
  expect(seen.toString().split(',')).toHaveLength(256);
  expect(seen.has(2)).toBe(true);
  expect(seen.has(2000)).toBe(false);
  expect(seen.has(2001)).toBe(true);
});
