import { expect, test } from 'vitest';
import { nosql } from './nosql.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query-name q', 'password[$ne]'],
  ['body-name q', 'user[$regex]'],
  ['body-name $.user.$gt', '$gt'],
  ['query q', '{"$gt": ""}'],
  ['query q', "x', $where: '2 == 2"],
  ['query q', '{$where: "sleep(9)"}'],
  ['query q', "x' || '2'=='2"],
  ['query q', "'; return true; var a='"],
  ['query q', 'this.secret.match(/a/)'],
  ['query q', "';sleep(9000);'"],
];
const ordinary: readonly Row[] = [
  ['query-name $filter', '$filter'],
  ['query-name $top', '$top'],
  ['body $.price', '$5 or $6'],
  ['query q', 'name:"a" && size:"b"'],
  ['query q', "rock 'n' roll || blues"],
  ['body $.note free-text', 'Return this. It is = to that; do not wait.'],
  ['query q', 'tags[]=a'],
  ['body $.query graphql', 'query($id: ID!) { node(id: $id) { id } }'],
];

test('operators as names or values and script conditions are found', () => {
  expect(attacks).toHaveLength(10);
  expect(missed(nosql, attacks)).toEqual([]);
});

test('options of query standards, prices and search words pass', () => {
  expect(ordinary).toHaveLength(8);
  expect(refused(nosql, ordinary)).toEqual([]);
});
