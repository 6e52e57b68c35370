import { describe, expect, test } from 'vitest';
import { emptyExchange } from '../http/exchange.ts';
import { segmentPath } from '../http/segment.ts';
import { noiseOf } from './noise.ts';

function judge(method: string, path: string, status: number, more: Partial<typeof emptyExchange> = {}) {
  return noiseOf(
    { ...emptyExchange, method, path, status, ...more },
    segmentPath(path, (_, value) => value),
  );
}

describe('what one message shows by itself', () => {
  const rows: [string, string, number, string | null][] = [
    ['OPTIONS', '/orders/1', 204, 'preflight'],
    ['GET', '/wp-login.php', 404, 'scanner'],
    ['GET', '/.git/config', 403, 'scanner'],
    ['POST', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 404, 'scanner'],
    ['GET', '/files/..%2f..%2fetc%2fpasswd', 400, 'scanner'],
    ['GET', '/actuator/env', 404, 'scanner'],
    ['GET', '/healthz', 200, 'health'],
    ['GET', '/favicon.ico', 200, 'static'],
    ['GET', '/static/js/main.9a1b.js', 200, 'static'],
    ['GET', '/docs/index.html', 200, 'page'],
    ['GET', '/orders/1', 404, null],
    ['POST', '/orders', 500, null],
    // What answers is there, whatever it looks like: an exposed endpoint must be seen.
    ['GET', '/actuator/env', 200, null],
    ['GET', '/files/0b8f0f5e-5b4e-4c39-9e0d-1f2a3b4c5d6e.png', 200, null],
    ['DELETE', '/assets/17', 204, null],
    ['GET', '/.well-known/openid-configuration', 200, null],
  ];
  test.each(rows)('%s %s %i: %s', (method, path, status, reason) => {
    expect(judge(method, path, status)).toBe(reason);
  });
  test('every row ran', () => {
    expect(rows.length).toBe(16);
  });
});

test('OPTIONS is a preflight only with its header, where headers can be seen', () => {
  expect(judge('OPTIONS', '/orders', 200, { requestHeaders: [] })).toBe(null);
  expect(judge('OPTIONS', '/orders', 200, { requestHeaders: [{ name: 'access-control-request-method', value: 'PUT' }] })).toBe('preflight');
});

test('a path that a framework routed is never noise', () => {
  expect(judge('GET', '/wp-admin/setup', 404, { route: '/wp-admin/:page' })).toBe(null);
});

test('a page is known by its type', () => {
  expect(judge('GET', '/orders', 200, { responseHeaders: [{ name: 'content-type', value: 'text/html; charset=utf-8' }] })).toBe('page');
  expect(judge('GET', '/orders', 200, { responseHeaders: [{ name: 'content-type', value: 'application/json' }] })).toBe(null);
});
