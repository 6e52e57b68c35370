import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { ssi } from './ssi.ts';

const attacks: readonly Row[] = [
  ['query q', '<!--#exec cmd="id"-->'],
  ['body $.name', '<!-- #include virtual="/x" -->'],
  ['header user-agent', '<!--#echo var="DATE_LOCAL" -->'],
  ['query q', '%3C!--%23printenv--%3E'],
  ['body name', '<esi:include src="http://host.example/"/>'],
  ['query q', Buffer.from('<!--#exec cmd="uname"-->').toString('base64')],
];
const ordinary: readonly Row[] = [
  ['body $.html html', '<!-- a comment -->'],
  ['body $.html html', '<!--# sourceMappingURL=x -->'],
  ['body $.note free-text', 'Issue #include is open'],
  ['body $.c code', '#include <stdio.h>'],
];

test('directives for a web server or a cache are found', () => {
  expect(attacks).toHaveLength(6);
  expect(missed(ssi, attacks)).toEqual([]);
});

test('comments and code pass', () => {
  expect(ordinary).toHaveLength(4);
  expect(refused(ssi, ordinary)).toEqual([]);
});
