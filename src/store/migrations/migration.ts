/** One step from an older form of the tables to the next. Steps are never edited once released; a new one is added. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { DialectName } from '../database.ts';
import type { Tables } from '../tables.ts';

export interface Migration {
  /** Counted from 1 without gaps. */
  readonly number: number;
  readonly name: string;
  /** Runs in the transaction that records it. */
  up(db: Kysely<Tables>, types: ColumnTypes): Promise<void>;
}

/** What a column type is called in each engine. */
export interface ColumnTypes {
  readonly dialect: DialectName;
  /** Compared byte by byte, whatever the language of the database: pages are cut by these columns. */
  readonly text: RawBuilder<unknown>;
  /** Whole numbers to 2^53: times in milliseconds, counts, bytes. */
  readonly integer: RawBuilder<unknown>;
  readonly real: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

export function columnTypes(dialect: DialectName): ColumnTypes {
  return dialect === 'sqlite'
    ? { dialect, text: sql`text`, integer: sql`integer`, real: sql`real`, bytes: sql`blob` }
    : { dialect, text: sql`text collate "C"`, integer: sql`bigint`, real: sql`double precision`, bytes: sql`bytea` };
}
