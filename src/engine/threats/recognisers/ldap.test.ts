import { expect, test } from 'vitest';
import { ldap } from './ldap.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query user', '*)(uid=*))(|(uid=*'],
  ['body user', 'admin)(&)'],
  ['body user', 'ada)(|(mail=*)'],
  ['query user', 'x)(!(cn=*'],
  ['query q', 'userPassword:2.5.13.18:=\\61'],
  ['body $.name', '*)(objectClass=*'],
  ['query q', '*)(&'],
  ['query q', 'ada))%00'],
  ['query q', '*)(|(userPassword=*)'],
];
const ordinary: readonly Row[] = [
  ['body $.note free-text', 'f(x)=(a+b)(c+d), see (1) and (2).'],
  ['query q', 'f(a=1)(b=2)'],
  ['body $.script code', 'if (a) (b = c)'],
  ['header user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)'],
  ['body $.phone', '+49 (30) 123456 (day)'],
  ['body $.formula', '(a+b)*(c+d)'],
  ['query filter query-language', 'price=5&color=(red|blue)'],
  ['body $.dn', 'cn=Ada,ou=people,dc=example,dc=org'],
];

test('values that close one comparison of a filter and open another are found', () => {
  expect(attacks).toHaveLength(9);
  expect(missed(ldap, attacks)).toEqual([]);
});

test('formulas, agents and names of entries pass', () => {
  expect(ordinary).toHaveLength(8);
  expect(refused(ldap, ordinary)).toEqual([]);
});
