import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workspaceHost } from '../cli/workspace-host.ts';
import { catalogue } from '../engine/controls/catalogue.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import { sampleStatus } from '../store/decision-samples.fixture.ts';
import { guardIntake } from '../workspace/guard-intake.ts';
import { suggestedRowsMax } from '../workspace/limit-suggestions.ts';
import type { LimitSuggestions, OperationPage } from './contract.ts';
import { startTestServer, type TestServer } from './server.fixture.ts';

let server: TestServer;
let dir: string;
let ask: (path: string) => Promise<{ readonly status: number; readonly json: unknown }>;
const nowMs = Date.now();
const fingerprint = (purpose: string, value: string) => `${purpose}-${value}`.padEnd(22, '_').slice(0, 22);
const context = { fingerprint, segment: pathSegmenter(fingerprint) };

/** More calls than one page holds, several of one millisecond, by callers with a name. */
const calls = Array.from({ length: 2_500 }, (_, at) =>
  record(
    {
      ...emptyExchange,
      ...{ atMs: nowMs - 3_600_000 + Math.floor(at / 5) * 7_000, host: 'api.shop.example', service: 'shop', path: `/orders/${at}` },
      ...{ status: 200, requestHeaders: [], principal: `user-${at % 50}`, clientAddress: '192.0.2.1' },
    },
    context,
  ),
);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-limits-'));
  server = await startTestServer({ host: workspaceHost({ dir, url: null }, 'test'), catalogue });
  await server.app.openAll('test');
  const { call } = await server.signIn();
  ask = (path) => call(`/workspaces/main/limits/suggestions${path}`);
  const workspace = await server.app.workspace('main');
  const intake = guardIntake(workspace);
  const batch = { worker: '42-a', seq: 1, atMs: nowMs, observations: calls, decisions: [], minutes: [], losses: [] };
  expect(await intake.take({ ...batch, status: sampleStatus({}) })).toBe(true);
  await intake.close();
  await workspace.rebuild();
});

afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

test('every call that was recorded counts once, by who made it', async () => {
  const { rows, yaml } = (await ask('')).json as LimitSuggestions;
  expect(calls.length).toBeLessThan(suggestedRowsMax);
  expect(rows).toMatchObject([{ method: 'GET', suggestion: { kind: 'limit', basis: { requests: 2_500, callers: 50 } } }]);
  expect(yaml).toContain('mode: log');
});

test('one address in front of everybody is too few callers to tell anything', async () => {
  const { rows, yaml } = (await ask('?by=address')).json as LimitSuggestions;
  expect(rows).toMatchObject([{ suggestion: { kind: 'too-little', by: 'address' } }]);
  expect(yaml).not.toContain('limits:');
});

test('one operation is asked for by its id, and one that is not there is told so', async () => {
  const { store } = await server.app.workspace('main');
  const [operation] = (await store.listOperations({})).rows as OperationPage['rows'];
  expect(((await ask(`?operation=${operation?.id}`)).json as LimitSuggestions).rows).toHaveLength(1);
  expect((await ask('?operation=none')).status).toBe(404);
  expect((await ask('?by=device')).status).toBe(400);
});
