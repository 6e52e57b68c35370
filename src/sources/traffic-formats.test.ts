import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../engine/http/exchange.ts';
import { detectFormat } from './detect.ts';
import { formatById } from './formats.ts';
import { exchangeOf, exchangesOf, itemsOf } from './source.fixture.ts';
import { trafficFormats } from './traffic-formats.ts';

const atMs = Date.UTC(2025, 2, 3, 8, 0, 1);
const agent = 'Mozilla/5.0 (X11; Linux x86_64)';

interface Sample {
  readonly format: string;
  readonly what: string;
  readonly text: string;
  readonly expected: Partial<Exchange>;
}

const cloudFrontHead =
  '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol\n';
const cloudFrontRow = [
  '2025-03-03',
  '08:00:01',
  'FRA60-P1',
  '703',
  '203.0.113.5',
  'GET',
  'd1.cloudfront.example',
  '/v1/items%20x',
  '404',
  '-',
  'Mozilla/5.0%20(X11)',
  'a=1',
  '-',
  'Error',
  'x==',
  'API.shop.example',
  'https',
  '62',
  '0.113',
  '-',
  'TLSv1.3',
].join('\t');
const iisHead =
  '#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n';

const samples: readonly Sample[] = [
  {
    format: 'traefik',
    what: 'Traefik text',
    text: `203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a?b=1 HTTP/2.0" 200 352 "-" "${agent}" 240 "root@docker -> shop@docker" "http://172.17.0.3:80" 42ms`,
    expected: { atMs, path: '/a', query: 'b=1', durationMs: 42, service: 'shop@docker', userAgent: agent },
  },
  {
    format: 'traefik',
    what: 'Traefik text without router and status',
    text: '203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.1" - - "-" "x" 7 "-" "-" 0ms',
    expected: { status: null, service: null, durationMs: 0 },
  },
  {
    format: 'aws-alb',
    what: 'AWS application load balancer',
    text: `https 2025-03-03T08:00:01.000000Z app/shop/50dc 203.0.113.5:2817 10.0.0.1:80 0.001 0.004 0.002 200 200 34 366 "GET https://api.shop.example:443/v1/items?x=1 HTTP/1.1" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58" "api.shop.example" "arn:aws:acm:x" 0 2025-03-03T08:00:00.990000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`,
    expected: {
      atMs,
      method: 'GET',
      scheme: 'https',
      host: 'api.shop.example',
      path: '/v1/items',
      query: 'x=1',
      status: 200,
      durationMs: 7,
      requestBytes: 34,
      responseBytes: 366,
      clientAddress: '203.0.113.5',
      tlsVersion: 'TLSv1.2',
    },
  },
  {
    format: 'aws-alb',
    what: 'AWS load balancer, target never reached',
    text: 'http 2025-03-03T08:00:01.000000Z app/shop/50dc [2001:db8::5]:2817 - -1 -1 -1 503 - 34 366 "POST http://shop.example:80/a HTTP/1.1" "curl/8" - - - "Root=1-58" "-" "-" 0 2025-03-03T08:00:00.990000Z "forward" "-" "-" "-" "-" "-" "-"',
    expected: { durationMs: null, status: 503, clientAddress: '2001:db8::5', host: 'shop.example', tlsVersion: null },
  },
  {
    format: 'aws-alb',
    what: 'AWS classic load balancer',
    text: '2025-03-03T08:00:01.000000Z my-elb 203.0.113.5:2817 10.0.0.1:80 0.001 0.004 0.002 200 200 0 29 "GET http://www.shop.example:80/a HTTP/1.1" "curl/8" - -',
    expected: { atMs, path: '/a', host: 'www.shop.example', scheme: 'http', durationMs: 7 },
  },
  {
    format: 'envoy',
    what: 'Envoy default text',
    text: '[2025-03-03T08:00:01.000Z] "POST /v1/locations?a HTTP/2" 204 - 154 0 226 100 "203.0.113.5, 10.0.0.7" "nsq2http" "cc21d9b0" "locations.example" "tcp://10.0.2.1:80"',
    expected: {
      atMs,
      method: 'POST',
      path: '/v1/locations',
      query: 'a',
      status: 204,
      requestBytes: 154,
      responseBytes: 0,
      durationMs: 226,
      clientAddress: '203.0.113.5',
      host: 'locations.example',
    },
  },
  {
    format: 'envoy',
    what: 'Istio default text',
    text: '[2025-03-03T08:00:01.000Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7.73.0" "84961386" "httpbin:8000" "10.44.1.23:80" inbound|8000|http|x 127.0.0.1:60000 10.44.1.23:80 203.0.113.5:46520 outbound_.8000 default',
    expected: {
      status: 418,
      responseBytes: 135,
      durationMs: 4,
      host: 'httpbin:8000',
      clientAddress: '203.0.113.5',
      userAgent: 'curl/7.73.0',
    },
  },
  {
    format: 'cloudfront',
    what: 'CloudFront with its header',
    text: `${cloudFrontHead}${cloudFrontRow}`,
    expected: {
      atMs,
      path: '/v1/items%20x',
      query: 'a=1',
      status: 404,
      host: 'api.shop.example',
      scheme: 'https',
      durationMs: 113,
      requestBytes: 62,
      responseBytes: 703,
      userAgent: 'Mozilla/5.0 (X11)',
      tlsVersion: 'TLSv1.3',
      clientAddress: '203.0.113.5',
    },
  },
  {
    format: 'cloudfront',
    what: 'CloudFront without its header',
    text: cloudFrontRow,
    expected: { atMs, host: 'api.shop.example', status: 404 },
  },
  {
    format: 'iis',
    what: 'IIS W3C',
    text: `${iisHead}2025-03-03 08:00:01 10.0.0.4 GET /api/v1/orders id=7&x=a+b 443 SHOP\\ann 203.0.113.5 Mozilla/5.0+(X11) - 200 0 0 49`,
    expected: {
      atMs,
      path: '/api/v1/orders',
      query: 'id=7&x=a+b',
      scheme: 'https',
      principal: 'SHOP\\ann',
      clientAddress: '203.0.113.5',
      userAgent: 'Mozilla/5.0 (X11)',
      status: 200,
      durationMs: 49,
    },
  },
  {
    format: 'iis-event',
    what: 'IIS as a Windows event',
    text: '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-IIS-Logging" /></System><EventData><Data Name="date">2025-03-03</Data><Data Name="time">08:00:01</Data><Data Name="c-ip">203.0.113.5</Data><Data Name="cs-method">GET</Data><Data Name="cs-uri-stem">/a</Data><Data Name="cs-uri-query">b=1&amp;c=2</Data><Data Name="sc-status">401</Data><Data Name="csUser-Agent">curl/8</Data></EventData></Event>',
    expected: { atMs, path: '/a', query: 'b=1&c=2', status: 401, userAgent: 'curl/8' },
  },
  {
    format: 'aws-api-gateway',
    what: 'AWS API Gateway CLF',
    text: '203.0.113.5 - alice [03/Mar/2025:08:00:01 +0000] "GET /pets/{petId} HTTP/1.1" 200 1024 6f1b2c3d-0a1b-4c2d-8e3f-123456789abc',
    expected: { atMs, route: '/pets/{petId}', path: '/pets/{petId}', principal: 'alice', responseBytes: 1024 },
  },
  {
    format: 'nginx-proxy-manager',
    what: 'Nginx Proxy Manager',
    text: '[03/Mar/2025:08:00:01 +0000] - 404 404 - GET https shop.example "/dashboard?x" [Client 203.0.113.5] [Length 2048] [Gzip -] [Sent-to 10.0.0.4] "curl/8" "-"',
    expected: {
      atMs,
      path: '/dashboard',
      query: 'x',
      status: 404,
      scheme: 'https',
      host: 'shop.example',
      clientAddress: '203.0.113.5',
      responseBytes: 2048,
    },
  },
  {
    format: 'npmplus',
    what: 'NPMplus, with unquoted user agent',
    text: `[03/Mar/2025:09:00:01 +0100] shop.example 203.0.113.5 0.227 "PUT /a HTTP/2.0" 207 125 440 - ${agent}`,
    expected: { atMs, method: 'PUT', durationMs: 227, responseBytes: 125, host: 'shop.example' },
  },
  {
    format: 'zoraxy',
    what: 'Zoraxy',
    text: '2025/03/03 08:00:01 [2025-03-03 08:00:01.000704] [router:host-http] [origin:shop.example] [client: 203.0.113.5] [useragent: curl/8 (x)] POST /xmlrpc.php?a 404',
    expected: { atMs, method: 'POST', path: '/xmlrpc.php', query: 'a', status: 404, host: 'shop.example', userAgent: 'curl/8 (x)' },
  },
  {
    format: 'aws-s3',
    what: 'Amazon S3',
    text: '79a5 my-bucket [03/Mar/2025:08:00:01 +0000] 203.0.113.5 arn:aws:iam::1:user/a 3E57 REST.GET.OBJECT a/b.txt "GET /my-bucket/a/b.txt?x=1 HTTP/1.1" 200 - 113 113 7 6 "-" "S3Console/0.4" - abc= SigV4 ECDHE-RSA AuthHeader my-bucket.s3.example TLSv1.2 - -',
    expected: {
      atMs,
      path: '/my-bucket/a/b.txt',
      query: 'x=1',
      responseBytes: 113,
      durationMs: 7,
      principal: 'arn:aws:iam::1:user/a',
      host: 'my-bucket.s3.example',
      tlsVersion: 'TLSv1.2',
    },
  },
  {
    format: 'delimited-log',
    what: 'TSV with a header, host beside logname',
    text: 'host\tlogname\ttime\tmethod\turl\tresponse\tbytes\nclient7.isp.example\t-\t1740988801\tGET\t/history/\t200\t6245',
    expected: { atMs, path: '/history/', status: 200, responseBytes: 6245, clientAddress: 'client7.isp.example', host: null },
  },
  {
    format: 'delimited-log',
    what: 'CSV with quotes',
    text: 'timestamp,method,path,status,user_agent\n2025-03-03T08:00:01Z,GET,/a,200,"a ""b"", c"',
    expected: { atMs, path: '/a', status: 200, userAgent: 'a "b", c' },
  },
  {
    format: 'access-log',
    what: 'common',
    text: '203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.0" 200 1',
    expected: { atMs, path: '/a' },
  },
  { format: 'json-log', what: 'JSON lines', text: '{"time":1740988801,"method":"GET","path":"/a"}', expected: { atMs, path: '/a' } },
];

describe('traffic formats', () => {
  test.each(samples)('$what is recognised and read', async ({ format, text, expected }) => {
    const detected = detectFormat(text, 'some.log');
    expect(detected.id).toBe(format);
    const [exchange] = await exchangesOf(detected, text);
    expect(exchange).toMatchObject(expected);
  });

  test('every line format has a sample', () => {
    const without = ['mixed-log', 'log-format', 'har', 'otlp-json'];
    const covered = new Set([...samples.map((sample) => sample.format), ...without]);
    expect(trafficFormats.filter((format) => !covered.has(format.id)).map((format) => format.id)).toEqual([]);
  });

  test('ids are unique, and every format says what it is', () => {
    expect(new Set(trafficFormats.map((format) => format.id)).size).toBe(trafficFormats.length);
    expect(trafficFormats.every((format) => format.title.length > 5)).toBe(true);
  });

  test('a log of several formats is read line by line', async () => {
    const text = samples
      .filter((sample) => !['iis', 'cloudfront', 'delimited-log'].includes(sample.format))
      .map((sample) => sample.text)
      .join('\n');
    const format = detectFormat(text, 'all.log');
    expect(format.id).toBe('mixed-log');
    expect((await itemsOf(format, text)).filter((item) => item.kind !== 'exchange')).toEqual([]);
  });

  test('a few damaged lines do not change the format, and are counted with their numbers', async () => {
    const good = '203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.0" 200 1';
    const lines = Array.from({ length: 50 }, (_, at) => (at % 10 === 3 ? '\u0001\u0002 damaged' : good));
    const format = detectFormat(lines.join('\n'), 'x.log');
    expect(format.id).toBe('access-log');
    const damaged = (await itemsOf(format, lines.join('\n'))).flatMap((item) => (item.kind === 'malformed' ? [item.line] : []));
    expect(damaged).toEqual([4, 14, 24, 34, 44]);
  });

  test('an IIS file whose columns change in the middle is read with the columns of each part, also when resumed', async () => {
    const text = `#Fields: date time cs-method cs-uri-stem sc-status\n2025-03-03 08:00:01 GET /a 200\n#Fields: date time sc-status cs-method cs-uri-stem\n2025-03-03 08:00:01 404 PUT /b\n2025-03-03 08:00:01 404 PUT /c\n`;
    const exchanges = await exchangesOf(formatById('iis'), text, { afterLine: 4 });
    expect(exchanges.map((exchange) => [exchange.method, exchange.path, exchange.status, exchange.line])).toEqual([['PUT', '/c', 404, 5]]);
  });

  test('host and service that the user gave fill what lines leave out, and never replace what they say', async () => {
    const options = { host: 'given.example', service: 'given' };
    const plain = await exchangeOf(
      formatById('access-log'),
      '203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.0" 200 1',
      options,
    );
    expect([plain.host, plain.service]).toEqual(['given.example', 'given']);
    const named = await exchangeOf(
      formatById('json-log'),
      '{"time":1740988801,"method":"GET","path":"/a","host":"own.example","service":"own"}',
      options,
    );
    expect([named.host, named.service]).toEqual(['own.example', 'own']);
  });

  test('text that is no log has no format, and the error says what to do', () => {
    for (const text of ['', 'hello world\nthis is a letter\n', '\u0000\u0001\u0002']) {
      expect(() => detectFormat(text, 'letter.txt')).toThrow(expect.objectContaining({ code: 'input-unknown-format' }));
    }
    expect(() => detectFormat('', 'x', { format: 'nope' })).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('no bytes make any format throw: not in detection, not in reading', async () => {
    const pieces = samples.flatMap((sample) => [sample.text, ...sample.text.split(/([ "\t[\]{}:,])/)]);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.oneof(fc.constantFrom(...pieces), fc.constantFrom(' ', '"', '\n', '\\', '[', ']', '{', '}', '\t')), { maxLength: 40 })
        .map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        for (const format of trafficFormats) {
          if (format.id === 'log-format') continue;
          const sureness = format.detect(Buffer.from(content).toString('utf8'), 'x.log');
          expect(sureness).toBeGreaterThanOrEqual(0);
          expect(sureness).toBeLessThanOrEqual(1);
          for (const item of await itemsOf(format, content)) expect(['exchange', 'excluded', 'malformed']).toContain(item.kind);
        }
      }),
      { numRuns: 250, verbose: true },
    );
  });
});
