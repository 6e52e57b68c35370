/** The two ways into the database of one workspace, the same for SQLite and PostgreSQL: read a snapshot, write a transaction. */
import type { Kysely, Transaction } from 'kysely';
import { assert } from '../engine/assert.ts';
import { storageError } from './storage-error.ts';
import type { Tables } from './tables.ts';

export type DialectName = 'sqlite' | 'postgres';

export interface DatabaseParts {
  readonly dialect: DialectName;
  /** `workspace "main" in /data`, for messages. */
  readonly where: string;
  readonly reader: Kysely<Tables>;
  /** One connection, so that writes queue; null when opened for reading. */
  readonly writer: Kysely<Tables> | null;
}

export class Database {
  readonly dialect: DialectName;
  readonly where: string;
  readonly #reader: Kysely<Tables>;
  readonly #writer: Kysely<Tables> | null;

  constructor(parts: DatabaseParts) {
    this.dialect = parts.dialect;
    this.where = parts.where;
    this.#reader = parts.reader;
    this.#writer = parts.writer;
  }

  /** Everything `work` reads is of one moment, whatever is written meanwhile. */
  async read<T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#reader.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work);
    } catch (cause) {
      throw storageError(cause, this.where);
    }
  }

  /** Whole or not at all; on disk when this resolves. One at a time, in the order of the calls. */
  async write<T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    assert(this.#writer !== null, 'a store opened for reading is not written to');
    try {
      return await this.#writer.transaction().execute(work);
    } catch (cause) {
      throw storageError(cause, this.where);
    }
  }

  /** One statement outside a transaction, for what SQLite refuses inside one (giving pages back to the disk). */
  async maintain(work: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
    assert(this.#writer !== null, 'a store opened for reading is not written to');
    try {
      await this.#writer.connection().execute(work);
    } catch (cause) {
      throw storageError(cause, this.where);
    }
  }

  async close(): Promise<void> {
    await this.#reader.destroy();
    await this.#writer?.destroy();
  }
}

/** Lets timers and sockets of this process have their turn between two chunks of synchronous database work. */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
