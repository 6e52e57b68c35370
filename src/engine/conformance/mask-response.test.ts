import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileMasks, maskResponse } from './mask-response.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function mask(text: string, ...paths: readonly string[]): string {
  const bytes = encode(text);
  return new TextDecoder().decode(maskResponse(bytes, compileMasks(paths)).bytes ?? bytes);
}

const rows: readonly (readonly [string, string, readonly string[], string])[] = [
  [
    'a field of a list of objects',
    '{"items":[{"ssn":"123","a":1},{"a":2,"ssn":"9"}]}',
    ['$.items[].ssn'],
    '{"items":[{"ssn":"***","a":1},{"a":2,"ssn":"***"}]}',
  ],
  [
    'every other byte stays',
    '{ "id" : 12345678901234567890, "x": 1.0 ,"ssn":"a" }',
    ['$.ssn'],
    '{ "id" : 12345678901234567890, "x": 1.0 ,"ssn":"***" }',
  ],
  [
    'types are kept',
    '{"a":1.5e3,"b":true,"c":null,"d":{"x":[1]},"e":["y"],"f":""}',
    ['$.*'],
    '{"a":0,"b":false,"c":null,"d":{},"e":[],"f":"***"}',
  ],
  [
    'names by their beginning',
    '{"cardNumber":"4","cardType":"v","car":"x"}',
    ['$.card*'],
    '{"cardNumber":"***","cardType":"***","car":"x"}',
  ],
  [
    'at any depth',
    '{"a":{"b":[{"token":"t"}]},"token":"u","tokens":"v"}',
    ['$..token'],
    '{"a":{"b":[{"token":"***"}]},"token":"***","tokens":"v"}',
  ],
  ['below a place at any depth', '{"a":{"x":{"p":1}},"p":2}', ['$.a..p'], '{"a":{"x":{"p":0}},"p":2}'],
  ['a name written with escapes', '{"s\\u0073n":"1"}', ['$.ssn'], '{"s\\u0073n":"***"}'],
  ['a name beyond ASCII', '{"größe":"1"}', ['$.größe'], '{"größe":"***"}'],
  ['both of a name that comes twice', '{"p":"1","p":"2"}', ['$.p'], '{"p":"***","p":"***"}'],
  ['quotes and brackets within strings', '{"a":"\\"}]","p":"\\\\\\"x"}', ['$.p'], '{"a":"\\"}]","p":"***"}'],
  ['a list at the root', '[{"p":1},{"p":2}]', ['$[].p'], '[{"p":0},{"p":0}]'],
  ['lists in lists', '{"m":[[{"p":1}]]}', ['$.m[][].p'], '{"m":[[{"p":0}]]}'],
  ['several documents', '{"p":1}\n{"p":2}\n', ['$.p'], '{"p":0}\n{"p":0}\n'],
  ['a place that is not there', '{"a":{"p":1}}', ['$.p'], '{"a":{"p":1}}'],
  ['a text that ends anywhere', '{"p":"secret","q":[1,{"p":"sec', ['$..p'], '{"p":"***","q":[1,{"p":"***"'],
  ['values are no names', '["p","q"]', ['$.p'], '["p","q"]'],
];

test.each(rows)('masking: %s', (_what, text, paths, expected) => expect(mask(text, ...paths)).toBe(expected));
test('the table of masks has all its rows', () => expect(rows.length).toBe(16));

test('what is no path masks nothing', () => {
  expect(mask('{"p":1}', 'p', '$', '', '$.', '$p', '$.a b[')).toBe('{"p":1}');
});

test('masking gives what parsing, replacing and writing gives', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 7, 'a "quoted\\ text', 'ü'),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(fc.constantFrom('secret', 'other', 'a"b', 'list'), tie('value'), { maxKeys: 3 }),
  }));
  const erase = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(erase);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, key === 'secret' ? instead(part) : erase(part)]));
  };
  const instead = (part: unknown) => {
    if (part === null || Array.isArray(part)) return part === null ? null : [];
    if (typeof part === 'object') return {};
    return typeof part === 'string' ? '***' : typeof part === 'boolean' ? false : 0;
  };
  fc.assert(
    fc.property(value.value, fc.constantFrom(0, 1, 2), (node, indent) => {
      const text = JSON.stringify(node, null, indent);
      expect(JSON.parse(mask(text, '$..secret'))).toEqual(erase(node));
    }),
    { numRuns: 500, seed: 11 },
  );
});

test('any bytes are masked without failing, and none is lost where nothing fits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(maskResponse(bytes, compileMasks(['$.nothing']))).toEqual({ bytes: null, count: 0 });
    }),
    { numRuns: 500, seed: 12 },
  );
});
