/**
 * Kysely on Node's own SQLite. Kysely brings the SQL; this brings connections: a handful to one file, lent one at a time,
 * each with its prepared statements. Calls are synchronous underneath, so whoever writes much lets others in between.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { assert } from '../engine/assert.ts';

/** Prepared statements kept per connection; bulk inserts come in few sizes, the rest are a few dozen queries. */
const STATEMENTS_MAX = 128;

export interface SqliteDialectConfig {
  /** Opens one connection with its settings made; called at most `connections` times. */
  readonly open: () => DatabaseSync;
  readonly connections: number;
}

export function sqliteDialect(config: SqliteDialectConfig): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new NodeSqliteDriver(config),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class NodeSqliteDriver implements Driver {
  readonly #config: SqliteDialectConfig;
  readonly #idle: NodeSqliteConnection[] = [];
  readonly #waiting: ((connection: NodeSqliteConnection) => void)[] = [];
  readonly #opened: NodeSqliteConnection[] = [];

  constructor(config: SqliteDialectConfig) {
    this.#config = config;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#opened.length < this.#config.connections) {
      const opened = new NodeSqliteConnection(this.#config.open());
      this.#opened.push(opened);
      return opened;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    assert(connection instanceof NodeSqliteConnection, 'a connection of this driver is given back');
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    // IMMEDIATE takes the write lock at once, so that a transaction never fails halfway for want of it.
    asOurs(connection).exec(settings.accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    asOurs(connection).exec('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself; a second rollback would hide the first error.
    const ours = asOurs(connection);
    if (ours.inTransaction) ours.exec('rollback');
  }

  async destroy(): Promise<void> {
    for (const connection of this.#opened.splice(0)) connection.close();
    this.#idle.length = 0;
  }
}

function asOurs(connection: DatabaseConnection): NodeSqliteConnection {
  assert(connection instanceof NodeSqliteConnection, 'a connection of this driver is used');
  return connection;
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  /** Least recently used first. */
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly returnsRows: boolean }>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, returnsRows } = this.#prepared(query.sql);
    // What SQLite cannot bind (undefined, a boolean, an object) it refuses by itself, naming the parameter.
    const parameters = query.parameters as readonly SQLInputValue[];
    if (returnsRows) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: streams are not offered; pages are read by key instead.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    assert(false, 'the SQLite store reads by pages, not streams');
  }

  #prepared(sql: string) {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    // Some pragmas name no column and yet work from row to row: they have to be run to their end.
    const prepared = { statement, returnsRows: statement.columns().length > 0 || /^pragma\b/i.test(sql) };
    this.#statements.set(sql, prepared);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= STATEMENTS_MAX) break;
      this.#statements.delete(oldest);
    }
    return prepared;
  }
}
