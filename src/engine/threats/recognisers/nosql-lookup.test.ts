import { expect, test } from 'vitest';
import { nosql } from './nosql.ts';
import { missed, refused } from './rows.fixture.ts';

test('lookups on a secret and across many relations are found by the name alone', () => {
  expect(
    missed(nosql, [
      ['query-name password__startswith', 'password__startswith'],
      ['body-name $.api_token__isnull', 'api_token__isnull'],
      ['query-name q', 'owner__team__lead__user__email__contains'],
    ]),
  ).toEqual([]);
});

test('filters of a resource by its own fields pass', () => {
  expect(
    refused(nosql, [
      ['query-name name__startswith', 'name__startswith'],
      ['query-name created__gte', 'created__gte'],
      ['query-name author__name__icontains', 'author__name__icontains'],
    ]),
  ).toEqual([]);
});
