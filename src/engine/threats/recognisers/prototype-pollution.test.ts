import { expect, test } from 'vitest';
import { prototypePollution } from './prototype-pollution.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query-name', '__proto__[admin]'],
  ['query __proto__.admin', 'true'],
  ['body-name', 'constructor[prototype][admin]'],
  ['body $.__proto__.role', 'admin'],
  ['body $.constructor.prototype.role', 'admin'],
  ['body $.path', '__proto__.polluted'],
  ['body $.path', 'constructor.prototype.polluted'],
  ['query json', '{"__proto__":{"admin":true}}'],
];
const ordinary: readonly Row[] = [
  ['body $.constructor', 'Mercedes'],
  ['body $.prototype', 'v2'],
  ['body $.note free-text', 'Never set __proto__ on an object.'],
  ['body $.patch code', 'Object.prototype.hasOwnProperty.call(a, b)'],
  ['query q', 'javascript prototype inheritance'],
  ['body $.prototypes[]', 'a'],
];

test('names that reach the prototype of objects are found', () => {
  expect(attacks).toHaveLength(8);
  expect(missed(prototypePollution, attacks)).toEqual([]);
});

test('racing teams, prose and code pass', () => {
  expect(ordinary).toHaveLength(6);
  expect(refused(prototypePollution, ordinary)).toEqual([]);
});
