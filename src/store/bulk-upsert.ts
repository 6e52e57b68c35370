/**
 * Many rows into one table. The SQL of a chunk is made once by the query builder's own quoting and then reused with other
 * values: building it anew for every chunk costs more than SQLite needs to run it.
 */
import { CompiledQuery, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { yieldTurn } from './database.ts';
import type { Tables } from './tables.ts';

/** Rows per statement, largest first. PostgreSQL allows 65,535 values a statement, SQLite 32,766: 128 rows of 200 columns. */
const CHUNKS = [128, 16, 1] as const;

type Value = string | number | null | Uint8Array;

export interface BulkUpsert<Row> {
  /** INVARIANT: no two of `rows` have the same key (PostgreSQL refuses to touch a row twice in one statement). */
  write(db: Transaction<Tables>, rows: readonly Row[]): Promise<void>;
}

/**
 * @param key the columns of the primary key    @param onSame what a row with a known key does: replace the other columns,
 * or add its numbers to them
 */
export function bulkUpsert<Name extends keyof Tables & string>(
  table: Name,
  columns: readonly (keyof Tables[Name] & string)[],
  key: readonly (keyof Tables[Name] & string)[],
  onSame: 'replace' | 'add',
): BulkUpsert<Tables[Name]> {
  const rest = columns.filter((column) => !key.includes(column));
  const statements = new Map<number, string>();

  function statement(db: Kysely<Tables>, size: number): string {
    const known = statements.get(size);
    if (known !== undefined) return known;
    const one: RawBuilder<unknown> = sql`(${sql.join(columns.map(() => sql`${null}`))})`;
    const sets = rest.map((column) =>
      onSame === 'replace'
        ? sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`
        : sql`${sql.ref(column)} = ${sql.ref(`${table}.${column}`)} + ${sql.ref(`excluded.${column}`)}`,
    );
    const insert = sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(
      Array.from({ length: size }, () => one),
    )} on conflict (${sql.join(key.map((column) => sql.ref(column)))}) do update set ${sql.join(sets)}`;
    const made = insert.compile(db).sql;
    statements.set(size, made);
    return made;
  }

  return {
    async write(db, rows) {
      let at = 0;
      for (const size of CHUNKS) {
        while (rows.length - at >= size) {
          const values: Value[] = [];
          for (let row = at; row < at + size; row++) {
            const from = rows[row];
            if (from !== undefined) for (const column of columns) values.push(from[column] as Value);
          }
          await db.executeQuery(CompiledQuery.raw(statement(db, size), values));
          at += size;
          await yieldTurn();
        }
      }
    },
  };
}

/** Values for one `in (...)`; the longest list that both engines take in one statement with room for other values. */
const IN_LIST_MAX = 1000;

/** Parts of a list, each short enough for one `in (...)`. */
export function* inParts<T>(values: readonly T[], size = IN_LIST_MAX): Generator<T[]> {
  for (let at = 0; at < values.length; at += size) yield values.slice(at, at + size);
}

/** The last row for each key, in order of first appearance. */
export function lastByKey<T>(rows: readonly T[], key: (row: T) => string | number): T[] {
  return [...new Map(rows.map((row) => [key(row), row])).values()];
}
