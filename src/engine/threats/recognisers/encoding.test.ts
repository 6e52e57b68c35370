import { expect, test } from 'vitest';
import { encoding } from './encoding.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['path', 'a\0.png'],
  ['file upload', 'run.php\0.png'],
  ['query page', 'index\0'],
  ['query page', 'shell.php\0.jpg'],
  ['path', 'static/%252e%252e/x'],
  ['path', '%2e%2e/x'],
  ['query q', '%c0%ae%c0%ae'],
  ['path', 'a\x01b'],
  ['header x-file', 'a\0b'],
];
const ordinary: readonly Row[] = [
  ['path', 'caf\u00e9/menu'],
  ['query q', '100%'],
  ['query q', 'a%20b'],
  ['query u', 'http://www.example.org\0'],
  ['header referer url', 'http://www.example.org\0&c=1'],
  ['body $.bytes', 'a\0b'],
  ['query q', 'h\0i\0 \0y\0o\0u\0'],
  ['path', 'a%2Fb'],
];

test('zero bytes, controls and escapes within escapes are found where one line belongs', () => {
  expect(attacks).toHaveLength(9);
  expect(missed(encoding, attacks)).toEqual([]);
});

test('plain escapes, bodies and wide text pass', () => {
  expect(ordinary).toHaveLength(8);
  expect(refused(encoding, ordinary)).toEqual([]);
});
