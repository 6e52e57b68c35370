import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_DEPTH_MAX, parseBody } from './parsed-body.ts';
import type { ParsedBody } from './request.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1Bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);

function read(type: string | null, body: string | Uint8Array, isWhole = true): ParsedBody {
  return parseBody(type === null ? [] : [{ name: 'content-type', value: type }], {
    bytes: typeof body === 'string' ? bytesOf(body) : body,
    isWhole,
  });
}

describe('JSON', () => {
  const rows: readonly (readonly [string, string | null, string])[] = [
    ['declared', 'application/json', '{"a":1}'],
    ['with a suffix', 'application/vnd.shop.v2+json; charset=utf-8', '{"a":1}'],
    ['with a byte order mark', 'application/json', '\ufeff{"a":1}'],
    ['sent as plain text', 'text/plain;charset=UTF-8', '{"a":1}'],
    ['with no type at all', null, '  {"a":1}'],
    ['with a type nobody knows', 'application/x-unheard-of', '{"a":1}'],
    ['sent as a form', 'application/x-www-form-urlencoded', '{"a":1}'],
  ];
  test('JSON is found by what it is, whatever type is declared', () => {
    expect(rows).toHaveLength(7);
    for (const [name, type, body] of rows) {
      const parsed = read(type, body);
      expect([name, parsed.kind, parsed.json]).toEqual([name, 'json', { a: 1 }]);
    }
  });

  test('newline-delimited JSON is one array', () => {
    expect(read('application/x-ndjson', '{"index":{}}\n{"a":1}\n').json).toEqual([{ index: {} }, { a: 1 }]);
    expect(read('application/json', '{"index":{}}\r\n{"a":1}').kind).toBe('json');
  });

  test('a body that was cut off is read as far as it goes', () => {
    const whole = '{"name":"Ada","notes":[{"text":"first"},{"text":"second and so on';
    expect(read('application/json', whole, false).json).toEqual({ name: 'Ada', notes: [{ text: 'first' }, { text: 'second and so on' }] });
    expect(read('application/json', '{"a":1,"b', false).json).toEqual({ a: 1, b: null });
    expect(read('application/json', '{"a":1,"b":tr', false).json).toEqual({ a: 1, b: null });
    expect(read('application/json', whole, true).malformed).toBe('it is not JSON');
  });

  test('nesting beyond the bound is said and not walked', () => {
    const deep = `${'['.repeat(JSON_DEPTH_MAX + 1)}${']'.repeat(JSON_DEPTH_MAX + 1)}`;
    expect(read('application/json', deep)).toMatchObject({ json: undefined, text: deep });
    expect(read('application/json', deep).malformed).toContain('nested deeper');
    expect(read('application/json', JSON.stringify('['.repeat(500))).json).toBe('['.repeat(500));
  });

  test('a form sent as JSON is malformed and its fields are there all the same', () => {
    expect(read('application/json', 'q=1&r=two')).toMatchObject({
      kind: 'text',
      malformed: 'it is not JSON',
      form: [
        { name: 'q', value: '1' },
        { name: 'r', value: 'two' },
      ],
    });
  });
});

describe('charsets', () => {
  test('UTF-16 with and without a mark, UTF-7 and EBCDIC are decoded and named', () => {
    const utf16 = latin1Bytes([...'{"a":"x"}'].map((character) => `${character}\0`).join(''));
    expect(read('application/json', utf16)).toMatchObject({ json: { a: 'x' }, charset: 'utf-16le' });
    expect(read('text/plain', latin1Bytes('\xff\xfeh\0i\0'))).toMatchObject({ text: 'hi', charset: 'utf-16le' });
    expect(read('text/plain; charset=utf-7', '+ADw-b+AD4- a+-b')).toMatchObject({ text: '<b> a+b', charset: 'utf-7' });
    expect(read('application/x-www-form-urlencoded; charset=ibm037', latin1Bytes('\x81\x7e\x82'))).toMatchObject({
      form: [{ name: 'a', value: 'b' }],
      charset: 'ibm037',
    });
    expect(read('text/plain', latin1Bytes('caf\xe9'))).toMatchObject({ text: 'café', charset: 'latin-1' });
    expect(read('text/plain', 'café €')).not.toHaveProperty('charset');
  });
});

describe('other kinds', () => {
  test('XML, GraphQL, forms and text are told apart', () => {
    expect(read('application/soap+xml', '<a/>').kind).toBe('xml');
    expect(read(null, '<?xml version="1.0"?><a/>').kind).toBe('xml');
    expect(read('application/graphql', '{ me { id } }').kind).toBe('graphql');
    expect(read(null, 'a=1&b=2').kind).toBe('form');
    expect(read('text/plain', 'just a sentence').kind).toBe('text');
    expect(read('application/xml', 'no tag').malformed).toBe('it is not XML');
  });

  test('binary bodies have no text, but string fields of protocol buffers are found', () => {
    const message = latin1Bytes('\x0a\x05hello\x12\x07\x0a\x05inner\x18\x2a');
    const frame = new Uint8Array(5 + message.length);
    frame[4] = message.length;
    frame.set(message, 5);
    const wanted = [
      { name: '$.1', value: 'hello' },
      { name: '$.2.1', value: 'inner' },
    ];
    expect(read('application/grpc', frame)).toMatchObject({ kind: 'binary', text: null, texts: wanted });
    expect(read('application/grpc-web-text', Buffer.from(frame).toString('base64'))).toMatchObject({ kind: 'binary', texts: wanted });
    expect(read('image/png', latin1Bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0'))).toMatchObject({ kind: 'binary', texts: [] });
  });
});

test('no bytes and no header make it throw, and bytes are counted as they came', () => {
  const types = fc.oneof(
    fc.constantFrom(
      null,
      'application/json',
      'multipart/form-data; boundary=b',
      'application/x-www-form-urlencoded',
      'text/xml; charset=utf-16',
      'text/plain; charset=utf-7',
      'application/grpc-web-text',
      'application/x-protobuf',
    ),
    fc.string(),
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ maxLength: 200 }).map(bytesOf),
    fc.json().map(bytesOf),
    fc.string({ maxLength: 80 }).map((text) => bytesOf(`--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${text}\r\n--b--`)),
  );
  fc.assert(
    fc.property(types, bodies, fc.boolean(), (type, bytes, isWhole) => {
      const parsed = parseBody(type === null ? [] : [{ name: 'content-type', value: type }], { bytes, isWhole });
      expect(parsed.bytes).toBe(bytes.length);
      expect(parsed.text === null).toBe(parsed.kind === 'binary');
    }),
    { numRuns: 1500 },
  );
});
