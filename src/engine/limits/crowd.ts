/**
 * How many people stand behind an address, as far as somebody vouches for them: proven callers and familiar visitors.
 * An office, a campus or a carrier's gateway is told from a lone machine by who else calls from it, which a botnet on
 * other people's lines cannot make up.
 */
import { addressKey } from './address-key.ts';
import { hashKey, type KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';

const BUCKET_MS = 300_000;
const COUNT_STEP = 2 ** 10;
const PEOPLE_MAX = COUNT_STEP - 1;
const BUCKET_STEP = COUNT_STEP ** 2;
const KEYS_MAX = 262_144;
const PAIR = 101;
const ADDRESS = 102;

export class Crowd {
  readonly #pairs = new KeyTable(KEYS_MAX, 'forget');
  /** Bucket x 2^20 + people of the bucket before x 2^10 + people of this one. */
  readonly #people = new KeyTable(KEYS_MAX, 'forget');
  readonly #seed: number;
  readonly #hash: KeyHash = { high: 0, low: 0 };

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A vouched-for identity calls from this address. */
  seen(address: string, identity: string, nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    const place = addressKey(address);
    const hash = this.#hash;
    hashKey(this.#seed, PAIR, `${place} ${identity}`, hash);
    if (this.#pairs.get(hash.high, hash.low, bucket - 1) >= bucket) return;
    this.#pairs.put(hash.high, hash.low, bucket, bucket - 1);
    hashKey(this.#seed, ADDRESS, place, hash);
    const deadBelow = (bucket - 1) * BUCKET_STEP - 1;
    const { earlier, current } = counts(this.#people.get(hash.high, hash.low, deadBelow), bucket);
    this.#people.put(hash.high, hash.low, bucket * BUCKET_STEP + earlier * COUNT_STEP + Math.min(PEOPLE_MAX, current + 1), deadBelow);
  }

  /** Vouched-for identities seen from the address in this bucket of five minutes or the one before, whichever is more. */
  people(address: string, nowMs: number): number {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    hashKey(this.#seed, ADDRESS, addressKey(address), this.#hash);
    const kept = this.#people.get(this.#hash.high, this.#hash.low, (bucket - 1) * BUCKET_STEP - 1);
    const { earlier, current } = counts(kept, bucket);
    return Math.max(earlier, current);
  }

  get bytes(): number {
    return this.#pairs.bytes + this.#people.bytes;
  }
}

/** People of the bucket before and of `bucket`, as a number kept in either of them says. */
function counts(kept: number, bucket: number): { readonly earlier: number; readonly current: number } {
  const of = Math.floor(kept / BUCKET_STEP);
  if (of === bucket) return { earlier: Math.floor((kept % BUCKET_STEP) / COUNT_STEP), current: kept % COUNT_STEP };
  return { earlier: of === bucket - 1 ? kept % COUNT_STEP : 0, current: 0 };
}
