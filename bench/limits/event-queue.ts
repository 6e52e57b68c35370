/** What happens next in a simulation: a binary heap of actions by instant, the earlier added first among equals. */
export class EventQueue {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #actions: (() => void)[] = [];
  #added = 0;

  at(time: number, action: () => void): void {
    const order = this.#added++;
    let at = this.#times.length;
    this.#put(at, time, order, action);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(time, order, above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, time, order, action);
  }

  /** Takes the next action out; null when nothing is left. */
  take(): { readonly time: number; readonly action: () => void } | null {
    const size = this.#times.length;
    if (size === 0) return null;
    const first = { time: this.#times[0] as number, action: this.#actions[0] as () => void };
    const time = this.#times.pop() as number;
    const order = this.#orders.pop() as number;
    const action = this.#actions.pop() as () => void;
    if (size === 1) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size - 1) break;
      if (below + 1 < size - 1 && this.#isBefore(this.#times[below + 1] as number, this.#orders[below + 1] as number, below)) below++;
      if (this.#isBefore(time, order, below)) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, time, order, action);
    return first;
  }

  #isBefore(time: number, order: number, other: number): boolean {
    const otherTime = this.#times[other] as number;
    return time < otherTime || (time === otherTime && order < (this.#orders[other] as number));
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] as number, this.#orders[from] as number, this.#actions[from] as () => void);
  }

  #put(at: number, time: number, order: number, action: () => void): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#actions[at] = action;
  }
}
