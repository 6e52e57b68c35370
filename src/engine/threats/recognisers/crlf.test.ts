import { expect, test } from 'vitest';
import { crlf } from './crlf.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query lang', 'en\r\nSet-Cookie: a=b'],
  ['query lang', 'en%0d%0aLocation:%20http://host.example'],
  ['query lang', 'en\nX-Forwarded-Host: host.example'],
  ['path', 'a\r\nb'],
  ['query q', '\u560a\u560dset-cookie: a=b'],
  ['query q', 'x\r\nHTTP/1.1 200 OK\r\n'],
  ['body $.q', 'x\r\nGET /admin HTTP/1.1\r\nHost: a'],
  ['cookie a', 'x\r\nX-Role: admin'],
  ['query-name', 'a\r\n'],
  ['raw-body', 'xGET /a HTTP/1.1\r\nHost: a\r\n'],
];
const ordinary: readonly Row[] = [
  ['body $.address', 'Ada Lovelace\r\n1 High Street\r\nLondon'],
  ['body $.headers', 'content-type: text/plain\r\ncontent-length: 4\r\n'],
  ['body $.message free-text', 'Hello,\nlocation: London\nbye'],
  ['raw-body', 'a,b\r\nc,d\r\n'],
  ['query q', 'two\nlines'],
  ['body $.patch code', '+Location: x\n+Set-Cookie: y'],
  ['file upload', 'Set-Cookie: a\nLocation: b'],
];

test('header fields and messages after a line break are found', () => {
  expect(attacks).toHaveLength(10);
  expect(missed(crlf, attacks)).toEqual([]);
});

test('lines of text, reports of headers and files pass', () => {
  expect(ordinary).toHaveLength(7);
  expect(refused(crlf, ordinary)).toEqual([]);
});

test('a body that records a request is no second request', () => {
  const recorded: readonly Row[] = [
    ['raw-body  unknown', 'GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['raw-body  free-text', 'What I sent:\r\nPOST /y HTTP/1.1\r\nHost: a.example\r\n'],
  ];
  expect(refused(crlf, recorded)).toEqual([]);
});
