/** The configurations in examples/doors, run by the real nginx, Caddy and HAProxy in front of an origin. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, startForwardAuth } from '../../src/gateway/forward-auth.ts';
import { startSpoe } from '../../src/gateway/spoe.ts';
import { freePort, guard, type Origin, policy, type Seen, startOrigin } from './guarded-origin.fixture.ts';

const examples = path.resolve(import.meta.dirname, '../../examples/doors');
const programs = { nginx: 'nginx', Caddy: 'caddy', HAProxy: 'haproxy' } as const;
type Gateway = keyof typeof programs;

/** Longest wait for a gateway to listen, milliseconds. */
const startMsMax = 10_000;

function program(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, name)).find(existsSync) ?? null;
}

interface Ports {
  readonly gateway: number;
  readonly origin: number;
  readonly door: number;
}

/** The example as it stands, on free ports. */
function example(file: string, ports: Ports, into: string): string {
  const text = readFileSync(path.join(examples, file), 'utf8')
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.gateway}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.origin}`)
    .replaceAll('127.0.0.1:7790', `127.0.0.1:${ports.door}`)
    .replaceAll('127.0.0.1:7792', `127.0.0.1:${ports.door}`);
  const copy = path.join(into, path.basename(file));
  // nginx started by root gives its workers to another user, who may not read a private folder.
  writeFileSync(copy, file.endsWith('nginx.conf') && process.getuid?.() === 0 ? `user root;\n${text}` : text);
  return copy;
}

function start(gateway: Gateway, binary: string, ports: Ports, folder: string): ChildProcess {
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  if (gateway === 'nginx') {
    example('nginx/stance.conf', ports, folder);
    example('nginx/nginx.conf', ports, folder);
    mkdirSync(path.join(folder, 'tmp'));
    return spawn(binary, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'ignore', env });
  }
  if (gateway === 'Caddy')
    return spawn(binary, ['run', '--adapter', 'caddyfile', '--config', example('caddy/Caddyfile', ports, folder)], {
      stdio: 'ignore',
      env,
    });
  const spoe = example('haproxy/spoe.conf', ports, folder);
  return spawn(binary, ['-db', '-f', example('haproxy/haproxy.cfg', ports, folder)], {
    stdio: 'ignore',
    env: { ...env, STANCE_SPOE_CONF: spoe },
  });
}

for (const gateway of Object.keys(programs) as Gateway[]) {
  const binary = program(programs[gateway]);
  describe.skipIf(binary === null)(`beside ${gateway} (needs ${programs[gateway]})`, () => {
    let origin: Origin;
    let door: Door;
    let child: ChildProcess;
    let folder: string;
    let base: string;
    let seen: Seen;

    beforeAll(async () => {
      if (binary === null) return;
      folder = mkdtempSync(path.join(tmpdir(), 'stance-door-'));
      origin = await startOrigin();
      const made = guard();
      seen = made.seen;
      const options = { listen: { host: '127.0.0.1', port: 0 }, decider: made.decider, client: policy.client };
      door = gateway === 'HAProxy' ? await startSpoe(options) : await startForwardAuth(options);
      const ports = { gateway: await freePort(), origin: origin.port, door: door.port };
      child = start(gateway, binary, ports, folder);
      base = `http://127.0.0.1:${ports.gateway}`;
      const deadline = Date.now() + startMsMax;
      for (;;) {
        const up = await fetch(`${base}/up`).then(
          (response) => response.status === 200,
          () => false,
        );
        if (up) break;
        if (Date.now() > deadline) throw new Error(`${gateway} does not answer`);
        await wait(50);
      }
    }, 30_000);

    afterAll(async () => {
      child?.kill();
      await door?.close();
      await origin?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    it('what is in order reaches the origin', async () => {
      const response = await fetch(`${base}/orders?page=2`);
      expect([response.status, await response.text(), origin.asked.at(-1)?.target]).toEqual([200, '{"ok":true}', '/orders?page=2']);
    });

    it('an attack is answered 403 with an incident number and never reaches the origin', async () => {
      const before = origin.asked.length;
      const response = await fetch(`${base}/orders?id=${encodeURIComponent("1' or '1'='1' -- ")}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
      expect(response.headers.get('x-stance-incident')).toBe(seen.decisions.at(-1)?.incident);
      expect(origin.asked.length).toBe(before);
    });

    it('429 and Retry-After survive', async () => {
      await fetch(`${base}/limited`);
      await fetch(`${base}/limited`);
      const response = await fetch(`${base}/limited`);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('401 comes with one challenge', async () => {
      const response = await fetch(`${base}/private`);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    });

    it('fields that a client makes up change neither what is judged nor who is told to be calling', async () => {
      const response = await fetch(`${base}/private`, {
        headers: {
          ...{ 'X-Forwarded-Uri': '/up', 'X-Forwarded-Method': 'GET', 'X-Original-URI': '/up', 'X-Original-Method': 'GET' },
          ...{ 'X-Stance-Subject': 'root', 'X-Stance-Status': '200' },
        },
      });
      expect(response.status).toBe(401);
      await fetch(`${base}/orders`, { headers: { 'X-Stance-Subject': 'root' } });
      expect(origin.asked.at(-1)?.subject ?? '').toBe('');
    });

    it('the client is the one that came to the gateway, whatever it claims', async () => {
      await fetch(`${base}/orders?id=${encodeURIComponent('<script>alert(1)</script>')}`, {
        headers: { 'X-Forwarded-For': '198.51.100.7' },
      });
      expect(seen.decisions.at(-1)?.network).toBe('127.0.0.0/24');
    });

    it(gateway === 'HAProxy' ? 'a body is looked at' : 'a body is passed on untouched, and not asked about', async () => {
      const body = JSON.stringify({ note: '<script>alert(1)</script>' });
      const response = await fetch(`${base}/orders`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (gateway === 'HAProxy') expect(response.status).toBe(403);
      else expect([response.status, origin.asked.at(-1)?.body]).toEqual([200, body]);
    });

    it('nothing passes while the guard is away', async () => {
      await door.close();
      const before = origin.asked.length;
      const response = await fetch(`${base}/orders`);
      expect([response.status >= 500, origin.asked.length]).toEqual([true, before]);
    });
  });
}
