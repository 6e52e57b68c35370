/** Takes the batches of guard workers into a workspace, each once, whether it comes by message, by spool file, or by both. */
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import { SeenSequence } from '../engine/evidence/seen-sequence.ts';
import type { SourceItem } from '../sources/source.ts';
import type { LiveSource, Workspace } from './use-cases.ts';

/** Batches that may wait to be written at once; the next is refused and spooled by its worker. */
const WAITING_MAX = 512;
/** Workers whose counted batches are remembered; beyond, all are read anew from the store. */
const WORKERS_MAX = 1_000;

export interface GuardIntake {
  /** Resolves true once the batch is on disk, or was before; false = not taken, keep it. Never rejects. */
  take(batch: GuardBatch): Promise<boolean>;
  /** Lines of a spool that could not be read. */
  malformed(file: string, line: number, message: string): Promise<void>;
  /** Writes what is pending. The workspace stays open. */
  close(): Promise<void>;
}

const intakes = new WeakMap<Workspace, GuardIntake>();

/** The intake of this workspace; asked for twice, it is the same one: there is one account of what was taken. */
export function guardIntake(workspace: Workspace): GuardIntake {
  const held = intakes.get(workspace);
  if (held !== undefined) return held;
  const made = new WorkspaceIntake(workspace, () => intakes.delete(workspace));
  intakes.set(workspace, made);
  return made;
}

class WorkspaceIntake implements GuardIntake {
  readonly #workspace: Workspace;
  readonly #live: LiveSource;
  readonly #onClose: () => void;
  /** Acknowledged batches by worker, as the store has them. */
  #seen: Promise<Map<string, SeenSequence>> | null = null;
  readonly #pending = new Map<string, Promise<boolean>>();

  constructor(workspace: Workspace, onClose: () => void) {
    this.#workspace = workspace;
    this.#live = workspace.openLive('guard', 'guard');
    this.#onClose = onClose;
  }

  take(batch: GuardBatch): Promise<boolean> {
    const key = `${batch.worker} ${batch.seq}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= WAITING_MAX) return Promise.resolve(false);
    const taken = this.#take(batch)
      .catch(() => false)
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, taken);
    return taken;
  }

  async malformed(file: string, line: number, message: string): Promise<void> {
    await this.#live.push([{ kind: 'malformed', line, message: `${file}: ${message}` }]);
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.#live.close();
  }

  async #take(batch: GuardBatch): Promise<boolean> {
    if ((await this.#known()).get(batch.worker)?.has(batch.seq) === true) return true;
    const item: SourceItem = { kind: 'guard', batch };
    await this.#live.deliver([item]);
    const seen = await this.#known();
    let sequence = seen.get(batch.worker);
    if (sequence === undefined) {
      sequence = new SeenSequence();
      if (seen.size >= WORKERS_MAX) this.#seen = null;
      seen.set(batch.worker, sequence);
    }
    sequence.add(batch.seq);
    return true;
  }

  #known(): Promise<Map<string, SeenSequence>> {
    this.#seen ??= this.#workspace.store.listGuardWorkers().then(
      (workers) => new Map(workers.map((worker) => [worker.id, new SeenSequence(worker.seen)])),
      (error: unknown) => {
        this.#seen = null;
        throw error;
      },
    );
    return this.#seen;
  }
}
