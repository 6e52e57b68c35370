import { expect, test } from 'vitest';
import { mail } from './mail.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query email', 'ada@example.org\nBcc: all@example.org'],
  ['body email', 'ada@example.org%0d%0aCc:%20all@example.org'],
  ['query subject', 'hi\r\nTo: b@example.org'],
  ['body $.from', 'a@example.org\r\nContent-Type: text/html\r\n\r\n<b>'],
  ['query q', 'x\r\nRCPT TO:<a@example.org>'],
  ['query q', 'x\r\nMAIL FROM:<a@example.org>'],
  ['query folder', '"INBOX"\r\nA003 DELETE "INBOX"'],
  ['query q', '4 BODY[HEADER]\r\nV100 CAPABILITY'],
];
const ordinary: readonly Row[] = [
  ['body $.message free-text', 'Dear all,\nto: the point\nSubject: none'],
  ['body $.text free-text', '> From: Ada\n> Subject: hello\nThanks'],
  ['query email', 'ada@example.org'],
  ['body $.address', '1 High Street\nLondon'],
  ['raw-body', 'From: a@example.org\r\nTo: b@example.org\r\n\r\nbody'],
  ['body $.raw', Buffer.from('From: a@example.org\r\nTo: b@example.org\r\nSubject: hi\r\n\r\nbody').toString('base64')],
  ['body $.log', 'line 1\nline 2: data'],
];

test('recipients, header fields and commands after a line break are found', () => {
  expect(attacks).toHaveLength(8);
  expect(missed(mail, attacks)).toEqual([]);
});

test('quoted mail, addresses and lines of text pass', () => {
  expect(ordinary).toHaveLength(7);
  expect(refused(mail, ordinary)).toEqual([]);
});
