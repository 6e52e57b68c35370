import type { ServerResponse } from 'node:http';
import { Agent, get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { upstreamPolicy } from './decider.fixture.ts';
import { closeAll, closeLater, front, origin, urlOf } from './front.fixture.ts';

afterEach(closeAll);

describe('drain', () => {
  it('finishes what is in flight, accepts nothing more, and closes idle connections', async () => {
    const held: ServerResponse[] = [];
    const up = await origin((req, res) => {
      if (req.url === '/hold') held.push(res);
      else res.end('quick');
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const agent = new Agent({ keepAlive: true });
    closeLater(() => agent.destroy());
    await new Promise((resolve) => get(urlOf(at), { agent }, (res) => res.resume().on('end', resolve)));
    const answer = fetch(urlOf(at, '/hold')).then((got) => got.text());
    for (let tries = 0; held.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    const drained = at.drain(5_000);
    await new Promise((next) => setTimeout(next, 50));
    await expect(fetch(urlOf(at))).rejects.toThrow();
    held[0]?.end('late but whole');
    expect(await answer).toBe('late but whole');
    expect(await drained).toMatchObject({ cut: 0 });
    expect(at.connections.size).toBe(0);
  });

  it('tells the client on a kept-alive connection that this answer is the last', async () => {
    const held: ServerResponse[] = [];
    const up = await origin((_req, res) => void held.push(res));
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const agent = new Agent({ keepAlive: true });
    closeLater(() => agent.destroy());
    const connection = new Promise((resolve) => get(urlOf(at), { agent }, (res) => resolve(res.resume().headers.connection)));
    for (let tries = 0; held.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    const drained = at.drain(5_000);
    held[0]?.end('last');
    expect(await connection).toBe('close');
    await drained;
  });

  it('cuts what does not end within the bound, and says how many', async () => {
    const up = await origin(() => undefined);
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const answer = fetch(urlOf(at)).catch(() => 'cut');
    await new Promise((next) => setTimeout(next, 100));
    const { cut, tookMs } = await at.drain(200);
    expect(cut).toBe(1);
    expect(tookMs).toBeLessThan(2_000);
    expect(await answer).toBe('cut');
  });
});
