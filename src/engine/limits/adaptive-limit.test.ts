import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { seededChance } from './chance.ts';

interface Upstream {
  readonly slots: number;
  readonly serviceMs: number;
}

/** An upstream with slots that is always given as much as the limit allows; returns the share of its slots in use, by phase. */
function pressed(phases: readonly (Upstream & { readonly seconds: number })[], options = { min: 10, max: 400 }) {
  const limit = new AdaptiveLimit(options);
  const chance = seededChance(7);
  let running: { start: number; end: number }[] = [];
  const waiting: number[] = [];
  let now = 0;
  return phases.map(({ slots, serviceMs, seconds }) => {
    const end = now + seconds * 1000;
    const settled = now + seconds * 500;
    let used = 0;
    let took = 0;
    let ended = 0;
    for (; now < end; now++) {
      for (const one of running)
        if (one.end <= now) {
          limit.sample({ operation: 1, cost: 1, tookMs: now - one.start, isFailed: false }, running.length + waiting.length, now);
          if (now > settled) {
            took += now - one.start;
            ended++;
          }
        }
      running = running.filter((one) => one.end > now);
      while (running.length + waiting.length < limit.limit) waiting.push(now);
      while (running.length < slots && waiting.length > 0)
        running.push({ start: waiting.shift() ?? now, end: now + serviceMs * (0.5 + chance()) });
      if (now > settled) used += running.length / slots;
    }
    return { used: used / (seconds * 500), slowness: took / ended / serviceMs, limit: limit.limit };
  });
}

describe('the adaptive limit', () => {
  it('finds the size of an upstream it is pressed against from the start, and keeps its queue short', () => {
    for (const slots of [12, 64, 200]) {
      const [only] = pressed([{ slots, serviceMs: 20, seconds: 60 }]);
      expect(only?.used).toBeGreaterThan(0.97);
      expect(only?.slowness).toBeLessThan(2);
    }
  });

  it('follows an upstream that becomes three times slower, and one that becomes larger, without rest', () => {
    const [, slower, larger] = pressed([
      { slots: 40, serviceMs: 20, seconds: 30 },
      { slots: 40, serviceMs: 60, seconds: 90 },
      { slots: 100, serviceMs: 60, seconds: 120 },
    ]);
    expect(slower?.used).toBeGreaterThan(0.9);
    expect(larger?.used).toBeGreaterThan(0.9);
  });

  it('follows one that becomes smaller within seconds', () => {
    const [, smaller] = pressed([
      { slots: 100, serviceMs: 20, seconds: 30 },
      { slots: 25, serviceMs: 20, seconds: 30 },
    ]);
    expect(smaller?.slowness).toBeLessThan(3);
    expect(smaller?.used).toBeGreaterThan(0.95);
  });

  it('never leaves its bounds', () => {
    const [small, large] = [
      { min: 5, max: 8 },
      { min: 300, max: 310 },
    ].map((options) => pressed([{ slots: 64, serviceMs: 20, seconds: 10 }], options)[0]);
    expect(small?.limit).toBeLessThanOrEqual(8);
    expect(large?.limit).toBeGreaterThanOrEqual(275);
  });
});
