import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { applyProposed } from './change-policy.ts';
import { openWorkspace } from './open-workspace.ts';
import { PolicyVersions } from './policy-versions.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const proposed = {
  yaml: 'limits:\n  login: { by: identity, requests: 30, window: 600s, mode: log }\nroutes:\n  - match: { methods: [POST], paths: ["/v1/login"] }\n    limits: [login]\n',
  limits: ['login'],
  says: [],
  measuredMs: nowMs,
};

test('an accepted policy is a version of its own in log mode, keeps what was in force, is audited and can be rolled back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stance-change-'));
  folders.push(dir);
  const workspace = await openWorkspace({ dir, mode: 'write', now: () => nowMs });
  try {
    const { store } = workspace;
    const versions = new PolicyVersions(store, () => nowMs);
    expect(await applyProposed(store, proposed, 'mara', () => nowMs)).toBe(1);
    const more = { ...proposed, yaml: proposed.yaml.replaceAll('login', 'orders'), limits: ['orders'] };
    expect(await applyProposed(store, more, 'mara', () => nowMs)).toBe(2);
    const { active } = await versions.policies();
    expect(active?.limits.map(({ name, mode }) => `${name} ${mode}`).sort()).toEqual(['login log', 'orders log']);
    expect(active?.routes).toHaveLength(2);
    await expect(applyProposed(store, more, 'mara', () => nowMs)).rejects.toMatchObject({ code: 'conflict' });
    expect((await store.listAudit(1))[0]).toMatchObject({ actor: 'mara', action: 'policy.apply', subject: 'p2' });
    await versions.rollBack({ to: null, actor: 'mara', because: 'undo' });
    expect((await versions.policies()).active?.limits.map(({ name }) => name)).toEqual(['login']);
  } finally {
    await workspace.close();
  }
});
