import { expect, test } from 'vitest';
import { declaredApi } from '../evidence/declaration.fixture.ts';
import { emptySettings, type Settings } from '../evidence/settings.ts';
import { ownerOf } from './ownership.ts';

const rules = [{ pattern: '/specs/', owners: ['@acme/api', '@acme/everyone'] }];
const documents = [declaredApi('orders', [], { owner: 'Orders team', place: { file: './shop/specs/orders.yaml', line: null } })];

test('CODEOWNERS of the file stands before what the document says', () => {
  expect(ownerOf(null, documents, rules, emptySettings)).toMatchObject({ value: '@acme/api', from: 'CODEOWNERS' });
  expect(ownerOf(null, documents, [], emptySettings)).toMatchObject({ value: 'Orders team', from: 'spec' });
  expect(ownerOf(null, [], rules, emptySettings)).toBeNull();
});

test('who left owns nothing', () => {
  const settings: Settings = { ...emptySettings, people: [{ id: '@acme/api', name: 'Ana', team: null, active: false }] };
  expect(ownerOf(null, documents, rules, settings)).toMatchObject({ from: 'spec' });
});
