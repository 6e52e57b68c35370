/** The inventory as it was last learned: replaced in one transaction, so that readers see the old one or the new one. */
import { sql, type Transaction } from 'kysely';
import type { Finding } from '../engine/evidence/finding.ts';
import type { FoldedPath, InventorySummary, Operation } from '../engine/inventory/operation.ts';
import { bulkUpsert, inParts, lastByKey } from './bulk-upsert.ts';
import { containsText } from './contains-text.ts';
import { type Database, yieldTurn } from './database.ts';
import { operationRow, searchText } from './operation-row.ts';
import { operationsPages } from './operations-page.ts';
import { decodeCursor, encodeCursor, pageLimit } from './page-cursor.ts';
import type { InventorySnapshot, Store } from './store.ts';
import { bodyOf, storedText, textDigest } from './stored-text.ts';
import type { OperationsTable, Tables } from './tables.ts';

const TEXT_CHARS_MAX = 200;
/** Operations made into rows, or parsed, between two turns of the event loop. */
const ROWS_PER_TURN = 500;

type InventoryMethods = Pick<
  Store,
  | 'saveInventory'
  | 'inventorySummary'
  | 'listOperations'
  | 'allOperations'
  | 'operationFacets'
  | 'getOperation'
  | 'pathIdsOf'
  | 'listFolded'
  | 'listFindings'
  | 'replaceFindings'
>;

export function inventoryTables(database: Database): InventoryMethods {
  const save = inventoryWriter();
  const findingWriter = bulkUpsert('findings', ['id', 'digest', 'ord', 'body'], ['id'], 'replace');
  return {
    ...operationsPages(database),

    saveInventory: (snapshot) => database.write((db) => save(db, snapshot)),

    inventorySummary: () =>
      database.read(async (db) => {
        const row = await db.selectFrom('inventory').selectAll().executeTakeFirst();
        return row === undefined ? null : { summary: bodyOf<InventorySummary>({ body: row.summary }), builtMs: row.built_ms };
      }),

    allOperations: () =>
      database.read(async (db) => {
        const all: Operation[] = [];
        for (let after = ''; ; ) {
          const rows = await db
            .selectFrom('operation_bodies')
            .selectAll()
            .where('id', '>', after)
            .orderBy('id')
            .limit(ROWS_PER_TURN)
            .execute();
          for (const row of rows) all.push(bodyOf<Operation>(row));
          const last = rows[rows.length - 1];
          if (last === undefined || rows.length < ROWS_PER_TURN) return all;
          after = last.id;
          await yieldTurn();
        }
      }),

    getOperation: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('operation_bodies').select('body').where('id', '=', id).executeTakeFirst();
        return row === undefined ? null : bodyOf<Operation>(row);
      }),

    pathIdsOf: (operationId) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('path_operations')
          .select('path_id')
          .where('operation_id', '=', operationId)
          .orderBy('path_id')
          .execute();
        return rows.map((row) => row.path_id);
      }),

    listFolded: (query) =>
      database.read(async (db) => {
        const limit = pageLimit(query.limit);
        let matching = db.selectFrom('folded_paths');
        if (query.reason !== undefined) matching = matching.where('reason', '=', query.reason);
        const text = storedText(query.text?.trim() ?? '', TEXT_CHARS_MAX).toLowerCase();
        if (text !== '') matching = matching.where(containsText(database.dialect, 'search', text));
        let rowsOfPage = matching
          .select(['id', 'count', 'body'])
          .orderBy('count', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1);
        if (query.after !== undefined) {
          const { value, id } = decodeCursor(query.after, 'folded', 'number');
          rowsOfPage = rowsOfPage.where((eb) => eb(eb.refTuple('count', 'id'), '<', eb.tuple(Number(value), id)));
        }
        const rows = await rowsOfPage.execute();
        const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
        const shown = rows.slice(0, limit);
        const last = shown[shown.length - 1];
        return {
          rows: shown.map((row) => bodyOf<FoldedPath>(row)),
          total,
          next: rows.length > limit && last !== undefined ? encodeCursor({ order: 'folded', value: last.count, id: last.id }) : null,
        };
      }),

    listFindings: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('findings').select('body').orderBy('ord').execute();
        return rows.map((row) => bodyOf<Finding>(row));
      }),

    replaceFindings: (rulePrefix, findings) =>
      database.write(async (db) => {
        const rows = await db.selectFrom('findings').select(['id', 'ord', 'body']).execute();
        const old = rows.filter((row) => bodyOf<Finding>(row).rule.startsWith(rulePrefix)).map((row) => row.id);
        for (const part of inParts(old)) await db.deleteFrom('findings').where('id', 'in', part).execute();
        const last = rows.reduce((highest, row) => Math.max(highest, row.ord), 0);
        await findingWriter.write(
          db,
          lastByKey(findings, (finding) => finding.id).map((finding, at) => findingRow(finding, last + 1 + at)),
        );
      }),
  };
}

/** Re-learning seldom changes much: rows whose digest is known already are left alone, the rest written, the missing deleted. */
function inventoryWriter(): (db: Transaction<Tables>, snapshot: InventorySnapshot) => Promise<void> {
  const operations = bulkUpsert('operations', Object.keys(OPERATION_COLUMNS) as (keyof OperationsTable)[], ['id'], 'replace');
  const operationBodies = bulkUpsert('operation_bodies', ['id', 'body'], ['id'], 'replace');
  const assignments = bulkUpsert('path_operations', ['path_id', 'operation_id'], ['path_id'], 'replace');
  const folded = bulkUpsert('folded_paths', ['id', 'digest', 'reason', 'count', 'search', 'body'], ['id'], 'replace');
  const findings = bulkUpsert('findings', ['id', 'digest', 'ord', 'body'], ['id'], 'replace');

  return async (db, snapshot) => {
    const knownOperations = await digests(db, 'operations');
    for (const part of inParts(
      lastByKey(snapshot.operations, (operation) => operation.id),
      ROWS_PER_TURN,
    )) {
      const changed = part.map(operationRow).filter(({ columns }) => !knownOperations.same(columns.id, columns.digest));
      await operations.write(
        db,
        changed.map(({ columns }) => columns),
      );
      await operationBodies.write(
        db,
        changed.map(({ columns, body }) => ({ id: columns.id, body })),
      );
      await yieldTurn();
    }
    for (const part of inParts(knownOperations.rest())) {
      await db.deleteFrom('operations').where('id', 'in', part).execute();
      await db.deleteFrom('operation_bodies').where('id', 'in', part).execute();
    }

    const knownFolded = await digests(db, 'folded_paths');
    for (const part of inParts(
      lastByKey(snapshot.folded, (path) => path.id),
      ROWS_PER_TURN,
    )) {
      const rows = part.map((path) => {
        const body = JSON.stringify(path);
        const search = searchText(path.method, path.path, path.service);
        return { id: path.id, digest: textDigest(body), reason: path.reason, count: Math.round(path.count), search, body };
      });
      await folded.write(
        db,
        rows.filter((row) => !knownFolded.same(row.id, row.digest)),
      );
    }
    for (const part of inParts(knownFolded.rest())) await db.deleteFrom('folded_paths').where('id', 'in', part).execute();

    const knownFindings = await digests(db, 'findings');
    const findingRows = lastByKey(snapshot.findings, (finding) => finding.id).map(findingRow);
    await findings.write(
      db,
      findingRows.filter((row) => !knownFindings.same(row.id, row.digest)),
    );
    for (const part of inParts(knownFindings.rest())) await db.deleteFrom('findings').where('id', 'in', part).execute();

    const assigned = await db.selectFrom('path_operations').selectAll().execute();
    const before = new Map(assigned.map((row) => [row.path_id, row.operation_id]));
    const after = new Map(snapshot.assignments.map((assignment) => [assignment.pathId, assignment.operationId]));
    await assignments.write(
      db,
      [...after]
        .filter(([path, operation]) => before.get(path) !== operation)
        .map(([path_id, operation_id]) => ({ path_id, operation_id })),
    );
    for (const part of inParts([...before.keys()].filter((path) => !after.has(path)))) {
      await db.deleteFrom('path_operations').where('path_id', 'in', part).execute();
    }

    const state = { built_ms: Math.round(snapshot.builtMs), summary: JSON.stringify(snapshot.summary) };
    await db
      .insertInto('inventory')
      .values({ id: 1, ...state })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(state))
      .execute();
  };
}

function findingRow(finding: Finding, ord: number) {
  const body = JSON.stringify(finding);
  return { id: finding.id, digest: textDigest(`${ord} ${body}`), ord, body };
}

/** As a record, so that the compiler misses a column that is left out. */
const OPERATION_COLUMNS: Readonly<Record<keyof OperationsTable, true>> = {
  id: true,
  digest: true,
  service: true,
  method: true,
  state: true,
  owner: true,
  auths: true,
  audience: true,
  environments: true,
  drift: true,
  search: true,
  template: true,
  per_day: true,
  clients: true,
  first_ms: true,
  last_ms: true,
  gaps: true,
};

/** The rows a table has: which are the same as new ones, and which are left over when all new ones were asked for. */
async function digests(db: Transaction<Tables>, table: 'operations' | 'folded_paths' | 'findings') {
  const { rows } = await sql<{ id: string; digest: string }>`select id, digest from ${sql.table(table)}`.execute(db);
  const left = new Map(rows.map((row) => [row.id, row.digest]));
  return {
    same(id: string, digest: string): boolean {
      const known = left.get(id);
      left.delete(id);
      return known === digest;
    },
    rest: () => [...left.keys()],
  };
}
