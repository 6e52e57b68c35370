/** What every store promises about versions of the policy, run on each engine inside its test file. */
import { describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import { START_MS } from './store-samples.fixture.ts';
import type { StorePlace } from './workspace-name.ts';

let made = 0;

export function policyVersionsContract(engine: string, place: () => StorePlace): void {
  describe(`policy versions on ${engine}`, () => {
    test('are numbered, come back exactly, newest first, and outlive the process', async () => {
      const options = { ...place(), workspace: `policies-${++made}`, mode: 'write', now: () => START_MS } as const;
      const version = (text: string) => ({ atMs: START_MS, actor: 'ann', digest: 'd-1', because: null, proof: { days: 3 }, text });
      const first = await openStore(options);
      expect(await first.getPolicyVersion(1)).toBeNull();
      const odd = 'mode: log # \0 \uD800 ümlaut\n';
      expect(await first.addPolicyVersion(version(odd))).toBe(1);
      expect(await first.addPolicyVersion({ ...version('mode: block\n'), because: 'sure' })).toBe(2);
      await first.close();
      const store = await openStore(options);
      try {
        expect(await store.getPolicyVersion(1)).toEqual({ number: 1, ...version(odd) });
        expect(await store.listPolicyVersions(10)).toEqual([
          { number: 2, atMs: START_MS, actor: 'ann', digest: 'd-1', because: 'sure', proof: { days: 3 } },
          { number: 1, atMs: START_MS, actor: 'ann', digest: 'd-1', because: null, proof: { days: 3 } },
        ]);
        expect((await store.listPolicyVersions(1)).map(({ number }) => number)).toEqual([2]);
        await expect(store.addPolicyVersion(version('x'.repeat(8 * 1024 * 1024 + 1)))).rejects.toMatchObject({ code: 'too-large' });
        expect(await store.addPolicyVersion(version(''))).toBe(3);
      } finally {
        await store.close();
      }
    });
  });
}
