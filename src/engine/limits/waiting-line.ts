/** Waiters ordered by a number, lowest first: a binary heap whose later half can be sampled for a bad one. */
export interface Waiter<T> {
  readonly item: T;
  /** Place in the order: lower goes first. */
  readonly rank: number;
  /** Virtual time its service begins at. */
  readonly start: number;
  /** Virtual time its flow goes on from afterwards. */
  readonly finish: number;
  readonly untilMs: number;
}

const SAMPLED = 12;

export class WaitingLine<T> {
  #heap: Waiter<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(waiter: Waiter<T>): void {
    this.#heap.push(waiter);
    this.#rise(this.#heap.length - 1);
  }

  takeFirst(): Waiter<T> | undefined {
    return this.#heap.length === 0 ? undefined : this.#takeAt(0);
  }

  /** Takes one of the last ones out if it ranks behind `rank`: the worst of a sample, never one better. */
  takeWorse(rank: number, chance: () => number): Waiter<T> | undefined {
    const size = this.#heap.length;
    const half = size >> 1;
    let worst = -1;
    let worstRank = rank;
    for (let tries = 0; tries < SAMPLED; tries++) {
      const at = half + Math.floor(chance() * (size - half));
      const candidate = this.#heap[at];
      if (candidate === undefined || candidate.rank <= worstRank) continue;
      worst = at;
      worstRank = candidate.rank;
    }
    return worst < 0 ? undefined : this.#takeAt(worst);
  }

  /** Takes out everyone whose time is up. */
  takeExpired(nowMs: number): Waiter<T>[] {
    const expired: Waiter<T>[] = [];
    const left: Waiter<T>[] = [];
    for (const waiter of this.#heap) (waiter.untilMs <= nowMs ? expired : left).push(waiter);
    if (expired.length === 0) return expired;
    this.#heap = left;
    for (let at = (left.length >> 1) - 1; at >= 0; at--) this.#sink(at);
    return expired;
  }

  /** Takes out the waiter with this item; walks the line. */
  remove(item: T): Waiter<T> | undefined {
    const at = this.#heap.findIndex((waiter) => waiter.item === item);
    return at < 0 ? undefined : this.#takeAt(at);
  }

  #takeAt(at: number): Waiter<T> {
    const heap = this.#heap;
    const taken = heap[at] as Waiter<T>;
    const last = heap.pop() as Waiter<T>;
    if (at < heap.length) {
      heap[at] = last;
      this.#sink(at);
      this.#rise(at);
    }
    return taken;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const moved = heap[from] as Waiter<T>;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((heap[above] as Waiter<T>).rank <= moved.rank) break;
      heap[at] = heap[above] as Waiter<T>;
      at = above;
    }
    heap[at] = moved;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moved = heap[from] as Waiter<T>;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Waiter<T>).rank < (heap[below] as Waiter<T>).rank) below++;
      if ((heap[below] as Waiter<T>).rank >= moved.rank) break;
      heap[at] = heap[below] as Waiter<T>;
      at = below;
    }
    heap[at] = moved;
  }
}
