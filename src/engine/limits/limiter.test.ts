import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LimitPolicy } from '../policy/policy.ts';
import type { LimitSubject } from './limit-subject.ts';
import { Limiter } from './limiter.ts';

const T0 = Date.UTC(2026, 0, 31, 23, 59, 0);

function policy(name: string, changes: Partial<LimitPolicy> = {}): LimitPolicy {
  const base: LimitPolicy = {
    ...{ name, by: 'identity', requests: 60, windowSeconds: 60, burst: 4, window: 'rolling', concurrency: null },
    ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
  };
  return { ...base, ...changes };
}

function subject(changes: Partial<LimitSubject> = {}): LimitSubject {
  return {
    ...{ subject: null, credentialPrint: null, tenant: null, claims: null, accountPrint: undefined, device: null },
    ...{ clientShape: null, address: '203.0.113.7', route: 'r1' },
    ...changes,
  };
}

const allows = (limiter: Limiter, who: LimitSubject, names: readonly string[], nowMs: number, cost = 1) =>
  limiter.check(who, names, cost, nowMs).objections.length === 0;

describe('rolling limits', () => {
  it('one and the burst come at once, then the sustained rate holds', () => {
    const limiter = new Limiter([policy('a')], 1);
    const at = (ms: number) => allows(limiter, subject(), ['a'], T0 + ms);
    expect([0, 0, 0, 0, 0, 0].map(at)).toEqual([true, true, true, true, true, false]);
    expect(at(999)).toBe(false);
    expect([1000, 1000].map(at)).toEqual([true, false]);
  });

  it('the advised wait is just enough', () => {
    const limiter = new Limiter([policy('a', { requests: 7, windowSeconds: 13 })], 1);
    let now = T0;
    for (let i = 0; i < 200; i++) {
      const [objection] = limiter.check(subject(), ['a'], 1 + (i % 3), now).objections;
      if (objection === undefined) continue;
      const wait = objection.retryAfterMs ?? 0;
      expect(wait).toBeGreaterThan(0);
      expect(allows(limiter, subject(), ['a'], now + wait - 1.001, 1 + (i % 3))).toBe(false);
      expect(allows(limiter, subject(), ['a'], now + wait, 1 + (i % 3))).toBe(true);
      now += wait;
    }
  });

  it('a request dearer than the burst passes only when nothing is owed; one dearer than the quota never', () => {
    const limiter = new Limiter([policy('a')], 1);
    expect(allows(limiter, subject(), ['a'], T0, 30)).toBe(true);
    expect(allows(limiter, subject(), ['a'], T0 + 25_900)).toBe(false);
    expect(allows(limiter, subject(), ['a'], T0 + 26_000)).toBe(true);
    const [never] = new Limiter([policy('a')], 1).check(subject(), ['a'], 61, T0).objections;
    expect(never).toMatchObject({ rule: 'limits.a', status: 429 });
    expect(never?.retryAfterMs).toBeUndefined();
  });
});

describe('calendar windows', () => {
  it('count whole UTC months and begin anew with the next', () => {
    const limiter = new Limiter([policy('m', { window: 'month', requests: 3 })], 1);
    const got = [T0, T0, T0, T0, T0 + 60_000].map((now) => limiter.check(subject(), ['m'], 1, now));
    expect(got.map(({ objections }) => objections.length)).toEqual([0, 0, 0, 1, 0]);
    expect(got[3]?.objections[0]?.retryAfterMs).toBe(60_000);
    expect(got[4]?.standings[0]?.remaining).toBe(2);
  });

  it('a plan of the caller sets the quota, an unknown plan does not', () => {
    const limiter = new Limiter([policy('d', { window: 'day', requests: 1, plans: { gold: 3 }, planClaim: 'plan' })], 1);
    const by = (name: string, plan: string) =>
      [0, 1, 2, 3].filter(() => allows(limiter, subject({ subject: name, claims: { plan } }), ['d'], T0)).length;
    expect([by('a', 'gold'), by('b', 'tin'), by('c', 'constructor')]).toEqual([3, 1, 1]);
  });
});

describe('several limits', () => {
  it('a refusal by one costs nothing in the others', () => {
    const limiter = new Limiter([policy('wide', { burst: 9 }), policy('tight', { burst: 0 })], 1);
    const both = ['wide', 'tight'];
    for (let i = 0; i < 50; i++) limiter.check(subject(), both, 1, T0);
    expect(limiter.check(subject(), ['wide'], 1, T0).standings[0]?.remaining).toBe(8);
  });

  it('a limit in log mode objects, lets the request through and keeps the others counting', () => {
    const limiter = new Limiter([policy('wide', { burst: 9 }), policy('tight', { burst: 0, mode: 'log' })], 1);
    const got = [0, 1, 2].map(() => limiter.check(subject(), ['wide', 'tight'], 1, T0));
    expect(got.map(({ objections }) => objections.map(({ mode }) => mode))).toEqual([[], ['log'], ['log']]);
    expect(got[2]?.standings[0]?.remaining).toBe(7);
  });

  it('requests in flight are bounded per key and freed once', () => {
    const limiter = new Limiter([policy('c', { concurrency: 2, burst: 50 })], 1);
    const first = limiter.check(subject(), ['c'], 1, T0);
    const second = limiter.check(subject(), ['c'], 1, T0);
    expect(limiter.check(subject(), ['c'], 1, T0)).toMatchObject({ objections: [{ status: 429 }], tickets: null });
    limiter.release(first.tickets);
    limiter.release(first.tickets);
    const third = limiter.check(subject(), ['c'], 1, T0);
    expect(third.objections).toEqual([]);
    expect(limiter.check(subject(), ['c'], 1, T0).objections).toHaveLength(1);
    limiter.release(second.tickets);
    limiter.release(third.tickets);
    expect(allows(limiter, subject(), ['c'], T0)).toBe(true);
  });
});

describe('whom a limit counts', () => {
  it('people behind one address are told apart by what proves them, else by shape, else not at all', () => {
    const counted = (a: Partial<LimitSubject>, b: Partial<LimitSubject>) => {
      const limiter = new Limiter([policy('a', { burst: 0 })], 1);
      allows(limiter, subject(a), ['a'], T0);
      return allows(limiter, subject(b), ['a'], T0) ? 'apart' : 'together';
    };
    expect(counted({ subject: 'x' }, { subject: 'y' })).toBe('apart');
    expect(counted({ subject: 'x' }, { subject: 'x', address: '198.51.100.1' })).toBe('together');
    expect(counted({ credentialPrint: 'k' }, { credentialPrint: 'l' })).toBe('apart');
    expect(counted({ device: 'd' }, { device: 'e' })).toBe('apart');
    expect(counted({ clientShape: 'd' }, { clientShape: 'e' })).toBe('apart');
    expect(counted({}, {})).toBe('together');
    expect(counted({ address: '2001:db8::1' }, { address: '2001:db8:0:0:ffff::2' })).toBe('together');
    expect(counted({ address: '2001:db8::1' }, { address: '2001:db8:0:1::1' })).toBe('apart');
    expect(counted({ address: null }, { address: null })).toBe('together');
    expect(counted({ subject: '203.0.113.7' }, {})).toBe('apart');
  });

  it('a limit by account waits for the body, and a login that names none counts for its address', () => {
    const limiter = new Limiter([policy('login', { by: 'account', burst: 0 })], 1);
    const names = ['login'];
    expect([0, 1, 2].every(() => allows(limiter, subject(), names, T0))).toBe(true);
    expect(limiter.bodyNames(names)).toEqual(['login']);
    expect(allows(limiter, subject({ accountPrint: 'ann' }), names, T0)).toBe(true);
    expect(allows(limiter, subject({ accountPrint: 'ann', address: '198.51.100.9' }), names, T0)).toBe(false);
    expect(allows(limiter, subject({ accountPrint: null }), names, T0)).toBe(true);
    expect(allows(limiter, subject({ accountPrint: null }), names, T0)).toBe(false);
  });
});

describe('bounds', () => {
  it('a table flooded with keys never forgets what a key used', () => {
    const limiter = new Limiter([policy('login', { by: 'account', requests: 10, burst: 9, windowSeconds: 3600 })], 7, 4096);
    const victim = subject({ accountPrint: 'victim' });
    const names = ['login'];
    const used = [1, 2, 3, 4, 5].filter(() => allows(limiter, victim, names, T0)).length;
    for (let i = 0; i < 60_000; i++) allows(limiter, subject({ accountPrint: `made-up-${i}` }), names, T0 + i / 100);
    expect(limiter.figures().pushedOut).toBeGreaterThan(0);
    const later = [1, 2, 3, 4, 5, 6, 7, 8].filter(() => allows(limiter, victim, names, T0 + 700)).length;
    expect(used + later).toBeLessThanOrEqual(10);
    expect(limiter.figures().bytes).toBeLessThan(4096 * 24);
  });

  it('keys that owe nothing any more make room', () => {
    const limiter = new Limiter([policy('a', { windowSeconds: 1 })], 7, 4096);
    for (let i = 0; i < 200_000; i++) allows(limiter, subject({ subject: `s${i}` }), ['a'], T0 + i * 10);
    expect(limiter.figures()).toMatchObject({ pushedOut: 0 });
    expect(limiter.figures().keys).toBeLessThan(10);
  });
});

const steps = fc.array(
  fc.record({ who: fc.integer({ min: 0, max: 3 }), after: fc.integer({ min: -5000, max: 5000 }), cost: fc.integer({ min: 1, max: 6 }) }),
  { minLength: 1, maxLength: 120 },
);
const shapes = fc.record({
  requests: fc.integer({ min: 1, max: 200 }),
  more: fc.integer({ min: 0, max: 500 }),
  windowSeconds: fc.integer({ min: 1, max: 7200 }),
  burst: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
  window: fc.constantFrom('rolling', 'hour', 'day', 'month') as fc.Arbitrary<LimitPolicy['window']>,
});

function walk(limiter: Limiter, plan: readonly { who: number; after: number; cost: number }[]) {
  let now = T0;
  const decisions = plan.map(({ who, after, cost }) => {
    now += after;
    return limiter.check(subject({ subject: `s${who}` }), ['a'], cost, now);
  });
  return { decisions, now };
}

describe('laws', () => {
  it('from the same state a higher limit never turns allow into deny', () => {
    fc.assert(
      fc.property(steps, shapes, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 6 }), (plan, { more, ...shape }, who, cost) => {
        const make = () => {
          const limiter = new Limiter([policy('a', shape)], 3);
          return { limiter, now: walk(limiter, plan).now };
        };
        const { limiter: low, now } = make();
        const high = new Limiter([policy('a', { ...shape, requests: shape.requests + more })], 3);
        high.adopt(make().limiter, now);
        const person = subject({ subject: `s${who}` });
        if (allows(low, person, ['a'], now, cost)) expect(allows(high, person, ['a'], now, cost)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('the same requests at the same instants get the same answers', () => {
    fc.assert(
      fc.property(steps, shapes, (plan, shape) => {
        const run = () => JSON.stringify(walk(new Limiter([policy('a', shape)], 3), plan).decisions);
        expect(run()).toBe(run());
      }),
    );
  });

  it('a clock set back wins nobody a unit and costs nobody more than standing still', () => {
    fc.assert(
      fc.property(steps, shapes, (plan, shape) => {
        const jumping = walk(new Limiter([policy('a', shape)], 3), plan).decisions;
        if (shape.window === 'rolling') {
          const still = plan.map((step) => ({ ...step, after: Math.max(0, step.after) }));
          const steady = walk(new Limiter([policy('a', shape)], 3), still).decisions;
          // Setting back stands still; what comes after it runs on from there.
          expect(jumping.map(({ objections }) => objections.length)).toEqual(steady.map(({ objections }) => objections.length));
        }
      }),
    );
  });

  it('never more in a rolling window than quota, burst and one', () => {
    fc.assert(
      fc.property(steps, shapes, (plan, shape) => {
        const rolling = { ...shape, window: 'rolling' as const };
        const forward = plan.map((step) => ({ ...step, who: 0, after: Math.abs(step.after) / 10, cost: 1 }));
        const { decisions } = walk(new Limiter([policy('a', rolling)], 3), forward);
        let now = 0;
        const passed = forward.flatMap((step, at) => {
          now += step.after;
          return decisions[at]?.objections.length === 0 ? [now] : [];
        });
        const most = shape.requests + 1 + (shape.burst ?? Math.max(1, Math.floor(shape.requests / 10)));
        for (const end of passed)
          expect(passed.filter((one) => one <= end && one > end - shape.windowSeconds * 1000).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
