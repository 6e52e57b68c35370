import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sign } from './recogniser.ts';
import { readingsOf, sampleCharsMax, windowsOf } from './sample.ts';
import { signsOf } from './signs.ts';

const hidden: readonly (readonly [encoded: string, found: string, by: string])[] = [
  ['%3Cb%3E', '<b>', 'url'],
  ['%253Cb%253E', '<b>', 'url'],
  ['%u003cb%u003e', '<b>', 'url'],
  ['%c0%af%c0%ae', '/.', 'url'],
  ['%e0%80%af', '/', 'url'],
  ['&lt;b&#62;', '<b>', 'html'],
  ['&#x0000003c;b>', '<b>', 'html'],
  ['\\u003cb\\x3e', '<b>', 'unicode'],
  ['\\u{3c}b', '<b', 'unicode'],
  ['PGltZyBzcmM9eD4=', '<img src=x>', 'base64'],
  ['PGltZyBzcmM9eD4', '<img src=x>', 'base64'],
  ['data:text/plain;base64,PGltZyBzcmM9eD4=', '<img src=x>', 'base64'],
  ['<\0b\0>\0', '<b>', 'utf16'],
  ["x'+or+y", "x' or y", 'plus'],
];

describe('the readings of a value', () => {
  test.each(hidden)('of %j hold %j', (encoded, found, by) => {
    expect(hidden).toHaveLength(14);
    const reading = readingsOf(encoded).find((sample) => sample.text === found);
    expect(reading?.decodings).toContain(by);
  });

  test('begin with the value as it stands', () => {
    expect(readingsOf('%41')[0]).toMatchObject({ text: '%41', decodings: [] });
  });

  test('are one for words, identifiers and random tokens', () => {
    for (const plain of ['adelaide', 'order 66', '5f2b9c4e-7a1d-4c3e-9b8f-0d6e1a2b3c4d', 'kJ8sP2xQ9vT4mZ7b', '2026-03-14T09:26:53Z'])
      expect([plain, readingsOf(plain).length]).toEqual([plain, 1]);
  });

  test('are few and end, whatever is nested in what', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('%', '2', '5', '&', '#', 'x', '\\', 'u', '0', '3', 'c', ';', 'A', '=', '+', ' ', '\0'),
          maxLength: 200,
        }),
        (text) => {
          expect(readingsOf(text).length).toBeLessThanOrEqual(9);
        },
      ),
    );
  });

  test('fold full-width letters and drop marks without width in lower case', () => {
    expect(readingsOf('\uff1cＳcri\u200bpt\uff1e')[0]?.lower).toBe('<script>');
  });
});

describe('windows', () => {
  test('cover a long text whole, and overlap so that nothing hides on a seam', () => {
    const text = 'ab'.repeat(sampleCharsMax);
    const windows = windowsOf(text);
    expect(windows.every((window) => window.length <= sampleCharsMax)).toBe(true);
    expect(windows.map((window) => window.length).reduce((sum, length) => sum + length, 0)).toBeGreaterThan(text.length);
    expect(windowsOf('short')).toEqual(['short']);
  });
});

describe('signs', () => {
  const rows: readonly (readonly [string, number])[] = [
    ["'", sign.quote],
    ['a b', sign.space],
    ['..', sign.dots | sign.period],
    ['--', sign.comment],
    ['12345678', sign.digitRun],
    ['\n', sign.control],
    ['abc', 0],
  ];

  test.each(rows)('of %j', (text, expected) => {
    expect(rows).toHaveLength(7);
    expect(signsOf(text)).toBe(expected);
  });

  test('are the same however long the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`'"<(;|$\{/\\.=-*:\`&%@#[ \t\n12345678ab_`), maxLength: 60 }), (text) => {
        const padding = 'q'.repeat(300);
        expect(signsOf(`${text}${padding}`)).toBe(signsOf(text));
      }),
    );
  });
});
