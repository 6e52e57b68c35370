/** Which numbers of a sequence are counted already, as ranges: `1-40,42`. Gaps are batches that come later or never. */

/** Ranges kept; when there are more, the oldest gaps are closed: what was in them came too late. */
const RANGES_MAX = 256;

export class SeenSequence {
  /** Ordered, apart by at least one number. */
  #ranges: { from: number; to: number }[] = [];

  /** @param text as made by `toString`; anything else is read as far as it makes sense */
  constructor(text = '') {
    for (const part of text.split(',', RANGES_MAX)) {
      const [from, to = from] = part.split('-').map(Number);
      if (from !== undefined && to !== undefined && Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 1 && to >= from)
        this.#ranges.push({ from, to });
    }
    this.#join();
  }

  has(number: number): boolean {
    return this.#ranges.some((range) => range.from <= number && number <= range.to);
  }

  add(number: number): void {
    const last = this.#ranges[this.#ranges.length - 1];
    // Nearly always the next one.
    if (last !== undefined && last.to + 1 === number) {
      last.to = number;
      return;
    }
    if (this.has(number)) return;
    this.#ranges.push({ from: number, to: number });
    this.#join();
  }

  toString(): string {
    return this.#ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(',');
  }

  #join(): void {
    this.#ranges.sort((a, b) => a.from - b.from);
    const joined: { from: number; to: number }[] = [];
    for (const range of this.#ranges) {
      const last = joined[joined.length - 1];
      if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
      else joined.push({ ...range });
    }
    while (joined.length > RANGES_MAX) {
      const [first, second] = joined.splice(0, 2);
      if (first === undefined || second === undefined) break;
      joined.unshift({ from: first.from, to: second.to });
    }
    this.#ranges = joined;
  }
}
