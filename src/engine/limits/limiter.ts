/** The limits of a policy, counted in this process: asked for each request, answered at once. */
import { assert } from '../assert.ts';
import type { LimitStanding, Objection } from '../evidence/decision.ts';
import type { LimitPolicy } from '../policy/policy.ts';
import { hashKey, type KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { type Clock, calendarCount, type LimitCount, type Reading, rollingCount } from './limit-count.ts';
import { type LimitKeyText, type LimitSubject, limitKey } from './limit-subject.ts';

/** Live keys of one limit; beyond it the table gets stricter for newcomers, see KeyTable. */
export const LIMIT_KEYS_MAX = 1_048_576;
/** Limits one request is checked against; `check` refuses to be asked for more. */
export const LIMITS_PER_REQUEST_MAX = 16;
/** Keys whose use is kept for the next exchange with other processes; beyond it use stays local until then. */
const DELTAS_MAX = 65_536;
/** Untold use of one key from which it is told at once; four processes then overshoot by about a tenth at most. */
const HOT_SHARE = 0.025;

/** Held while a request is in flight; `release` once. */
export interface LimitTickets {
  readonly held: readonly { readonly limit: number; readonly key: number }[];
  isReleased: boolean;
}

export interface LimitCheck {
  readonly objections: readonly Objection[];
  readonly standings: readonly LimitStanding[];
  /** null = no limit with a bound on requests in flight was taken part in. */
  readonly tickets: LimitTickets | null;
}

/** Units one process let through, for the others: by limit name and hash of the key. */
export interface LimitDelta {
  readonly limit: string;
  readonly high: number;
  readonly low: number;
  readonly units: number;
  readonly quota: number;
}

interface CompiledLimit {
  readonly index: number;
  readonly policy: LimitPolicy;
  readonly count: LimitCount;
  table: KeyTable;
  /** Requests in flight by key; a key leaves with its last one. */
  inFlight: Map<number, number>;
  readonly deltas: Map<number, LimitDelta>;
  readonly windowSeconds: number;
  readonly rule: string;
  /** Texts of refusals by quota, below 0 for requests that cost more than all of it: a flood of refusals builds none. */
  readonly reasons: Map<number, string>;
}

/** Slot of a check in progress; one per limit a request can name, reused. */
interface Pending extends Reading, KeyHash {
  deadBelow: number;
  isAsked: boolean;
  isBusy: boolean;
}

/**
 * Local, bounded and without a clock of its own. All limits a request names are read first, and only when none that
 * blocks refuses do they count it: what one refuses costs nothing in the others.
 *
 * INVARIANT: a key never gets more than its limit through a full table, a clock set back or a replayed check.
 */
export class Limiter {
  readonly #limits: readonly CompiledLimit[];
  readonly #byName = new Map<string, CompiledLimit>();
  readonly #named = new WeakMap<readonly string[], readonly CompiledLimit[]>();
  #lastNames: readonly string[] | null = null;
  #lastLimits: readonly CompiledLimit[] = [];
  readonly #seed: number;
  readonly #clock: Clock = { flowMs: 0, wallMs: 0 };
  readonly #pending: readonly Pending[] = Array.from({ length: LIMITS_PER_REQUEST_MAX }, () => ({
    ...{ high: 0.5, low: 0.5, deadBelow: 0.5, isAsked: false, isBusy: false },
    ...{ allowed: false, next: 0.5, quota: 0, remaining: 0, resetMs: 0.5, waitMs: 0.5 },
  }));
  readonly #keyText: LimitKeyText = { kind: 0, text: '' };
  #sharesDeltas = false;
  #isHot = false;

  /** @param seed 32 random bits, secret, the same in all processes that share counts. */
  constructor(limits: readonly LimitPolicy[], seed: number, keysMax: number = LIMIT_KEYS_MAX) {
    this.#seed = seed | 0;
    this.#limits = limits.map((policy, index) => {
      assert(policy.requests > 0 && policy.windowSeconds > 0, 'a limit allows something in some time');
      const count = policy.window === 'rolling' ? rollingCount(policy) : calendarCount(policy.window);
      return {
        index,
        policy,
        count,
        table: new KeyTable(keysMax),
        inFlight: new Map<number, number>(),
        deltas: new Map<number, LimitDelta>(),
        rule: `limits.${policy.name}`,
        reasons: new Map<number, string>(),
        windowSeconds: policy.window === 'rolling' ? policy.windowSeconds : calendarSeconds[policy.window],
      };
    });
    for (const limit of this.#limits) this.#byName.set(limit.policy.name, limit);
    assert(this.#byName.size === limits.length, 'limits have names of their own');
  }

  /** Of these limits, those that wait for the body because they count by the account it names; ask for them after it. */
  bodyNames(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.#byName.get(name)?.policy.by === 'account');
  }

  /** Body field in which limits by account among these find it; null = none says. */
  accountField(names: readonly string[]): string | null {
    for (const name of names) {
      const policy = this.#byName.get(name)?.policy;
      if (policy?.by === 'account' && policy.accountField !== null) return policy.accountField;
    }
    return null;
  }

  /**
   * Asks all named limits for `cost` units at once. Limits by account stand aside while `subject.accountPrint` is
   * undefined; ask for `bodyNames(names)` once the body is read.
   * @param cost units, above 0   @param nowMs milliseconds since the epoch; running backwards is harmless
   */
  check(subject: LimitSubject, names: readonly string[], cost: number, nowMs: number): LimitCheck {
    const limits = this.#resolve(names);
    if (limits.length === 0) return nothing;
    assert(cost > 0, 'a request costs something');
    this.#advance(nowMs);
    let refusal: Objection[] | null = null;
    let isBlocked = false;
    let bounded = 0;
    for (let at = 0; at < limits.length; at++) {
      const limit = limits[at] as CompiledLimit;
      const pending = this.#pending[at] as Pending;
      pending.isAsked = limit.policy.by !== 'account' || subject.accountPrint !== undefined;
      if (!pending.isAsked) continue;
      this.#read(limit, subject, cost, pending);
      if (pending.allowed && !pending.isBusy) {
        if (limit.policy.concurrency !== null) bounded++;
        continue;
      }
      refusal ??= [];
      refusal.push(pending.isBusy ? busyObjection(limit.policy) : quotaObjection(limit, pending));
      isBlocked ||= limit.policy.mode === 'block';
    }
    return {
      objections: refusal ?? none,
      standings: this.#settle(limits, cost, isBlocked),
      tickets: isBlocked || bounded === 0 ? null : this.#take(limits),
    };
  }

  /** Gives back what `check` took for the time of the request. Doing it twice is harmless. */
  release(tickets: LimitTickets | null): void {
    if (tickets === null || tickets.isReleased) return;
    tickets.isReleased = true;
    for (const { limit, key } of tickets.held) {
      const inFlight = (this.#limits[limit] as CompiledLimit).inFlight;
      const left = (inFlight.get(key) ?? 1) - 1;
      if (left > 0) inFlight.set(key, left);
      else inFlight.delete(key);
    }
  }

  /** From now on keeps what it lets through for `takeDeltas`. */
  shareDeltas(): void {
    this.#sharesDeltas = true;
  }

  /** Some key used so much of its quota since `takeDeltas` that the others should know at once. */
  get isHot(): boolean {
    return this.#isHot;
  }

  /** Units let through since the last call, summed by key. */
  takeDeltas(): LimitDelta[] {
    this.#isHot = false;
    const taken: LimitDelta[] = [];
    for (const { deltas } of this.#limits) {
      for (const delta of deltas.values()) taken.push(delta);
      deltas.clear();
    }
    return taken;
  }

  /** Counts what other processes let through. What names no limit of ours is skipped and its number returned. */
  absorb(deltas: readonly LimitDelta[], nowMs: number): number {
    this.#advance(nowMs);
    let skipped = 0;
    for (const { limit: name, high, low, units, quota } of deltas) {
      const limit = this.#byName.get(name);
      if (limit === undefined || !(units > 0) || !(quota > 0)) {
        skipped++;
        continue;
      }
      const deadBelow = limit.count.deadBelow(this.#clock);
      const kept = limit.table.get(high, low, deadBelow);
      limit.table.put(high, low, limit.count.add(kept, units, quota, this.#clock), deadBelow);
    }
    return skipped;
  }

  /**
   * Takes over the counts of the limiter of the policy before, so that a reload frees nobody. A limit that now counts by
   * something else, or in other windows, starts anew. Used units stay the same; how long they weigh is up to the new rate.
   * @param previous must not be used afterwards; it has the same seed
   */
  adopt(previous: Limiter, nowMs: number): void {
    assert(previous.#seed === this.#seed, 'limiters that hand over share a seed');
    previous.#advance(nowMs);
    this.#clock.flowMs = previous.#clock.flowMs;
    this.#clock.wallMs = previous.#clock.wallMs;
    for (const limit of this.#limits) {
      const before = previous.#byName.get(limit.policy.name);
      if (before === undefined || before.policy.by !== limit.policy.by || before.policy.window !== limit.policy.window) continue;
      limit.inFlight = before.inFlight;
      limit.table = before.table;
      if (limit.policy.window !== 'rolling') continue;
      const factor = limit.policy.windowSeconds / limit.policy.requests / (before.policy.windowSeconds / before.policy.requests);
      const { flowMs } = this.#clock;
      if (factor !== 1) limit.table.change(limit.count.deadBelow(this.#clock), (kept) => flowMs + (kept - flowMs) * factor);
    }
  }

  /** Bytes of all tables, live keys, and how often a table was so full that a live key had to go. */
  figures(): { readonly bytes: number; readonly keys: number; readonly pushedOut: number } {
    let bytes = 0;
    let keys = 0;
    let pushedOut = 0;
    for (const { table, count } of this.#limits) {
      bytes += table.bytes;
      keys += table.live(count.deadBelow(this.#clock));
      pushedOut += table.pushedOut;
    }
    return { bytes, keys, pushedOut };
  }

  #resolve(names: readonly string[]): readonly CompiledLimit[] {
    if (names === this.#lastNames) return this.#lastLimits;
    const resolved = this.#resolveAnew(names);
    this.#lastNames = names;
    this.#lastLimits = resolved;
    return resolved;
  }

  #resolveAnew(names: readonly string[]): readonly CompiledLimit[] {
    const known = this.#named.get(names);
    if (known !== undefined) return known;
    assert(names.length <= LIMITS_PER_REQUEST_MAX, `a request has at most ${LIMITS_PER_REQUEST_MAX} limits`);
    const limits = [...new Set(names)].map((name) => {
      const limit = this.#byName.get(name);
      assert(limit !== undefined, `the policy has no limit ${name}`);
      return limit;
    });
    this.#named.set(names, limits);
    return limits;
  }

  #advance(nowMs: number): void {
    const clock = this.#clock;
    if (clock.wallMs !== 0 && nowMs > clock.wallMs) clock.flowMs += nowMs - clock.wallMs;
    clock.wallMs = nowMs;
  }

  #read(limit: CompiledLimit, subject: LimitSubject, cost: number, pending: Pending): void {
    const { policy, table, count } = limit;
    limitKey(policy.by, subject, this.#keyText);
    const quota = quotaOf(policy, subject);
    // A changed plan starts a rolling limit anew: what is owed is kept as time, which means other units under another rate.
    const kind =
      policy.window === 'rolling' && quota !== policy.requests ? this.#keyText.kind + PLAN_KINDS * (quota % 1000) : this.#keyText.kind;
    hashKey(this.#seed, kind, this.#keyText.text, pending);
    pending.deadBelow = count.deadBelow(this.#clock);
    const kept = table.get(pending.high, pending.low, pending.deadBelow);
    count.read(kept, cost, quota, this.#clock, pending);
    pending.isBusy = policy.concurrency !== null && (limit.inFlight.get(wholeHash(pending)) ?? 0) >= policy.concurrency;
  }

  /** Writes what is to be counted, and says where the caller stands under each limit. */
  #settle(limits: readonly CompiledLimit[], cost: number, isBlocked: boolean): LimitStanding[] {
    const standings: LimitStanding[] = [];
    for (let at = 0; at < limits.length; at++) {
      const limit = limits[at] as CompiledLimit;
      const pending = this.#pending[at] as Pending;
      if (!pending.isAsked) continue;
      const isCounted = !isBlocked && pending.allowed && !pending.isBusy;
      if (isCounted) {
        // Two limits never share a table, so the place `get` remembered is still this key's.
        limit.table.put(pending.high, pending.low, pending.next, pending.deadBelow);
        if (this.#sharesDeltas && keepDelta(limit, pending, cost) >= pending.quota * HOT_SHARE) this.#isHot = true;
      }
      standings.push({
        name: limit.policy.name,
        quota: pending.quota,
        windowSeconds: limit.windowSeconds,
        remaining: isCounted || !pending.allowed ? pending.remaining : pending.remaining + Math.ceil(cost),
        resetSeconds: Math.ceil(pending.resetMs / 1000),
      });
    }
    return standings;
  }

  #take(limits: readonly CompiledLimit[]): LimitTickets {
    const held: { limit: number; key: number }[] = [];
    for (let at = 0; at < limits.length; at++) {
      const limit = limits[at] as CompiledLimit;
      const pending = this.#pending[at] as Pending;
      if (!pending.isAsked || limit.policy.concurrency === null || !pending.allowed || pending.isBusy) continue;
      const key = wholeHash(pending);
      limit.inFlight.set(key, (limit.inFlight.get(key) ?? 0) + 1);
      held.push({ limit: limit.index, key });
    }
    return { held, isReleased: false };
  }
}

const none: readonly Objection[] = [];
const nothing: LimitCheck = { objections: none, standings: [], tickets: null };
const PLAN_KINDS = 32;
const REASONS_MAX = 64;
/** Wait that a refusal for requests in flight advises; how long they will take is not known. */
const BUSY_WAIT_MS = 1000;
const calendarSeconds = { hour: 3600, day: 86_400, month: 2_592_000 } as const;

/** 53 bits of the hash in one number, exact. */
function wholeHash({ high, low }: KeyHash): number {
  return high * 0x200000 + (low >>> 11);
}

function quotaOf(policy: LimitPolicy, subject: LimitSubject): number {
  if (policy.planClaim === null || subject.claims === null) return policy.requests;
  const plan = subject.claims[policy.planClaim];
  if (typeof plan !== 'string' || !Object.hasOwn(policy.plans, plan)) return policy.requests;
  return policy.plans[plan] as number;
}

/** Units of the key that the other processes do not know of yet. */
function keepDelta(limit: CompiledLimit, pending: Pending, cost: number): number {
  const key = wholeHash(pending);
  const before = limit.deltas.get(key);
  if (before === undefined && limit.deltas.size >= DELTAS_MAX) return 0;
  const { high, low, quota } = pending;
  const units = (before?.units ?? 0) + cost;
  limit.deltas.set(key, { limit: limit.policy.name, high, low, units, quota });
  return units;
}

function quotaObjection({ policy, rule, reasons }: CompiledLimit, { waitMs, quota }: Reading): Objection {
  const isNever = waitMs === Number.POSITIVE_INFINITY;
  const known = isNever ? -quota : quota;
  let reason = reasons.get(known);
  if (reason === undefined) {
    reason = quotaReason(policy, quota, isNever);
    if (reasons.size < REASONS_MAX) reasons.set(known, reason);
  }
  const { mode } = policy;
  if (isNever) return { section: 'limits', rule, mode, status: 429, reason, place: null };
  return { section: 'limits', rule, mode, status: 429, reason, place: null, retryAfterMs: Math.max(1, Math.ceil(waitMs)) };
}

function quotaReason(policy: LimitPolicy, quota: number, isTooDear: boolean): string {
  const window = policy.window === 'rolling' ? `${policy.windowSeconds} s` : `one ${policy.window}`;
  return isTooDear
    ? `The request costs more than the limit ${policy.name} allows in ${window} (${quota} by ${policy.by}).`
    : `More than the limit ${policy.name} allows: ${quota} in ${window} by ${policy.by}.`;
}

function busyObjection(policy: LimitPolicy): Objection {
  return {
    section: 'limits',
    rule: `limits.${policy.name}`,
    mode: policy.mode,
    status: 429,
    reason: `The limit ${policy.name} allows ${policy.concurrency} requests in flight at once by ${policy.by}.`,
    place: null,
    retryAfterMs: BUSY_WAIT_MS,
  };
}
