import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../engine/http/exchange.ts';
import { jsonLogFormat, jsonLogParser } from './json-log.ts';
import { exchangeOf, verdictOf } from './source.fixture.ts';

const atMs = Date.UTC(2025, 2, 3, 8, 0, 1, 250);

interface Row {
  readonly producer: string;
  readonly line: object;
  readonly expected: Partial<Exchange>;
}

const rows: readonly Row[] = [
  {
    producer: 'OpenTelemetry, stable names',
    line: {
      timestamp: '2025-03-03T08:00:01.250Z',
      'server.address': 'api.shop.example',
      'url.scheme': 'https',
      'http.request.method': 'POST',
      'url.path': '/v1/orders',
      'url.query': 'dry=1',
      'http.response.status_code': 201,
      'http.response.body.size': 77,
      'client.address': '203.0.113.5',
      'user_agent.original': 'curl/8',
      'enduser.id': 'u7',
      'http.route': '/v1/orders',
      duration_ms: 43,
      'http.request.header.authorization': ['Bearer x'],
      'http.request.header.content-type': 'application/json',
      'http.request.body': { item: 3 },
      'http.response.body': [{ id: 1 }],
      'http.response.header.content-type': 'application/json',
    },
    expected: {
      atMs,
      method: 'POST',
      scheme: 'https',
      host: 'api.shop.example',
      path: '/v1/orders',
      query: 'dry=1',
      status: 201,
      durationMs: 43,
      responseBytes: 77,
      clientAddress: '203.0.113.5',
      userAgent: 'curl/8',
      principal: 'u7',
      route: '/v1/orders',
      credential: 'present',
      headersPartial: true,
      requestHeaders: [
        { name: 'authorization', value: 'Bearer x' },
        { name: 'content-type', value: 'application/json' },
      ],
      requestBody: { mediaType: 'application/json', text: null, json: { item: 3 } },
      responseBody: { mediaType: 'application/json', text: null, json: [{ id: 1 }] },
    },
  },
  {
    producer: 'OpenTelemetry, old names',
    line: {
      timestamp: atMs,
      'http.method': 'GET',
      'http.target': '/a?b=1',
      'http.status_code': '200',
      'net.host.name': 'h.example',
      'net.host.port': 8080,
      'net.peer.ip': '203.0.113.5',
    },
    expected: { atMs, path: '/a', query: 'b=1', status: 200, host: 'h.example:8080', clientAddress: '203.0.113.5' },
  },
  {
    producer: 'nginx escape=json',
    line: {
      time_local: '03/Mar/2025:09:00:01 +0100',
      remote_addr: '10.0.0.2',
      remote_user: '',
      request: 'GET /a%2Fb?x=1 HTTP/1.1',
      status: '404',
      body_bytes_sent: '12',
      request_time: '0.043',
      http_referrer: '-',
      http_user_agent: 'curl/8',
      http_x_forwarded_for: '203.0.113.5',
      host: 'API.shop.example',
      scheme: 'https',
      ssl_protocol: 'TLSv1.2',
    },
    expected: {
      atMs: atMs - 250,
      path: '/a%2Fb',
      query: 'x=1',
      status: 404,
      durationMs: 43,
      clientAddress: '203.0.113.5',
      host: 'api.shop.example',
      tlsVersion: 'TLSv1.2',
      referer: null,
      principal: null,
      requestHeaders: null,
    },
  },
  {
    producer: 'Caddy',
    line: {
      level: 'info',
      ts: 1740988801.25,
      logger: 'http.log.access',
      msg: 'handled request',
      request: {
        remote_ip: '203.0.113.5',
        remote_port: '4123',
        client_ip: '203.0.113.5',
        proto: 'HTTP/2.0',
        method: 'GET',
        host: 'api.shop.example',
        uri: '/v1/items?x=1',
        headers: { 'User-Agent': ['curl/8'], Authorization: ['REDACTED'] },
        tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2' },
      },
      bytes_read: 0,
      user_id: '',
      duration: 0.0125,
      size: 2900,
      status: 200,
      resp_headers: { Server: ['Caddy'] },
    },
    expected: {
      atMs,
      path: '/v1/items',
      query: 'x=1',
      durationMs: 12.5,
      responseBytes: 2900,
      requestBytes: 0,
      tlsVersion: 'TLSv1.3',
      scheme: 'https',
      userAgent: 'curl/8',
      credential: 'present',
      responseHeaders: [{ name: 'server', value: 'Caddy' }],
    },
  },
  {
    producer: 'Envoy',
    line: {
      ':authority': 'www.shop.example',
      bytes_received: 10,
      bytes_sent: 121,
      downstream_remote_address: '10.0.0.12:59292',
      duration: 11,
      method: 'GET',
      protocol: 'HTTP/2',
      requested_server_name: null,
      response_code: 200,
      response_flags: '-',
      route_name: 'httproute/app/rule/0',
      start_time: '2025-03-03T08:00:01.250Z',
      'user-agent': 'curl/8',
      'x-envoy-origin-path': '/a?b=2',
      path: '/rewritten',
      'x-forwarded-for': '203.0.113.5, 10.42.0.1',
    },
    expected: {
      atMs,
      host: 'www.shop.example',
      path: '/a',
      query: 'b=2',
      durationMs: 11,
      requestBytes: 10,
      responseBytes: 121,
      clientAddress: '203.0.113.5',
      route: null,
    },
  },
  {
    producer: 'Kong',
    line: {
      started_at: atMs,
      client_ip: '203.0.113.5',
      request: {
        method: 'GET',
        uri: '/shop/v1?x=1',
        url: 'https://api.shop.example:8443/shop/v1',
        size: '75',
        querystring: { x: '1' },
        headers: { host: 'api.shop.example', accept: '*/*' },
        tls: { version: 'TLSv1.3' },
      },
      response: { status: 200, size: '434', headers: { 'content-type': 'application/json' } },
      latencies: { request: 515, kong: 58, proxy: 457 },
      service: { name: 'shop', host: 'upstream.example' },
      route: { name: 'r', paths: ['/shop'] },
      consumer: { username: 'partner-a' },
    },
    expected: {
      atMs,
      path: '/shop/v1',
      query: 'x=1',
      status: 200,
      durationMs: 515,
      requestBytes: 75,
      responseBytes: 434,
      service: 'shop',
      principal: 'partner-a',
      tlsVersion: 'TLSv1.3',
    },
  },
  {
    producer: 'APISIX',
    line: {
      client_ip: '203.0.113.5',
      start_time: atMs,
      latency: 22.4,
      service_id: 'shop',
      route_id: '1',
      request: {
        method: 'PUT',
        uri: '/v1/x',
        url: 'http://127.0.0.1:9080/v1/x',
        size: 90,
        headers: { host: 'h.example' },
        querystring: {},
        body: '{"a":1}',
      },
      response: { status: 404, size: 5, headers: {} },
      server: { hostname: 'n1', version: '3' },
    },
    expected: {
      atMs,
      method: 'PUT',
      path: '/v1/x',
      query: null,
      status: 404,
      durationMs: 22.4,
      service: 'shop',
      host: 'h.example',
      requestBody: { mediaType: null, text: '{"a":1}', json: undefined },
    },
  },
  {
    producer: 'Traefik',
    line: {
      ClientAddr: '203.0.113.5:39490',
      ClientHost: '203.0.113.5',
      ClientUsername: '-',
      DownstreamContentSize: 356,
      DownstreamStatus: 404,
      Duration: 215563000,
      RequestContentSize: 7,
      RequestHost: 'test.shop.example',
      RequestMethod: 'GET',
      RequestPath: '/a.dtd?x',
      RequestScheme: 'http',
      ServiceName: 'test@docker',
      StartUTC: '2025-03-03T08:00:01.250764557Z',
      'request_User-Agent': 'Nikto',
      'downstream_Content-Type': 'text/plain',
      level: 'info',
      time: '2025-03-03T08:00:02Z',
    },
    expected: {
      atMs,
      path: '/a.dtd',
      query: 'x',
      status: 404,
      durationMs: 215.563,
      host: 'test.shop.example',
      scheme: 'http',
      principal: null,
      userAgent: 'Nikto',
      headersPartial: true,
    },
  },
  {
    producer: 'AWS API Gateway',
    line: {
      requestId: 'x',
      ip: '203.0.113.5',
      caller: '-',
      user: 'arn',
      requestTime: '03/Mar/2025:08:00:01 +0000',
      requestTimeEpoch: atMs,
      httpMethod: 'GET',
      resourcePath: '/pets/{id}',
      path: '/prod/pets/7',
      stage: 'prod',
      status: '200',
      responseLength: '12',
    },
    expected: { atMs, path: '/prod/pets/7', route: '/pets/{id}', environment: 'prod', principal: 'arn', responseBytes: 12 },
  },
  {
    producer: 'Elastic Common Schema, nested',
    line: {
      '@timestamp': '2025-03-03T08:00:01.250Z',
      http: { request: { method: 'get' }, response: { status_code: 200, body: { bytes: 9 } } },
      url: { original: '/a?b=c', domain: 'h.example' },
      source: { ip: '203.0.113.5' },
      event: { duration: 4000000 },
      host: { name: 'machine-1' },
    },
    expected: {
      atMs,
      method: 'GET',
      path: '/a',
      query: 'b=c',
      responseBytes: 9,
      host: 'h.example',
      clientAddress: '203.0.113.5',
      durationMs: 4,
    },
  },
];

describe('JSON lines', () => {
  test.each(rows)('$producer lines are understood', async ({ line, expected }) => {
    expect(await exchangeOf(jsonLogFormat, JSON.stringify(line))).toMatchObject(expected);
  });

  test('every producer is covered', () => {
    expect(rows).toHaveLength(10);
  });

  test('an access log line inside a container log is read', async () => {
    const log = '203.0.113.5 - - [03/Mar/2025:08:00:01 +0000] "GET /a HTTP/1.1" 200 1 "-" "x"\n';
    expect((await exchangeOf(jsonLogFormat, JSON.stringify({ log, stream: 'stdout', time: '2025-03-03T08:00:02Z' }))).path).toBe('/a');
    const inner = JSON.stringify({ time: atMs, method: 'GET', path: '/b' });
    expect((await exchangeOf(jsonLogFormat, `2025-03-03T08:00:02.1Z stdout F ${inner}`)).path).toBe('/b');
  });

  const others = [
    ['{"level":"error","ts":1740988801,"msg":"upstream failed"}', 'log line of another kind, not a request'],
    [
      '{"eventSource":"ec2.amazonaws.com","eventName":"Run","awsRegion":"x","eventTime":"2025-03-03T08:00:01Z"}',
      'AWS API call (CloudTrail), not a request of yours',
    ],
    ['{"time":1740988801,"request":"\\u0016\\u0003\\u0001","status":400}', 'malformed request: TLS on a plain port'],
    ['{"time":1740988801,"request":"","status":"400"}', 'connection closed before a request'],
    ['{"time":1740988801,"method":"GET"}', 'malformed: no request: method or path is missing'],
    ['{"method":"GET","path":"/a"}', 'malformed: no time'],
    ['{"time":"yesterday","method":"GET","path":"/a"}', 'malformed: the time is not one'],
    ['{"time":1740988801,"method":"GET","path":"/a"', 'malformed: is not a JSON object'],
    ['[1,2]', 'malformed: is not a JSON object'],
  ] as const;
  test.each(others)('%s', async (line, verdict) => {
    expect(await verdictOf(jsonLogFormat, line)).toBe(verdict);
  });

  test('field names that mean something to JavaScript do no harm', async () => {
    const exchange = await exchangeOf(
      jsonLogFormat,
      '{"__proto__":{"status":500},"constructor":{"host":"x"},"time":1740988801,"method":"GET","path":"/a"}',
    );
    expect([exchange.status, exchange.host]).toEqual([null, null]);
    expect(Reflect.get({}, 'status')).toBeUndefined();
  });

  test('no object makes the parser throw', () => {
    const parse = jsonLogParser({});
    const names = fc.constantFrom(
      'time',
      'request',
      'method',
      'path',
      'status',
      'duration',
      'headers',
      'response',
      'http',
      'url',
      'host',
      'http.request.header.x',
      'RequestMethod',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 6 }, fc.jsonValue(), fc.dictionary(names, tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, (value) => parse(JSON.stringify(value) ?? '', 1).kind !== 'owners'),
      { numRuns: 2000, verbose: true },
    );
  });
});
