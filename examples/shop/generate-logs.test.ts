import { describe, expect, test } from 'vitest';
import { shopLogs } from './generate-logs.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const dayMs = 86_400_000;

describe('the sample traffic', () => {
  const files = shopLogs({ nowMs });
  const gateway = linesOf('gateway.jsonl').map((line) => JSON.parse(line));

  function linesOf(name: string): readonly string[] {
    return (files.find((file) => file.name === name)?.text ?? '').split('\n').filter((line) => line !== '');
  }

  test('is the same for the same time and seed, and another for another seed', () => {
    expect(shopLogs({ nowMs })).toEqual(files);
    expect(shopLogs({ nowMs, seed: 21 })[1]?.text).not.toEqual(files[1]?.text);
  });

  test('has about 60,000 lines, in the order of time, all within the five days before now', () => {
    expect(gateway.length + linesOf('www.access.log').length).toBeGreaterThan(55_000);
    expect(gateway.length + linesOf('www.access.log').length).toBeLessThan(80_000);
    const times = gateway.map((line) => line.started_at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(nowMs - 5 * dayMs);
    expect(times.at(-1)).toBeLessThan(nowMs);
  });

  test('is quiet at night and busy in the evening', () => {
    const customers = gateway.filter((line) => line.consumer?.username?.startsWith('cust_'));
    const inHour = (hour: number) => customers.filter((line) => new Date(line.started_at).getUTCHours() === hour).length;
    expect(inHour(19)).toBeGreaterThan(6 * inHour(3));
  });

  test('names no host and no address that could be somebody', () => {
    const hosts = new Set(gateway.map((line) => line.request.headers.host));
    expect([...hosts].every((host) => host.endsWith('.shop.example'))).toBe(true);
    const addresses = [...new Set(gateway.map((line) => String(line.client_ip)))];
    const isSetAside = (address: string) => /^(192\.0\.2|198\.51\.100|203\.0\.113|10\.\d+\.\d+)\.\d+$|^2001:db8:/.test(address);
    expect(addresses.filter((address) => !isSetAside(address))).toEqual([]);
    expect(addresses.length).toBeGreaterThan(200);
  });

  const holds: readonly (readonly [string, (line: (typeof gateway)[number]) => boolean, number])[] = [
    [
      'an export without a credential that answers',
      (line) =>
        /^\/v2\/internal\/export/.test(line.request.uri) &&
        line.response.status === 200 &&
        line.request.headers.authorization === undefined,
      90,
    ],
    [
      'a version that ended and is still called',
      (line) => line.request.uri.startsWith('/v1/products/') && line.response.headers.sunset !== undefined,
      100,
    ],
    ['password guessing from one address', (line) => line.client_ip === '192.0.2.66' && line.response.status === 401, 1_800],
    [
      'tracking without a log-in',
      (line) => line.request.uri.endsWith('/tracking') && line.request.headers.authorization === undefined && line.response.status === 200,
      50,
    ],
    ['a partner with a key', (line) => line.request.headers['x-api-key'] !== undefined, 1_000],
    ['strangers at the API', (line) => line.response.status === 404 && line.service === undefined, 100],
    ['the test environment', (line) => line.request.headers.host === 'api.test.shop.example', 200],
    ['servers that fail', (line) => line.response.status >= 500, 100],
    ['an operation in no specification', (line) => line.request.uri.endsWith('/loyalty'), 20],
  ];
  test.each(holds)('holds %s', (_, isOne, least) => {
    expect(gateway.filter(isOne).length).toBeGreaterThanOrEqual(least);
  });

  test('never calls returns, and calls coupons only in the archived day', () => {
    expect(gateway.some((line) => /\/returns$|^\/v2\/coupons/.test(line.request.uri))).toBe(false);
    expect(linesOf('gateway-archive.jsonl').filter((line) => line.includes('/v2/coupons/redemptions')).length).toBeGreaterThan(50);
  });
});
