/**
 * A source without an end: the OpenTelemetry receiver, a followed log. Items are acknowledged every few seconds, the
 * inventory is rebuilt at most as often as it can be looked at, and both go on when the source falls silent.
 */
import { setImmediate as afterPending } from 'node:timers/promises';
import type { SourceItem } from '../sources/source.ts';
import type { ImportSteps, ReachedPosition } from './import-steps.ts';

/** A step is acknowledged this long after its first item at the latest, milliseconds. */
const FLUSH_MS = 2_000;
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
  /** Hears faults of the store; the source goes on and the items stay owed. */
  readonly onFault: (error: unknown) => void;
}

export class LiveImport {
  readonly #parts: LiveParts;
  #flushTimer: NodeJS.Timeout | null = null;
  #rebuildTimer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** Takes items; resolves when they are counted (acknowledged soon after). Waiting for it is the back-pressure. */
  async push(items: readonly SourceItem[]): Promise<void> {
    if (this.#closed || items.length === 0) return;
    await this.#parts.write(async () => {
      const steps = await this.#parts.steps();
      // Before these items are taken, position and counts agree: the reader moved on when it handed them over.
      if (steps.isDue) await this.#commit(steps);
      for (const item of items) await steps.take(item);
    });
    this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  /** Acknowledges what is pending, rebuilds once, and ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    if (this.#rebuildTimer !== null) clearTimeout(this.#rebuildTimer);
    await this.#parts.write(async () => {
      const steps = await this.#parts.steps();
      await steps.commit('complete', this.#parts.position());
      await this.#parts.rebuild();
    });
  }

  #flush(): void {
    this.#flushTimer = null;
    if (this.#closed) return;
    this.#parts
      .write(async () => {
        // The reader learns that its last items were taken only when it is asked for more; let that happen first.
        await afterPending();
        const steps = await this.#parts.steps();
        if (steps.pending > 0) await this.#commit(steps);
      })
      .catch((error: unknown) => {
        this.#parts.onFault(error);
        if (!this.#closed) this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
      });
  }

  async #commit(steps: ImportSteps): Promise<void> {
    await steps.commit('following', this.#parts.position());
    this.#rebuildTimer ??= setTimeout(() => {
      this.#rebuildTimer = null;
      if (!this.#closed) this.#parts.write(this.#parts.rebuild).catch(this.#parts.onFault);
    }, REBUILD_MS).unref();
  }
}
