import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandSecret, startTestServer, type TestServer } from './server.fixture.ts';
import { linkLifeMs } from './session.ts';

let server: TestServer;
let web: string;
const log: string[] = [];
let nowMs = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  web = await mkdtemp(join(tmpdir(), 'stance-web-'));
  mkdirSync(join(web, 'dist/assets'), { recursive: true });
  writeFileSync(join(web, 'dist/index.html'), '<!doctype html><title>Stance</title>');
  writeFileSync(join(web, 'dist/assets/app-1a2b.js'), 'export {};');
  writeFileSync(join(web, 'secret.txt'), 'outside');
  server = await startTestServer({
    webDir: join(web, 'dist'),
    now: () => nowMs,
    log: { level: 'info', write: (line) => log.push(line) },
  });
});

afterAll(async () => {
  await server.close();
  await rm(web, { recursive: true, force: true });
});

const problem = (answer: { json: unknown }) => answer.json as { code: string; status: number; detail: string; fields?: unknown };

describe('the API', () => {
  test('answers nobody without a session', async () => {
    for (const path of ['/session', '/workspaces', '/workspaces/main/posture', '/openapi.json']) {
      const answer = await server.ask(`/api/v1${path}`);
      expect(answer.status, path).toBe(401);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(problem(answer).code).toBe('sign-in-needed');
    }
  });

  test('answers to no other host name, whatever the path', async () => {
    const { cookie } = await server.signIn();
    for (const path of ['/', '/api/v1/session', '/open?token=x', '/assets/app-1a2b.js']) {
      for (const host of [
        'evil.example',
        `evil.example:${server.port}`,
        'localhost',
        '127.0.0.1:1',
        `localhost.evil.example:${server.port}`,
      ]) {
        const answer = await server.ask(path, { headers: { host, cookie } });
        expect(answer.status, `${host}${path}`).toBe(403);
      }
    }
    expect((await server.ask('/api/v1/session', { headers: { host: `localhost:${server.port}`, cookie } })).status).toBe(200);
  });

  test('takes no call from another site, another port of localhost included', async () => {
    const { cookie, csrf } = await server.signIn();
    const change = { method: 'POST', body: '{"name":"x"}' };
    const good = { cookie, 'x-stance-csrf': csrf, 'content-type': 'application/json' };
    const hostile: readonly Readonly<Record<string, string>>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:3000' },
      { origin: `http://127.0.0.1:${server.port}.evil.example` },
    ];
    for (const headers of hostile) {
      const answer = await server.ask('/api/v1/workspaces', { ...change, headers: { ...good, ...headers } });
      expect(answer.status, JSON.stringify(headers)).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(hostile).toHaveLength(7);
    const reading = await server.ask('/api/v1/session', { headers: { cookie, 'sec-fetch-site': 'same-site' } });
    expect(reading.status).toBe(403);
    const own = await server.ask('/api/v1/session', { headers: { cookie, origin: `http://127.0.0.1:${server.port}` } });
    expect(own.status).toBe(200);
  });

  test('makes no change without the token of the session', async () => {
    const { cookie } = await server.signIn();
    const other = await server.signIn();
    for (const token of [undefined, 'wrong', other.csrf]) {
      const headers = { cookie, 'content-type': 'application/json', ...(token === undefined ? {} : { 'x-stance-csrf': token }) };
      const answer = await server.ask('/api/v1/workspaces', { method: 'POST', body: '{"name":"x"}', headers });
      expect(answer.status).toBe(403);
    }
  });

  test('takes the secret of the data folder from the command line, and no wrong one', async () => {
    const right = await server.ask('/api/v1/session', { headers: { authorization: `Bearer ${commandSecret}` } });
    expect(right.json).toMatchObject({ actor: 'command line' });
    const wrong = await server.ask('/api/v1/session', { headers: { authorization: 'Bearer guess' } });
    expect(wrong.status).toBe(401);
  });

  test('says which field of a body is wrong', async () => {
    const { call } = await server.signIn();
    const answer = await call('/workspaces', { method: 'POST', body: '{"name":"../etc"}' });
    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({ code: 'invalid-request', fields: [{ field: 'name' }] });
    for (const body of ['', '{', '[]', '{"name":"a","more":1}', '{"__proto__":{"x":1},"name":"a"}']) {
      expect((await call('/workspaces', { method: 'POST', body })).status, body).toBe(400);
    }
  });

  test('refuses a body that is too large before reading it all', async () => {
    const { call } = await server.signIn();
    const answer = await call('/workspaces', { method: 'POST', body: JSON.stringify({ name: 'x'.repeat(2_000_000) }) });
    expect(answer.status).toBe(413);
    expect(problem(answer).code).toBe('too-large');
  });

  test('refuses a media type it does not read, and a malformed address', async () => {
    const { call } = await server.signIn();
    const xml = await call('/workspaces', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } });
    expect(xml.status).toBe(415);
    const odd = await call('/workspaces/%E0%A4%A/posture');
    expect(odd.status).toBe(400);
  });

  test('answers 404 as a problem where nothing is', async () => {
    for (const path of ['/api/v1/nothing', '/api/v2/session', '/api']) {
      const answer = await server.ask(path);
      expect(answer.status, path).toBe(404);
      expect(problem(answer).code).toBe('not-found');
    }
  });

  test('answers 404 for a workspace that is not there', async () => {
    const { call } = await server.signIn();
    const answer = await call('/workspaces/nobody/posture');
    expect(answer.status).toBe(404);
    expect(problem(answer)).toMatchObject({ code: 'not-found' });
  });

  test('describes every route it serves, in OpenAPI 3.1', async () => {
    const { call } = await server.signIn();
    const document = (await call('/openapi.json')).json as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown>; summary?: string }>>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.length).toBeGreaterThanOrEqual(36);
    expect(described).toContain('get /api/v1/workspaces/{ws}/operations/{id}/exchanges');
    for (const methods of Object.values(document.paths)) {
      for (const operation of Object.values(methods)) expect(operation.summary).toBeTruthy();
    }
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Operation', 'Assessment', 'Problem', 'Candidate']));
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)) {
      expect(document.components.schemas, name).toHaveProperty(name ?? '');
    }
  });
});

describe('the one-time link', () => {
  test('signs in once, with a cookie that scripts and other sites cannot use', async () => {
    const path = server.app.link().url.replace(/^http:\/\/[^/]+/, '');
    const first = await server.ask(path);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(/^stance_session_\d+=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
    const second = await server.ask(path);
    expect(second.status).toBe(401);
    expect(second.text).toContain('stance link');
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  test('ends after an hour', async () => {
    const path = server.app.link().url.replace(/^http:\/\/[^/]+/, '');
    nowMs += linkLifeMs + 1;
    expect((await server.ask(path)).status).toBe(401);
  });

  test('is made anew only for who holds the secret or a session', async () => {
    expect((await server.ask('/api/v1/session/links', { method: 'POST' })).status).toBe(401);
    const made = await server.ask('/api/v1/session/links', { method: 'POST', headers: { authorization: `Bearer ${commandSecret}` } });
    const { url } = made.json as { url: string };
    expect((await server.ask(url.replace(/^http:\/\/[^/]+/, ''))).status).toBe(303);
  });
});

describe('the page', () => {
  test('is served without a session, for its own addresses too, under a strict policy', async () => {
    for (const path of ['/', '/inventory?state=shadow', '/w/main/operations/op_1']) {
      const answer = await server.ask(path, { headers: { accept: 'text/html' } });
      expect(answer.status, path).toBe(200);
      expect(answer.text).toContain('<title>Stance');
      const policy = answer.headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
    }
    const asset = await server.ask('/assets/app-1a2b.js');
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  test('never leaves its folder', async () => {
    const attempts = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//etc/passwd',
      '/assets/..\\..\\secret.txt',
      '/%00/secret.txt',
    ];
    for (const path of attempts) {
      const answer = await server.ask(path);
      expect(answer.text, path).not.toContain('outside');
      expect(answer.text, path).not.toContain('root:');
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
    }
    expect(attempts).toHaveLength(9);
  });

  test('says how it is built when it is not', async () => {
    const bare = await startTestServer();
    try {
      const answer = await bare.ask('/', { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(503);
      expect(answer.text).toContain('npm start');
    } finally {
      await bare.close();
    }
  });
});

test('broken HTTP ends that connection and nothing else', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.end('GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n'));
    let text = '';
    socket.on('data', (part) => {
      text += part.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await server.ask('/')).status).toBe(200);
});

test('the log holds neither query strings nor tokens nor cookies', async () => {
  const { call, cookie } = await server.signIn();
  await call('/workspaces/nobody/findings?text=hunter2');
  const text = log.join('');
  expect(text).toContain('/api/v1/workspaces/:ws/findings');
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('token=');
  expect(text).not.toContain(cookie.split('=')[1] ?? 'none');
});
