import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guard, policy } from '../../test/doors/guarded-origin.fixture.ts';
import { expressGuard, fastifyGuard } from './middleware.ts';

interface Running {
  readonly base: string;
  readonly seen: ReturnType<typeof guard>['seen'];
  close(): Promise<void>;
}

async function startExpress(): Promise<Running> {
  const { decider, seen } = guard();
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded({ extended: true }));
  app.use(expressGuard({ decider, client: policy.client }));
  app.all(
    /.*/,
    (request, response) =>
      void response.json({ path: request.path, body: request.body ?? null, subject: request.get('x-stance-subject') ?? null }),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function startFastify(): Promise<Running> {
  const { decider, seen } = guard();
  const app = fastify();
  app.addHook('preValidation', fastifyGuard({ decider, client: policy.client }));
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.all('/*', (request) => ({ path: request.url, body: request.body ?? null, subject: request.headers['x-stance-subject'] ?? null }));
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  return { base, seen, close: () => app.close() };
}

describe.each([
  ['Express', startExpress],
  ['Fastify', startFastify],
])('inside %s', (_name, start) => {
  let running: Running;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.close());

  it('what is in order reaches the handler with its body', async () => {
    const response = await fetch(`${running.base}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-stance-subject': 'root' },
      body: '{"note":"hello"}',
    });
    expect([response.status, await response.json()]).toEqual([200, { path: '/orders', body: { note: 'hello' }, subject: null }]);
  });
  it('an attack in the query is refused with its incident number', async () => {
    const response = await fetch(`${running.base}/orders?id=${encodeURIComponent("1' or '1'='1' -- ")}`);
    expect([response.status, response.headers.get('x-stance-incident')]).toEqual([403, running.seen.decisions.at(-1)?.incident]);
  });
  it.each([
    ['application/json', '{"note":"<script>alert(1)</script>"}'],
    ['application/x-www-form-urlencoded', 'note=%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ])('an attack in a body of %s is refused', async (mediaType, body) => {
    const response = await fetch(`${running.base}/orders`, { method: 'POST', headers: { 'content-type': mediaType }, body });
    expect(response.status).toBe(403);
  });
  it('429 comes with Retry-After', async () => {
    await fetch(`${running.base}/limited`);
    await fetch(`${running.base}/limited`);
    const response = await fetch(`${running.base}/limited`);
    expect([response.status, Number(response.headers.get('retry-after')) > 0]).toEqual([429, true]);
  });
  it('the exchange is evidence with the status of the handler', async () => {
    await fetch(`${running.base}/seen`);
    await expect.poll(() => running.seen.exchanges.at(-1)?.segments.map((segment) => segment.text)).toEqual(['seen']);
    expect(running.seen.exchanges.at(-1)?.status).toBe(200);
  });
});
