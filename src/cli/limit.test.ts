import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { readPolicy } from '../sources/policy-file.ts';
import type { OperationLimit } from '../workspace/limit-suggestions.ts';
import { stance } from './cli.fixture.ts';

let dir = '';
const run = (...args: string[]) => stance(['limit', 'suggest', ...args, '--data', join(dir, 'data')], { cwd: dir });

/** An hour of 40 callers with ten calls each to one operation, and two calls to another. */
function log(): string {
  const lines: string[] = [];
  const line = (seconds: number, caller: number, uri: string) =>
    lines.push(
      JSON.stringify({
        time: new Date(Date.UTC(2026, 0, 5, 10, 0, seconds)).toISOString(),
        ...{ method: 'GET', uri, status: 200, remote_addr: `192.0.2.${caller}`, host: 'api.acme.example', bytes_sent: 10 },
      }),
    );
  for (let at = 0; at < 400; at++) line(at * 9, at % 40, `/v1/orders/${1000 + at}`);
  line(10, 1, '/v1/stock');
  line(20, 2, '/v1/stock');
  return `${lines.join('\n')}\n`;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-limit-'));
  writeFileSync(join(dir, 'access.log'), log());
  const imported = await stance(['import', 'access.log', '--data', join(dir, 'data')], { cwd: dir });
  expect(imported.stderr).not.toContain('rror');
}, 30_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('each operation gets a limit that its own callers keep, or the reason why there is none', async () => {
  const { code, stdout } = await run('--json');
  const found = JSON.parse(stdout) as OperationLimit[];
  expect(code).toBe(0);
  expect(found.map(({ template, suggestion }) => [template.startsWith('/v1/orders/'), suggestion.kind])).toEqual([
    [true, 'limit'],
    [false, 'too-little'],
  ]);
  expect(found[0]?.suggestion).toMatchObject({ by: 'identity', basis: { requests: 400, callers: 40 }, limit: { callersHit: 0 } });
  expect(found[1]?.suggestion).toMatchObject({ because: expect.stringContaining('200 are needed') });
});

test('what is printed for a policy is one: limits that only log, each with its route', async () => {
  const { stdout } = await run('--yaml');
  const policy = readPolicy(stdout, { file: 'pasted.yaml', base: defaultPolicy });
  expect(policy.limits).toMatchObject([{ by: 'identity', windowSeconds: 600, window: 'rolling', mode: 'log' }]);
  expect(policy.routes).toMatchObject([{ match: { methods: ['GET'] }, limits: [policy.limits[0]?.name] }]);
});

test('too little traffic is said, and the exit code is that there is nothing to do', async () => {
  const { code, stdout, stderr } = await run('GET', '/v1/stock');
  expect([code, stdout]).toEqual([3, expect.stringContaining('2 requests were seen')]);
  expect(stderr).toContain('Too little was recorded');
});

test('the reverse proxy answers to its other name with the same options', async () => {
  const options = async (name: string) => (await stance([name, '--help'])).stdout.split('\n').filter((line) => /^ +-/.test(line));
  expect(await options('proxy')).toEqual(await options('guard'));
  expect((await options('guard')).some((line) => line.includes('--upstream'))).toBe(true);
});
