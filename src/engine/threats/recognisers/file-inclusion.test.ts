import { expect, test } from 'vitest';
import { fileInclusion } from './file-inclusion.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query page', 'php://filter/convert.base64-encode/resource=index'],
  ['query q', 'PHP://input'],
  ['body file', 'phar://uploads/a.jpg/x'],
  ['query q', 'expect://id'],
  ['query q', 'data://text/plain;base64,PD9waHAgcGhwaW5mbygpOz8+'],
  ['query q', 'data:text/plain,<?php echo 1;'],
  ['cookie a', 'data://text/plain'],
  ['query q', 'compress.zlib://http://host.example/x'],
  ['query template', 'http://host.example/shell.txt?'],
  ['query page', 'http://host.example/run.php'],
  ['query q', 'convert.iconv.UTF8.CSISO2022KR'],
  ['query q', '\\\\203.0.113.9\\share\\x.dll'],
];
const ordinary: readonly Row[] = [
  ['body $.avatar', 'data:image/png;base64,iVBORw0KGgo='],
  ['body $.callback url', 'https://shop.example/hooks/order.php'],
  ['query url url', 'https://shop.example/a.php?x=1'],
  ['body $.note free-text', 'The stream php://input holds the raw body.'],
  ['body $.file', 'https://cdn.example/logo.png'],
  ['query page', '2'],
  ['query page', 'http'],
  ['body $.doc', 'https://docs.example/guide'],
  ['body $.converted', 'string.length'],
];

test('wrappers of an interpreter and remote scripts in place of a file are found', () => {
  expect(attacks).toHaveLength(12);
  expect(missed(fileInclusion, attacks)).toEqual([]);
});

test('pictures in data URLs, callbacks and links pass', () => {
  expect(ordinary).toHaveLength(9);
  expect(refused(fileInclusion, ordinary)).toEqual([]);
});

test('a setting of where scripts are read from takes no address, other parameters do', () => {
  const elsewhere: readonly Row[] = [
    ['query mosConfig_absolute_path', 'https://evil.example'],
    ['query src', 'https://[2001:db8::29c8]/a.php'],
  ];
  expect(missed(fileInclusion, elsewhere)).toEqual([]);
  expect(refused(fileInclusion, [['query site', 'https://shop.example.org']])).toEqual([]);
});
