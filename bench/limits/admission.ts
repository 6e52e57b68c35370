/** The rules compared: none, the two usual ones by address, and the project's own limiter and gate. */
import { FairGate, type GateRequest } from '../../src/engine/limits/fair-gate.ts';
import { Familiarity } from '../../src/engine/limits/familiarity.ts';
import type { LimitSubject } from '../../src/engine/limits/limit-subject.ts';
import { Limiter } from '../../src/engine/limits/limiter.ts';
import type { LimitPolicy } from '../../src/engine/policy/policy.ts';

/** What a rule may see of a request: never whether it is honest. */
export interface Call {
  readonly who: LimitSubject;
  readonly cost: number;
  readonly criticality: 'critical' | 'normal' | 'batch';
  readonly operation: number;
}

/** Rules answer `queued` calls later, through the callbacks they were made with. */
export interface Admission<C extends Call> {
  arrive(call: C, nowMs: number): 'go' | 'refused' | 'queued';
  done(call: C, tookMs: number, nowMs: number): void;
  tick(nowMs: number): void;
  /** Honest history before the run: this identity was here and behaved. */
  knew(who: LimitSubject): void;
}

export interface Callbacks<C> {
  readonly released: (call: C, nowMs: number) => void;
  readonly refused: (call: C, nowMs: number) => void;
}

const passive = { done: () => {}, tick: () => {}, knew: () => {} };

export function noRule<C extends Call>(): Admission<C> {
  return { arrive: () => 'go', ...passive };
}

/** 600 requests a minute and address, counted anew each minute. */
export function fixedWindow<C extends Call>(): Admission<C> {
  let counts = new Map<string, number>();
  let minute = -1;
  return {
    ...passive,
    arrive({ who }, nowMs) {
      const current = Math.floor(nowMs / 60_000);
      if (current !== minute) {
        minute = current;
        counts = new Map();
      }
      const count = (counts.get(who.address ?? '') ?? 0) + 1;
      counts.set(who.address ?? '', count);
      return count <= 600 ? 'go' : 'refused';
    },
  };
}

/** 10 requests a second and address, 60 at once. */
export function addressRate<C extends Call>(): Admission<C> {
  const arrivals = new Map<string, number>();
  return {
    ...passive,
    arrive({ who }, nowMs) {
      const key = who.address ?? '';
      const arrival = Math.max(arrivals.get(key) ?? 0, nowMs);
      if (arrival - nowMs > 6000) return 'refused';
      arrivals.set(key, arrival + 100);
      return 'go';
    },
  };
}

/** Wide on purpose: it stops accidents, not crowds. */
const ceiling: LimitPolicy = {
  ...{ name: 'ceiling', by: 'identity', requests: 3000, windowSeconds: 60, burst: 300, window: 'rolling', concurrency: null },
  ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
};
const ceilingNames = ['ceiling'];

export function stance<C extends Call>(seed: number, callbacks: Callbacks<C>): Admission<C> {
  const limiter = new Limiter([ceiling], seed);
  const gate = new FairGate<GateRequest & { call: C }>({ mode: 'block', waitMsMax: 450, concurrencyMin: 20, concurrencyMax: 400 }, seed);
  const familiarity = new Familiarity(seed);
  const requests = new Map<C, GateRequest & { call: C }>();
  const pump = (nowMs: number) => {
    const { released, refused } = gate.next(nowMs);
    for (const { call } of refused) {
      requests.delete(call);
      callbacks.refused(call, nowMs);
    }
    for (const { call } of released) callbacks.released(call, nowMs);
  };
  return {
    arrive(call, nowMs) {
      const { who, cost, criticality, operation } = call;
      if (limiter.check(who, ceilingNames, cost, nowMs).objections.length > 0) return 'refused';
      const isFamiliar = familiarity.isFamiliar(who, nowMs);
      const request = { call, who, cost, criticality, operation, isFamiliar, trust: 1, deadlineMs: null };
      const answer = gate.arrive(request, nowMs);
      if (answer !== 'refused') requests.set(call, request);
      pump(nowMs);
      return answer;
    },
    done(call, tookMs, nowMs) {
      const request = requests.get(call);
      if (request === undefined) return;
      requests.delete(call);
      gate.done(request, 'answered', tookMs, nowMs);
      familiarity.behaved(call.who, nowMs);
      pump(nowMs);
    },
    tick: pump,
    knew(who) {
      familiarity.behaved(who, EPOCH_MS - 30 * 3_600_000);
      familiarity.behaved(who, EPOCH_MS - 5 * 3_600_000);
    },
  };
}

/** Instant of second 0 of a simulation. */
export const EPOCH_MS = Date.UTC(2026, 0, 5, 8);
