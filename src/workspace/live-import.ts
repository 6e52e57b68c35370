/**
 * A source without an end: the OpenTelemetry receiver, a followed log. Items are acknowledged every few seconds, the
 * inventory is rebuilt at most as often as it can be looked at, and both go on when the source falls silent.
 */
import { setImmediate as afterPending } from 'node:timers/promises';
import type { SourceItem } from '../sources/source.ts';
import type { ImportSteps, ReachedPosition } from './import-steps.ts';

/** A step is acknowledged this long after its first item at the latest, milliseconds. */
const FLUSH_MS = 2_000;
/** So many deliveries are acknowledged at once: whoever delivers in bulk has room for a few dozen under way. */
const WAITING_MAX = 32;
/** The inventory follows this long after new items at the earliest; learning a large one takes seconds itself. */
const REBUILD_MS = 5_000;

export interface LiveParts {
  /** Runs one writer at a time. */
  readonly write: <T>(work: () => Promise<T>) => Promise<T>;
  /** The counting of this source, on the paths that are current. */
  readonly steps: () => Promise<ImportSteps>;
  /** How far the items handed over before the present `push` go. */
  readonly position: () => ReachedPosition | null;
  readonly rebuild: () => Promise<unknown>;
  /** Something is on disk that was not; `decisions` of a guard are among it. */
  readonly onCommit: (step: { readonly decisions: number }) => Promise<void>;
  /** Hears faults of the store; the source goes on and the items stay owed. */
  readonly onFault: (error: unknown) => void;
}

export class LiveImport {
  readonly #parts: LiveParts;
  #flushTimer: NodeJS.Timeout | null = null;
  #rebuildTimer: NodeJS.Timeout | null = null;
  #closed = false;
  /** Nothing was ever taken: closing then leaves no trace of a source that never spoke. */
  #isUsed = false;
  /** Who waits for the next acknowledgement, with the steps that hold what they delivered. */
  #waiting: { readonly steps: ImportSteps; readonly resolve: () => void; readonly reject: (reason: Error) => void }[] = [];

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** Takes items; resolves when they are counted (acknowledged soon after). Waiting for it is the back-pressure. */
  async push(items: readonly SourceItem[]): Promise<void> {
    await this.#take(items, () => {});
  }

  /** Takes items; resolves when they are on disk, and rejects when they were given up: then they may be delivered again. */
  async deliver(items: readonly SourceItem[]): Promise<void> {
    if (this.#closed) throw new Error('This source is closed.');
    if (items.length === 0) return;
    const settled = Promise.withResolvers<void>();
    // Whoever waits hears it by the last line; a failure before that line is the one that counts.
    settled.promise.catch(() => undefined);
    await this.#take(items, (steps) => this.#waiting.push({ steps, resolve: settled.resolve, reject: settled.reject }));
    await settled.promise;
  }

  /** Acknowledges what is pending, rebuilds once, and ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    if (this.#rebuildTimer !== null) clearTimeout(this.#rebuildTimer);
    if (!this.#isUsed) return;
    await this.#parts.write(async () => {
      const steps = await this.#steps();
      try {
        await steps.commit('complete', this.#parts.position());
        this.#settle(steps);
      } finally {
        for (const { reject } of this.#waiting.splice(0)) reject(new Error('The store did not take it before the source was closed.'));
      }
      await this.#parts.rebuild();
    });
  }

  async #take(items: readonly SourceItem[], taken: (steps: ImportSteps) => void): Promise<void> {
    if (this.#closed || items.length === 0) return;
    this.#isUsed = true;
    await this.#parts.write(async () => {
      const steps = await this.#steps();
      // Before these items are taken, position and counts agree: the reader moved on when it handed them over.
      if (steps.isDue) await this.#commit(steps);
      for (const item of items) await steps.take(item);
      taken(steps);
      if (this.#waiting.length >= WAITING_MAX) await this.#commit(steps);
    });
    this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  /** The steps to count with; whoever waits for others was given up with them. */
  async #steps(): Promise<ImportSteps> {
    const steps = await this.#parts.steps();
    this.#waiting = this.#waiting.filter((waiting) => {
      if (waiting.steps === steps) return true;
      waiting.reject(new Error('What was counted was given up after a fault of the store.'));
      return false;
    });
    return steps;
  }

  #settle(steps: ImportSteps): void {
    this.#waiting = this.#waiting.filter((waiting) => {
      if (waiting.steps !== steps) return true;
      waiting.resolve();
      return false;
    });
  }

  #flush(): void {
    this.#flushTimer = null;
    if (this.#closed) return;
    this.#parts
      .write(async () => {
        // The reader learns that its last items were taken only when it is asked for more; let that happen first.
        await afterPending();
        const steps = await this.#steps();
        if (steps.pending > 0) await this.#commit(steps);
      })
      .catch((error: unknown) => {
        this.#parts.onFault(error);
        if (!this.#closed) this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
      });
  }

  async #commit(steps: ImportSteps): Promise<void> {
    const { news, decisions } = steps;
    await steps.commit('following', this.#parts.position());
    this.#settle(steps);
    if (news === 0) return;
    this.#rebuildTimer ??= setTimeout(() => {
      this.#rebuildTimer = null;
      if (!this.#closed) this.#parts.write(this.#parts.rebuild).catch(this.#parts.onFault);
    }, REBUILD_MS).unref();
    await this.#parts.onCommit({ decisions });
  }
}
