/**
 * What one decision costs in time and memory: the project's limiter beside a fixed window and a GCRA in a Map, each with
 * the same keys, in a process of its own so that no one's garbage is another's. Run by `bench/limits.ts`.
 *   node --expose-gc bench/limits/decision-cost.ts WHICH KEYS
 */

import type { LimitSubject } from '../../src/engine/limits/limit-subject.ts';
import { Limiter } from '../../src/engine/limits/limiter.ts';
import type { LimitPolicy } from '../../src/engine/policy/policy.ts';
import { seeded } from '../../src/engine/posture/random.ts';

const DECISIONS = 2_000_000;
/** Decisions timed together for the spread: a reading of the clock costs as much as a decision. Other work on the machine shows in the upper percentiles; the mean is CPU time. */
const BATCH = 16;

type Decide = (subject: LimitSubject, nowMs: number) => boolean;

const policy: LimitPolicy = {
  ...{ name: 'a', by: 'subject', requests: 60, windowSeconds: 60, burst: 9, window: 'rolling', concurrency: null },
  ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
};

export const contenders: Readonly<Record<string, () => { readonly decide: Decide; readonly bytes?: () => number }>> = {
  'fixed window, Map': () => {
    const counts = new Map<string, { count: number; window: number }>();
    return {
      decide: ({ subject }, nowMs) => {
        const window = Math.floor(nowMs / 60_000);
        let entry = counts.get(subject as string);
        if (entry === undefined) {
          entry = { count: 0, window };
          counts.set(subject as string, entry);
        }
        if (entry.window !== window) {
          entry.window = window;
          entry.count = 0;
        }
        return ++entry.count <= 60;
      },
    };
  },
  'GCRA, Map': () => {
    const arrivals = new Map<string, number>();
    return {
      decide: ({ subject }, nowMs) => {
        const arrival = Math.max(arrivals.get(subject as string) ?? 0, nowMs);
        if (arrival - nowMs > 9000) return false;
        arrivals.set(subject as string, arrival + 1000);
        return true;
      },
    };
  },
  'Stance Limiter': () => {
    const limiter = new Limiter([policy], 12_345, 2_000_000);
    const names = ['a'];
    return {
      decide: (subject, nowMs) => limiter.check(subject, names, 1, nowMs).objections.length === 0,
      bytes: () => limiter.figures().bytes,
    };
  },
};

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function measure(name: string, keys: number): void {
  const subjects = Array.from({ length: keys }, (_, n): LimitSubject => {
    const subject = `provider user-${(n * 2654435761) % 4294967296}-${n.toString(36)}`;
    const none = { credentialPrint: null, tenant: null, claims: null, accountPrint: undefined, device: null };
    // Joined strings are only put together when read; that must not happen while memory is measured.
    Buffer.byteLength(subject);
    return { subject, ...none, clientShape: null, address: '203.0.113.7', route: 'r' };
  });
  const random = seeded(7);
  // Half of the calls come from few callers, half from anyone, as traffic does.
  const order = Uint32Array.from({ length: DECISIONS }, (_, n) =>
    Math.floor(n % 2 === 0 ? random.uniform() * keys : random.uniform() ** 6 * keys),
  );
  const make = contenders[name];
  if (make === undefined) throw new Error(`no contender ${name}`);
  const before = used();
  const { decide } = make();
  const epoch = Date.UTC(2026, 0, 5);
  // All keys still matter at the end: each has used something within the last window.
  for (let n = 0; n < keys; n++) decide(subjects[n] as LimitSubject, epoch + n / keys);
  const perKey = (used() - before) / keys;
  let allowed = 0;
  let touched = 0;
  const samples = new Float64Array(Math.floor(DECISIONS / BATCH));
  const cpu = process.cpuUsage();
  for (let batch = 0; batch < samples.length; batch++) {
    // A request is at hand when it is decided on: its own memory is touched before the clock starts.
    for (let at = batch * BATCH; at < (batch + 1) * BATCH; at++) touched += (subjects[order[at] as number]?.subject ?? '').charCodeAt(9);
    const start = process.hrtime.bigint();
    for (let at = batch * BATCH; at < (batch + 1) * BATCH; at++)
      if (decide(subjects[order[at] as number] as LimitSubject, epoch + 100 + at / 1000)) allowed++;
    samples[batch] = Number(process.hrtime.bigint() - start) / BATCH;
  }
  const { user, system } = process.cpuUsage(cpu);
  if (touched === 0) throw new Error('nothing was read');
  samples.sort();
  const at = (share: number) => Math.round(samples[Math.floor(samples.length * share)] as number);
  const mean = Math.round(((user + system) * 1000) / DECISIONS);
  const cells = [mean, at(0.5), at(0.99), at(0.999)].map((ns) => String(ns).padStart(9)).join('');
  console.log(`${name.padEnd(24)}${cells}${perKey.toFixed(1).padStart(9)}${((100 * allowed) / DECISIONS).toFixed(0).padStart(9)}`);
}

const [which, keys] = process.argv.slice(2);
if (process.argv[1]?.endsWith('decision-cost.ts') && which !== undefined) measure(which, Number(keys ?? 1_000_000));
