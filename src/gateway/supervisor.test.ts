import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, closeLater, origin } from './front.fixture.ts';
import { type Supervisor, type SupervisorEvent, type SupervisorOptions, startSupervisor } from './supervisor.ts';

afterEach(closeAll);

interface Started {
  readonly supervisor: Supervisor;
  readonly items: { worker: number; status: number }[];
  readonly events: SupervisorEvent[];
}

async function start(upstream: string, change: Partial<SupervisorOptions> = {}): Promise<Started> {
  const items: Started['items'] = [];
  const events: SupervisorEvent[] = [];
  const supervisor = await startSupervisor({
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    module: new URL('./worker.fixture.ts', import.meta.url).href,
    settings: { upstream, version: 'one' },
    workers: 2,
    onItem: async (item) => {
      items.push(item as Started['items'][number]); // the fixture wrote it
      return true;
    },
    onEvent: (event) => void events.push(event),
    ...change,
  });
  closeLater(() => supervisor.close(0));
  return { supervisor, items, events };
}

/** One request on a connection of its own, so that the kernel deals it out anew. */
function ask(port: number, path = '/', agent = new Agent()): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (res) => {
      let text = '';
      res.on('data', (chunk) => {
        text += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      res.on('error', reject);
    }).on('error', reject);
  });
}

const waitFor = async (isThere: () => boolean, ms = 10_000): Promise<void> => {
  for (const end = Date.now() + ms; !isThere() && Date.now() < end; ) await new Promise((next) => setTimeout(next, 20));
  expect(isThere()).toBe(true);
};

describe('supervisor', () => {
  it('runs several workers on one port and takes what each hands over', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { supervisor, items } = await start(up.url);
    const pids = new Set<unknown>();
    for (let nth = 0; nth < 40; nth++) pids.add((await ask(supervisor.port)).headers['x-pid']);
    expect(pids.size).toBe(2);
    await waitFor(() => items.length === 40);
    expect(new Set(items.map((item) => item.worker))).toEqual(new Set([0, 1]));
    await waitFor(() => supervisor.workers().every((worker) => worker.status !== null));
    expect(supervisor.workers().map((worker) => worker.status?.refused)).toEqual([0, 0]);
  }, 20_000);

  it('puts another worker in the place of one that was killed, while the others go on answering', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { supervisor, events } = await start(up.url);
    const before = supervisor.workers().map((worker) => worker.pid);
    process.kill(Number(before[0]), 'SIGKILL');
    let answered = 0;
    // What the killed one had accepted is lost with it; from then on every request is answered.
    await waitFor(() => events.some((event) => event.kind === 'worker-died'));
    for (let nth = 0; nth < 50; nth++) if ((await ask(supervisor.port)).status === 200) answered++;
    expect(answered).toBe(50);
    await waitFor(() => supervisor.workers().every((worker) => worker.isReady));
    const after = supervisor.workers();
    expect(after[0]?.pid).not.toBe(before[0]);
    expect(after[1]?.pid).toBe(before[1]);
    expect(after.map((worker) => worker.restarts)).toEqual([1, 0]);
  }, 20_000);

  it('waits longer each time before it replaces a worker that keeps dying', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { supervisor, events } = await start(up.url, { workers: 1 });
    for (let nth = 1; nth <= 3; nth++) {
      await ask(supervisor.port, '/die').catch(() => undefined);
      await waitFor(() => events.filter((event) => event.kind === 'worker-died').length === nth);
      await waitFor(() => supervisor.workers()[0]?.isReady === true);
    }
    expect(events.flatMap((event) => (event.kind === 'worker-died' ? [event.restartInMs] : []))).toEqual([100, 200, 400]);
  }, 20_000);

  it('gives new settings to every worker, and to none when they do not hold', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { supervisor } = await start(up.url);
    const versions = async (): Promise<Set<unknown>> => {
      const seen = new Set<unknown>();
      for (let nth = 0; nth < 20; nth++) seen.add((await ask(supervisor.port)).headers['x-version']);
      return seen;
    };
    await supervisor.reload({ upstream: up.url, version: 'two' });
    expect(await versions()).toEqual(new Set(['two']));
    await expect(supervisor.reload({ upstream: up.url, version: 'bad' })).rejects.toThrow(/bad/);
    expect(await versions()).toEqual(new Set(['two']));
    process.kill(Number(supervisor.workers()[0]?.pid), 'SIGKILL');
    await waitFor(() => supervisor.workers()[0]?.restarts === 1 && supervisor.workers()[0]?.isReady === true);
    expect(await versions()).toEqual(new Set(['two']));
  }, 20_000);

  it('replaces all workers under load without losing one request', async () => {
    const up = await origin((_req, res) => setTimeout(() => res.end('ok'), 5));
    const { supervisor } = await start(up.url);
    const before = supervisor.workers().map((worker) => worker.pid);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    closeLater(() => agent.destroy());
    let isOver = false;
    const results = { answered: 0, lost: 0 };
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        // As any client does with a connection that the server closed while it was idle: once more on a new one.
        const answer = await ask(supervisor.port, '/', agent).catch(() => ask(supervisor.port));
        if (answer.status === 200 && answer.text === 'ok') results.answered++;
        else results.lost++;
      }
    });
    await new Promise((next) => setTimeout(next, 200));
    await supervisor.replace();
    await new Promise((next) => setTimeout(next, 300));
    isOver = true;
    await Promise.all(load);
    expect(results.lost).toBe(0);
    expect(results.answered).toBeGreaterThan(50);
    expect(supervisor.workers().filter((worker) => before.includes(worker.pid))).toHaveLength(0);
  }, 30_000);

  it('lets requests in flight end when it closes, and hands over the last of them', async () => {
    const up = await origin((_req, res) => setTimeout(() => res.end('late'), 400));
    const { supervisor, items } = await start(up.url);
    const answer = ask(supervisor.port);
    await new Promise((next) => setTimeout(next, 150));
    await supervisor.close(5_000);
    expect((await answer).text).toBe('late');
    expect(items).toHaveLength(1);
    await expect(ask(supervisor.port)).rejects.toThrow();
  }, 20_000);

  it('does not start on settings that do not hold or a port that is taken', async () => {
    await expect(start('http://127.0.0.1:1', { settings: { upstream: 'x', version: 'bad' } })).rejects.toThrow(/bad/);
    const taken = createServer().listen(0, '127.0.0.1');
    closeLater(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(start('http://127.0.0.1:1', { listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'config-invalid' });
  }, 20_000);
});
