import { describe, expect, test } from 'vitest';
import { recognizeSegment, segmentPath } from './segment.ts';
import { echoesOf } from './segment-echo.ts';

const fingerprint = (purpose: string, value: string): string => `${purpose}(${value.length})`;
const textsOf = (path: string) => segmentPath(path, fingerprint).segments.map((segment) => segment.text);

describe('a value never stays as it was', () => {
  const rows: [string, string][] = [
    ['48213', '{int}'],
    ['-1', '{int}'],
    ['+4915112345678', '{phone}'],
    ['6F1C2A34-8D2E-4A7B-9C11-2F3E4D5C6B7A', '{uuid}'],
    ['01HZX3V9K7Q2M4N6P8R0S2T4V6', '{ulid}'],
    ['65a1b2c3d4e5f60718293a4b', '{objectid}'],
    ['9b74c9897bac770ffc029102a200c5de', '{hex}'],
    ['fil_9aK2mQ7xLp', '{id:fil}'],
    ['AC0123456789abcdef0123456789abcdef', '{id:AC}'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', '{jwt}'],
    ['ann.lee@mail.example', '{email}'],
    ['@ann_lee', '{handle}'],
    ['2024-02-29', '{date}'],
    ['10.20.30.40', '{ip}'],
    ['fe80::1', '{ip}'],
    ['00:1b:44:11:3a:b7', '{mac}'],
    ['123-45-6789', '{number}'],
    ['4.17.21', '{version}'],
    ['48.20849', '{decimal}'],
    ['Ann Lee', '{text}'],
    ['Zürich', '{text}'],
    ['main/feature', '{path}'],
    ['V1StGXR8_Z5jdHi6B-myT', '{token}'],
    ['q7x2kd9', '{alnum}'],
    ['undefined', '{unset}'],
    ['[object Object]', '{unset}'],
    ['{userId}', '{unset}'],
    ['../../etc/passwd', '{traversal}'],
    ['811.json', '{int}.json'],
    ['811:cancel', '{int}:cancel'],
    ["Orders('A-1')", 'Orders({key})'],
  ];
  test.each(rows)('%s becomes %s', (value, text) => {
    expect(recognizeSegment(value, false).text).toBe(text);
  });
  test('every row ran', () => {
    expect(rows.length).toBe(31);
  });
});

describe('a word of the interface stays', () => {
  const rows = [
    'orders',
    'line_items',
    'getUserByID',
    'oauth2',
    'sha256',
    'v1',
    'v2beta1',
    'v1.43',
    '2.0',
    'chat.postMessage',
    'storage.k8s.io',
    'report.csv',
    '$metadata',
    '.well-known',
    'levels:append',
    'a',
    'S3',
    '2fa',
  ];
  test.each(rows)('%s', (value) => {
    expect(recognizeSegment(value, false)).toEqual({ text: value, shape: 'word' });
  });
  test('every row ran', () => {
    expect(rows.length).toBe(18);
  });
});

test('a date in front names the version, elsewhere a day', () => {
  expect(textsOf('/2010-04-01/accounts')).toEqual(['2010-04-01', 'accounts']);
  expect(textsOf('/internal/2010-04-01/accounts')).toEqual(['internal', '2010-04-01', 'accounts']);
  expect(textsOf('/accounts/2010-04-01')).toEqual(['accounts', '{date}']);
});

test('spellings of one path give one masked path, and the odd ones are marked', () => {
  const plain = segmentPath('/orders/7', fingerprint);
  expect(plain.oddSpelling).toBe(false);
  for (const path of ['//orders/7', '/orders/7/', '/%6Frders/7', '/orders;a=b/7', '/x/../orders/7', '/./orders/7', '/orders/7?x=1']) {
    const odd = segmentPath(path, fingerprint);
    expect([path, odd.segments.map((segment) => segment.text), odd.oddSpelling]).toEqual([
      path,
      plain.segments.map((segment) => segment.text),
      true,
    ]);
  }
});

test('an encoded slash stays inside its segment', () => {
  expect(textsOf('/branches/feature%2Flogin/protection')).toEqual(['branches', '{path}', 'protection']);
});

test('broken percent-encoding and paths above the root are called malformed, never an error', () => {
  expect(segmentPath('/a/%zz', fingerprint).malformed).toBe(true);
  expect(segmentPath('/../../etc', fingerprint).malformed).toBe(true);
  expect(segmentPath(`/${'a/'.repeat(5000)}`, fingerprint).segments.length).toBeLessThanOrEqual(40);
});

test('a key that repeats a path value is named, with the object it stood in', () => {
  expect(echoesOf('/repos/acme/shop', undefined, { full_name: 'acme/shop', name: 'shop', owner: { login: 'acme' } })).toEqual([
    null,
    'owner.login',
    'name',
  ]);
});

test('a small number that equals a count proves nothing, an id does', () => {
  expect(echoesOf('/issues/3', undefined, { comments: 3 })).toEqual([null, null]);
  expect(echoesOf('/issues/3', undefined, { number: 3 })).toEqual([null, 'number']);
});

test('a word that a body uses as a type is no echo', () => {
  expect(echoesOf('/events/search', undefined, { type: 'search', url: 'search' })).toEqual([null, null]);
});
