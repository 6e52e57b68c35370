/** Callers that are no customers: a partner's nightly batch, probes, scanners, an export nobody declared, a break-in attempt. */
import type { Call } from './call.ts';
import type { Chance } from './chance.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const scannerPaths = [
  '/.env',
  '/.git/config',
  '/wp-login.php',
  '/wp-admin/setup-config.php',
  '/phpmyadmin/index.php',
  '/actuator/env',
  '/cgi-bin/luci',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  '/server-status',
  '/boaform/admin/formLogin',
  '/solr/admin/info/system',
  '/backup.zip',
  '/api/v1/.env',
  '/owa/auth/logon.aspx',
] as const;

/** Calls from `fromMs` to `toMs`, in no order. */
export function machines(fromMs: number, toMs: number, chance: Chance): readonly Call[] {
  const calls: Call[] = [];
  for (let day = fromMs; day < toMs; day += dayMs) {
    calls.push(...partnerNight(day, chance), ...scanners(day, chance), ...exports(day, chance), ...testRun(day, chance));
  }
  for (let atMs = fromMs; atMs < toMs; atMs += 3 * minuteMs) {
    calls.push({
      atMs,
      method: 'GET',
      path: '/healthz',
      status: 200,
      client: '10.0.0.5',
      agent: 'kube-probe/1.33',
      service: 'storefront',
      medianMs: 2,
      bytes: 15,
    });
  }
  calls.push(...breakIn(toMs - 1.4 * dayMs, chance));
  return calls.filter((call) => call.atMs >= fromMs && call.atMs < toMs);
}

/** The carrier's system fetches the day's orders, reports parcels, and reads the product feed: fast, and welcome. */
function partnerNight(dayStartMs: number, chance: Chance): readonly Call[] {
  const calls: Call[] = [];
  let atMs = dayStartMs + 2 * hourMs;
  const add = (method: string, path: string, status: number, more: Partial<Call> = {}) => {
    atMs += chance.int(60, 400);
    calls.push({
      atMs,
      method,
      path,
      status,
      client: '192.0.2.200',
      agent: 'NordlichtSync/3.2 (+ops@nordlicht.example)',
      host: 'partner.shop.example',
      service: 'partner',
      caller: { name: 'nordlicht-logistics', header: 'x-api-key' },
      ...more,
    });
  };
  add('GET', '/partner/v1/feeds/products', 200, { bytes: 1_200_000, medianMs: 900 });
  for (let page = 1; page <= 6; page += 1) add('GET', `/partner/v1/orders?page=${page}`, 200, { bytes: 60_000 });
  for (let count = 260; count > 0; count -= 1) {
    const order = chance.int(100_000, 180_000);
    add('GET', `/partner/v1/orders/${order}`, 200);
    if (chance.isTrue(0.4)) add('PUT', `/partner/v1/orders/${order}/shipment`, chance.isTrue(0.02) ? 409 : 200);
  }
  return calls;
}

/** Strangers who try every door of every server; most ask www, some the API. */
function scanners(dayStartMs: number, chance: Chance): readonly Call[] {
  return Array.from({ length: 110 }, () => {
    const isWeb = chance.isTrue(0.7);
    return {
      atMs: dayStartMs + chance.int(0, dayMs),
      method: chance.isTrue(0.9) ? 'GET' : 'POST',
      path: chance.pick(scannerPaths),
      status: 404,
      client: `192.0.2.${chance.int(10, 60)}`,
      agent: chance.pick(['Mozilla/5.0 zgrab/0.x', 'python-requests/2.31.0', 'Go-http-client/1.1', 'curl/8.5.0']),
      host: isWeb ? 'www.shop.example' : 'api.shop.example',
      service: null,
      bytes: 153,
    };
  });
}

/**
 * The accident of this sample: an export made for a migration, still open, needs no credential and answers with customers.
 * The old reporting job uses it by day; since two nights somebody else does too.
 */
function exports(dayStartMs: number, chance: Chance): readonly Call[] {
  const calls: Call[] = [];
  const add = (atMs: number, client: string, agent: string, page: number) =>
    calls.push({
      atMs,
      method: 'GET',
      path: `/v2/internal/export/customers?page=${page}`,
      status: 200,
      client,
      agent,
      service: 'storefront',
      medianMs: 640,
      bytes: 210_000,
    });
  for (let page = 1; page <= 12; page += 1) add(dayStartMs + 5 * hourMs + page * 2_000, '10.0.3.14', 'reporting-job/0.9', page);
  for (let page = 1; page <= 9; page += 1)
    add(dayStartMs + 22 * hourMs + page * 41_000, '192.0.2.77', chance.pick(['curl/8.5.0', 'Wget/1.21']), page);
  return calls;
}

/** The test environment, by its own host, with test accounts. */
function testRun(dayStartMs: number, chance: Chance): readonly Call[] {
  const caller = { name: 'test_robot', header: 'authorization' } as const;
  const steps = [
    ['storefront', 'POST', '/v2/sessions', 201],
    ['storefront', 'GET', '/v2/products', 200],
    ['orders', 'POST', '/v2/orders', 201],
    ['orders', 'GET', '/v2/orders/100001', 200],
    ['payments', 'POST', '/v2/payments', 201],
  ] as const;
  return Array.from({ length: 12 }, (_, run) => run).flatMap((run) =>
    steps.map(([service, method, path, status], step) => ({
      atMs: dayStartMs + 8 * hourMs + run * 45 * minuteMs + step * chance.int(200, 900),
      method,
      path,
      status,
      client: '10.0.9.20',
      agent: 'shop-e2e/1.0',
      host: 'api.test.shop.example',
      service,
      ...(path === '/v2/sessions' ? {} : { caller }),
    })),
  );
}

/** Twelve minutes of password guessing from one address; three guesses are right, and nothing stops it. */
function breakIn(startMs: number, chance: Chance): readonly Call[] {
  const attempts = 1_900;
  return Array.from({ length: attempts }, (_, attempt) => ({
    atMs: Math.round(startMs) + Math.floor((attempt * 12 * minuteMs) / attempts) + chance.int(0, 200),
    method: 'POST',
    path: '/v2/sessions',
    status: attempt === 611 || attempt === 1_204 || attempt === 1_733 ? 201 : 401,
    client: '192.0.2.66',
    agent: 'python-httpx/0.27',
    service: 'storefront',
    medianMs: 120,
    bytes: 92,
  }));
}
