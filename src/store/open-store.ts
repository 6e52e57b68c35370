/** The door to what Stance keeps: opens one workspace, in a data folder or in PostgreSQL, for reading or as its one writer. */
import { openPostgresStore } from './postgres-workspace.ts';
import { openSqliteStore } from './sqlite-workspace.ts';
import type { Store } from './store.ts';
import { checkWorkspaceName, type StorePlace } from './workspace-name.ts';

export type OpenStoreOptions = StorePlace & {
  /** 1 to 40 of `a-z 0-9 -`. A writer makes the workspace when it is missing. */
  readonly workspace: string;
  readonly mode: 'read' | 'write';
  /** Milliseconds since the epoch; for the record of migrations and of who holds the workspace. */
  readonly now: () => number;
  /** What this process is, for the message a second writer gets: `stance import`. */
  readonly holder?: string;
};

/**
 * Throws StanceError: `workspace-busy` (a second writer; names the process), `not-found` (reading what does not exist),
 * `workspace-unreadable` (permission, damage, a newer version's data, no server), `storage-full`, `usage` (the name).
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { mode, now, holder = 'stance' } = options;
  const workspace = checkWorkspaceName(options.workspace);
  return 'dir' in options
    ? openSqliteStore({ dir: options.dir, workspace, mode, now, holder })
    : openPostgresStore({ url: options.url, workspace, mode, now, holder });
}
