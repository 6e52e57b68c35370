import { expect, test } from 'vitest';
import { estimateCompleteness } from './completeness.ts';

test('the textbook case: 200 and 150 caught, 30 twice', () => {
  const estimate = estimateCompleteness(200, 150, 30);
  expect(estimate?.estimate).toBeCloseTo((201 * 151) / 31 - 1, 6);
  expect(estimate?.low).toBeLessThan(estimate?.estimate ?? 0);
  expect(estimate?.high).toBeGreaterThan(estimate?.estimate ?? 0);
});

test('two equal lists are complete', () => {
  expect(estimateCompleteness(40, 40, 40)?.lowerShare).toBe(1);
});

test('a small overlap says nothing', () => {
  expect(estimateCompleteness(100, 100, 3)).toBeNull();
});
