import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { listeningDecider, openDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, front, origin, raw, urlOf } from './front.fixture.ts';
import { problem } from './refusal.ts';

afterEach(closeAll);

describe('front', () => {
  it('passes a request and its answer through, with what we vouch for and without what ends here', async () => {
    const seen: IncomingMessage[] = [];
    const up = await origin((req, res) => {
      seen.push(req);
      res.setHeader('set-cookie', ['a=1', 'b=2']);
      res.setHeader('x-answer', 'yes');
      res.end('hello');
    });
    const { decider, told } = listeningDecider();
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    const answer = await raw(
      at.port,
      'GET /a?b=%20c HTTP/1.1\r\nHost: Api.Example.test\r\nX-Forwarded-For: 6.6.6.6\r\nX_Stance_Subject: admin\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nX-Kept: 2\r\nKeep-Alive: 5\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.match(/set-cookie: /gi)).toHaveLength(2);
    expect(answer).toMatch(/\r\n\r\nhello$/);
    const got = seen[0]?.headers;
    expect(seen[0]?.url).toBe('/a?b=%20c');
    expect(got).toMatchObject({ host: 'api.example.test', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-kept': '2' });
    expect(got).not.toHaveProperty('x-secret');
    expect(got).not.toHaveProperty('keep-alive');
    expect(got).not.toHaveProperty('x_stance_subject');
    expect(told.heads[0]).toMatchObject({
      method: 'GET',
      host: 'api.example.test',
      path: '/a',
      query: 'b=%20c',
      clientAddress: '127.0.0.1',
    });
    expect(told.ends).toHaveLength(1);
    expect(told.ends[0]).toMatchObject({ status: 200, responseBytes: 5, failure: null });
  });

  it('tells a refused caller what the ruling says and asks the upstream nothing', async () => {
    let asked = 0;
    const up = await origin((_req, res) => {
      asked++;
      res.end();
    });
    const refusal = problem(403, 'Not allowed here.');
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider: openDecider({ head: (head) => passing(head, { refusal }) }) });
    const answer = await fetch(urlOf(at), { method: 'POST', body: 'x'.repeat(100_000) });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 403, incident: refusal.incident });
    expect(asked).toBe(0);
  });

  it('shows a body to the decider up to the bytes it wants, and passes all of it on', async () => {
    const got: string[] = [];
    const up = await origin((req, res) => {
      let text = '';
      req.on('data', (chunk) => {
        text += chunk;
      });
      req.on('end', () => {
        got.push(text);
        res.end();
      });
    });
    const shown: { bytes: number; isWhole: boolean }[] = [];
    const decider = openDecider({
      head: (head) => passing(head, { bodyBytes: 1_000 }),
      body: (ruling, body) => {
        shown.push({ bytes: body.bytes.length, isWhole: body.isWhole });
        return ruling;
      },
    });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    await (await fetch(urlOf(at), { method: 'POST', body: 'small' })).text();
    await (await fetch(urlOf(at), { method: 'POST', body: 'y'.repeat(300_000) })).text();
    expect(shown).toEqual([
      { bytes: 5, isWhole: true },
      { bytes: 1_000, isWhole: false },
    ]);
    expect(got.map((text) => text.length)).toEqual([5, 300_000]);
  });

  it('refuses a body longer than the route takes, announced or not', async () => {
    const up = await origin((req, res) => {
      req.resume();
      req.on('end', () => res.end());
      req.on('error', () => undefined);
    });
    const decider = openDecider({ head: (head) => passing(head, { bodyBytesMax: 1_000 }) });
    const at = await front({ upstreams: [upstreamPolicy([up.url])], decider });
    expect((await fetch(urlOf(at), { method: 'POST', body: 'x'.repeat(1_001) })).status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const req = request(urlOf(at), { method: 'POST' }, (res) => resolve(res.statusCode));
      req.on('error', reject);
      req.write('x'.repeat(600));
      setTimeout(() => req.end('x'.repeat(600)), 50);
    });
    expect(status).toBe(413);
  });

  it('answers 502 when the upstream cannot be reached and 504 when it does not answer', async () => {
    const up = await origin(() => undefined);
    const { decider, told } = listeningDecider();
    const dead = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], decider });
    expect((await fetch(urlOf(dead))).status).toBe(502);
    const slow = await front({ upstreams: [upstreamPolicy([up.url], { answerTimeoutMs: 200 })], decider });
    expect((await fetch(urlOf(slow))).status).toBe(504);
    expect(told.ends.map((end) => end.failure)).toEqual(['upstream-refused', 'upstream-timeout']);
  });
});
