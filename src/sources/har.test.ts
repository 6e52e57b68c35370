import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectFormat } from './detect.ts';
import { harFormat } from './har.ts';
import { inputOfStream } from './input.ts';
import { exchangeOf, exchangesOf, itemsOf, verdictOf } from './source.fixture.ts';
import type { SourceItem } from './source.ts';

const entry = {
  startedDateTime: '2025-03-03T13:30:01.250+0530',
  time: 43.21,
  request: {
    method: 'POST',
    url: 'https://API.shop.example:8443/v1/orders?x=1#top',
    httpVersion: 'http/2.0',
    headers: [
      { name: ':authority', value: 'api.shop.example' },
      { name: 'User-Agent', value: 'curl/8' },
      { name: 'Cookie', value: 'a' },
      { name: 'Cookie', value: 'b' },
    ],
    postData: { mimeType: 'application/json', text: '{"a":"}]\\"[{"}' },
    bodySize: 14,
  },
  response: {
    status: 201,
    headers: [{ name: 'Content-Type', value: 'application/json' }],
    content: { size: 11, mimeType: 'application/json', text: 'eyJvayI6dHJ1ZX0=', encoding: 'base64' },
    bodySize: -1,
  },
  _securityDetails: { protocol: 'TLS 1.3' },
};

const har = (...entries: unknown[]) => JSON.stringify({ log: { version: '1.2', creator: { name: 'x', entries: [1] }, entries } });

describe('HAR', () => {
  test('an entry gives headers, bodies, sizes, time and TLS version', async () => {
    expect(await exchangeOf(harFormat, har(entry))).toEqual({
      atMs: Date.UTC(2025, 2, 3, 8, 0, 1, 250),
      method: 'POST',
      scheme: 'https',
      host: 'api.shop.example:8443',
      path: '/v1/orders',
      query: 'x=1',
      status: 201,
      durationMs: 43.21,
      requestBytes: 14,
      responseBytes: 11,
      clientAddress: null,
      userAgent: 'curl/8',
      referer: null,
      principal: null,
      credential: null,
      requestHeaders: [
        { name: 'user-agent', value: 'curl/8' },
        { name: 'cookie', value: 'a' },
        { name: 'cookie', value: 'b' },
      ],
      responseHeaders: [{ name: 'content-type', value: 'application/json' }],
      requestBody: { mediaType: 'application/json', text: '{"a":"}]\\"[{"}', json: undefined },
      responseBody: { mediaType: 'application/json', text: '{"ok":true}', json: undefined },
      route: null,
      service: null,
      environment: null,
      tlsVersion: 'TLSv1.3',
      line: 1,
    });
  });

  test('what recorders leave out is unknown, not empty', async () => {
    const bare = { request: { method: 'get', url: 'http://shop.example' } };
    const exchange = await exchangeOf(
      harFormat,
      har({ ...bare, startedDateTime: '2025-03-03T08:00:01Z', time: -1, response: { status: 0, headers: [] } }),
    );
    expect(exchange).toMatchObject({
      method: 'GET',
      path: '/',
      query: null,
      status: null,
      durationMs: null,
      requestHeaders: null,
      responseHeaders: null,
      requestBody: null,
      responseBody: null,
    });
  });

  test('an entry without a time takes that of the one before it', async () => {
    const [, second] = await exchangesOf(harFormat, har(entry, { request: entry.request }));
    expect(second?.atMs).toBe(Date.UTC(2025, 2, 3, 8, 0, 1, 250));
  });

  test('a binary or dropped body is known to be there, its content is not', async () => {
    const png = { ...entry, response: { status: 200, content: { size: 3, mimeType: 'image/png', text: 'AAAA', encoding: 'base64' } } };
    expect((await exchangeOf(harFormat, har(png))).responseBody).toEqual({ mediaType: 'image/png', text: null, json: undefined });
    const dropped = { ...entry, response: { status: 200, content: { size: 900, mimeType: 'text/html', text: '' } } };
    expect((await exchangeOf(harFormat, har(dropped))).responseBody).toEqual({ mediaType: 'text/html', text: null, json: undefined });
  });

  test('form parameters without a text become one', async () => {
    const form = {
      ...entry,
      request: {
        ...entry.request,
        postData: {
          mimeType: 'application/x-www-form-urlencoded',
          params: [
            { name: 'a b', value: 'ü' },
            { name: 'c', value: 'd%20e' },
          ],
        },
      },
    };
    expect((await exchangeOf(harFormat, har(form))).requestBody?.text).toBe('a%20b=%C3%BC&c=d%20e');
  });

  const others: readonly (readonly [unknown, string])[] = [
    [{ request: { method: 'GET', url: 'data:image/png;base64,AA' } }, 'entry that reached no server'],
    [{ request: { method: 'GET', url: 'blob:https://shop.example/1' } }, 'entry that reached no server'],
    [{ request: { method: 'GET' } }, 'malformed: no request: method or URL is missing'],
    [{ request: { method: 'GET', url: '/relative' } }, 'malformed: the URL is not one'],
    [{}, 'malformed: is no HAR entry'],
    [null, 'malformed: is no HAR entry'],
    ['text', 'malformed: is no HAR entry'],
    [[1], 'malformed: is no HAR entry'],
  ];
  test.each(others)('entry %j', async (given, verdict) => {
    expect(await verdictOf(harFormat, har(given))).toBe(verdict);
  });

  test('a document that is cut off keeps its whole entries and says so', async () => {
    const whole = har(entry, entry, entry);
    const items = await itemsOf(harFormat, whole.slice(0, -60));
    expect(items.map((item) => item.kind)).toEqual(['exchange', 'exchange', 'malformed']);
    expect(items[2]).toEqual({ kind: 'malformed', line: 3, message: 'the document ends in the middle' });
  });

  test('a document without entries says so', async () => {
    expect(await itemsOf(harFormat, '{"log":{"pages":[]}}')).toEqual([{ kind: 'malformed', line: 1, message: 'there is no log.entries' }]);
    expect(await itemsOf(harFormat, '{"log":{"entries":[]}}')).toEqual([]);
  });

  test('entries already imported are skipped', async () => {
    expect((await exchangesOf(harFormat, har(entry, entry, entry), { afterLine: 2 })).map((exchange) => exchange.line)).toEqual([3]);
  });

  test('it is recognised with pages first, and other JSON is not', () => {
    expect(detectFormat(`{ "log": { "pages": [${'{},'.repeat(500)}{}], "entries": [`, 'x.json').id).toBe('har');
    expect(harFormat.detect('{"log":{"level":"info"},"time":1}', 'x.json')).toBe(0);
    expect(harFormat.detect('{"openapi":"3.1.0"}', 'x.json')).toBe(0);
  });

  test('the cut of the chunks makes no difference', async () => {
    const bytes = Buffer.from(har(entry, null, { ...entry, note: 'grün 😀 \\" }' }, 3, entry));
    const whole = await itemsOf(harFormat, bytes);
    expect(whole).toHaveLength(5);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 97 }), async (step) => {
        const chunks = (async function* () {
          for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
        })();
        const items: SourceItem[] = [];
        for await (const batch of harFormat.read(inputOfStream('x', chunks), {})) items.push(...batch);
        expect(items).toEqual(whole);
      }),
      { numRuns: 60, verbose: true },
    );
  });

  test('a capture of 300 MB passes through with a few entries in memory at once', async () => {
    const big = JSON.stringify({
      ...entry,
      response: { status: 200, content: { size: 1, mimeType: 'text/plain', text: 'x'.repeat(3_000_000) } },
    });
    const chunks = (async function* () {
      yield Buffer.from('{"log":{"entries":[');
      for (let at = 0; at < 100; at += 1) yield Buffer.from(at === 0 ? big : `,${big}`);
      yield Buffer.from(']}}');
    })();
    const batches: number[] = [];
    for await (const batch of harFormat.read(inputOfStream('x', chunks), {})) batches.push(batch.length);
    expect(batches).toEqual(Array.from({ length: 50 }, () => 2));
  });
});
