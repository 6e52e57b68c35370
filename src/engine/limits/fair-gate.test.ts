import { describe, expect, it } from 'vitest';
import type { OverloadPolicy } from '../policy/policy.ts';
import { seededChance } from './chance.ts';
import { FairGate, type GateRequest } from './fair-gate.ts';
import { Familiarity } from './familiarity.ts';
import type { LimitSubject } from './limit-subject.ts';

const overload: OverloadPolicy = { mode: 'block', waitMsMax: 450, concurrencyMin: 10, concurrencyMax: 100 };

function who(changes: Partial<LimitSubject>): LimitSubject {
  return {
    ...{ subject: null, credentialPrint: null, tenant: null, claims: null, accountPrint: undefined, device: null },
    ...{ clientShape: null, address: '203.0.113.7', route: 'r' },
    ...changes,
  };
}

function request(subject: Partial<LimitSubject>, changes: Partial<GateRequest> = {}): GateRequest {
  return {
    ...{ who: who(subject), isFamiliar: false, criticality: 'normal', cost: 1, operation: 1, trust: 1, deadlineMs: null },
    ...changes,
  };
}

/** Plays callers against an upstream of `slots` that takes 20 ms; returns the share of each caller kind that was let through. */
function play(kinds: Readonly<Record<string, { perSecond: number; make: (number: number) => GateRequest }>>, seconds = 20, slots = 20) {
  const gate = new FairGate(overload, 5);
  const chance = seededChance(9);
  const got: Record<string, number> = {};
  const offered: Record<string, number> = {};
  const kindOf = new Map<GateRequest, string>();
  let running: { request: GateRequest; start: number; end: number }[] = [];
  let behind: { request: GateRequest; start: number }[] = [];
  const start = (one: GateRequest, now: number) => {
    const kind = kindOf.get(one) ?? '';
    got[kind] = (got[kind] ?? 0) + 1;
    if (running.length < slots) running.push({ request: one, start: now, end: now + 10 + 20 * chance() });
    else behind.push({ request: one, start: now });
  };
  for (let now = 0; now < seconds * 1000; now++) {
    for (const ended of running.filter(({ end }) => end <= now)) gate.done(ended.request, 'answered', now - ended.start, now);
    running = running.filter(({ end }) => end > now);
    for (const next of behind.splice(0, slots - running.length)) running.push({ ...next, end: now + 10 + 20 * chance() });
    for (const one of gate.next(now).released) start(one, now);
    for (const [kind, { perSecond, make }] of Object.entries(kinds)) {
      if (chance() >= perSecond / 1000) continue;
      const one = make(Math.floor(chance() * 1e6));
      kindOf.set(one, kind);
      offered[kind] = (offered[kind] ?? 0) + 1;
      if (gate.arrive(one, now) === 'go') start(one, now);
    }
  }
  behind = [];
  return { share: (kind: string) => (got[kind] ?? 0) / (offered[kind] ?? 1), gate };
}

describe('an upstream that keeps up', () => {
  it('lets everybody through at once', () => {
    const { share, gate } = play({ all: { perSecond: 500, make: (n) => request({ subject: `s${n % 300}` }) } });
    expect(share('all')).toBe(1);
    expect(gate.figures().refused).toBe(0);
  });
});

describe('an upstream asked for more than it can do', () => {
  it('one caller that floods queues behind itself, the others do not notice', () => {
    const { share } = play({
      people: { perSecond: 400, make: (n) => request({ address: `10.0.${n % 200}.1` }) },
      flood: { perSecond: 900, make: () => request({ address: '192.0.2.1' }) },
    });
    expect(share('people')).toBeGreaterThan(0.99);
    expect(share('flood')).toBeGreaterThan(0.3);
  });

  it('stays at full use', () => {
    const { gate, share } = play({ people: { perSecond: 990, make: (n) => request({ subject: `s${n % 5000}` }) } });
    expect(share('people')).toBeGreaterThan(0.97);
    expect(gate.figures().limit).toBeGreaterThanOrEqual(20);
  });

  it('a big tenant does not crowd out a small one', () => {
    const { share } = play({
      small: { perSecond: 250, make: (n) => request({ subject: `a${n % 50}`, tenant: 'small' }) },
      big: { perSecond: 990, make: (n) => request({ subject: `b${n % 5000}`, tenant: 'big' }) },
      big2: { perSecond: 990, make: (n) => request({ subject: `b${n % 5000}`, tenant: 'big' }) },
    });
    expect(share('small')).toBeGreaterThan(0.95);
  });

  it('3,000 people behind one address fare within 5 points of people elsewhere; within 10 when no client keeps a visitor token', () => {
    for (const { hasToken, within } of [
      { hasToken: true, within: 0.05 },
      { hasToken: false, within: 0.1 },
    ]) {
      const person = (n: number, address: string) => {
        const isProven = n % 10 < 4;
        const known = { subject: isProven ? `${address}-${n}` : null, device: !isProven && hasToken ? `${address}-${n}` : null };
        return request({ ...known, address, clientShape: `shape-${n % 40}` });
      };
      const { share } = play({
        office: { perSecond: 700, make: (n) => person(n % 3000, '203.0.113.1') },
        homes: { perSecond: 700, make: (n) => person(n % 3000, `10.${n % 10}.${(n % 3000) >> 8}.${(n % 3000) & 255}`) },
      });
      expect(Math.abs(share('office') - share('homes'))).toBeLessThan(within);
    }
  });
});

describe('waiting', () => {
  const full = () => {
    const gate = new FairGate({ ...overload, concurrencyMin: 1, concurrencyMax: 1 }, 5);
    expect(gate.arrive(request({}), 0)).toBe('go');
    return gate;
  };

  it('ends with a refusal at the bound, or earlier at the deadline of the caller', () => {
    const gate = full();
    const patient = request({ subject: 'a' });
    const hurried = request({ subject: 'b' }, { deadlineMs: 100 });
    expect([gate.arrive(patient, 0), gate.arrive(hurried, 0)]).toEqual(['queued', 'queued']);
    expect(gate.next(100).refused).toEqual([hurried]);
    expect(gate.next(449).refused).toEqual([]);
    expect(gate.next(500).refused).toEqual([patient]);
  });

  it('each queued request is named exactly once, whatever happens', () => {
    const gate = full();
    const chance = seededChance(3);
    const open = new Set<GateRequest>();
    const running: GateRequest[] = [request({})];
    let wrong = 0;
    const settle = (items: readonly GateRequest[]) => {
      for (const item of items) if (!open.delete(item)) wrong++;
    };
    let refusedAtOnce = 0;
    for (let now = 0; now < 5000; now++) {
      const one = request({ subject: `s${Math.floor(chance() * 50)}` }, { isFamiliar: chance() < 0.5 });
      const answer = gate.arrive(one, now);
      if (answer === 'queued') open.add(one);
      else if (answer === 'refused') refusedAtOnce++;
      const { released, refused } = gate.next(now);
      settle(released);
      settle(refused);
      running.push(...released);
      const ended = now % 20 === 0 ? running.pop() : undefined;
      if (ended !== undefined) gate.done(ended, 'answered', 20, now);
    }
    const last = gate.next(100_000);
    settle(last.released);
    settle(last.refused);
    expect({ wrong, left: open.size }).toEqual({ wrong: 0, left: 0 });
    expect(refusedAtOnce).toBeGreaterThan(0);
  });

  it('who leaves is not named any more', () => {
    const gate = full();
    const one = request({ subject: 'a' });
    gate.arrive(one, 0);
    expect([gate.leave(one), gate.leave(one)]).toEqual([true, false]);
    expect(gate.next(1000)).toEqual({ released: [], refused: [] });
  });

  it('known callers and what matters most go first, batches last', () => {
    const gate = full();
    const late = request({ subject: 'z' }, { criticality: 'batch' });
    const line = [
      late,
      request({ device: 'n' }),
      request({ device: 'f' }, { isFamiliar: true }),
      request({ subject: 'p' }),
      request({ subject: 'k' }, { isFamiliar: true }),
      request({ subject: 'c' }, { isFamiliar: true, criticality: 'critical' }),
    ];
    for (const one of line) gate.arrive(one, 0);
    const order: (string | null)[] = [];
    let current = request({});
    for (let i = 0; i < line.length; i++) {
      gate.done(current, 'answered', 5, i);
      const [next] = gate.next(i).released;
      current = next ?? current;
      order.push(current.who.subject ?? current.who.device);
    }
    expect(order).toEqual(['c', 'k', 'p', 'z', 'f', 'n']);
  });
});

describe('the limit of the upstream', () => {
  it('does not take a change of the mix of calls for pressure', () => {
    const gate = new FairGate({ ...overload, concurrencyMax: 60 }, 5);
    const run = (operation: number, tookMs: number, from: number) => {
      for (let now = from; now < from + 20_000; now += 10) {
        const batch = Array.from({ length: 45 }, (_, n) => request({ subject: `s${n}` }, { operation }));
        const gone = batch.filter((one) => gate.arrive(one, now) === 'go');
        for (const one of gone) gate.done(one, 'answered', tookMs, now + 1);
        gate.next(now + 1);
      }
    };
    run(1, 10, 0);
    const before = gate.figures().limit;
    run(2, 200, 20_000);
    expect(before).toBeGreaterThan(40);
    expect(gate.figures().limit).toBeGreaterThan(40);
  });

  it('halves while most requests fail, never below its bound', () => {
    const gate = new FairGate(overload, 5);
    for (let now = 0; now < 3000; now += 10)
      for (let n = 0; n < 5; n++) {
        const one = request({ subject: `s${n}` });
        if (gate.arrive(one, now) === 'go') gate.done(one, 'failed', 1, now);
        gate.next(now);
      }
    expect(gate.figures().limit).toBe(10);
  });
});

describe('familiarity', () => {
  it('comes with good answers in different hours, not with many in one, and fades', () => {
    const familiarity = new Familiarity(1);
    const one = who({ device: 'd' });
    const hour = 3_600_000;
    for (let i = 0; i < 50; i++) familiarity.behaved(one, 1000 * hour + i);
    expect(familiarity.isFamiliar(one, 1000 * hour + 60)).toBe(false);
    familiarity.behaved(one, 1005 * hour);
    expect(familiarity.isFamiliar(one, 1005 * hour)).toBe(true);
    expect(familiarity.isFamiliar(who({ device: 'e' }), 1005 * hour)).toBe(false);
    expect(familiarity.isFamiliar(one, (1006 + 60 * 24) * hour)).toBe(false);
  });

  it('a full table makes nobody familiar', () => {
    const familiarity = new Familiarity(1, 4096);
    for (let i = 0; i < 30_000; i++) for (const hour of [1000, 1001]) familiarity.behaved(who({ device: `d${i}` }), hour * 3_600_000);
    expect(familiarity.isFamiliar(who({ device: 'never seen' }), 1002 * 3_600_000)).toBe(false);
  });
});
