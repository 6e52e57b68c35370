import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { readPolicy } from '../sources/policy-file.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { PolicyVersions } from './policy-versions.ts';

let dir = '';
let store: Store;
let nowMs = 1000;
let versions: PolicyVersions;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-versions-'));
  store = await openStore({ dir, workspace: 'main', mode: 'write', now: () => nowMs });
  versions = new PolicyVersions(store, () => nowMs);
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

function apply(text: string) {
  const policy = readPolicy(text, { file: 'p', base: defaultPolicy });
  return versions.apply({ text, policy, actor: 'ann', proof: null, because: null });
}

const canary = 'canary: { share: 0.2, refused-max: 0.01, for: 1h }\n';

test('what is applied is in force under its number, reads back, and is in the audit', async () => {
  expect(await versions.inForce()).toEqual({ active: null, candidate: null });
  expect(await apply('mode: log\n')).toEqual({ number: 1, onTrial: false });
  expect(await versions.policies()).toMatchObject({ active: { version: 'p1', mode: 'log' }, candidate: null });
  expect(await store.listAudit(10)).toMatchObject([{ actor: 'ann', action: 'policy.apply', subject: 'p1' }]);
});

test('rolling back puts the version before in force, forward again by its number, and keeps both in the audit', async () => {
  await apply('mode: log\n');
  await apply('mode: block\n');
  expect(await versions.rollBack({ to: null, actor: 'bob', because: 'too strict' })).toEqual({ from: 2, to: 1 });
  expect((await versions.policies()).active?.mode).toBe('log');
  expect(await versions.rollBack({ to: 2, actor: 'bob', because: 'was not it' })).toEqual({ from: 1, to: 2 });
  expect((await store.listAudit(10)).map(({ subject, detail }) => [subject, detail]).slice(0, 2)).toEqual([
    ['p2', 'from p1: was not it'],
    ['p1', 'from p2: too strict'],
  ]);
  await expect(versions.rollBack({ to: 2, actor: 'bob', because: '' })).rejects.toMatchObject({ code: 'nothing-to-do' });
  await expect(versions.rollBack({ to: 9, actor: 'bob', because: '' })).rejects.toMatchObject({ code: 'not-found' });
});

test('before the first version stands what a guard goes by without any', async () => {
  await expect(versions.rollBack({ to: null, actor: 'bob', because: '' })).rejects.toMatchObject({ code: 'nothing-to-do' });
  await apply('mode: log\n');
  expect(await versions.rollBack({ to: null, actor: 'bob', because: '' })).toEqual({ from: 1, to: 0 });
  expect((await versions.policies()).active).toBeNull();
  await expect(versions.rollBack({ to: null, actor: 'bob', because: '' })).rejects.toMatchObject({ code: 'nothing-to-do' });
  expect(await versions.rollBack({ to: 1, actor: 'bob', because: 'was right' })).toMatchObject({ to: 1 });
});

test('a policy with a canary is tried on a share of clients, and the first policy never is', async () => {
  expect(await apply(`mode: log\n${canary}`)).toEqual({ number: 1, onTrial: false });
  expect(await apply(`mode: block\n${canary}`)).toEqual({ number: 2, onTrial: true });
  expect(await versions.policies()).toMatchObject({
    active: { version: 'p1' },
    candidate: { version: 'p2' },
    inForce: { candidate: { number: 2, share: 0.2, sinceMs: 1000 } },
  });
  expect(await versions.rollBack({ to: null, actor: 'bob', because: 'no' })).toEqual({ from: 2, to: 1 });
  expect((await versions.inForce()).candidate).toBeNull();
});

test('a trial that does harm is taken back by itself, one that does none is promoted when its time is over', async () => {
  await apply('mode: log\n');
  await apply(`mode: block\n${canary}`);
  const present = { requests: 90_000, refused: 90 };
  expect(await versions.settleTrial({ present, candidate: { requests: 10, refused: 10 } })).toMatchObject({ kind: 'go-on' });
  expect(await versions.settleTrial({ present, candidate: { requests: 1000, refused: 200 } })).toMatchObject({ kind: 'roll-back' });
  expect(await versions.inForce()).toEqual({ active: 1, candidate: null });
  expect((await store.listAudit(1))[0]).toMatchObject({ actor: 'canary', action: 'policy.rollback', subject: 'p2' });
  expect(await versions.settleTrial({ present, candidate: present })).toBeNull();

  await apply(`mode: block\n${canary}`);
  expect(await versions.settleTrial({ present, candidate: { requests: 10_000, refused: 10 } })).toMatchObject({ kind: 'go-on' });
  nowMs += 3_600_000;
  expect(await versions.settleTrial({ present, candidate: { requests: 10_000, refused: 10 } })).toMatchObject({ kind: 'promote' });
  expect(await versions.inForce()).toEqual({ active: 3, candidate: null });
});
