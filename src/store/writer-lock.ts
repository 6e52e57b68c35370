/**
 * The one writer of a workspace folder. The lock is an open exclusive transaction on a small SQLite file of its own: the
 * kernel drops it when the process ends in whatever way, `kill -9` included, so a stale lock cannot exist. Who holds it
 * is written beside it, for the message the second writer gets.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StanceError } from '../errors.ts';

// INVARIANT: lock.db is opened by SQLite only. POSIX drops a process's locks on a file when it closes any descriptor of it.
const LOCK_FILE = 'lock.db';
const HOLDER_FILE = 'holder.json';
const SQLITE_BUSY = 5;

export interface WriterLock {
  /** Says what the holder is (`stance up, http://127.0.0.1:7700`) to whoever is refused. */
  describe(holder: string): void;
  release(): void;
}

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly sinceMs: number;
  readonly holder: string;
}

/** Throws `workspace-busy` when another process, or this one, holds the folder; errors of SQLite come through as they are. */
export function takeWriterLock(folder: string, where: string, holder: string, nowMs: number): WriterLock {
  const database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) throw busyError(where, readHolder(folder));
    throw cause;
  }
  const describe = (text: string) => writeHolder(folder, { pid: process.pid, host: hostname(), sinceMs: nowMs, holder: text });
  try {
    describe(holder);
  } catch (cause) {
    database.close();
    throw cause;
  }
  return {
    describe,
    release() {
      rmSync(join(folder, HOLDER_FILE), { force: true });
      database.close();
    },
  };
}

/** null = nothing readable there. It may be stale: only taking the lock tells whether it is held. */
export function readHolder(folder: string): LockHolder | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, HOLDER_FILE), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { pid, host, sinceMs, holder } = parsed as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof sinceMs !== 'number' || typeof holder !== 'string') return null;
    return { pid, host, sinceMs, holder };
  } catch {
    // Missing or half read: the lock itself is what counts, the note is a courtesy.
    return null;
  }
}

export function busyError(where: string, holder: Pick<LockHolder, 'pid' | 'holder'> | null): StanceError {
  const who = holder === null ? 'Another process' : `Process ${holder.pid} (${holder.holder})`;
  return new StanceError('workspace-busy', {
    message: `${who} is writing to ${where}, and only one process may.`,
    next:
      holder === null
        ? 'Wait for it to end or stop it, or use another workspace or data folder (--workspace, --data).'
        : `Wait for it to end, or stop it (kill ${holder.pid}), or use another workspace or data folder (--workspace, --data).`,
  });
}

/** Renamed into place, so that a reader never sees half of it. */
function writeHolder(folder: string, holder: LockHolder): void {
  const file = join(folder, HOLDER_FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
