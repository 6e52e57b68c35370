import { expect, test } from 'vitest';
import { openRedirect } from './open-redirect.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query next url', '//host.example'],
  ['query next url', '/\\host.example'],
  ['query q', '\\/\\/host.example/'],
  ['query return_to url', '///host.example/x'],
  ['query redirect url', 'https:host.example'],
  ['query url url', 'javascript://x%0aalert(1)'],
  ['query next url', 'data:text/html,x'],
  ['query next url', 'https://good.example@host.example/'],
  ['path', '/host.example/%2f..'],
  ['query next url', '//host.example/%2e%2e'],
];
const ordinary: readonly Row[] = [
  ['query next url', '/account/settings?tab=2'],
  ['query next url', 'https://shop.example/cart'],
  ['query ReturnUrl url', '//docs.example.org/reader/detail?code=1'],
  ['query src url', '//cdn.example.org/a.js'],
  ['query url url', 'javascript:void(0);'],
  ['query path', 'C:\\Users\\ada'],
  ['path', 'api/v1/items'],
  ['body $.regex', '\\/users\\/[0-9]+'],
];

test('foreign hosts that pose as local paths are found', () => {
  expect(attacks).toHaveLength(10);
  expect(missed(openRedirect, attacks)).toEqual([]);
});

test('local paths, plain links and idle links pass', () => {
  expect(ordinary).toHaveLength(8);
  expect(refused(openRedirect, ordinary)).toEqual([]);
});
