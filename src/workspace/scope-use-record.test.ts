import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScopeUseRow } from '../engine/access/scope-use.ts';
import { openWorkspace } from './open-workspace.ts';
import { addScopeUse, scopeUseFindings } from './scope-use-record.ts';
import type { Workspace } from './use-cases.ts';

const day = 86_400_000;
let dir: string;
let workspace: Workspace;
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'stance-scopes-'));
  workspace = await openWorkspace({ dir, mode: 'write' });
});
afterEach(async () => {
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

const row = (client: string, calls: number, needed: number): ScopeUseRow => ({
  client,
  calls,
  untold: 0,
  lastMs: 8 * day,
  scopes: [{ scope: 'orders:write', carried: calls, needed, firstMs: 0 }],
});

test('what several workers counted adds up to one finding about a scope nobody needs', async () => {
  await addScopeUse(workspace.store, [row('one', 200, 0)]);
  expect(await scopeUseFindings(workspace.store)).toEqual([]);
  await addScopeUse(workspace.store, [row('one', 200, 0)]);
  expect((await scopeUseFindings(workspace.store)).map(({ rule, subject }) => [rule, subject])).toEqual([
    ['access.scope-unused', 'orders:write'],
  ]);
});

test('a scope that one call in many needed is needed', async () => {
  await addScopeUse(workspace.store, [row('one', 400, 0), row('one', 400, 1)]);
  expect(await scopeUseFindings(workspace.store)).toEqual([]);
});

test('more callers than fit are kept by their calls', async () => {
  await addScopeUse(
    workspace.store,
    Array.from({ length: 3000 }, (_, at) => row(`caller ${at}`, at === 7 ? 5000 : 301, 0)),
  );
  const [finding] = await scopeUseFindings(workspace.store);
  expect(finding?.detail).toContain('callers carried');
  await addScopeUse(workspace.store, [row('caller 7', 1, 1)]);
  expect((await workspace.store.getMeta('scope-use'))?.length).toBeLessThanOrEqual(60_000);
});
