/** Counts what one input held, as it is read; the parts always add up to what was seen. */

import type { Observation } from '../engine/evidence/observation.ts';
import type { SourceAccount, SourceSight } from '../engine/evidence/source-account.ts';
import type { Exchange } from '../engine/http/exchange.ts';

const MALFORMED_SHOWN_MAX = 10;
const CLIENTS_COUNTED_MAX = 1000;
/** Reasons listed by name; rarer ones share one. */
const REASONS_MAX = 40;
const CLOCK_TOLERANCE_MS = 60_000;

export interface ExchangeSight {
  readonly clientAddress: boolean;
  readonly headers: boolean;
  readonly bodies: boolean;
  readonly duration: boolean;
}

export class SourceAccountBook {
  #seen = 0;
  #read = 0;
  #malformed = 0;
  readonly #folded: Record<string, number> = {};
  readonly #excluded: Record<string, number> = {};
  readonly #malformedLines: { line: number; message: string }[] = [];
  readonly #clients = new Set<string>();
  #sight = {
    exchanges: 0,
    clientAddress: 0,
    credential: 0,
    headers: 0,
    bodies: 0,
    duration: 0,
    host: 0,
    inFuture: 0,
    outOfOrder: 0,
    largestGapMs: 0,
  };
  #firstMs: number | null = null;
  #lastMs: number | null = null;
  #previousMs: number | null = null;

  /** Continues from an earlier part of the same input. */
  constructor(
    earlier: {
      readonly account: SourceAccount;
      readonly sight: SourceSight;
      readonly firstMs: number | null;
      readonly lastMs: number | null;
    } | null,
  ) {
    if (earlier === null) return;
    const { account, sight } = earlier;
    this.#seen = account.seen;
    this.#read = account.read;
    this.#malformed = account.malformed;
    Object.assign(this.#folded, account.folded);
    Object.assign(this.#excluded, account.excluded);
    this.#malformedLines.push(...account.malformedLines);
    const total = sight.exchanges;
    this.#sight = {
      exchanges: total,
      clientAddress: Math.round(sight.withClientAddress * total),
      credential: Math.round(sight.withCredentialInfo * total),
      headers: Math.round(sight.withHeaders * total),
      bodies: Math.round(sight.withBodies * total),
      duration: Math.round(sight.withDuration * total),
      host: Math.round(sight.withHost * total),
      inFuture: sight.inFuture,
      outOfOrder: sight.outOfOrder,
      largestGapMs: sight.largestGapMs,
    };
    this.#firstMs = earlier.firstMs;
    this.#lastMs = earlier.lastMs;
  }

  get seen(): number {
    return this.#seen;
  }

  exchange(exchange: Exchange, observation: Observation, nowMs: number): void {
    const sees = {
      clientAddress: exchange.clientAddress !== null,
      headers: exchange.requestHeaders !== null,
      bodies: exchange.requestBody !== null || exchange.responseBody !== null,
      duration: exchange.durationMs !== null,
    };
    this.observed(observation, sees, nowMs);
  }

  /** An exchange that was masked where it was seen; `sees` says what was visible there. */
  observed(observation: Observation, sees: ExchangeSight, nowMs: number): void {
    this.#seen++;
    if (observation.noise === null) this.#read++;
    else this.#countReason(this.#folded, observation.noise);
    const sight = this.#sight;
    sight.exchanges++;
    if (sees.clientAddress) sight.clientAddress++;
    if (observation.auth !== 'unknown') sight.credential++;
    if (sees.headers) sight.headers++;
    if (sees.bodies) sight.bodies++;
    if (sees.duration) sight.duration++;
    if (observation.host !== null) sight.host++;
    if (observation.client !== null && this.#clients.size < CLIENTS_COUNTED_MAX) this.#clients.add(observation.client);
    if (observation.atMs > nowMs + CLOCK_TOLERANCE_MS) sight.inFuture++;
    if (this.#previousMs !== null) {
      const gap = observation.atMs - this.#previousMs;
      if (gap < -CLOCK_TOLERANCE_MS) sight.outOfOrder++;
      if (gap > sight.largestGapMs) sight.largestGapMs = gap;
    }
    this.#previousMs = observation.atMs;
    this.#firstMs = this.#firstMs === null ? observation.atMs : Math.min(this.#firstMs, observation.atMs);
    this.#lastMs = this.#lastMs === null ? observation.atMs : Math.max(this.#lastMs, observation.atMs);
  }

  declared(operations: number): void {
    this.#seen += operations;
    this.#read += operations;
  }

  excluded(reason: string, count = 1): void {
    this.#seen += count;
    this.#countReason(this.#excluded, reason, count);
  }

  /** Read, and no call of the inventory. */
  folded(reason: string, count: number): void {
    this.#seen += count;
    this.#countReason(this.#folded, reason, count);
  }

  malformed(line: number, message: string): void {
    this.#seen++;
    this.#malformed++;
    if (this.#malformedLines.length < MALFORMED_SHOWN_MAX) this.#malformedLines.push({ line, message: message.slice(0, 200) });
  }

  account(): SourceAccount {
    return {
      seen: this.#seen,
      read: this.#read,
      folded: { ...this.#folded },
      excluded: { ...this.#excluded },
      malformed: this.#malformed,
      malformedLines: [...this.#malformedLines],
    };
  }

  sight(): SourceSight {
    const total = this.#sight.exchanges;
    const share = (count: number) => (total === 0 ? 0 : count / total);
    return {
      exchanges: total,
      withClientAddress: share(this.#sight.clientAddress),
      distinctClients: this.#clients.size,
      withCredentialInfo: share(this.#sight.credential),
      withHeaders: share(this.#sight.headers),
      withBodies: share(this.#sight.bodies),
      withDuration: share(this.#sight.duration),
      withHost: share(this.#sight.host),
      inFuture: this.#sight.inFuture,
      outOfOrder: this.#sight.outOfOrder,
      largestGapMs: this.#sight.largestGapMs,
    };
  }

  span(): { readonly firstMs: number | null; readonly lastMs: number | null } {
    return { firstMs: this.#firstMs, lastMs: this.#lastMs };
  }

  #countReason(counts: Record<string, number>, reason: string, count = 1): void {
    const name = reason in counts || Object.keys(counts).length < REASONS_MAX ? reason : 'other reasons';
    counts[name] = (counts[name] ?? 0) + count;
  }
}
