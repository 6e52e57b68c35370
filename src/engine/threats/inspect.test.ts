import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderList } from '../http/headers.ts';
import { parseBody } from '../http/parsed-body.ts';
import type { RequestHead } from '../http/request.ts';
import { type InspectOptions, inspectBody, inspectHead } from './inspect.ts';

const options = (): InspectOptions => ({ categories: {}, threshold: 0.5 });
const script = '<script>alert(7)</script>';

function head(over: Partial<RequestHead>): RequestHead {
  return {
    method: 'GET',
    scheme: 'http',
    host: 'api.example.com',
    path: '/orders',
    query: null,
    headers: [],
    clientAddress: null,
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
    ...over,
  };
}

function placesOfBody(mediaType: string | null, text: string, with_ = options()): string[] {
  const headers: HeaderList = mediaType === null ? [] : [{ name: 'content-type', value: mediaType }];
  const body = parseBody(headers, { bytes: new TextEncoder().encode(text), isWhole: true });
  return inspectBody(head({ method: 'POST', headers }), body, with_).map((hit) => `${hit.category}@${hit.place}`);
}

function placesOfHead(over: Partial<RequestHead>, with_ = options()): string[] {
  return inspectHead(head(over), with_).map((hit) => `${hit.category}@${hit.place}`);
}

const part = (disposition: string, value: string) => `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n--b--\r\n`;

describe('an attack is found and its place is named', () => {
  const heads: readonly (readonly [string, Partial<RequestHead>])[] = [
    ['xss@path', { path: `/orders/${encodeURIComponent(script)}` }],
    ['xss@query.q', { query: `a=1&q=${encodeURIComponent(script)}` }],
    ['xss@query-name._script_alert(7)__script_', { query: `${encodeURIComponent(script)}=1` }],
    ['xss@query.q', { query: `q=${Buffer.from(script).toString('base64')}` }],
    ['xss@header.user-agent', { headers: [{ name: 'user-agent', value: script }] }],
    ['xss@header.x-forwarded-for', { headers: [{ name: 'x-forwarded-for', value: script }] }],
    ['xss@cookie.theme', { headers: [{ name: 'cookie', value: `a=1; theme=${encodeURIComponent(script)}` }] }],
    ['xss@header.referer', { headers: [{ name: 'referer', value: script }] }],
  ];
  test.each(heads)('%s', (place, over) => {
    expect(heads).toHaveLength(8);
    expect(placesOfHead(over)).toContain(place);
  });

  const bodies: readonly (readonly [string, string | null, string])[] = [
    ['xss@body.$.items[].note', 'application/json', JSON.stringify({ items: [{ note: script }] })],
    ['xss@body-name.$._script_alert(7)__script_', 'application/json', JSON.stringify({ [script]: 1 })],
    ['xss@body.$.inner.note', 'application/json', JSON.stringify({ inner: JSON.stringify({ note: script }) })],
    ['xss@body.note', 'application/x-www-form-urlencoded', `a=1&note=${encodeURIComponent(script)}`],
    ['xss@body.note', 'multipart/form-data; boundary=b', part('name="note"', script)],
    ['xss@file.note', 'multipart/form-data; boundary=b', part(`name="note"; filename="${script.replaceAll('"', '')}"`, 'x')],
    ['xss@body.text()', 'application/xml', `<a><b><![CDATA[${script}]]></b></a>`],
    ['xss@body.@n', 'application/xml', '<a n="&lt;script&gt;alert(7)&lt;/script&gt;"/>'],
    ['xss@raw-body', 'text/plain', script],
    ['xss@raw-body', null, script],
    [
      'xss@body.$.variables.name',
      'application/json',
      JSON.stringify({ query: 'query($name: String) { a(name: $name) { id } }', variables: { name: script } }),
    ],
  ];
  test.each(bodies)('%s in %s', (place, mediaType, text) => {
    expect(bodies).toHaveLength(11);
    expect(placesOfBody(mediaType, text)).toContain(place);
  });
});

describe('what is asked', () => {
  test('leaves out categories that are off', () => {
    expect(placesOfHead({ query: `q=${script}` }, { ...options(), categories: { xss: 'off', code: 'off' } })).toEqual([]);
  });

  test('keeps hits below the threshold to itself', () => {
    expect(placesOfHead({ query: `q=${script}` }, { ...options(), threshold: 1 })).toEqual([]);
  });

  test('is the same the second time, for clean and for hostile fields alike', () => {
    const same = options();
    const clean = { headers: [{ name: 'user-agent', value: 'agent/1.0' }] };
    const hostile = { headers: [{ name: 'user-agent', value: script }] };
    expect([placesOfHead(clean, same), placesOfHead(hostile, same), placesOfHead(clean, same), placesOfHead(hostile, same)]).toEqual([
      [],
      ['xss@header.user-agent'],
      [],
      ['xss@header.user-agent'],
    ]);
  });

  test('never holds the value: a place is a name, cut and cleaned', () => {
    const long = `${'n'.repeat(300)}'`;
    for (const hit of inspectHead(head({ query: `${encodeURIComponent(long)}=${encodeURIComponent(script)}` }), options()))
      expect(hit.place.length).toBeLessThanOrEqual(120);
  });
});

describe('bounds', () => {
  test('a payload behind a long run of text is found', () => {
    expect(placesOfBody('application/json', JSON.stringify({ a: `${'word '.repeat(40_000)}${script}` }))).toEqual(['xss@body.$.a']);
  });

  test('more values than are looked at is said', () => {
    expect(placesOfBody('application/json', JSON.stringify(Array.from({ length: 100_001 }, () => 'a')))).toEqual(['encoding@']);
  });

  test('random bytes in any part never throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(
          null,
          'application/json',
          'application/xml',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=b',
          'application/graphql',
          'text/plain',
        ),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (bytes, mediaType, text) => {
          const headers: HeaderList = [
            { name: 'x-any', value: text },
            { name: 'cookie', value: text },
            ...(mediaType === null ? [] : [{ name: 'content-type', value: mediaType }]),
          ];
          const request = head({ method: 'POST', path: `/${text}`, query: text, headers });
          expect(Array.isArray(inspectHead(request, options()))).toBe(true);
          expect(Array.isArray(inspectBody(request, parseBody(headers, { bytes, isWhole: true }), options()))).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('mixed fragments of every language never throw', () => {
    const fragments = [
      "'",
      '"',
      '<',
      '>',
      '/*',
      '*/',
      '--',
      '%',
      '\\',
      '&',
      '{{',
      '}}',
      '${',
      '$(',
      '`',
      ';',
      '|',
      ' or ',
      '=',
      '1',
      'select ',
      'union ',
      'on',
      'script',
      ':',
      '(',
      ')',
      '[',
      '\0',
      '\n',
      '\u200b',
      'é',
      '\ud800',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 60 }), (parts) => {
        expect(Array.isArray(inspectHead(head({ query: `q=${parts.join('')}` }), options()))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
