import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, type KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';

function hashOf(text: string, seed = 1): KeyHash {
  const hash = { high: 0, low: 0 };
  hashKey(seed, 1, text, hash);
  return hash;
}

describe('a table of keys', () => {
  it('answers as a map does while it is not full, whatever order keys come and die in', () => {
    const steps = fc.array(fc.record({ key: fc.integer({ min: 0, max: 300 }), value: fc.integer({ min: 1, max: 1000 }) }), {
      maxLength: 800,
    });
    fc.assert(
      fc.property(steps, (plan) => {
        const table = new KeyTable(100_000);
        const model = new Map<number, number>();
        let dead = 0;
        for (const { key, value } of plan) {
          dead += 0.5;
          const { high, low } = hashOf(`k${key}`);
          expect(table.get(high, low, dead)).toBe(Math.max(dead, model.get(key) ?? 0));
          table.put(high, low, dead + value, dead);
          model.set(key, dead + value);
        }
        expect(table.live(dead)).toBe([...model.values()].filter((value) => value > dead).length);
      }),
      { numRuns: 200 },
    );
  });

  it('never answers below the truth when it is full, unless it was told to forget', () => {
    const strict = new KeyTable(2000);
    const forgetful = new KeyTable(2000, 'forget');
    const truth = new Map<string, number>();
    let forgotten = 0;
    for (let n = 0; n < 30_000; n++) {
      const key = `k${(n * 7919) % 9000}`;
      const { high, low } = hashOf(key);
      const known = strict.get(high, low, 0);
      expect(known).toBeGreaterThanOrEqual(truth.get(key) ?? 0);
      strict.put(high, low, known + 1, 0);
      truth.set(key, known + 1);
      if (forgetful.get(high, low, 0) < (truth.get(key) ?? 0) - 1) forgotten++;
      forgetful.put(high, low, known + 1, 0);
    }
    expect(strict.pushedOut).toBeGreaterThan(0);
    expect(forgotten).toBeGreaterThan(0);
    expect(strict.bytes).toBeLessThan(256 * 16 * 20);
  });

  it('takes at most 24 B a key from a hundred thousand keys on', () => {
    const table = new KeyTable(2_000_000);
    for (let n = 0; n < 400_000; n++) {
      const { high, low } = hashOf(`key ${n}`);
      table.get(high, low, 0);
      table.put(high, low, 1, 0);
      if (n >= 100_000 && n % 50_000 === 0) expect(table.bytes / (n + 1)).toBeLessThan(24);
    }
    expect(table.live(0)).toBe(400_000);
  });
});

describe('the hash of a key', () => {
  it('spreads keys that differ in little evenly, and otherwise under another seed', () => {
    const counts = new Array<number>(256).fill(0);
    let same = 0;
    for (let n = 0; n < 65_536; n++) {
      const { high, low } = hashOf(`10.0.${n >> 8}.${n & 255}`);
      const bucket = high >>> 24;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      if (hashOf(`10.0.${n >> 8}.${n & 255}`, 2).low === low) same++;
    }
    // 256 expected in each; six standard deviations are 96.
    expect(Math.max(...counts)).toBeLessThan(352);
    expect(Math.min(...counts)).toBeGreaterThan(160);
    expect(same).toBeLessThan(3);
  });

  it('has no two keys alike among half a million, also where two characters change together', () => {
    const seen = new Set<number>();
    for (let n = 0; n < 500_000; n++) {
      const { high, low } = hashOf(String.fromCharCode(n & 255, 0x8000 | ((n >> 8) & 255)) + String.fromCharCode(n >> 16, 0x8001, n & 3));
      seen.add(high * 0x200000 + (low >>> 11));
    }
    expect(seen.size).toBe(500_000);
  });
});
