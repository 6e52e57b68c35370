/**
 * Worker processes of one machine tell each other what their limiters let through, so that a limit holds for all of them
 * together. Ten times a second, sums by key, never who was asked about: keys travel as keyed hashes. A shared store for
 * several machines fits behind the same interface.
 */
import type { LimitDelta, Limiter } from '../engine/limits/limiter.ts';

/** How often use is exchanged. Between two exchanges each worker may let through what the others do too. */
export const SHARE_MS = 100;
/** Least time between two early exchanges. */
const HOT_MS = 5;
/** Keys in one message, those with most use first; the rest goes with the next one. */
const DELTAS_PER_MESSAGE_MAX = 5000;

export interface LimitShare {
  /** Tells the others. Never waits, never throws; what cannot be sent is lost to them, and only to them. */
  publish(deltas: readonly LimitDelta[]): void;
  /** Called with what any other published. Returns what ends it. */
  onDeltas(take: (deltas: readonly LimitDelta[]) => void): () => void;
}

/** All limiters of one process, or a test. */
export class MemoryLimitShare {
  readonly #members = new Map<object, Set<(deltas: readonly LimitDelta[]) => void>>();

  /** A share of one's own: what it publishes reaches all others. */
  member(): LimitShare {
    const takers = new Set<(deltas: readonly LimitDelta[]) => void>();
    const self: LimitShare = {
      publish: (deltas) => {
        for (const [member, others] of this.#members) if (member !== self) for (const take of others) take(deltas);
      },
      onDeltas: (take) => {
        takers.add(take);
        return () => takers.delete(take);
      },
    };
    this.#members.set(self, takers);
    return self;
  }
}

/** One exchange between worker and supervisor, as plain data; the supervisor passes it on to all other workers as it is. */
export interface LimitShareMessage {
  readonly kind: 'limit-share';
  /** Names of limits once, then five numbers for each key: place of the name, two halves of the hash, units, quota. */
  readonly limits: readonly string[];
  readonly numbers: readonly number[];
}

export function limitShareMessage(deltas: readonly LimitDelta[]): LimitShareMessage {
  const places = new Map<string, number>();
  const numbers: number[] = [];
  for (const { limit, high, low, units, quota } of deltas) {
    let place = places.get(limit);
    if (place === undefined) {
      place = places.size;
      places.set(limit, place);
    }
    numbers.push(place, high, low, units, quota);
  }
  return { kind: 'limit-share', limits: [...places.keys()], numbers };
}

/** Deltas of a message from another process; null when it is none, however it is malformed. */
export function readLimitShareMessage(message: unknown): LimitDelta[] | null {
  if (typeof message !== 'object' || message === null) return null;
  const { kind, limits, numbers } = message as { readonly [name: string]: unknown };
  if (kind !== 'limit-share' || !Array.isArray(limits) || !Array.isArray(numbers)) return null;
  if (numbers.length % 5 !== 0 || numbers.length > DELTAS_PER_MESSAGE_MAX * 5) return null;
  const deltas: LimitDelta[] = [];
  for (let at = 0; at < numbers.length; at += 5) {
    const [place, high, low, units, quota] = numbers.slice(at, at + 5) as readonly unknown[];
    const limit: unknown = limits[Number(place)];
    if (typeof limit !== 'string' || !isHalf(high) || !isHalf(low) || !isAmount(units) || !isAmount(quota)) return null;
    deltas.push({ limit, high, low, units, quota });
  }
  return deltas;
}

function isHalf(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/** A share over messages: `send` towards the supervisor, `receive` for what it passes on. */
export class MessageLimitShare implements LimitShare {
  readonly #send: (message: LimitShareMessage) => void;
  readonly #takers = new Set<(deltas: readonly LimitDelta[]) => void>();
  /** Messages that could not be read. */
  malformed = 0;

  constructor(send: (message: LimitShareMessage) => void) {
    this.#send = send;
  }

  publish(deltas: readonly LimitDelta[]): void {
    if (deltas.length > 0) this.#send(limitShareMessage(deltas));
  }

  onDeltas(take: (deltas: readonly LimitDelta[]) => void): () => void {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
  }

  /** True when the message was for a limit share, well-formed or not. */
  receive(message: unknown): boolean {
    if (typeof message !== 'object' || message === null || (message as { kind?: unknown }).kind !== 'limit-share') return false;
    const deltas = readLimitShareMessage(message);
    if (deltas === null) this.malformed++;
    else for (const take of this.#takers) take(deltas);
    return true;
  }
}

/**
 * Joins a limiter to a share. `exchange` is to be called every SHARE_MS by whoever has a timer.
 */
export class SharedLimits {
  #limiter: Limiter;
  readonly #share: LimitShare;
  readonly #leave: () => void;
  #waiting: LimitDelta[] = [];
  #sentMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds since the epoch */
  constructor(limiter: Limiter, share: LimitShare, now: () => number) {
    this.#limiter = limiter;
    this.#share = share;
    limiter.shareDeltas();
    this.#leave = share.onDeltas((deltas) => {
      this.#limiter.absorb(deltas, now());
    });
  }

  /** The limiter of a new policy goes on in place of the one before. */
  replace(limiter: Limiter): void {
    this.#waiting.push(...this.#limiter.takeDeltas().slice(0, DELTAS_PER_MESSAGE_MAX));
    this.#limiter = limiter;
    limiter.shareDeltas();
  }

  /** To be called after each check: exchanges early when one key used much at once, at most every few milliseconds. */
  checked(nowMs: number): void {
    if (!this.#limiter.isHot || (nowMs >= this.#sentMs && nowMs - this.#sentMs < HOT_MS)) return;
    this.#sentMs = nowMs;
    this.exchange();
  }

  /** Sends what was let through since the last time. */
  exchange(): void {
    const fresh = this.#limiter.takeDeltas();
    const all = this.#waiting.length === 0 ? fresh : [...this.#waiting, ...fresh];
    if (all.length === 0) return;
    if (all.length > DELTAS_PER_MESSAGE_MAX) all.sort((a, b) => b.units / b.quota - a.units / a.quota);
    this.#waiting = all.splice(DELTAS_PER_MESSAGE_MAX, WAITING_MAX);
    this.#share.publish(all);
  }

  close(): void {
    this.#leave();
  }
}

/** Deltas that wait for the next message; the least used beyond it stay untold. */
const WAITING_MAX = 50_000;
