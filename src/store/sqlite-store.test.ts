import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decisionRecordsContract } from './decision-records.contract.ts';
import { openStore } from './open-store.ts';
import { policyVersionsContract } from './policy-versions.contract.ts';
import { storeContract } from './store.contract.ts';
import { START_MS, sampleBatch, sampleExchange } from './store-samples.fixture.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-store-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

storeContract('SQLite', () => ({ dir }));
decisionRecordsContract('SQLite', () => ({ dir }));
policyVersionsContract('SQLite', () => ({ dir }));

test('a SQLite store gives the room of trimmed exchanges back to the disk', async () => {
  const options = { dir, workspace: 'trimmed', mode: 'write', now: () => START_MS } as const;
  const sizeOf = async () => {
    const store = await openStore(options);
    const size = (await store.sizeBytes()) ?? 0;
    await store.close();
    return size;
  };
  const store = await openStore(options);
  // Texts that do not compress, so that the rows fill about two megabytes.
  const agent = (at: number) => Array.from({ length: 12 }, (_, part) => Math.imul(at * 12 + part + 1, 2654435761).toString(36)).join('');
  await store.commitImport(sampleBatch({ exchanges: Array.from({ length: 40_000 }, (_, at) => sampleExchange(at, { agent: agent(at) })) }));
  await store.close();
  const before = await sizeOf();
  const again = await openStore(options);
  expect(await again.trimExchanges({ beforeMs: START_MS, bytesMax: 0 })).toBe(40_000);
  await again.close();
  expect(before).toBeGreaterThan(1e6);
  expect(await sizeOf()).toBeLessThan(before / 2);
});
