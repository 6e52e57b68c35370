import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nginxConf } from './nginx-conf.ts';
import { readText } from './read-text.fixture.ts';

const text = `http {
  limit_req_zone $binary_remote_addr zone=login:10m rate=5r/m;   # per address
  limit_req_zone $http_x_api_key zone=keys:10m rate=100r/s;
  client_max_body_size 10m;
  include /etc/nginx/conf.d/*.conf;
  server { listen 80; server_name api.example; return 301 https://$host$request_uri; }
  server {
    listen 443 ssl http2;
    listen [::]:443 ssl;
    server_name API.example .shop.example;
    ssl_protocols TLSv1 TLSv1.2;
    auth_request /_check;
    location = /v1/login { auth_request off; limit_req zone=login burst=5; proxy_pass http://accounts; }
    location /v1/orders/ {
      limit_req zone=keys; limit_req_status 429;
      limit_except GET POST { deny all; }
      proxy_pass https://orders:8443;
      add_header Access-Control-Allow-Origin *;
    }
    location ~ ^/v1/users/(\\d{1,9})/photo$ { client_max_body_size 0; proxy_pass http://users; }
    location /assets/ { root /var/www; }
    location @fallback { proxy_pass http://x; }
  }
}
`;

describe('nginx configuration', () => {
  it('reads locations that lead to an application as routes, with what holds there', async () => {
    const { apis } = await readText(nginxConf, { name: 'nginx.conf', text });
    const operations = apis.flatMap(({ service, operations: list }) => list.map((operation) => ({ service, ...operation })));
    expect(operations.map(({ service, method, template, place }) => [service, method, template, place.line])).toEqual([
      ['accounts', '*', '/v1/login', 13],
      ['orders', 'GET', '/v1/orders/**', 14],
      ['orders', 'POST', '/v1/orders/**', 14],
      ['users', '*', '/v1/users/{p1}/photo', 20],
    ]);
    expect(operations[0]).toMatchObject({
      security: null,
      limit: { requests: 5, windowSeconds: 60, by: 'address' },
      bodyBytesMax: 10 * 1024 * 1024,
      tlsRequired: true,
      hosts: ['api.example', '*.shop.example'],
    });
    expect(operations[1]).toMatchObject({
      security: [{ schemes: [{ name: 'auth_request' }] }],
      limit: { requests: 100, windowSeconds: 1, by: 'key' },
    });
    expect(operations[3]).toMatchObject({ bodyBytesMax: null, limit: null });
  });

  it('reports per-node counters, limits by address, old TLS, wildcard origins, unverified upstreams and open body sizes', async () => {
    const { api, items } = await readText(nginxConf, { name: 'nginx.conf', text });
    expect(Object.fromEntries(api.findings.map(({ rule, places }) => [rule, places.map(({ line }) => line)]))).toEqual({
      'gateway.counter-per-node': [2, 3],
      'gateway.limit-by-address': [2],
      'gateway.tls-old': [11],
      'gateway.limit-answers-503': [13],
      'gateway.upstream-plain': [13, 20],
      'gateway.auth-absent': [13],
      'gateway.cors-wildcard': [18],
      'gateway.upstream-unverified': [17],
      'gateway.limit-absent': [20],
      'gateway.body-unbounded': [20],
    });
    expect(items.filter(({ kind }) => kind === 'excluded')).toEqual([{ kind: 'excluded', line: 5, reason: 'include' }]);
  });

  it('finds nothing dangerous where everything is closed', async () => {
    const closed = `server { listen 443 ssl; server_name a.example; auth_jwt "api"; limit_req zone=z; limit_req_status 429; proxy_ssl_verify on; location / { proxy_pass https://b; } }`;
    const { api } = await readText(nginxConf, { name: 'a.conf', text: closed });
    expect(api.operations).toMatchObject([{ template: '/**', security: [{ schemes: [{ kind: 'jwt' }] }], tlsRequired: true }]);
    expect(api.findings.map(({ rule }) => rule)).toEqual(['gateway.limit-absent']);
  });

  it('lets `satisfy any` and an optional certificate through as anonymous', async () => {
    const any = await readText(nginxConf, {
      name: 'a.conf',
      text: 'server { satisfy any; allow 10.0.0.0/8; auth_basic x; location / { proxy_pass http://b; } }',
    });
    expect(any.api.operations[0]?.security).toEqual([{ schemes: [{ name: 'auth_basic', kind: 'basic', scopes: [] }] }, { schemes: [] }]);
    const optional = await readText(nginxConf, {
      name: 'a.conf',
      text: 'server { ssl_verify_client optional; location / { proxy_pass http://b; } }',
    });
    expect(optional.api.operations[0]?.security?.at(-1)).toEqual({ schemes: [] });
    expect(optional.api.findings.map(({ rule }) => rule)).toContain('gateway.auth-optional');
  });

  it('reads what is whole of a broken file, with the line that breaks', async () => {
    const { api } = await readText(nginxConf, {
      name: 'a.conf',
      text: 'server {\n location /a { proxy_pass http://b; }\n location /c { proxy_pass http://d\n }\n}\n}',
    });
    expect(api.operations.map(({ template }) => template)).toContain('/a/**');
    expect(api.findings.find(({ rule }) => rule === 'gateway.syntax')?.places.map(({ line }) => line)).toEqual([3, 6]);
  });

  it('never throws on damaged text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length }),
        fc.nat({ max: 60 }),
        fc.string({ unit: fc.constantFrom(...'{};"\'\\$#\n a'), maxLength: 6 }),
        async (at, cut, put) => {
          await readText(nginxConf, { name: 'nginx.conf', text: text.slice(0, at) + put + text.slice(at + cut) });
        },
      ),
      { numRuns: 300, seed: 9 },
    );
  });

  it('is recognised by its blocks, and a log is not', () => {
    expect(nginxConf.detect(text, 'x')).toBeGreaterThan(0.8);
    expect(nginxConf.detect('1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326', 'access.log')).toBe(0);
  });
});
