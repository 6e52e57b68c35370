/** What was used once and must not be used again. Behind an interface, so that several machines can share one. */
import { digestOf } from './verifier.ts';

export type ReplayAnswer = 'fresh' | 'seen' | 'full';

export interface ReplayMemory {
  /** Takes `name` until `untilMs`: `seen` when it is taken already, `full` when nothing more can be told apart. */
  take(name: string, untilMs: number, nowMs: number): ReplayAnswer | Promise<ReplayAnswer>;
}

/** Names held at once; only what was proven gets here, so a stranger cannot fill it. */
export const REPLAYS_MAX = 200_000;

/** The memory of this process alone: between worker processes, one copy for each can pass. */
export class LocalReplays implements ReplayMemory {
  /** Digest of the name to the time it ends, in the order they came. */
  readonly #taken = new Map<string, number>();

  take(name: string, untilMs: number, nowMs: number): ReplayAnswer {
    for (const [print, endMs] of this.#taken) {
      if (endMs > nowMs) break;
      this.#taken.delete(print);
    }
    const print = digestOf(name);
    const endMs = this.#taken.get(print);
    if (endMs !== undefined && endMs > nowMs) return 'seen';
    if (this.#taken.size >= REPLAYS_MAX) return 'full';
    this.#taken.delete(print);
    this.#taken.set(print, untilMs);
    return 'fresh';
  }
}
