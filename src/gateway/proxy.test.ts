import { request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listeningDecider, openDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import type { Decider } from './decider.ts';
import { closeAll, closeLater, front, origin, raw, urlOf } from './front.fixture.ts';

afterEach(closeAll);

const waitFor = async (isThere: () => boolean, ms = 2_000): Promise<void> => {
  for (const end = Date.now() + ms; !isThere() && Date.now() < end; ) await new Promise((next) => setTimeout(next, 10));
};

/** An upstream that speaks raw bytes: `answer` gets the socket once a whole head was read. */
async function rawOrigin(answer: (socket: import('node:net').Socket, nth: number) => void): Promise<{ url: string; heads: string[] }> {
  const heads: string[] = [];
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (!/\r\n\r\n/.test(chunk.toString('latin1'))) return;
      heads.push(chunk.toString('latin1'));
      answer(socket, heads.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heads };
}

/** How many answers a client would read out of these bytes. */
function readAnswers(text: string): number {
  let count = 0;
  let at = 0;
  while (text.startsWith('HTTP/1.1 ', at)) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const head = text.slice(at, end).toLowerCase();
    count++;
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    if (length !== undefined) at = end + 4 + Number(length);
    else if (/\r\ntransfer-encoding: chunked/.test(head)) {
      const last = text.indexOf('\r\n0\r\n\r\n', end);
      if (last < 0) break;
      at = last + 7;
    } else break;
  }
  return count;
}

describe('an exchange', () => {
  it('sends each event of an event stream at once', async () => {
    let stream: ServerResponse | null = null;
    const up = await origin((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      stream = res;
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const answer = await fetch(urlOf(at, '/events'));
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.getReader();
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      (stream as ServerResponse | null)?.write(text);
      const read = await reader?.read();
      expect(Buffer.from(read?.value ?? []).toString()).toBe(text);
    }
    await reader?.cancel();
  });

  it('streams an upload of 50 MB at the pace of the upstream instead of holding it', async () => {
    let got = 0;
    let open: () => void = () => undefined;
    const up = await origin((req, res) => {
      open = () => {
        req.on('data', (chunk: Buffer) => {
          got += chunk.length;
        });
        req.on('end', () => res.end(String(got)));
      };
    });
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const chunk = Buffer.alloc(256 * 1024, 97);
    const req = request(urlOf(at), { method: 'POST' });
    const answer = new Promise<string>((resolve, reject) => {
      req.on('response', (res) => res.on('data', (part) => resolve(String(part))));
      req.on('error', reject);
    });
    let sent = 0;
    const push = (): void => {
      while (sent < 50 * 1024 * 1024) {
        sent += chunk.length;
        if (!req.write(chunk)) {
          req.once('drain', push);
          return;
        }
      }
      req.end();
    };
    push();
    await new Promise((next) => setTimeout(next, 500));
    // What the kernel and the streams hold, far from all of it.
    expect(sent).toBeLessThan(30 * 1024 * 1024);
    open();
    expect(await answer).toBe(String(50 * 1024 * 1024));
    await waitFor(() => told.ends.length > 0);
    expect(told.ends[0]?.requestBytes).toBe(50 * 1024 * 1024);
  }, 20_000);

  it('waits for a slow reader instead of holding an answer of 50 MB', async () => {
    let sent = 0;
    const up = await origin((_req, res) => {
      const chunk = Buffer.alloc(256 * 1024, 98);
      const push = (): void => {
        while (sent < 50 * 1024 * 1024) {
          sent += chunk.length;
          if (!res.write(chunk)) {
            res.once('drain', push);
            return;
          }
        }
        res.end();
      };
      push();
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const socket = connect(at.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'));
    socket.pause();
    await new Promise((next) => setTimeout(next, 500));
    // What the kernel and the streams hold, far from all of it.
    expect(sent).toBeLessThan(30 * 1024 * 1024);
    let got = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
    });
    socket.resume();
    await waitFor(() => got >= 50 * 1024 * 1024, 10_000);
    expect(got).toBeGreaterThanOrEqual(50 * 1024 * 1024);
    socket.destroy();
  }, 20_000);

  it('breaks off visibly when the upstream dies in the middle of an answer', async () => {
    const up = await rawOrigin((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 50);
    });
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    await expect(fetch(urlOf(at)).then((answer) => answer.text())).rejects.toThrow();
    await waitFor(() => told.ends.length > 0);
    expect(told.ends[0]).toMatchObject({ status: 200, failure: 'upstream-reset' });
  });

  it('asks again when a connection broke, for requests that may be sent twice and for no others', async () => {
    const up = await rawOrigin((socket, nth) => {
      if (nth % 2 === 1) socket.destroy();
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url], { retries: 1 })] });
    expect((await fetch(urlOf(at))).status).toBe(200);
    expect(up.heads).toHaveLength(2);
    expect((await fetch(urlOf(at), { method: 'POST' })).status).toBe(502);
    expect(up.heads).toHaveLength(3);
    expect((await fetch(urlOf(at))).status).toBe(200);
    const once = await front({ upstreams: [upstreamPolicy([up.url], { retries: 0 })] });
    expect((await fetch(urlOf(once))).status).toBe(502);
    expect(up.heads).toHaveLength(5);
  });

  it('answers 502 for an upstream whose answer cannot be passed on, and breaks no connection', async () => {
    const up = await rawOrigin((socket) => socket.write('HTTP/1.1 200 OK\r\nx-bad: a\x01b\r\ncontent-length: 2\r\n\r\nok'));
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const out = await raw(at.port, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    expect([...out.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1])).toEqual(['502', '502']);
    await waitFor(() => told.ends.length === 2);
    expect(told.ends[0]).toMatchObject({ status: 502, failure: 'upstream-broken' });
  });

  const unclear: readonly [what: string, answer: string][] = [
    [
      'a length beside chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2f\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 44\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['more than was announced', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'],
  ];
  it.each(unclear)('never lets an upstream put a second answer into one: %s', async (_what, answer) => {
    const up = await rawOrigin((socket) => socket.write(answer));
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const out = await raw(at.port, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    expect(readAnswers(out)).toBeLessThanOrEqual(1);
  });

  it('does not ask again once an upstream answered, whatever it said', async () => {
    const up = await rawOrigin((socket) => socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
    const at = await front({ upstreams: [upstreamPolicy([up.url], { retries: 3 })] });
    expect((await fetch(urlOf(at))).status).toBe(503);
    expect(up.heads).toHaveLength(1);
  });

  it('answers HEAD, 204 and 304 without a body and keeps the connection', async () => {
    const up = await origin((req, res) => {
      res.setHeader('etag', '"1"');
      if (req.url === '/204') res.writeHead(204).end();
      else if (req.url === '/304') res.writeHead(304).end();
      else res.writeHead(200, { 'content-length': 5 }).end('hello');
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const head = 'Host: a.test\r\n\r\n';
    const out = await raw(
      at.port,
      `HEAD /x HTTP/1.1\r\n${head}GET /204 HTTP/1.1\r\n${head}GET /304 HTTP/1.1\r\n${head}GET /x HTTP/1.1\r\n${head}`,
    );
    expect([...out.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((found) => found[1])).toEqual(['200', '204', '304', '200']);
    expect(out.match(/hello/g)).toHaveLength(1);
    expect(out.endsWith('hello')).toBe(true);
  });

  it('sends the body on only after the decision when the client waits for 100', async () => {
    const up = await origin((req, res) => {
      req.resume();
      req.on('end', () => res.end(req.headers.expect ?? 'none'));
    });
    const refusing = openDecider({ head: (head) => passing(head, { bodyBytesMax: 3 }) });
    const send = 'POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
    const strict = await front({ upstreams: [upstreamPolicy([up.url])], decider: refusing });
    expect(await raw(strict.port, send)).toMatch(/^HTTP\/1\.1 413 /);
    const open = await front({ upstreams: [upstreamPolicy([up.url])] });
    const out = await raw(open.port, `${send}hello`);
    expect(out).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(out).toMatch(/none$/);
  });

  it('passes early hints and trailers of an answer on', async () => {
    const up = await rawOrigin((socket) =>
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\nset-cookie: a=1\r\n\r\n',
      ),
    );
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const out = await raw(at.port, 'GET / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\n\r\n');
    expect(out).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a.css>; rel=preload\r\n/i);
    expect(out).toMatch(/2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n$/);
  });

  it('gives the decider the answer it wants to see and sends what it makes of it', async () => {
    const up = await origin((_req, res) => {
      res.setHeader('content-digest', 'sha-256=:x:');
      res.end('{"ssn":"123"}');
    });
    const decider: Decider = openDecider({
      head: (head) => passing(head, { answerBytes: 1_000 }),
      answer: (_ruling, head, bytes, isWhole) => {
        expect(head.status).toBe(200);
        expect(isWhole).toBe(true);
        return { bytes: Buffer.from(Buffer.from(bytes).toString().replace('123', '***masked***')), refusal: null };
      },
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const answer = await fetch(urlOf(at));
    expect(answer.headers.get('content-length')).toBe('22');
    expect(answer.headers.get('content-digest')).toBeNull();
    expect(await answer.text()).toBe('{"ssn":"***masked***"}');
  });

  it('refuses when the decision cannot be made and the route is closed, passes when it is open', async () => {
    const up = await origin((req, res) => {
      req.resume();
      res.end('ok');
    });
    const broken = (failMode: 'open' | 'closed'): Decider =>
      openDecider({
        head: (head) => passing(head, { failMode, bodyBytes: 10 }),
        body: () => {
          throw new Error('no decision');
        },
      });
    const closed = await front({ upstreams: [upstreamPolicy([up.url])], decider: broken('closed') });
    expect((await fetch(urlOf(closed), { method: 'POST', body: 'x' })).status).toBe(503);
    const open = await front({ upstreams: [upstreamPolicy([up.url])], decider: broken('open') });
    expect((await fetch(urlOf(open), { method: 'POST', body: 'x' })).status).toBe(200);
    const headless = openDecider({
      head: () => Promise.reject(new Error('no decision')),
    });
    const dead = await front({ upstreams: [upstreamPolicy([up.url])], decider: headless });
    expect((await fetch(urlOf(dead))).status).toBe(503);
  });

  it('tells the limiter how each request ended, once', async () => {
    const up = await origin((req, res) => {
      if (req.url === '/hang') return;
      res.end('ok');
    });
    const ends: string[] = [];
    const decider = openDecider({ admit: () => ({ refusal: null, release: (outcome) => void ends.push(outcome) }) });
    const at = await front({ upstreams: [upstreamPolicy([up.url], { answerTimeoutMs: 60_000 })], decider });
    await (await fetch(urlOf(at))).text();
    const leaving = new AbortController();
    const left = fetch(urlOf(at, '/hang'), { signal: leaving.signal }).catch(() => undefined);
    setTimeout(() => leaving.abort(), 100);
    await left;
    const dead = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], decider });
    await fetch(urlOf(dead));
    await waitFor(() => ends.length === 3);
    expect(ends).toEqual(['answered', 'gone', 'failed']);
  });
});
