import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiledParser, compileLogFormat, logFormatParser } from './log-format.ts';
import type { SourceItem } from './source.ts';

function read(format: string, line: string): SourceItem {
  return logFormatParser(format, {})(line, 1);
}

const atMs = Date.UTC(2025, 2, 3, 8, 0, 1);

describe('log formats of one\u2019s own', () => {
  test('an nginx directive over several quotes is read as it stands in the configuration', () => {
    const format = `log_format timed '$remote_addr - $remote_user [$time_local] "$request" '
      '$status $body_bytes_sent "$http_referer" "$http_user_agent" '
      'rt=$request_time urt="$upstream_response_time" "$http_authorization" $ssl_protocol "$sent_http_deprecation"';`;
    const line =
      '203.0.113.5 - jo ann [03/Mar/2025:08:00:01 +0000] "GET /a\\x22b?c HTTP/1.1" 200 5 "-" "x \\"y\\"" rt=0.120 urt="0.050, 0.060" "Bearer z" TLSv1.3 "@1700000000"';
    expect(read(format, line)).toMatchObject({
      kind: 'exchange',
      exchange: {
        atMs,
        path: '/a"b',
        query: 'c',
        principal: 'jo ann',
        userAgent: 'x "y"',
        durationMs: 120,
        tlsVersion: 'TLSv1.3',
        scheme: 'https',
        credential: 'present',
        headersPartial: true,
        responseHeaders: [{ name: 'deprecation', value: '@1700000000' }],
      },
    });
  });

  test('an nginx escape=json format with names of its own is read', () => {
    const format = `log_format j escape=json '{"when":"$time_iso8601","verb":"$request_method","what":"$request_uri","code":$status,"secs":$request_time}';`;
    expect(read(format, '{"when":"2025-03-03T08:00:01+00:00","verb":"GET","what":"/a\\"b","code":200,"secs":0.5}')).toMatchObject({
      kind: 'exchange',
      exchange: { atMs, path: '/a"b', status: 200, durationMs: 500 },
    });
  });

  test('an Apache directive with escaped quotes, forwarded list, port and microseconds is read', () => {
    const format = 'LogFormat "%v:%p %{X-Forwarded-For}i %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" timed';
    expect(
      read(
        format,
        'shop.example:443 203.0.113.5, 10.0.0.2 10.0.0.1 - ann [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.1" 200 - "-" "x" 1250',
      ),
    ).toMatchObject({
      kind: 'exchange',
      exchange: {
        atMs,
        host: 'shop.example',
        scheme: 'https',
        clientAddress: '203.0.113.5',
        principal: 'ann',
        responseBytes: 0,
        durationMs: 1.25,
        userAgent: 'x',
        referer: null,
      },
    });
  });

  test('Apache method, path, query and a time of one\u2019s own are put together', () => {
    expect(read('%{%Y-%m-%dT%H:%M:%S%z}t %a %m %U%%%q %s %{ms}T', '2025-03-03T09:00:01+0100 203.0.113.5 PUT /a%?b=1 204 17')).toMatchObject(
      {
        kind: 'exchange',
        exchange: { atMs, method: 'PUT', path: '/a', query: 'b=1', status: 204, durationMs: 17 },
      },
    );
  });

  test.each(['common', 'combined', 'vhost_combined'])('the Apache nickname %s is known', (name) => {
    expect(compileLogFormat(name).steps.length).toBeGreaterThan(6);
  });

  test('an AWS API Gateway format is read', () => {
    const format =
      '$context.identity.sourceIp $context.identity.user [$context.requestTime] "$context.httpMethod $context.path $context.protocol" $context.status $context.responseLength $context.resourcePath';
    expect(read(format, '203.0.113.5 - [03/Mar/2025:08:00:01 +0000] "GET /prod/pets/7 HTTP/1.1" 200 12 /pets/{id}')).toMatchObject({
      kind: 'exchange',
      exchange: { atMs, path: '/prod/pets/7', route: '/pets/{id}', status: 200 },
    });
  });

  test('lines of another format are malformed, empty and foreign requests are excluded', () => {
    const format = '$remote_addr [$time_local] "$request" $status';
    expect(read(format, 'nonsense').kind).toBe('malformed');
    expect(read(format, '203.0.113.5 [yesterday] "GET / HTTP/1.1" 200').kind).toBe('malformed');
    expect(read(format, '203.0.113.5 [03/Mar/2025:08:00:01 +0000] "GET / HTTP/1.1" ok').kind).toBe('malformed');
    expect(read(format, '203.0.113.5 [03/Mar/2025:08:00:01 +0000] "-" 400')).toMatchObject({ kind: 'excluded' });
    expect(read(format, '203.0.113.5 [03/Mar/2025:08:00:01 +0000] "\\x16\\x03\\x01" 400')).toMatchObject({
      reason: 'malformed request: TLS on a plain port',
    });
  });

  const refused = [
    ['', 'it is empty'],
    ['no fields', 'it names no field'],
    ['$remote_addr$status [$time_local] "$request"', 'side by side'],
    ['$remote_addr "$request" $status', 'it has no time'],
    ['$remote_addr [$time_local] $status', 'neither the request nor method and path'],
    [`$time_local "$request" ${'$status '.repeat(300)}`, 'more than 256 fields'],
    ['$'.repeat(20_000), 'longer than'],
  ] as const;
  test.each(refused)('%j is refused with the reason', (format, reason) => {
    expect(() => compileLogFormat(format)).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(reason) }),
    );
  });

  test('no format and no line take more than linear time', () => {
    const format = compileLogFormat('$remote_addr "$http_a" "$http_b" "$http_c" "$http_d" [$time_local] "$request" $status');
    const parse = compiledParser([format], {});
    for (const filler of ['"', '" ', '\\"', ' "" ', '\\\\', '" [']) {
      const line = `203.0.113.5 ${filler.repeat(500_000 / filler.length)}`;
      const start = performance.now();
      parse(line, 1);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });

  test('no format text and no line make it throw anything but a refusal', () => {
    const pieces = fc.constantFrom(
      '$status',
      '$request',
      '[$time_local]',
      '%h',
      '%t',
      '"%r"',
      '%>s',
      '%{X}i',
      '%%',
      '$',
      '%',
      '{',
      '"',
      "'",
      ' ',
      '\\',
      'log_format ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), fc.string(), (parts, line) => {
        try {
          logFormatParser(parts.join(''), {})(line, 1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'config-invalid' });
        }
      }),
      { numRuns: 3000, verbose: true },
    );
  });
});
