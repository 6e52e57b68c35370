/** A workspace as one schema of a PostgreSQL database, 15 or later. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { StanceError } from '../errors.ts';
import { Database } from './database.ts';
import { kyselyStore } from './kysely-store.ts';
import { migrate, requireMigrated } from './migrations/migrate.ts';
import { storageError } from './storage-error.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { placeLabel, schemaOf, workspaceOfSchema } from './workspace-name.ts';
import { busyError } from './writer-lock.ts';

const READERS = 4;
const CONNECT_MS_MAX = 10_000;
/** A page that takes longer than this is not coming. */
const READ_MS_MAX = 120_000;
const VERSION_MIN = 150_000;
/** PostgreSQL cuts an application name at 63 bytes. */
const APPLICATION_CHARS_MAX = 63;

export interface PostgresWorkspace {
  readonly url: string;
  readonly workspace: string;
  readonly mode: 'read' | 'write';
  readonly now: () => number;
  readonly holder: string;
}

export async function openPostgresStore({ url, workspace, mode, now, holder }: PostgresWorkspace): Promise<Store> {
  const schema = schemaOf(workspace);
  const where = `workspace "${workspace}" in ${placeLabel({ url })}`;
  let writer: Kysely<Tables> | null = null;
  let reader: Kysely<Tables> | null = null;
  try {
    if (mode === 'write') {
      writer = lockedWriter(url, schema, where, holder);
      await sql`create schema if not exists ${sql.id(schema)}`.execute(writer);
      await migrate(writer, { dialect: 'postgres', where, now });
    }
    reader = readers(url, schema);
    await requirePresent(reader, schema, where);
    await requireMigrated(reader, where);
  } catch (cause) {
    await reader?.destroy();
    await writer?.destroy();
    throw storageError(cause, where);
  }

  const database = new Database({ dialect: 'postgres', where, reader, writer });
  return kyselyStore(database, {
    sizeBytes: () =>
      database.read(async (db) => {
        const { rows } = await sql<{ bytes: number | null }>`
          select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = ${schema} and c.relkind = 'r'`.execute(db);
        return rows[0]?.bytes ?? 0;
      }),
    async describeHolder(text) {
      if (writer !== null) await database.maintain((db) => nameConnection(db, text));
    },
    close: () => database.close(),
  });
}

/**
 * All writes go over one connection, and that connection holds the lock: when it breaks, the lock and any open transaction
 * go together, so that a writer that lost the lock cannot write. A new connection has to win the lock again.
 */
function lockedWriter(url: string, schema: string, where: string, holder: string): Kysely<Tables> {
  return connected(url, { max: 1, idleTimeoutMillis: 0 }, async (client) => {
    await client.query("select set_config('search_path', $1, false), set_config('application_name', $2, false)", [
      quoted(schema),
      applicationName(holder),
    ]);
    const key = lockKey(schema);
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1::int, $2::int) as locked', [
      key.high,
      key.low,
    ]);
    if (rows[0]?.locked === true) return;
    const held = await client.query<{ pid: number; name: string }>(
      `select a.pid, a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.classid::bigint = $1 and l.objid::bigint = $2
         and l.database = (select oid from pg_database where datname = current_database())`,
      [key.high >>> 0, key.low >>> 0],
    );
    throw busyError(where, holderOf(held.rows[0]));
  });
}

function readers(url: string, schema: string): Kysely<Tables> {
  return connected(url, { max: READERS, statement_timeout: READ_MS_MAX }, async (client) => {
    await client.query("select set_config('search_path', $1, false), set_config('default_transaction_read_only', 'on', false)", [
      quoted(schema),
    ]);
  });
}

/** @param prepare runs on each new connection before it is used; what it throws is what the query gets, and the connection is closed */
function connected(url: string, limits: pg.PoolConfig, prepare: (client: pg.ClientBase) => Promise<void>): Kysely<Tables> {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    types: { getTypeParser },
    onConnect: (client) => {
      // A connection that breaks while it is lent: the query under way is told, the event itself must not end the process.
      client.on('error', () => undefined);
      return prepare(client);
    },
    ...limits,
  });
  // One that breaks while idle is taken out by the pool; whoever needs a connection next is told if there is none.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** Names of the workspaces in a database, in order. */
export async function listPostgresWorkspaces(url: string): Promise<string[]> {
  const db = readers(url, 'public');
  try {
    const { rows } = await sql<{ nspname: string }>`select nspname from pg_namespace order by nspname collate "C"`.execute(db);
    return rows.flatMap(({ nspname }) => workspaceOfSchema(nspname) ?? []).sort();
  } catch (cause) {
    throw storageError(cause, placeLabel({ url }));
  } finally {
    await db.destroy();
  }
}

/** Drops the schema of one workspace, under its writer's lock. Throws `not-found`, `workspace-busy`. */
export async function deletePostgresWorkspace(url: string, workspace: string): Promise<void> {
  const where = `workspace "${workspace}" in ${placeLabel({ url })}`;
  if (!(await listPostgresWorkspaces(url)).includes(workspace)) throw missing(where);
  const schema = schemaOf(workspace);
  const db = lockedWriter(url, schema, where, 'stance, deleting the workspace');
  try {
    await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
  } catch (cause) {
    throw storageError(cause, where);
  } finally {
    await db.destroy();
  }
}

function missing(where: string): StanceError {
  return new StanceError('not-found', {
    message: `There is no ${where}.`,
    next: 'Import something into it first, or name another with --workspace or --data.',
  });
}

const OID_BIGINT = 20;
const OID_NUMERIC = 1700;

/** Counts and times are far below 2^53: as numbers, like SQLite gives them, and not as texts. */
function getTypeParser(...[oid, format]: Parameters<typeof pg.types.getTypeParser>) {
  return oid === OID_BIGINT || oid === OID_NUMERIC ? Number : pg.types.getTypeParser(oid, format);
}

async function requirePresent(db: Kysely<Tables>, schema: string, where: string): Promise<void> {
  const { rows } = await sql<{ version: number; present: boolean }>`
    select current_setting('server_version_num')::int as version, to_regclass(${`${quoted(schema)}.migrations`}) is not null as present`.execute(
    db,
  );
  if ((rows[0]?.version ?? 0) < VERSION_MIN)
    throw new StanceError('workspace-unreadable', {
      message: `PostgreSQL 15 or later is needed for ${where}.`,
      next: 'Use a newer server.',
    });
  if (rows[0]?.present !== true) throw missing(where);
}

async function nameConnection(db: Kysely<Tables>, holder: string): Promise<void> {
  await sql`select set_config('application_name', ${applicationName(holder)}, false)`.execute(db);
}

/** `pid@host what`: what a refused writer is told. */
function applicationName(holder: string): string {
  return `${process.pid}@${hostname().slice(0, 20)} ${holder}`.slice(0, APPLICATION_CHARS_MAX);
}

function holderOf(row: { pid: number; name: string } | undefined): { pid: number; holder: string } | null {
  if (row === undefined) return null;
  const named = /^(\d+)@(\S+) (.*)$/.exec(row.name);
  if (named === null) return { pid: row.pid, holder: `database session of ${row.name || 'an unnamed program'}` };
  return { pid: Number(named[1]), holder: `${named[3]} on ${named[2]}` };
}

/** Two halves of a hash: an advisory lock is named by numbers, per database. */
function lockKey(schema: string): { high: number; low: number } {
  const hash = createHash('sha256').update(`stance writer ${schema}`).digest();
  return { high: hash.readInt32BE(0), low: hash.readInt32BE(4) };
}

/** Schema names hold letters, digits and underscores only (`schemaOf`). */
function quoted(schema: string): string {
  return `"${schema}"`;
}
