import { describe, expect, it } from 'vitest';
import { seededChance } from '../engine/limits/chance.ts';
import type { LimitSubject } from '../engine/limits/limit-subject.ts';
import { type LimitDelta, Limiter } from '../engine/limits/limiter.ts';
import type { LimitPolicy } from '../engine/policy/policy.ts';
import { limitShareMessage, MemoryLimitShare, MessageLimitShare, readLimitShareMessage, SHARE_MS, SharedLimits } from './limit-share.ts';

const T0 = Date.UTC(2026, 0, 5, 8);
const workers = 4;

function policy(changes: Partial<LimitPolicy>): LimitPolicy {
  const base: LimitPolicy = {
    ...{ name: 'a', by: 'subject', requests: 600, windowSeconds: 60, burst: 20, window: 'rolling', concurrency: null },
    ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
  };
  return { ...base, ...changes };
}

const caller: LimitSubject = {
  ...{ subject: 's', credentialPrint: null, tenant: null, claims: null, accountPrint: undefined, device: null },
  ...{ clientShape: null, address: null, route: 'r' },
};

/** One caller sends `perSecond` requests over all workers by chance; how many got through, shared or not, against one limiter. */
function passed(limit: LimitPolicy, { perSecond, seconds, shared }: { perSecond: number; seconds: number; shared: boolean }) {
  const chance = seededChance(4);
  const share = new MemoryLimitShare();
  let now = T0;
  const limiters = Array.from({ length: workers }, () => new Limiter([limit], 77));
  const joined = shared ? limiters.map((limiter) => new SharedLimits(limiter, share.member(), () => now)) : [];
  const alone = new Limiter([limit], 77);
  const names = ['a'];
  const through = { workers: 0, alone: 0 };
  for (let at = 0; at < seconds * 1000; at++) {
    now = T0 + at;
    if (at % SHARE_MS === SHARE_MS - 1) for (const one of joined) one.exchange();
    for (let left = perSecond / 1000; chance() < left; left--) {
      const which = Math.floor(chance() * workers);
      if (limiters[which]?.check(caller, names, 1, now).objections.length === 0) through.workers++;
      joined[which]?.checked(now);
      if (alone.check(caller, names, 1, now).objections.length === 0) through.alone++;
    }
  }
  return through.workers / through.alone;
}

describe('limits shared between workers', () => {
  it('four workers together let through at most a tenth more than one would, whatever the pressure', () => {
    for (const perSecond of [12, 40, 200, 1000, 4000]) {
      expect(passed(policy({}), { perSecond, seconds: 60, shared: true })).toBeLessThan(1.1);
      expect(passed(policy({ window: 'hour' }), { perSecond, seconds: 60, shared: true })).toBeLessThan(1.1);
    }
  });

  it('a small limit, as for a login, is held as exactly', () => {
    expect(passed(policy({ requests: 10, burst: 2 }), { perSecond: 200, seconds: 60, shared: true })).toBeLessThan(1.1);
  });

  it('without sharing they let through several times as much: the exchange is what holds the limit', () => {
    expect(passed(policy({}), { perSecond: 200, seconds: 60, shared: false })).toBeGreaterThan(3);
  });

  it('a caller below the limit is not refused for being counted twice', () => {
    expect(passed(policy({}), { perSecond: 8, seconds: 60, shared: true })).toBe(1);
  });

  it('use is told once, and goes on through a change of policy', () => {
    const share = new MemoryLimitShare();
    const told: LimitDelta[] = [];
    share.member().onDeltas((deltas) => told.push(...deltas));
    const first = new Limiter([policy({})], 1);
    const joined = new SharedLimits(first, share.member(), () => T0);
    for (let i = 0; i < 3; i++) first.check(caller, ['a'], 2, T0);
    const second = new Limiter([policy({})], 1);
    joined.replace(second);
    second.check(caller, ['a'], 1, T0);
    joined.exchange();
    joined.exchange();
    expect(told.map(({ units }) => units)).toEqual([6, 1]);
  });
});

describe('messages between processes', () => {
  const deltas: LimitDelta[] = [
    { limit: 'a', high: 1, low: 0xffff_ffff, units: 2, quota: 60 },
    { limit: 'b', high: 7, low: 3, units: 0.5, quota: 10 },
    { limit: 'a', high: 9, low: 3, units: 1, quota: 60 },
  ];

  it('carry deltas unchanged through structured cloning', () => {
    const got: LimitDelta[] = [];
    const there = new MessageLimitShare(() => {});
    there.onDeltas((taken) => got.push(...taken));
    const here = new MessageLimitShare((message) => expect(there.receive(structuredClone(message))).toBe(true));
    here.publish(deltas);
    expect(got).toEqual(deltas);
  });

  it('that are malformed are counted and change nothing', () => {
    const good = limitShareMessage(deltas);
    const bad = [
      { ...good, numbers: good.numbers.slice(1) },
      { ...good, numbers: [0, -1, 2, 3, 4] },
      { ...good, numbers: [0, 1, 2, Number.NaN, 4] },
      { ...good, numbers: [5, 1, 2, 3, 4] },
      { ...good, limits: 'a' },
      { ...good, numbers: ['0', 1, 2, 3, 4].map(String) },
      { ...good, numbers: new Array<number>(5 * 5001).fill(1) },
    ];
    const share = new MessageLimitShare(() => {});
    share.onDeltas(() => expect.unreachable());
    for (const message of bad) share.receive(message);
    expect(share.malformed).toBe(bad.length);
    expect([null, 3, { kind: 'other' }].map((message) => share.receive(message))).toEqual([false, false, false]);
    expect(readLimitShareMessage('x')).toBeNull();
  });
});
