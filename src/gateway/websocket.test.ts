import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { listeningDecider, openDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, closeLater, front, origin, raw } from './front.fixture.ts';
import { problem } from './refusal.ts';

afterEach(closeAll);

async function echo(): Promise<{ url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const up = await origin((req, res) => {
    seen.push(req);
    res.writeHead(req.headers.upgrade === undefined ? 200 : 426, { 'content-length': 2 }).end('no');
  });
  const sockets = new WebSocketServer({ noServer: true });
  up.server.on('upgrade', (req, socket, head) => {
    seen.push(req);
    if (req.url === '/denied') socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope');
    else sockets.handleUpgrade(req, socket, head, (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })));
  });
  closeLater(() => {
    for (const client of sockets.clients) client.terminate();
  });
  return { url: up.url, seen };
}

describe('WebSocket', () => {
  it('goes both ways through the gateway, small and large', async () => {
    const up = await echo();
    const { decider, told } = listeningDecider({
      head: (head) => passing(head, { upstreamHeaders: [{ name: 'x-stance-subject', value: 'anna' }] }),
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const ws = new WebSocket(`ws://127.0.0.1:${at.port}/chat?room=1`, { headers: { 'x-stance-subject': 'root' } });
    await new Promise((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    });
    for (const text of ['hello', 'x'.repeat(500_000)]) {
      const back = new Promise((resolve) => ws.once('message', (data) => resolve(String(data))));
      ws.send(text);
      expect(await back).toBe(text);
    }
    expect(up.seen[0]?.url).toBe('/chat?room=1');
    expect(up.seen[0]?.headers).toMatchObject({ 'x-stance-subject': 'anna', 'x-forwarded-for': '127.0.0.1' });
    const closed = new Promise((resolve) => ws.once('close', resolve));
    ws.close();
    await closed;
    for (let tries = 0; told.ends.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    expect(told.ends[0]).toMatchObject({ status: 101, failure: null });
    expect(told.ends[0]?.requestBytes).toBeGreaterThan(500_000);
  });

  it('is refused by a ruling before the upstream hears of it', async () => {
    const up = await echo();
    const at = await front({
      upstreams: [upstreamPolicy([up.url])],
      decider: openDecider({ head: (head) => passing(head, { refusal: problem(401, 'Who are you?') }) }),
    });
    const ws = new WebSocket(`ws://127.0.0.1:${at.port}/`);
    const status = await new Promise((resolve) => {
      ws.on('unexpected-response', (_req, res) => resolve(res.statusCode));
      ws.on('error', () => undefined);
    });
    expect(status).toBe(401);
    expect(up.seen).toHaveLength(0);
  });

  it('lets the upstream say no in its own words', async () => {
    const up = await echo();
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const out = await raw(
      at.port,
      'GET /denied HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(out).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(out).toMatch(/nope$/);
  });

  it('passes no other protocol on: an upgrade to h2c is a plain request', async () => {
    const up = await echo();
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const out = await raw(
      at.port,
      'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
    );
    expect(out).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(up.seen[0]?.headers).not.toHaveProperty('upgrade');
    expect(up.seen[0]?.headers).not.toHaveProperty('http2-settings');
  });

  it('answers 502 when the upstream cannot be reached', async () => {
    const at = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])] });
    const out = await raw(at.port, 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(out).toMatch(/^HTTP\/1\.1 502 /);
  });
});
