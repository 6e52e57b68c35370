/**
 * Admission to one upstream under pressure: as many requests at once as it answers well, the rest in a fair queue for a
 * short while, the worst placed refused at once. Weighted fair queueing by virtual time (Goyal's start-time fair queueing,
 * ordered by finish as in Demers' weighted fair queueing), so that who asks for much waits behind itself, and people who
 * ask now and then pass. No clock and no chance of its own.
 */
import type { OverloadPolicy } from '../policy/policy.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { seededChance } from './chance.ts';
import { Crowd } from './crowd.ts';
import { hashKey, type KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { isAnonymous, type LimitKeyText, type LimitSubject, limitKey } from './limit-subject.ts';
import { TenantShares } from './tenant-shares.ts';
import { type Waiter, WaitingLine } from './waiting-line.ts';

export interface GateRequest {
  readonly who: LimitSubject;
  /** See Familiarity. */
  readonly isFamiliar: boolean;
  readonly criticality: 'critical' | 'normal' | 'batch';
  /** Cost units, above 0. */
  readonly cost: number;
  /** Number of the operation, for its usual time. */
  readonly operation: number;
  /** How much the guard trusts it: 1 = nothing against it, down to 0.05. */
  readonly trust: number;
  /** The caller's own deadline, milliseconds since the epoch; null = none known. */
  readonly deadlineMs: number | null;
}

/** Keys whose use of the upstream is remembered; only those ahead of their share take a place. */
const FLOWS_MAX = 262_144;
const WAITERS_MIN = 40;
/** Never more, whatever the upstream's pace seems to be. */
const WAITERS_MAX = 16_384;
/** Of what the upstream can do within the longest wait, the share that may stand in line. */
const LINE_SHARE = 0.9;
/** How often waiters are looked through for those whose time is up. */
const SWEEP_MS = 50;
/**
 * How fast virtual time passes while somebody waits, cost units a second for weight 1: what a person does. Who asks less
 * than this times its weight never queues behind its own past; who asks more is ranked by all it got since the pressure began.
 */
const LIGHT_PER_S = 0.03;
/** The same while nobody waits: use of what nobody else wanted is soon forgotten. */
const FORGIVEN_PER_S = 5;
const ELAPSED_MS_MAX = 10_000;
/** The furthest that virtual time stays behind whoever is served, so that among heavy users a newcomer's lead is bounded. */
const LAG_MAX = 30;
const UNDER_SHARE_AHEAD_MAX = 0.25;
const TRUST_MIN = 0.05;
/** Of the people vouched for behind an address, how many nameless ones a nameless flow from there is taken for. */
const CROWD_SHARE = 0.15;

export interface GateFigures {
  readonly inFlight: number;
  readonly waiting: number;
  readonly limit: number;
  readonly slowness: number;
  readonly refused: number;
  readonly bytes: number;
}

export class FairGate<R extends GateRequest = GateRequest> {
  readonly #waitMsMax: number;
  readonly #adaptive: AdaptiveLimit;
  readonly #line = new WaitingLine<R>();
  readonly #finishes = new KeyTable(FLOWS_MAX);
  readonly #crowd: Crowd;
  readonly #tenants = new TenantShares();
  readonly #chance: () => number;
  readonly #seed: number;
  readonly #hash: KeyHash = { high: 0, low: 0 };
  readonly #keyText: LimitKeyText = { kind: 0, text: '' };
  /** Virtual time: a flow whose finish tag is at or below it has nothing to wait for. */
  #virtual = 0;
  #inFlight = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;
  #refused = 0;
  /** Waiters who had to make room, until the next `next`. */
  #pushedOut: R[] = [];

  constructor(policy: OverloadPolicy, seed: number) {
    this.#waitMsMax = policy.waitMsMax;
    this.#adaptive = new AdaptiveLimit({ min: policy.concurrencyMin, max: policy.concurrencyMax });
    this.#seed = seed | 0;
    this.#chance = seededChance(seed);
    this.#crowd = new Crowd(seed);
  }

  /** `go`: it counts as in flight until `done`. `queued`: `next` will name it once, as released or as refused. */
  arrive(request: R, nowMs: number): 'go' | 'refused' | 'queued' {
    const people = this.#people(request, nowMs);
    const share = request.who.tenant === null ? 1 : this.#tenants.ratio(request.who.tenant, nowMs);
    const weight = this.#weight(request) / Math.max(1, share) ** 2;
    const { high, low } = this.#hashOf(request);
    const start = this.#finishes.get(high, low, this.#virtual);
    // While a tenant gets less than its share, its callers are not ranked by what they had: together they had too little.
    const ranked = share < 1 ? Math.min(start, this.#virtual + UNDER_SHARE_AHEAD_MAX) : start;
    const rank = ranked + request.cost / weight;
    // A flow of many people moves on as many flows would; each of its requests still ranks as one person's.
    const finish = start + request.cost / (weight * people);
    if (this.#line.size === 0 && this.#inFlight < this.#limit) {
      this.#finishes.put(high, low, finish, this.#virtual);
      this.#letThrough(request, start, nowMs);
      return 'go';
    }
    if (this.#line.size >= this.#places) {
      const victim = this.#line.takeWorse(rank, this.#chance);
      if (victim === undefined) {
        this.#refused++;
        return 'refused';
      }
      this.#giveBack(victim);
      this.#pushedOut.push(victim.item);
      this.#finishes.get(high, low, this.#virtual);
    }
    this.#finishes.put(high, low, finish, this.#virtual);
    const untilMs = Math.min(nowMs + this.#waitMsMax, request.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#line.add({ item: request, start, finish, rank, untilMs });
    return 'queued';
  }

  /** Who may go now and who waited in vain. Call after each `done`, each `arrive`, and every 50 ms while somebody waits. */
  next(nowMs: number): { readonly released: readonly R[]; readonly refused: readonly R[] } {
    const refused = this.#pushedOut;
    this.#pushedOut = [];
    const sinceMs = nowMs - this.#sweptMs;
    if (sinceMs >= SWEEP_MS || sinceMs < 0) {
      this.#sweptMs = nowMs;
      this.#tenants.sweep(nowMs);
      this.#virtual += (Math.max(0, Math.min(ELAPSED_MS_MAX, sinceMs)) / 1000) * (this.#line.size === 0 ? FORGIVEN_PER_S : LIGHT_PER_S);
      for (const waiter of this.#line.takeExpired(nowMs)) {
        this.#giveBack(waiter);
        refused.push(waiter.item);
      }
    }
    const released: R[] = [];
    while (this.#inFlight < this.#limit) {
      const waiter = this.#line.takeFirst();
      if (waiter === undefined) break;
      if (waiter.untilMs <= nowMs) {
        this.#giveBack(waiter);
        refused.push(waiter.item);
        continue;
      }
      this.#letThrough(waiter.item, waiter.start, nowMs);
      released.push(waiter.item);
    }
    this.#refused += refused.length;
    return { released, refused };
  }

  /** A request that was let through has ended: answered, failed at the upstream, or the client left before it did. */
  done(request: R, outcome: 'answered' | 'failed' | 'gone', tookMs: number, nowMs: number): void {
    if (outcome !== 'gone') {
      const { operation, cost } = request;
      this.#adaptive.sample({ operation, cost, tookMs, isFailed: outcome === 'failed' }, this.#inFlight, nowMs);
    }
    if (this.#inFlight > 0) this.#inFlight--;
  }

  /** The client of a waiter is gone. True when it stood in line; it is not named by `next` any more. */
  leave(request: R): boolean {
    const waiter = this.#line.remove(request);
    if (waiter !== undefined) this.#giveBack(waiter);
    return waiter !== undefined;
  }

  figures(): GateFigures {
    return {
      inFlight: this.#inFlight,
      waiting: this.#line.size,
      limit: Math.floor(this.#adaptive.limit),
      slowness: this.#adaptive.slowness,
      refused: this.#refused,
      bytes: this.#finishes.bytes + this.#crowd.bytes,
    };
  }

  /** Requests at once, the part of one left out: 20.9 is not 21. */
  get #limit(): number {
    return Math.floor(this.#adaptive.limit);
  }

  get #places(): number {
    const places = this.#adaptive.perMs * this.#waitMsMax * LINE_SHARE;
    return Math.max(WAITERS_MIN, Math.min(WAITERS_MAX, places));
  }

  /**
   * 8 proven and familiar, 4 proven, 2 a familiar visitor token, 1 at first contact; twice that for what matters most, half
   * for batches; less by distrust.
   */
  #weight(request: R): number {
    const { who, criticality } = request;
    const isProven = !isAnonymous(who);
    // That somebody with this address and client shape behaved says nothing of the others behind it.
    const isFamiliar = request.isFamiliar && (isProven || who.device !== null);
    let weight = isProven ? (isFamiliar ? 8 : 4) : isFamiliar ? 2 : 1;
    if (criticality !== 'normal') weight *= criticality === 'critical' ? 2 : 0.5;
    return weight * Math.max(TRUST_MIN, Math.min(1, request.trust));
  }

  /** How many people the flow of the request is taken for: 1, unless nothing but its address and client shape names it. */
  #people({ who, isFamiliar }: R, nowMs: number): number {
    if (who.address === null) return 1;
    const name = who.subject ?? who.credentialPrint ?? (isFamiliar ? who.device : null);
    if (name !== null) this.#crowd.seen(who.address, name, nowMs);
    return name === null && who.device === null ? Math.max(1, this.#crowd.people(who.address, nowMs) * CROWD_SHARE) : 1;
  }

  /** Sets and returns the hash of the flow the request belongs to. */
  #hashOf(request: R): KeyHash {
    limitKey('identity', request.who, this.#keyText);
    hashKey(this.#seed, this.#keyText.kind, this.#keyText.text, this.#hash);
    return this.#hash;
  }

  #letThrough(request: R, start: number, nowMs: number): void {
    this.#inFlight++;
    this.#virtual = Math.max(this.#virtual, start - LAG_MAX);
    if (request.who.tenant !== null) this.#tenants.got(request.who.tenant, request.cost, nowMs);
  }

  /** Whoever got nothing is not charged. */
  #giveBack(waiter: Waiter<R>): void {
    const { high, low } = this.#hashOf(waiter.item);
    const finish = this.#finishes.get(high, low, this.#virtual);
    this.#finishes.put(high, low, Math.max(this.#virtual, finish - (waiter.finish - waiter.start)), this.#virtual);
  }
}
