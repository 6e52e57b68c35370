/**
 * The workspaces this server holds open, each as its one writer, and the order in which changes to one are made.
 */
import { StanceError } from '../errors.ts';
import type { Workspace } from '../workspace/use-cases.ts';

/** Workspaces open at once; each holds a database and its caches. */
const openMax = 32;
/** Changes of one workspace that may wait for the one in hand, imports included. */
const waitingMax = 16;

/** What the pool needs to know about where workspaces live; the command line wires it to the data folder or PostgreSQL. */
export interface WorkspaceHost {
  list(): Promise<readonly { readonly name: string; readonly createdMs: number | null }[]>;
  open(name: string): Promise<Workspace>;
  delete(name: string): Promise<void>;
}

interface Held {
  readonly workspace: Promise<Workspace>;
  /** The change last queued; the next one waits for it. */
  tail: Promise<unknown>;
  waiting: number;
}

export class WorkspacePool {
  readonly #host: WorkspaceHost;
  readonly #held = new Map<string, Held>();
  #closed = false;

  constructor(host: WorkspaceHost) {
    this.#host = host;
  }

  async list(): Promise<readonly { readonly name: string; readonly createdMs: number | null }[]> {
    return this.#host.list();
  }

  /** An existing workspace. @throws StanceError `not-found`, `workspace-busy` when another process writes to it */
  async get(name: string): Promise<Workspace> {
    return this.#hold(await this.#known(name)).workspace;
  }

  /**
   * Runs one change after the other, so that two requests cannot rebuild one inventory at once.
   * @throws StanceError `workspace-busy` when too many wait already
   */
  async change<T>(name: string, work: (workspace: Workspace) => Promise<T>): Promise<T> {
    const held = this.#hold(await this.#known(name));
    if (held.waiting >= waitingMax) {
      throw new StanceError('workspace-busy', {
        message: `${waitingMax} changes of ${name} are waiting already.`,
        next: 'Try again when the import that runs has ended.',
      });
    }
    held.waiting++;
    const before = held.tail;
    const run = (async () => {
      await before;
      return work(await held.workspace);
    })();
    // The next in line waits for the end, not for success.
    held.tail = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      held.waiting--;
    }
  }

  /**
   * Opens what is there, and `main`, so that a second server or an import finds them taken at once.
   * @param holder what this process is, for whoever is refused
   */
  async openAll(main: string, holder: string): Promise<void> {
    const names = new Set([main, ...(await this.#host.list()).map(({ name }) => name)]);
    for (const name of [...names].slice(0, openMax)) {
      const workspace = await this.#hold(name).workspace;
      await workspace.store.describeHolder(holder);
    }
  }

  async create(name: string): Promise<Workspace> {
    if ((await this.#host.list()).some((row) => row.name === name)) {
      throw new StanceError('conflict', { message: `There is a workspace ${name} already.`, next: 'Choose another name.' });
    }
    return this.#hold(name).workspace;
  }

  /** Waits for the change in hand, closes and deletes. */
  async delete(name: string): Promise<void> {
    await this.#known(name);
    const held = this.#held.get(name);
    this.#held.delete(name);
    if (held !== undefined) {
      await held.tail;
      await (await held.workspace).close();
    }
    await this.#host.delete(name);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const { workspace, tail } of all) {
      await tail;
      const open = await workspace.catch(() => null);
      await open?.close();
    }
  }

  async #known(name: string): Promise<string> {
    if (this.#held.has(name) || (await this.#host.list()).some((row) => row.name === name)) return name;
    throw new StanceError('not-found', { message: `There is no workspace ${name}.`, next: 'GET /api/v1/workspaces lists them.' });
  }

  #hold(name: string): Held {
    if (this.#closed) throw new StanceError('workspace-busy', { message: 'The server is stopping.', next: 'Start it again.' });
    const there = this.#held.get(name);
    if (there !== undefined) return there;
    if (this.#held.size >= openMax) {
      throw new StanceError('workspace-busy', {
        message: `${openMax} workspaces are open, the most one server holds.`,
        next: 'Restart the server, or delete workspaces that are not needed.',
      });
    }
    const workspace = this.#host.open(name);
    const held: Held = { workspace, tail: Promise.resolve(), waiting: 0 };
    this.#held.set(name, held);
    // One that could not be opened is tried anew by the next request; whoever asked gets the error.
    workspace.catch(() => this.#held.delete(name));
    return held;
  }
}
