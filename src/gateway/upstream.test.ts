import { afterEach, describe, expect, it } from 'vitest';
import { listeningDecider, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, closeLater, front, origin, urlOf } from './front.fixture.ts';
import { UpstreamTable } from './upstream.ts';

afterEach(closeAll);

function table(...policies: Parameters<typeof upstreamPolicy>[1][]): UpstreamTable {
  const made = new UpstreamTable(policies.map((change) => upstreamPolicy(['http://127.0.0.1:1'], change)));
  closeLater(() => made.destroy());
  return made;
}

describe('upstreams', () => {
  const upstreams = [
    { name: 'all' },
    { name: 'api', hosts: ['api.example.test'] },
    { name: 'orders', hosts: ['api.example.test'], paths: ['/orders'] },
    { name: 'old', hosts: ['api.example.test'], paths: ['/orders/v1/'] },
    { name: 'tenants', hosts: ['*.tenant.test'] },
    { name: 'static', paths: ['/static'] },
  ];
  const rows: readonly [host: string | null, path: string, name: string][] = [
    ['api.example.test', '/', 'api'],
    ['api.example.test', '/orders', 'orders'],
    ['api.example.test', '/orders/7', 'orders'],
    ['api.example.test', '/ordersx', 'api'],
    ['api.example.test:8443', '/orders/v1/7', 'old'],
    ['api.example.test', '/other/../orders/7', 'orders'],
    ['api.example.test', '/other/%2e%2E/orders/7', 'orders'],
    ['api.example.test', '/orders/../x', 'api'],
    ['a.tenant.test', '/orders', 'tenants'],
    ['other.test', '/static/a.css', 'static'],
    ['other.test', '/x', 'all'],
    [null, '/static', 'static'],
  ];
  it('has twelve rows', () => expect(rows).toHaveLength(12));
  it.each(rows)('%s %s goes to %s', (host, path, name) => {
    expect(table(...upstreams).find(host, path)?.policy.name).toBe(name);
  });

  it('answers 404 where no upstream serves', async () => {
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'], { hosts: ['only.test'] })], decider });
    expect((await fetch(urlOf(at))).status).toBe(404);
    expect(told.ends[0]?.failure).toBe('no-upstream');
  });

  it('gives each request to the origin with the fewest in flight', async () => {
    const waiting: (() => void)[] = [];
    const counts = [0, 0];
    const ups = await Promise.all(
      [0, 1].map((nth) =>
        origin((req, res) => {
          counts[nth] = (counts[nth] ?? 0) + 1;
          if (req.url === '/hold') waiting.push(() => res.end());
          else res.end();
        }),
      ),
    );
    const at = await front({ upstreams: [upstreamPolicy(ups.map((up) => up.url))] });
    const held = fetch(urlOf(at, '/hold'));
    for (let tries = 0; waiting.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    const busy = counts.indexOf(1);
    for (let nth = 0; nth < 6; nth++) await (await fetch(urlOf(at))).text();
    expect(counts[busy]).toBe(1);
    expect(counts[1 - busy]).toBe(6);
    for (const end of waiting) end();
    await held;
  });

  it('leaves an origin alone that cannot be reached, and loses no request to it', async () => {
    const up = await origin((_req, res) => res.end());
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1', up.url], { retries: 1 })], decider });
    for (let nth = 0; nth < 20; nth++) expect((await fetch(urlOf(at))).status).toBe(200);
    expect(told.ends.filter((end) => end.failure !== null)).toHaveLength(0);
  });

  it('sets an origin aside after three failures in a row and tries it again later', async () => {
    const made = new UpstreamTable([upstreamPolicy(['http://127.0.0.1:1', 'http://127.0.0.1:2'])]);
    closeLater(() => made.destroy());
    const upstream = made.upstreams[0];
    const [first, second] = upstream?.origins ?? [];
    for (let nth = 0; nth < 3; nth++) first?.failed(1_000);
    for (let nth = 0; nth < 4; nth++) expect(upstream?.pick(1_500)).toBe(second);
    const later = [upstream?.pick(2_100), upstream?.pick(2_100)];
    expect(later).toContain(first);
    // All down: a wrong verdict of ours must not be an outage of theirs.
    for (let nth = 0; nth < 3; nth++) {
      first?.failed(3_000);
      second?.failed(3_000);
    }
    expect(upstream?.pick(3_100)).not.toBeNull();
  });

  it('finds out by asking which origin is well', async () => {
    let isWell = false;
    const counts = [0, 0];
    const ups = await Promise.all(
      [0, 1].map((nth) =>
        origin((req, res) => {
          if (req.url === '/health') res.writeHead(nth === 0 && !isWell ? 503 : 200).end();
          else {
            counts[nth] = (counts[nth] ?? 0) + 1;
            res.end();
          }
        }),
      ),
    );
    const health = { path: '/health', everyMs: 30, unhealthyAfter: 2, healthyAfter: 2 };
    const at = await front({
      upstreams: [
        upstreamPolicy(
          ups.map((up) => up.url),
          { health },
        ),
      ],
    });
    await new Promise((next) => setTimeout(next, 300));
    for (let nth = 0; nth < 6; nth++) await (await fetch(urlOf(at))).text();
    expect(counts).toEqual([0, 6]);
    isWell = true;
    await new Promise((next) => setTimeout(next, 300));
    for (let nth = 0; nth < 6; nth++) await (await fetch(urlOf(at))).text();
    expect(counts[0]).toBeGreaterThan(0);
  });

  it('goes by new upstreams after a reload while a request ends at the former one', async () => {
    const ends: (() => void)[] = [];
    const former = await origin((_req, res) => void ends.push(() => res.end('former')));
    const present = await origin((_req, res) => res.end('present'));
    const at = await front({ upstreams: [upstreamPolicy([former.url])] });
    const held = fetch(urlOf(at)).then((answer) => answer.text());
    for (let tries = 0; ends.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    at.reload({ upstreams: [upstreamPolicy([present.url])] });
    expect(await (await fetch(urlOf(at))).text()).toBe('present');
    for (const end of ends) end();
    expect(await held).toBe('former');
  });
});
