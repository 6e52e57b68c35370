import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessLog, ordersSpec, stance } from './cli.fixture.ts';

let dir: string;
let data: string;
let server: ChildProcess;
let link = '';
let address = '';
let ended: Promise<number | null>;
let errors = '';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-up-'));
  data = join(dir, 'data');
  writeFileSync(join(dir, 'openapi.yaml'), ordersSpec);
  writeFileSync(join(dir, 'access.jsonl'), accessLog());
  server = spawn(
    process.execPath,
    [resolve(import.meta.dirname, 'main.ts'), 'up', '--port', '0', '--otlp-port', '0', '--no-sample', '--data', data],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  ended = new Promise((done) => server.on('exit', (code) => done(code)));
  server.stderr?.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  link = await new Promise<string>((done, fail) => {
    server.stdout?.once('data', (part: Buffer) => done(part.toString().trim()));
    server.once('exit', () => fail(new Error(errors)));
  });
  address = link.replace(/\/open.*$/, '');
});

afterAll(() => {
  server.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

describe('a running server', () => {
  test('prints the link alone on standard output, and the link signs in once', async () => {
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/open\?token=[\w-]{43}$/);
    const opened = await fetch(link, { redirect: 'manual' });
    expect(opened.status).toBe(303);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(`${address}/api/v1/session`, { headers: { cookie } })).status).toBe(200);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  });

  test('leaves its note where only its owner reads it', () => {
    expect(statSync(join(data, 'server.json')).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o077).toBe(0);
  });

  test('gives `stance link` another link', async () => {
    const ran = await stance(['link', '--data', data]);
    expect(ran.code, ran.stderr).toBe(0);
    expect((await fetch(ran.stdout.trim(), { redirect: 'manual' })).status).toBe(303);
  });

  test('is the only writer: an import beside it is told how to go through it, and then it works', async () => {
    const refused = await stance(['import', 'openapi.yaml', '--data', data], { cwd: dir });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('--upload');
    const sent = await stance(['import', '--upload', 'openapi.yaml', 'access.jsonl', '--data', data, '--json'], { cwd: dir });
    expect(sent.code, sent.stderr).toBe(0);
    expect(JSON.parse(sent.stdout)).toMatchObject({
      inputs: [
        { name: 'openapi.yaml', error: null },
        { name: 'access.jsonl', error: null },
      ],
    });
  });

  test('does not keep readers out', async () => {
    const ran = await stance(['inventory', 'list', '--json', '--data', data]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toHaveLength(4);
  });

  test('keeps a second server off the same folder', async () => {
    const ran = await stance(['up', '--port', '0', '--no-otlp', '--no-sample', '--data', data]);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toMatch(/Process \d+ \(stance up, http:/);
  });

  test('receives traces', async () => {
    await expect.poll(() => errors, { timeout: 10_000 }).toContain('/v1/traces');
    const url = /(http:\S+\/v1\/traces)/.exec(errors)?.[1] ?? '';
    expect(
      (await fetch(url, { method: 'POST', body: '{"resourceSpans":[]}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(200);
  });

  test('stops when asked, with streams open, and takes its note away', async () => {
    const signedIn = await fetch((await stance(['link', '--data', data])).stdout.trim(), { redirect: 'manual' });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const stream = await fetch(`${address}/api/v1/workspaces/main/events`, { headers: { cookie } });
    expect(stream.status).toBe(200);
    const startedMs = performance.now();
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(existsSync(join(data, 'server.json'))).toBe(false);
    await stream.body?.cancel();
    expect((await stance(['import', 'openapi.yaml', '--data', data], { cwd: dir })).code).toBe(0);
  });
});
