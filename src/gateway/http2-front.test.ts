import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listeningDecider, openDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, closeLater, front, origin, urlOf } from './front.fixture.ts';
import { PREFACE } from './http2-front.ts';
import { problem } from './refusal.ts';

afterEach(closeAll);

function session(url: string): ClientHttp2Session {
  const client = connect(url);
  client.on('error', () => undefined);
  closeLater(() => client.destroy());
  return client;
}

interface Answer {
  readonly headers: IncomingHttpHeaders & { ':status'?: number };
  readonly text: string;
  readonly trailers: IncomingHttpHeaders;
}

function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = client.request(headers, { endStream: body === undefined });
    let text = '';
    let got: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    req.setEncoding('utf8');
    req.on('response', (answer) => {
      got = answer;
    });
    req.on('trailers', (fields) => {
      trailers = fields;
    });
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', () => resolve({ headers: got, text, trailers }));
    req.on('error', reject);
    if (body !== undefined) req.end(body);
  });
}

describe('HTTP/2 in front', () => {
  it('speaks clear text HTTP/2 and HTTP/1.1 on one port, through the same decision', async () => {
    const up = await origin((req, res) => {
      let text = '';
      req.on('data', (chunk) => {
        text += chunk;
      });
      req.on('end', () => {
        res.setHeader('set-cookie', ['a=1', 'b=2']);
        res.end(JSON.stringify({ url: req.url, version: req.httpVersion, headers: req.headers, text }));
      });
    });
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const client = session(urlOf(at));
    const answer = await ask(
      client,
      { ':path': '/a?b=c', ':method': 'POST', ':authority': 'api.example.test', cookie: ['x=1', 'y=2'] },
      'hello',
    );
    expect(answer.headers[':status']).toBe(200);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const seen = JSON.parse(answer.text);
    expect(seen).toMatchObject({ url: '/a?b=c', version: '1.1', text: 'hello' });
    expect(seen.headers).toMatchObject({ host: 'api.example.test', cookie: 'x=1; y=2', 'x-forwarded-for': '127.0.0.1' });
    expect(told.heads[0]).toMatchObject({ httpVersion: '2', host: 'api.example.test', method: 'POST' });
    expect((await fetch(urlOf(at))).status).toBe(200);
  });

  it('tells of a body by its frames, whatever the method and without a length', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const client = session(urlOf(at));
    for (const method of ['GET', 'DELETE']) await ask(client, { ':path': '/', ':method': method }, '{"role":"admin"}');
    await ask(client, { ':path': '/', ':method': 'POST' });
    expect(told.heads.map((head) => head.hasBody)).toEqual([true, true, false]);
  });

  it('refuses in HTTP/2 what the ruling refuses, also while a body is coming', async () => {
    const refusal = problem(403, 'Not allowed here.');
    const at = await front({
      upstreams: [upstreamPolicy(['http://127.0.0.1:1'])],
      decider: openDecider({ head: (head) => passing(head, { refusal }) }),
    });
    const client = session(urlOf(at));
    const answer = await ask(client, { ':path': '/', ':method': 'POST' }, 'x'.repeat(100_000));
    expect(answer.headers[':status']).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ incident: refusal.incident });
    expect((await ask(client, { ':path': '/' })).headers[':status']).toBe(403);
  });

  const unclear: readonly [what: string, headers: OutgoingHttpHeaders, status: number][] = [
    ['a lookalike framing field', { ':path': '/', content_length: '5' }, 400],
    ['a Host against the authority', { ':path': '/', ':authority': 'a.test', host: 'b.test' }, 400],
    ['userinfo in the authority', { ':path': '/', ':authority': 'me@a.test' }, 400],
    ['a fragment in the target', { ':path': '/a#b', ':authority': 'a.test' }, 400],
    ['an absolute target with another host', { ':path': 'http://b.test/', ':authority': 'a.test' }, 400],
  ];
  it.each(unclear)('refuses %s', async (_what, headers, status) => {
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], decider });
    const answer = await ask(session(urlOf(at)), headers).catch(() => null);
    expect(answer === null || answer.headers[':status'] === status).toBe(true);
    expect(told.heads).toHaveLength(0);
  });

  it('breaks the stream off visibly when the upstream dies, and keeps the connection', async () => {
    const up = await origin((req, res) => {
      if (req.url === '/ok') {
        res.end('ok');
        return;
      }
      res.writeHead(200, { 'content-length': 100 });
      res.write('half');
      setTimeout(() => res.socket?.destroy(), 50);
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const client = session(urlOf(at));
    await expect(ask(client, { ':path': '/' })).rejects.toThrow();
    expect((await ask(client, { ':path': '/ok' })).text).toBe('ok');
  });

  it('carries trailers', async () => {
    const up = await origin((_req, res) => {
      res.writeHead(200, { trailer: 'grpc-status' });
      res.write('x');
      res.addTrailers({ 'grpc-status': '0' });
      res.end();
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])] });
    const answer = await ask(session(urlOf(at)), { ':path': '/' });
    expect(answer.trailers['grpc-status']).toBe('0');
  });

  it('ends a connection that opens and resets streams without end, and says so', async () => {
    const up = await origin(() => undefined);
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const client = session(urlOf(at));
    const ended = new Promise((resolve) => client.once('close', resolve));
    const storm = setInterval(() => {
      for (let nth = 0; nth < 90 && !client.destroyed; nth++) {
        const req = client.request({ ':path': '/' });
        req.on('error', () => undefined);
        setImmediate(() => req.close(8));
      }
    }, 10);
    await ended;
    clearInterval(storm);
    for (let tries = 0; told.faults.length === 0 && tries < 100; tries++) await new Promise((next) => setTimeout(next, 10));
    expect(told.faults.some((fault) => fault.rule.startsWith('protocol.http2'))).toBe(true);
  }, 10_000);

  it('takes a preface that goes wrong for no HTTP at all', async () => {
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], decider });
    const out = await new Promise<string>((resolve) => {
      const socket = connectSocket(at.port, '127.0.0.1', () => socket.write(PREFACE.replace('SM', 'XX')));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(out).toMatch(/^HTTP\/1\.1 400 /);
    expect(told.faults).toHaveLength(1);
  });
});
