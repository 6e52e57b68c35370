import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessLogFormat, accessLogParser } from './access-log.ts';
import { inputOfBytes } from './input.ts';
import { exchangeOf, exchangesOf, itemsOf, verdictOf } from './source.fixture.ts';

const combined =
  '198.51.100.7 - alice [03/Mar/2025:00:51:43 +0100] "GET /orders/17?page=2&q=a%20b HTTP/1.1" 200 713 "https://shop.example/" "curl/8.5.0"';

describe('access log', () => {
  test('a combined line gives every part it carries', async () => {
    expect(await exchangeOf(accessLogFormat, combined)).toEqual({
      atMs: Date.UTC(2025, 2, 2, 23, 51, 43),
      method: 'GET',
      scheme: null,
      host: null,
      path: '/orders/17',
      query: 'page=2&q=a%20b',
      status: 200,
      durationMs: null,
      requestBytes: null,
      responseBytes: 713,
      clientAddress: '198.51.100.7',
      userAgent: 'curl/8.5.0',
      referer: 'https://shop.example/',
      principal: 'alice',
      credential: 'present',
      requestHeaders: null,
      responseHeaders: null,
      requestBody: null,
      responseBody: null,
      route: null,
      service: null,
      environment: null,
      tlsVersion: null,
      line: 1,
    });
  });

  test('a missing user says nothing of credentials, since a log shows basic-auth users only', async () => {
    const exchange = await exchangeOf(accessLogFormat, '198.51.100.7 - - [03/Mar/2025:00:51:43 +0000] "GET / HTTP/1.1" 200 1');
    expect([exchange.principal, exchange.credential]).toEqual([null, null]);
  });

  const offsets = [
    ['+0000', 0],
    ['-0700', 7 * 60],
    ['+0530', -330],
    ['+1100', -660],
  ] as const;
  test.each(offsets)('the offset %s is taken into account', async (offset, minutes) => {
    const exchange = await exchangeOf(accessLogFormat, `192.0.2.1 - - [29/Feb/2024:23:59:59 ${offset}] "GET / HTTP/1.1" 200 1`);
    expect(exchange.atMs).toBe(Date.UTC(2024, 1, 29, 23, 59, 59) + minutes * 60_000);
  });

  test('the virtual host before the client is the host, its default port names the scheme', async () => {
    const exchange = await exchangeOf(accessLogFormat, `Shop.Example:443 ${combined}`);
    expect([exchange.host, exchange.scheme, exchange.clientAddress, exchange.principal]).toEqual([
      'shop.example',
      'https',
      '198.51.100.7',
      'alice',
    ]);
    const other = await exchangeOf(accessLogFormat, `shop.example:8443 ${combined}`);
    expect(other.host).toBe('shop.example:8443');
  });

  test('a request id between ident and user is passed over', async () => {
    const exchange = await exchangeOf(
      accessLogFormat,
      'app.example 192.0.2.1 - 0afe12 - [22/Oct/2025:14:31:58 +0000] "GET /health HTTP/1.1" 200 43 "-" "probe"',
    );
    expect([exchange.host, exchange.clientAddress, exchange.principal]).toEqual(['app.example', '192.0.2.1', null]);
  });

  test('IPv6 clients, client names and user names with blanks are read', async () => {
    const tail = '[03/Mar/2025:00:51:43 +0000] "GET / HTTP/2.0" 200 1 "-" "-"';
    expect((await exchangeOf(accessLogFormat, `2001:db8::17 - - ${tail}`)).clientAddress).toBe('2001:db8::17');
    expect((await exchangeOf(accessLogFormat, `::1 - - ${tail}`)).clientAddress).toBe('::1');
    expect((await exchangeOf(accessLogFormat, `dialup7.isp.example - - ${tail}`)).clientAddress).toBe('dialup7.isp.example');
    expect((await exchangeOf(accessLogFormat, `192.0.2.1 - jo ann [a] ${tail}`)).principal).toBe('jo ann [a]');
  });

  test('percent-encoding is kept as sent, and escapes of the log are undone', async () => {
    const tail = 'HTTP/1.1" 404 1 "-" "-"';
    const sent = await exchangeOf(accessLogFormat, `192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /a%2Fb%zz%/%E0%A4%A?x=%%%2 ${tail}`);
    expect([sent.path, sent.query]).toEqual(['/a%2Fb%zz%/%E0%A4%A', 'x=%%%2']);
    const escaped = await exchangeOf(accessLogFormat, `192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /caf\\xC3\\xA9/\\x22q\\x22 ${tail}`);
    expect(escaped.path).toBe('/café/"q"');
    const quoted = await exchangeOf(accessLogFormat, `192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /say/\\"hi\\" ${tail}`);
    expect(quoted.path).toBe('/say/"hi"');
  });

  test('quotes that a server left unescaped do not end the request', async () => {
    const exchange = await exchangeOf(accessLogFormat, '192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /a"b" c HTTP/1.1" 200 5 "-" "x"');
    expect(exchange.path).toBe('/a"b" c');
  });

  test('nginx request time and X-Forwarded-For behind the combined format are recognised', async () => {
    const proxied = combined.replace('198.51.100.7', '10.0.0.3');
    const exchange = await exchangeOf(accessLogFormat, `${proxied} "203.0.113.9, 10.0.0.8" rt=0.125 urt="0.120"`);
    expect([exchange.durationMs, exchange.clientAddress]).toEqual([125, '203.0.113.9']);
    expect((await exchangeOf(accessLogFormat, `${combined} 1.002 0.999`)).durationMs).toBe(1002);
  });

  test('a caller cannot set the client address by a header when it connects directly', async () => {
    const exchange = await exchangeOf(accessLogFormat, `${combined} "203.0.113.9"`);
    expect(exchange.clientAddress).toBe('198.51.100.7');
  });

  test('an absolute target gives host and scheme', async () => {
    const exchange = await exchangeOf(
      accessLogFormat,
      '192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET http://Old.example:80/ip.php?x HTTP/1.0" 400 255',
    );
    expect([exchange.host, exchange.scheme, exchange.path, exchange.query]).toEqual(['old.example', 'http', '/ip.php', 'x']);
  });

  const start = '192.0.2.1 - - [03/Mar/2025:00:51:43 +0000]';
  const excludedLines = [
    [`${start} "-" 408 0 "-" "-"`, 'connection closed before a request'],
    [`${start} "" 400 0 "-" "-"`, 'connection closed before a request'],
    [`${start} "\\x16\\x03\\x01\\x00t" 400 157 "-" "-"`, 'malformed request: TLS on a plain port'],
    [`${start} "HELP" 400 157 "-" "-"`, 'malformed request: not HTTP'],
    [`${start} "Gh0st\\xAD\\x00 x" 400 157 "-" "-"`, 'malformed request: not HTTP'],
    [`${start} "GET HTTP/1.1" 400 157 "-" "-"`, 'malformed request: not HTTP'],
    [`${start} "CONNECT mail.example:25 HTTP/1.1" 400 1 "-" "-"`, 'CONNECT request'],
    [`${start} "OPTIONS * HTTP/1.1" 200 1 "-" "-"`, 'OPTIONS * request'],
    ['# comment', 'comment or header line'],
    ['   ', 'blank line'],
    ['2022/04/02 13:39:51 [info] 8#8: *6631 client login failed', 'error log line, not a request'],
    ['[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 14] AH01618: user x not found', 'error log line, not a request'],
  ] as const;
  test.each(excludedLines)('%s is excluded', async (line, reason) => {
    expect(await verdictOf(accessLogFormat, line)).toBe(reason);
  });

  const brokenLines = [
    'no time here at all',
    '192.0.2.1 - - [99/Mar/2025:00:51:43 +0000] "GET / HTTP/1.1" 200 1',
    '192.0.2.1 - - [31/Apr/2025:00:51:43 +0000] "GET / HTTP/1.1" 200 1',
    '192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] GET / 200',
    '192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /secret-token',
    '[03/Mar/2025:00:51:43 +0000] "GET / HTTP/1.1" 200 1',
  ];
  test.each(brokenLines)('%s is malformed, and the message holds nothing of it', async (line) => {
    const verdict = await verdictOf(accessLogFormat, line);
    expect(verdict).toMatch(/^malformed: /);
    expect(verdict).not.toContain('secret');
  });

  const envelopes = [
    `Sep 15 16:13:46 web1.example nginx[2869]: ${combined}`,
    `<190>Sep  5 16:13:46 web1 nginx: ${combined}`,
    `2025-03-03T00:51:43.493035218+01:00 stdout F ${combined}`,
    `web-1  | ${combined}`,
  ];
  test.each(envelopes)('an envelope is taken off: %s', async (line) => {
    expect((await exchangeOf(accessLogFormat, line)).principal).toBe('alice');
  });

  test('lines are numbered from 1, in a file with CRLF, blank lines and no last line break', async () => {
    const items = await itemsOf(accessLogFormat, `${combined}\r\n\r\n${combined}`);
    expect(items.map((item) => [item.kind, item.kind === 'exchange' ? item.exchange.line : 'line' in item ? item.line : 0])).toEqual([
      ['exchange', 1],
      ['excluded', 2],
      ['exchange', 3],
    ]);
  });

  test('lines already imported are skipped uncounted', async () => {
    const exchanges = await exchangesOf(accessLogFormat, `${combined}\n`.repeat(10), { afterLine: 8 });
    expect(exchanges.map((exchange) => exchange.line)).toEqual([9, 10]);
  });

  test('batches hold at most 1,000 items, fewer when lines are long, and keep the order', async () => {
    const sizesOf = async (content: string) => {
      const sizes: number[] = [];
      const lines: number[] = [];
      for await (const batch of accessLogFormat.read(inputOfBytes('x', Buffer.from(content)), {})) {
        sizes.push(batch.length);
        for (const item of batch) lines.push(item.kind === 'exchange' ? item.exchange.line : 'line' in item ? item.line : 0);
      }
      expect(lines).toEqual(lines.map((_, at) => at + 1));
      return sizes;
    };
    expect(await sizesOf('\n'.repeat(3500))).toEqual([1000, 1000, 1000, 500]);
    const long = combined.replace('/orders/17', `/${'x'.repeat(1_000_000)}`);
    expect(await sizesOf(`${long}\n`.repeat(30))).toEqual([5, 5, 5, 5, 5, 5]);
  });

  test('no text makes the parser throw', () => {
    const parse = accessLogParser({});
    const pieces = fc.constantFrom(
      combined,
      '[',
      ']',
      '"',
      '\\',
      ' ',
      '03/Mar/2025:00:51:43 +0000',
      'GET / HTTP/1.1',
      '200',
      '-',
      '\u0000',
      '::',
      ' "',
      '" ',
    );
    const lines = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 }))).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(lines, (line) => ['exchange', 'excluded', 'malformed'].includes(parse(line, 1).kind)),
      { numRuns: 3000, verbose: true },
    );
  });
});
