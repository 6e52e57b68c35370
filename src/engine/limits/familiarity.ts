/**
 * Which identities have been here before and behaved: a bounded table from identity to the last hour it was answered
 * well in, and in how many hours it was. Someone who turns up with an attack is not familiar, however much it then gets
 * answered within the hour.
 */
import { hashKey, type KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { type LimitKeyText, type LimitSubject, limitKey } from './limit-subject.ts';

const HOUR_MS = 3_600_000;
const FAMILIAR_HOURS = 60 * 24;
/** Hours with good answers that make an identity familiar. */
const HOURS_NEEDED = 2;
const COUNT_STEP = 64;

export class Familiarity {
  readonly #table: KeyTable;
  readonly #seed: number;
  readonly #hash: KeyHash = { high: 0, low: 0 };
  readonly #keyText: LimitKeyText = { kind: 0, text: '' };

  constructor(seed: number, keysMax = 1_048_576) {
    this.#seed = seed;
    this.#table = new KeyTable(keysMax, 'forget');
  }

  /** The identity was answered well: not refused, no failed login, nothing objected. */
  behaved(subject: LimitSubject, nowMs: number): void {
    const hour = Math.floor(nowMs / HOUR_MS);
    const deadBelow = (hour - FAMILIAR_HOURS) * COUNT_STEP;
    const kept = this.#get(subject, deadBelow);
    const last = Math.floor(kept / COUNT_STEP);
    if (last >= hour && kept > deadBelow) return;
    const hours = kept > deadBelow ? Math.min(COUNT_STEP - 1, (kept % COUNT_STEP) + 1) : 1;
    this.#table.put(this.#hash.high, this.#hash.low, hour * COUNT_STEP + hours, deadBelow);
  }

  isFamiliar(subject: LimitSubject, nowMs: number): boolean {
    const deadBelow = (Math.floor(nowMs / HOUR_MS) - FAMILIAR_HOURS) * COUNT_STEP;
    const kept = this.#get(subject, deadBelow);
    return kept > deadBelow && kept % COUNT_STEP >= HOURS_NEEDED;
  }

  #get(subject: LimitSubject, deadBelow: number): number {
    limitKey('identity', subject, this.#keyText);
    hashKey(this.#seed, this.#keyText.kind, this.#keyText.text, this.#hash);
    return this.#table.get(this.#hash.high, this.#hash.low, deadBelow);
  }
}
