/**
 * Keys that a provider publishes. Fetched when first needed, again before they grow old, and once more when a token names a
 * key that is not there (a rotation); the last at most every `UNKNOWN_KEY_PAUSE_MS`, however many such tokens come.
 */

import { type Algorithm, readKeySet, type VerificationKey } from './jwk.ts';
import { fittingKeys, type KeySearch, type KeySource, succeeded } from './key-source.ts';
import { fetchJson, OutboundFailure } from './outbound-fetch.ts';

/** Bounds on how long a set counts as fresh, whatever its `max-age` says. */
const FRESH_MS_MIN = 60_000;
const FRESH_MS_DEFAULT = 600_000;
const FRESH_MS_MAX = 24 * 3_600_000;
/** How long keys go on counting when the provider cannot be reached. */
export const STALE_MS_MAX = 24 * 3_600_000;
/** Shortest time between two fetches because of an unknown key. */
export const UNKNOWN_KEY_PAUSE_MS = 30_000;
/** First pause after a failure; doubles up to the longest. */
const RETRY_PAUSE_MS = 1_000;
const RETRY_PAUSE_MS_MAX = 60_000;
export const JWKS_BYTES_MAX = 512 * 1024;
export const JWKS_TIMEOUT_MS = 5_000;

export interface PublishedKeysOptions {
  /** Where the key set is; asked before each fetch, since discovery may move it. */
  readonly locate: () => URL | Promise<URL>;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

export class PublishedKeys implements KeySource {
  readonly #options: PublishedKeysOptions;
  readonly #closing = new AbortController();
  #keys: readonly VerificationKey[] = [];
  #loadedMs: number | null = null;
  #freshMs = FRESH_MS_DEFAULT;
  #triedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #reason = 'the keys were not fetched yet';
  #underWay: Promise<void> | null = null;

  constructor(options: PublishedKeysOptions) {
    this.#options = options;
  }

  find(kid: string | null, algorithm: Algorithm): KeySearch | Promise<KeySearch> {
    const now = this.#options.now();
    if (!this.isCurrent()) {
      if (this.#underWay === null && this.#isPausing(now)) return { kind: 'unreachable', reason: this.#reason };
      return this.#refresh().then(() => this.#answer(kid, algorithm));
    }
    const found = fittingKeys(this.#keys, kid, algorithm);
    if (found.kind !== 'unknown') return found;
    if (this.#underWay === null && (now - this.#triedMs < UNKNOWN_KEY_PAUSE_MS || this.#isPausing(now))) return found;
    return this.#refresh().then(() => this.#answer(kid, algorithm));
  }

  isCurrent(): boolean {
    const now = this.#options.now();
    if (this.#loadedMs === null || now - this.#loadedMs > STALE_MS_MAX) return false;
    // Behind the answer, so that no request waits for it.
    if (now - this.#loadedMs > this.#freshMs && !this.#isPausing(now)) void this.#refresh();
    return true;
  }

  problem(): string | null {
    return this.#failures > 0 ? this.#reason : null;
  }

  close(): void {
    this.#closing.abort();
  }

  #answer(kid: string | null, algorithm: Algorithm): KeySearch {
    return this.isCurrent() ? fittingKeys(this.#keys, kid, algorithm) : { kind: 'unreachable', reason: this.#reason };
  }

  #isPausing(now: number): boolean {
    if (this.#failures === 0) return false;
    return now - this.#triedMs < Math.min(RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10));
  }

  /** One fetch at a time; whoever asks meanwhile waits for the same one. Never rejects. */
  #refresh(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #load(): Promise<void> {
    this.#triedMs = this.#options.now();
    try {
      const { fetch } = this.#options;
      const address = await this.#options.locate();
      const answer = await fetchJson(address, {
        fetch,
        bytesMax: JWKS_BYTES_MAX,
        timeoutMs: JWKS_TIMEOUT_MS,
        signal: this.#closing.signal,
      });
      const keys = readKeySet(answer.json, false);
      // An answer without a usable key is an outage at the provider, not a reason to throw away those that worked.
      if (keys === null || keys.length === 0) throw new OutboundFailure(`${address.host} published no usable key`);
      this.#keys = succeeded(this.#keys, keys);
      this.#loadedMs = this.#options.now();
      const seconds = answer.maxAgeSeconds;
      this.#freshMs = seconds === null ? FRESH_MS_DEFAULT : Math.min(FRESH_MS_MAX, Math.max(FRESH_MS_MIN, seconds * 1_000));
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#reason = error instanceof OutboundFailure ? error.message : 'the keys could not be fetched';
    }
  }
}
