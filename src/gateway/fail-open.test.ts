import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listeningDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import type { Decider, Ruling } from './decider.ts';
import { closeAll, closeLater, front, origin, raw, urlOf } from './front.fixture.ts';
import { expressGuard } from './middleware.ts';

afterEach(closeAll);

const fails = (): never => {
  throw new Error('broken on purpose');
};
const asks: Partial<Ruling> = { bodyBytes: 100, answerBytes: 100 };
const breaks: readonly (readonly [string, Partial<Decider>, string])[] = [
  ['the body', { body: fails }, 'validation.fail-open'],
  ['admission', { admit: fails }, 'overload.fail-open'],
  ['admission, later', { admit: () => Promise.reject(new Error('broken on purpose')) }, 'overload.fail-open'],
  ['the answer', { answer: fails }, 'validation.fail-open'],
];

test.each(breaks)('when %s cannot be judged, the route says what becomes of it, and either is told', async (_what, change, rule) => {
  const up = await origin((_req, res) => res.end('from the service'));
  const results: unknown[] = [];
  for (const failMode of ['open', 'closed'] as const) {
    const { decider, told } = listeningDecider({ head: (head) => passing(head, { ...asks, failMode }), ...change });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const answer = await fetch(urlOf(at), { method: 'POST', body: 'x' });
    results.push([answer.status, (await answer.text()) === 'from the service', told.faults.map((fault) => fault.rule)]);
  }
  expect(results).toEqual([
    [200, true, [rule]],
    [503, false, ['protocol.decision-failed']],
  ]);
});

test('the table of what breaks has all its rows', () => expect(breaks.length).toBe(4));

test('a handshake of a web socket is held to the same', async () => {
  const up = await origin(() => undefined);
  up.server.on('upgrade', (_req, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  );
  const handshake =
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const results: unknown[] = [];
  for (const failMode of ['open', 'closed'] as const) {
    const { decider, told } = listeningDecider({ head: (head) => passing(head, { failMode }), admit: fails });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    results.push([(await raw(at.port, handshake)).slice(9, 12), told.faults.map((fault) => fault.rule)]);
  }
  expect(results).toEqual([
    ['101', ['overload.fail-open']],
    ['503', ['protocol.decision-failed']],
  ]);
});

test('an application that asks the guard itself gets 503 where the route fails closed, and its own answer where it is open', async () => {
  const results: unknown[] = [];
  for (const failMode of ['open', 'closed'] as const) {
    const { decider, told } = listeningDecider({ head: (head) => passing(head, { failMode }), admit: fails });
    const guard = expressGuard({ decider, client: { trustedHops: 0, header: 'x-forwarded-for' } });
    const server = createServer((request, response) =>
      guard(request, response, (error) => response.end(error === undefined ? 'app' : 'error')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeLater(() => server.close());
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    results.push([answer.status, (await answer.text()) === 'app', told.faults.map((fault) => fault.rule)]);
  }
  expect(results).toEqual([
    [200, true, ['protocol.fail-open']],
    [503, false, ['protocol.decision-failed']],
  ]);
});
