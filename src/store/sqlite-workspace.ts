/** A workspace as one SQLite file in a folder of its own, `<dir>/workspaces/<name>/stance.db`. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Kysely } from 'kysely';
import { StanceError } from '../errors.ts';
import { Database } from './database.ts';
import { kyselyStore } from './kysely-store.ts';
import { migrate, requireMigrated } from './migrations/migrate.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { storageError } from './storage-error.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { databaseFile, workspaceDir } from './workspace-name.ts';
import { takeWriterLock, type WriterLock } from './writer-lock.ts';

/** Pages are read by a few at once at most; each reader keeps a cache of its own. */
const READERS = 3;
/** The writer's holds the indexes of 50,000 operations, so that replacing them all does not go back and forth to disk. */
const WRITER_CACHE_KIB = 64 * 1024;
const READER_CACHE_KIB = 16 * 1024;
/** How long a statement waits for a checkpoint or recovery of another process. */
const BUSY_MS_MAX = 5000;
/** The log is cut back to this after a large transaction. */
const WAL_BYTES_MAX = 64 * 1024 * 1024;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

export interface SqliteWorkspace {
  readonly dir: string;
  readonly workspace: string;
  readonly mode: 'read' | 'write';
  readonly now: () => number;
  readonly holder: string;
}

export async function openSqliteStore({ dir, workspace, mode, now, holder }: SqliteWorkspace): Promise<Store> {
  const folder = workspaceDir(dir, workspace);
  const file = databaseFile(dir, workspace);
  const where = `workspace "${workspace}" in ${dir}`;
  let lock: WriterLock | null = null;
  let writer: Kysely<Tables> | null = null;
  let reader: Kysely<Tables> | null = null;
  try {
    if (mode === 'write') {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      lock = takeWriterLock(folder, where, holder, now());
      writer = new Kysely<Tables>({ dialect: sqliteDialect({ open: () => openWriter(file), connections: 1 }) });
      await migrate(writer, { dialect: 'sqlite', where, now });
    } else if (!existsSync(file)) throw missing(where);
    reader = new Kysely<Tables>({ dialect: sqliteDialect({ open: () => openReader(file), connections: READERS }) });
    await requireMigrated(reader, where);
  } catch (cause) {
    await reader?.destroy();
    await writer?.destroy();
    lock?.release();
    throw storageError(cause, where);
  }

  const database = new Database({ dialect: 'sqlite', where, reader, writer });
  return kyselyStore(database, {
    async sizeBytes() {
      return [file, `${file}-wal`].reduce((sum, part) => sum + (statSync(part, { throwIfNoEntry: false })?.size ?? 0), 0);
    },
    async describeHolder(text) {
      lock?.describe(text.slice(0, 200));
    },
    async close() {
      await database.close();
      lock?.release();
    },
  });
}

function missing(where: string): StanceError {
  return new StanceError('not-found', {
    message: `There is no ${where}.`,
    next: 'Import something into it first, or name another with --workspace or --data.',
  });
}

function openWriter(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_MS_MAX, defensive: true });
  try {
    // auto_vacuum has to be said before the first page is written; FULL makes an acknowledged commit survive a power cut.
    database.exec(
      `pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = full;
       pragma journal_size_limit = ${WAL_BYTES_MAX}; pragma temp_store = memory; pragma cache_size = -${WRITER_CACHE_KIB}`,
    );
  } catch (cause) {
    database.close();
    throw cause;
  }
  return database;
}

function openReader(file: string): DatabaseSync {
  try {
    return settled(new DatabaseSync(file, { timeout: BUSY_MS_MAX, readOnly: true, defensive: true }));
  } catch (cause) {
    // In a folder that may not be written, SQLite cannot make the index that readers share. With no log beside the file
    // nobody is writing and all is in the file: it can be read as it lies.
    const primary = ((cause as { errcode?: number }).errcode ?? 0) & 0xff;
    if ((primary !== SQLITE_READONLY && primary !== SQLITE_CANTOPEN) || existsSync(`${file}-wal`)) throw cause;
    return settled(new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true, defensive: true }));
  }
}

/** Reads once, so that a file that cannot be read is met here and not at the first page. */
function settled(database: DatabaseSync): DatabaseSync {
  try {
    database.exec(`pragma temp_store = memory; pragma cache_size = -${READER_CACHE_KIB}; select count(*) from sqlite_schema`);
  } catch (cause) {
    database.close();
    throw cause;
  }
  return database;
}
