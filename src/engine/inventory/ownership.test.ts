import { expect, test } from 'vitest';
import { codeOwner } from './ownership.ts';

const rules = [
  { pattern: '*', owners: ['@everyone'] },
  { pattern: '/specs/', owners: ['@platform'] },
  { pattern: 'specs/orders*.yaml', owners: ['@orders'] },
  { pattern: '/specs/legacy/', owners: [] },
];

test('the last rule that fits wins', () => {
  expect(codeOwner('specs/users.yaml', rules)).toBe('@platform');
  expect(codeOwner('specs/orders-v2.yaml', rules)).toBe('@orders');
  expect(codeOwner('./examples/shop/specs/orders.yaml', rules)).toBe('@orders');
  expect(codeOwner('readme.md', rules)).toBe('@everyone');
});

test('a rule without owners takes ownership away', () => {
  expect(codeOwner('specs/legacy/old.yaml', rules)).toBeNull();
});
