/** A number for each of up to millions of keys, in typed arrays: 16 B a slot, split in segments so that no write moves much. */

const SEGMENTS = 256;
const SLOTS_FIRST = 16;
const SLOT_BYTES = 16;
/** Occupied share at which a segment is rebuilt without its dead entries, and the share of a segment just rebuilt. */
const FULL_SHARE = 0.88;
const REBUILT_SHARE = 0.7;
/** Share of the entries of a segment at its bound, the least used ones, that make room at once. */
const PUSHED_OUT_SHARE = 0.1;

/** Slots side by side, so that a look at one touches one line of cache: 4 words each, the last two of them the value. */
interface Segment {
  /** Halves of the hash at 4 x slot and the next; both 0 = never used. */
  readonly words: Uint32Array;
  /** The same memory; the value of a slot is at 2 x slot + 1. */
  readonly values: Float64Array;
  readonly slots: number;
  used: number;
}

/**
 * Open-addressed table from a 64-bit hash (never 0) to a number that only grows while it matters (a theoretical arrival time, a
 * window with its count). An entry whose value is at or below `deadBelow` says nothing any more and is reused.
 *
 * When it is full the least used tenth of a segment makes room, and from then on every key that is not found counts as
 * used as much as the most used entry that ever had to go. So fullness can make the table stricter
 * for newcomers, never forgetful: what it answers is at or above the truth. `pushedOut` says that it happened.
 */
export class KeyTable {
  /** Entries that mattered and had to make room, since the start. */
  pushedOut = 0;
  readonly #segments: (Segment | null)[] = new Array<Segment | null>(SEGMENTS).fill(null);
  /** INVARIANT: no key that was ever pushed out of segment i had a value above #floors[i]. */
  readonly #floors = new Float64Array(SEGMENTS).fill(Number.NEGATIVE_INFINITY);
  readonly #slotsMax: number;
  #foundSlot = -1;

  readonly #whenFull: 'stricter' | 'forget';

  /**
   * @param keysMax bound of live keys. Memory is taken as keys come, 18 to 23 B for each.
   * @param whenFull `forget` where a high value is a merit, so that a full table must not hand it to newcomers
   */
  constructor(keysMax: number, whenFull: 'stricter' | 'forget' = 'stricter') {
    this.#whenFull = whenFull;
    this.#slotsMax = Math.max(SLOTS_FIRST, Math.ceil(keysMax / SEGMENTS / FULL_SHARE));
  }

  /** The value of a key; `deadBelow` when it has none that matters. Remembers the place for `put`. */
  get(high: number, low: number, deadBelow: number): number {
    const index = high >>> 24;
    const segment = this.#segments[index] as Segment | null;
    this.#foundSlot = -1;
    const floor = this.#floors[index] as number;
    if (segment === null) return Math.max(floor, deadBelow);
    const { words, values, slots } = segment;
    let at = home(low, slots);
    let reusable = -1;
    for (let step = 0; step < slots; step++) {
      const foundHigh = words[4 * at] as number;
      const foundLow = words[4 * at + 1] as number;
      if (foundLow === low && foundHigh === high) {
        this.#foundSlot = at;
        const value = values[2 * at + 1] as number;
        return Math.max(value, deadBelow);
      }
      if (foundLow === 0 && foundHigh === 0) {
        if (reusable < 0 && segment.used < slots * FULL_SHARE) reusable = at;
        break;
      }
      if (reusable < 0 && (values[2 * at + 1] as number) <= deadBelow) reusable = at;
      if (++at === slots) at = 0;
    }
    this.#foundSlot = reusable;
    return Math.max(floor, deadBelow);
  }

  /** Sets the value of the key that `get` was last asked for; nothing else may be called in between. */
  put(high: number, low: number, value: number, deadBelow: number): void {
    const index = high >>> 24;
    const segment = this.#segments[index] as Segment | null;
    const at = this.#foundSlot;
    if (segment === null || at < 0) {
      this.#insert(index, high, low, value, deadBelow);
      return;
    }
    write(segment, at, high, low, value);
  }

  /** Replaces each value that matters and every floor. */
  change(deadBelow: number, changed: (value: number) => number): void {
    this.#segments.forEach((segment, index) => {
      const floor = this.#floors[index] as number;
      if (floor > deadBelow) this.#floors[index] = changed(floor);
      if (segment === null) return;
      for (let at = 0; at < segment.slots; at++) {
        const value = segment.values[2 * at + 1] as number;
        if (isUsed(segment, at) && value > deadBelow) segment.values[2 * at + 1] = changed(value);
      }
    });
  }

  /** Entries that matter. Walks everything: for figures, not for decisions. */
  live(deadBelow: number): number {
    let count = 0;
    for (const segment of this.#segments) if (segment !== null) count += countAbove(segment, deadBelow);
    return count;
  }

  get bytes(): number {
    let slots = 0;
    for (const segment of this.#segments) slots += segment?.slots ?? 0;
    return slots * SLOT_BYTES;
  }

  #insert(index: number, high: number, low: number, value: number, deadBelow: number): void {
    const segment = this.#segments[index] as Segment | null;
    let keepAbove = deadBelow;
    let wanted = (segment === null ? 0 : countAbove(segment, deadBelow)) + 1;
    if (segment !== null && wanted > this.#slotsMax * FULL_SHARE) {
      const values = valuesAbove(segment, deadBelow).sort();
      keepAbove = values[Math.floor(values.length * PUSHED_OUT_SHARE)] as number;
      const kept = countAbove(segment, keepAbove);
      this.pushedOut += values.length - kept;
      if (this.#whenFull === 'stricter') this.#floors[index] = Math.max(this.#floors[index] as number, keepAbove);
      wanted = kept + 1;
    }
    const slots = Math.min(this.#slotsMax, Math.max(SLOTS_FIRST, Math.ceil(wanted / REBUILT_SHARE)));
    const rebuilt = emptySegment(slots);
    if (segment !== null)
      for (let at = 0; at < segment.slots; at++) {
        const kept = segment.values[2 * at + 1] as number;
        if (isUsed(segment, at) && kept > keepAbove)
          place(rebuilt, segment.words[4 * at] as number, segment.words[4 * at + 1] as number, kept);
      }
    place(rebuilt, high, low, value);
    this.#segments[index] = rebuilt;
  }
}

function home(low: number, slots: number): number {
  return Math.floor((low / 4_294_967_296) * slots);
}

function emptySegment(slots: number): Segment {
  const memory = new ArrayBuffer(slots * SLOT_BYTES);
  return { words: new Uint32Array(memory), values: new Float64Array(memory), slots, used: 0 };
}

function isUsed({ words }: Segment, at: number): boolean {
  return words[4 * at] !== 0 || words[4 * at + 1] !== 0;
}

function countAbove(segment: Segment, bound: number): number {
  let count = 0;
  for (let at = 0; at < segment.slots; at++) if ((segment.values[2 * at + 1] as number) > bound && isUsed(segment, at)) count++;
  return count;
}

function valuesAbove(segment: Segment, bound: number): Float64Array {
  const found = new Float64Array(countAbove(segment, bound));
  let count = 0;
  for (let at = 0; at < segment.slots; at++) {
    const value = segment.values[2 * at + 1] as number;
    if (value > bound && isUsed(segment, at)) found[count++] = value;
  }
  return found;
}

function write(segment: Segment, at: number, high: number, low: number, value: number): void {
  if (!isUsed(segment, at)) segment.used++;
  segment.words[4 * at] = high;
  segment.words[4 * at + 1] = low;
  segment.values[2 * at + 1] = value;
}

/** Puts an entry at the first free slot from its home; the segment has one. */
function place(segment: Segment, high: number, low: number, value: number): void {
  let at = home(low, segment.slots);
  while (isUsed(segment, at)) if (++at === segment.slots) at = 0;
  write(segment, at, high, low, value);
}
