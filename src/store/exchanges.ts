/** The exchanges of a workspace in their blocks: appended by imports, listed newest first, trimmed by age and size. */
import { sql, type Transaction } from 'kysely';
import { inParts } from './bulk-upsert.ts';
import { containsText } from './contains-text.ts';
import { type Database, yieldTurn } from './database.ts';
import { BLOCK_ROWS_MAX, decodeExchanges, type ExchangeBlock, encodeExchanges } from './exchange-block.ts';
import { holdsAnyPathId } from './path-id-set.ts';
import type { ExchangeRow, Store } from './store.ts';
import { listMark } from './stored-text.ts';
import type { Tables } from './tables.ts';

/** Blocks whose descriptions are looked at in one go. */
const BLOCKS_PER_LOOK = 64;
/** Tail blocks of a source looked at for joining; sizes halve from block to block, so 14 cover 5,000 rows. */
const TAIL_BLOCKS = 14;
/** Blocks trimmed in one transaction: an interrupted trim keeps what it did, a long one lets imports in between. */
const TRIM_BLOCKS = 64;
const LIMIT_MAX = 1000;
/** Freed pages of 4 KiB cut off between two turns of the event loop. */
const PAGES_PER_TURN = 1000;

export interface ExchangeTable extends Pick<Store, 'listExchanges' | 'trimExchanges'> {
  append(db: Transaction<Tables>, rows: readonly ExchangeRow[]): Promise<void>;
  /** Returns freed pages to the disk where the engine does not by itself. */
  giveBackSpace(): Promise<void>;
}

export function exchangeTable(database: Database): ExchangeTable {
  async function giveBackSpace(): Promise<void> {
    if (database.dialect !== 'sqlite') return;
    // Ends when nothing is free, and when nothing more comes free: a file made elsewhere may not allow it.
    let before = Number.POSITIVE_INFINITY;
    for (let more = true; more; ) {
      await database.maintain(async (db) => {
        await sql`pragma incremental_vacuum(${sql.lit(PAGES_PER_TURN)})`.execute(db);
        const { rows } = await sql<{ freelist_count: number }>`pragma freelist_count`.execute(db);
        const free = rows[0]?.freelist_count ?? 0;
        more = free > 0 && free < before;
        before = free;
      });
      await yieldTurn();
    }
  }

  return {
    giveBackSpace,

    async append(db, rows) {
      if (rows.length === 0) return;
      const last = await db
        .selectFrom('exchange_blocks')
        .select((eb) => eb.fn.max('id').as('id'))
        .executeTakeFirst();
      let id = last?.id ?? 0;
      for (const [sourceId, added] of bySource(rows)) {
        const joined = await takeTail(db, sourceId, added);
        for (const block of encodeExchanges(sourceId, joined)) {
          await db
            .insertInto('exchange_blocks')
            .values({ id: ++id, ...block })
            .execute();
        }
      }
    },

    listExchanges: (query) => database.read((db) => newest(db, database, query)),

    async trimExchanges({ beforeMs, bytesMax }) {
      let gone = 0;
      for (let more = true; more; ) {
        const step = await database.write((db) => trimOlder(db, beforeMs));
        gone += step.rows;
        more = step.more;
      }
      for (let more = true; more; ) {
        const step = await database.write((db) => trimBeyond(db, bytesMax));
        gone += step.rows;
        more = step.more;
      }
      if (gone > 0) await giveBackSpace();
      return gone;
    },
  };
}

/**
 * Joins new rows with the last blocks of the source that are not larger than they are, so that many small commits do not
 * leave many small blocks, and each row is rewritten at most a dozen times (sizes double from block to block).
 */
async function takeTail(db: Transaction<Tables>, sourceId: string, added: readonly ExchangeRow[]): Promise<ExchangeRow[]> {
  const tail = await db
    .selectFrom('exchange_blocks')
    .select(['id', 'row_count'])
    .where('source_id', '=', sourceId)
    .orderBy('id', 'desc')
    .limit(TAIL_BLOCKS)
    .execute();
  let size = added.length;
  const taken: number[] = [];
  for (const { id, row_count } of tail) {
    if (row_count > size || size + row_count > BLOCK_ROWS_MAX) break;
    size += row_count;
    taken.push(id);
  }
  if (taken.length === 0) return [...added];
  const blocks = await db.selectFrom('exchange_blocks').selectAll().where('id', 'in', taken).orderBy('id').execute();
  await db.deleteFrom('exchange_blocks').where('id', 'in', taken).execute();
  return [...blocks.flatMap((block) => decodeExchanges(block)), ...added];
}

type ExchangeQuery = Parameters<Store['listExchanges']>[0];

async function newest(db: Transaction<Tables>, { dialect }: Database, query: ExchangeQuery): Promise<ExchangeRow[]> {
  const limit = Math.min(Math.max(1, Math.floor(query.limit)), LIMIT_MAX);
  const beforeMs = query.beforeMs ?? Number.MAX_SAFE_INTEGER;
  const { wanted, movedTo } = await withMoved(db, query.pathIds);
  let found: ExchangeRow[] = [];
  let after: { lastMs: number; id: number } | null = null;
  for (;;) {
    let look = db
      .selectFrom('exchange_blocks')
      .select(['id', 'last_ms', 'path_ids'])
      .where('first_ms', '<', beforeMs)
      .orderBy('last_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(BLOCKS_PER_LOOK);
    if (query.status !== undefined) look = look.where(containsText(dialect, 'statuses', listMark(String(query.status))));
    if (query.auth !== undefined) look = look.where(containsText(dialect, 'auths', listMark(query.auth)));
    if (after !== null) {
      const { lastMs, id } = after;
      look = look.where((eb) => eb(eb.refTuple('last_ms', 'id'), '<', eb.tuple(lastMs, id)));
    }
    const blocks = await look.execute();
    for (const block of blocks) {
      // Blocks come by their newest row: once enough rows are newer than that, nothing further down can be among them.
      const oldestKept = found.length < limit ? null : found[found.length - 1];
      if (oldestKept && oldestKept.atMs > block.last_ms) return found;
      after = { lastMs: block.last_ms, id: block.id };
      if (!holdsAnyPathId(block.path_ids, wanted)) continue;
      const stored = await db
        .selectFrom('exchange_blocks')
        .select(['source_id', 'row_count', 'body'])
        .where('id', '=', block.id)
        .executeTakeFirstOrThrow();
      const matching = decodeExchanges(stored).filter(
        (row) =>
          wanted.has(row.pathId) &&
          row.atMs < beforeMs &&
          (query.status === undefined || row.status === query.status) &&
          (query.auth === undefined || row.auth === query.auth),
      );
      found = [...found, ...matching].sort(newestFirst).slice(0, limit);
      await yieldTurn();
    }
    if (blocks.length < BLOCKS_PER_LOOK) break;
  }
  return found.map((row) => ({ ...row, pathId: movedTo.get(row.pathId) ?? row.pathId }));
}

function newestFirst(a: ExchangeRow, b: ExchangeRow): number {
  return b.atMs - a.atMs || b.line - a.line;
}

/** Paths that were merged into the wanted ones still name the exchanges stored before. */
async function withMoved(db: Transaction<Tables>, pathIds: readonly number[]) {
  const wanted = new Set(pathIds);
  const movedTo = new Map<number, number>();
  for (const part of inParts([...wanted])) {
    for (const move of await db.selectFrom('path_moves').selectAll().where('to_id', 'in', part).execute()) {
      wanted.add(move.from_id);
      movedTo.set(move.from_id, move.to_id);
    }
  }
  return { wanted, movedTo };
}

interface TrimStep {
  readonly rows: number;
  readonly more: boolean;
}

/** Whole blocks that are too old go; one that is old in part is written again without that part. */
async function trimOlder(db: Transaction<Tables>, beforeMs: number): Promise<TrimStep> {
  const blocks = await db
    .selectFrom('exchange_blocks')
    .select(['id', 'last_ms', 'row_count'])
    .where('first_ms', '<', beforeMs)
    .orderBy('last_ms')
    .limit(TRIM_BLOCKS)
    .execute();
  let rows = 0;
  for (const { id, last_ms, row_count } of blocks) {
    let kept: ExchangeBlock[] = [];
    if (last_ms >= beforeMs) {
      const stored = await db.selectFrom('exchange_blocks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const newer = decodeExchanges(stored).filter((row) => row.atMs >= beforeMs);
      kept = encodeExchanges(stored.source_id, newer);
      rows += row_count - newer.length;
    } else rows += row_count;
    await db.deleteFrom('exchange_blocks').where('id', '=', id).execute();
    // A part of a block is no larger than the block was, so that one row takes its place.
    for (const block of kept) {
      await db
        .insertInto('exchange_blocks')
        .values({ id, ...block })
        .execute();
    }
  }
  return { rows, more: blocks.length === TRIM_BLOCKS };
}

/** The oldest blocks until the rest fits. */
async function trimBeyond(db: Transaction<Tables>, bytesMax: number): Promise<TrimStep> {
  const sum = await db
    .selectFrom('exchange_blocks')
    .select((eb) => eb.fn.sum<number>('byte_count').as('bytes'))
    .executeTakeFirst();
  let bytes = Number(sum?.bytes ?? 0);
  if (bytes <= bytesMax) return { rows: 0, more: false };
  const oldest = await db
    .selectFrom('exchange_blocks')
    .select(['id', 'row_count', 'byte_count'])
    .orderBy('last_ms')
    .orderBy('id')
    .limit(TRIM_BLOCKS)
    .execute();
  const ids: number[] = [];
  let rows = 0;
  for (const block of oldest) {
    if (bytes <= bytesMax) break;
    bytes -= block.byte_count;
    rows += block.row_count;
    ids.push(block.id);
  }
  await db.deleteFrom('exchange_blocks').where('id', 'in', ids).execute();
  return { rows, more: bytes > bytesMax };
}

function bySource(rows: readonly ExchangeRow[]): Map<string, ExchangeRow[]> {
  const parts = new Map<string, ExchangeRow[]>();
  for (const row of rows) {
    const part = parts.get(row.sourceId);
    if (part === undefined) parts.set(row.sourceId, [row]);
    else part.push(row);
  }
  return parts;
}
