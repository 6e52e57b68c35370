/** Masked paths with their aggregates, and the counts per path and hour. */
import { sql, type Transaction } from 'kysely';
import { bulkUpsert, inParts, lastByKey } from './bulk-upsert.ts';
import { type Database, yieldTurn } from './database.ts';
import type { PathRow, RollupRow, Store } from './store.ts';
import { storedText, textDigest } from './stored-text.ts';
import type { Tables } from './tables.ts';

/** Paths parsed between two turns of the event loop: a few milliseconds of work. */
const PAGE_ROWS = 1000;

/** The key column is for people who look into the database; the body has it exactly. */
const KEY_CHARS_MAX = 500;

export interface PathTables extends Pick<Store, 'listPaths' | 'replacePaths' | 'listRollups' | 'trimRollups'> {
  put(db: Transaction<Tables>, rows: readonly PathRow[]): Promise<void>;
  addRollups(db: Transaction<Tables>, rows: readonly RollupRow[]): Promise<void>;
}

export function pathTables(database: Database): PathTables {
  const paths = bulkUpsert('paths', ['id', 'key_hash', 'path_key', 'body'], ['id'], 'replace');
  const rollups = bulkUpsert(
    'rollups',
    ['path_id', 'hour_ms', 'count', 's1', 's2', 's3', 's4', 's5', 'unanswered', 'response_bytes'],
    ['path_id', 'hour_ms'],
    'add',
  );

  async function put(db: Transaction<Tables>, rows: readonly PathRow[]): Promise<void> {
    await paths.write(
      db,
      lastByKey(rows, (row) => row.id).map(({ id, key, stat, tally }) => ({
        id,
        key_hash: textDigest(key),
        path_key: storedText(key, KEY_CHARS_MAX),
        body: JSON.stringify({ key, stat, tally }),
      })),
    );
  }

  return {
    put,

    addRollups: (db, rows) => rollups.write(db, summed(rows)),

    listPaths: () =>
      database.read(async (db) => {
        const all: PathRow[] = [];
        for (let after = -1; ; ) {
          const rows = await db.selectFrom('paths').select(['id', 'body']).where('id', '>', after).orderBy('id').limit(PAGE_ROWS).execute();
          for (const { id, body } of rows) {
            const { key, stat, tally } = JSON.parse(body) as Omit<PathRow, 'id'>;
            all.push({ id, key, stat, tally });
            after = id;
          }
          if (rows.length < PAGE_ROWS) return all;
          await yieldTurn();
        }
      }),

    replacePaths: (removeIds, rows, movedTo = new Map()) =>
      database.write(async (db) => {
        // Rows that trade keys among themselves would meet the unique key halfway: take them all out first.
        for (const part of inParts([...removeIds, ...rows.map((row) => row.id)])) {
          await db.deleteFrom('paths').where('id', 'in', part).execute();
        }
        await put(db, rows);
        for (const [from, to] of movedTo) await moveCounts(db, from, to);
        for (const part of inParts(removeIds.filter((id) => !movedTo.has(id)))) {
          await db.deleteFrom('rollups').where('path_id', 'in', part).execute();
        }
      }),

    listRollups: ({ pathIds, fromMs }) =>
      database.read(async (db) => {
        const query = db.selectFrom('rollups').selectAll().where('hour_ms', '>=', fromMs).orderBy('hour_ms').orderBy('path_id');
        if (pathIds === undefined) return (await query.execute()).map(rollupRow);
        const found: RollupRow[] = [];
        for (const part of inParts([...new Set(pathIds)])) {
          found.push(...(await query.where('path_id', 'in', part).execute()).map(rollupRow));
        }
        return found.sort((a, b) => a.hourMs - b.hourMs || a.pathId - b.pathId);
      }),

    trimRollups: (beforeMs) =>
      database.write(async (db) => {
        const gone = await db.deleteFrom('rollups').where('hour_ms', '<', beforeMs).executeTakeFirst();
        return Number(gone.numDeletedRows);
      }),
  };
}

/** Counts go over to the new path; exchanges stay in their blocks and are found through `path_moves`. */
async function moveCounts(db: Transaction<Tables>, from: number, to: number): Promise<void> {
  if (from === to) return;
  const columns = ['hour_ms', 'count', 's1', 's2', 's3', 's4', 's5', 'unanswered', 'response_bytes'] as const;
  const counts = columns.slice(1);
  await db
    .insertInto('rollups')
    .columns(['path_id', ...columns])
    .expression((eb) =>
      eb
        .selectFrom('rollups')
        .select([sql<number>`cast(${to} as bigint)`.as('path_id'), ...columns])
        .where('path_id', '=', from),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['path_id', 'hour_ms'])
        .doUpdateSet((eb) =>
          Object.fromEntries(counts.map((column) => [column, eb(`rollups.${column}`, '+', eb.ref(`excluded.${column}`))])),
        ),
    )
    .execute();
  await db.deleteFrom('rollups').where('path_id', '=', from).execute();
  await db.updateTable('path_moves').set({ to_id: to }).where('to_id', '=', from).execute();
  await db
    .insertInto('path_moves')
    .values({ from_id: from, to_id: to })
    .onConflict((conflict) => conflict.column('from_id').doUpdateSet({ to_id: to }))
    .execute();
}

/** One row for each path and hour, as one statement may touch a row only once. */
function summed(rows: readonly RollupRow[]): Tables['rollups'][] {
  const sums = new Map<string, Tables['rollups']>();
  for (const row of rows) {
    const key = `${row.pathId} ${row.hourMs}`;
    const before = sums.get(key);
    sums.set(key, {
      path_id: row.pathId,
      hour_ms: row.hourMs,
      count: row.count + (before?.count ?? 0),
      s1: row.s1 + (before?.s1 ?? 0),
      s2: row.s2 + (before?.s2 ?? 0),
      s3: row.s3 + (before?.s3 ?? 0),
      s4: row.s4 + (before?.s4 ?? 0),
      s5: row.s5 + (before?.s5 ?? 0),
      unanswered: row.unanswered + (before?.unanswered ?? 0),
      response_bytes: Math.round(row.responseBytes) + (before?.response_bytes ?? 0),
    });
  }
  return [...sums.values()];
}

function rollupRow(row: Tables['rollups']): RollupRow {
  const { path_id, hour_ms, response_bytes, ...counts } = row;
  return { pathId: path_id, hourMs: hour_ms, responseBytes: response_bytes, ...counts };
}
