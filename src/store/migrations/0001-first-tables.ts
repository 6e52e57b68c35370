/** Sources, paths, exchanges, inventory, posture and the record of who did what. */
import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../tables.ts';
import type { ColumnTypes, Migration } from './migration.ts';

export const firstTables: Migration = {
  number: 1,
  name: 'first-tables',
  async up(db, types) {
    await createSourceTables(db, types);
    await createTrafficTables(db, types);
    await createInventoryTables(db, types);
    await createPostureTables(db, types);
  },
};

type Columns = Readonly<Record<string, RawBuilder<unknown>>>;

/** Every column is required unless its name ends in `?`; the first `keys` columns are the primary key. */
function table(db: Kysely<Tables>, types: ColumnTypes, name: string, columns: Columns, keys = 1): CreateTableBuilder<string, string> {
  let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
  const names: string[] = [];
  for (const [marked, type] of Object.entries(columns)) {
    const optional = marked.endsWith('?');
    const column = optional ? marked.slice(0, -1) : marked;
    names.push(column);
    builder = builder.addColumn(column, sql`${type}`, (definition) => (optional ? definition : definition.notNull()));
  }
  builder = builder.addPrimaryKeyConstraint(`${name}_key`, names.slice(0, keys));
  // Two-column keys are looked up by range: keep the rows themselves in key order.
  return types.dialect === 'sqlite' && keys > 1 ? builder.modifyEnd(sql`without rowid`) : builder;
}

async function createSourceTables(db: Kysely<Tables>, types: ColumnTypes): Promise<void> {
  const { text, integer } = types;
  await table(db, types, 'meta', { key: text, value: text }).execute();
  await table(db, types, 'sources', { id: text, imported_ms: integer, body: text }).execute();
  await table(db, types, 'checkpoints', {
    source_id: text,
    prefix_hash: text,
    prefix_bytes: integer,
    line: integer,
    byte_offset: integer,
  }).execute();
  await table(db, types, 'documents', { id: text, source_id: text, seq: integer, body: text }).execute();
  await db.schema.createIndex('documents_by_source').on('documents').column('source_id').execute();
  await table(db, types, 'decisions', { id: text, seq: integer, at_ms: integer, body: text }).execute();
}

async function createTrafficTables(db: Kysely<Tables>, types: ColumnTypes): Promise<void> {
  const { text, integer, bytes } = types;
  await table(db, types, 'paths', { id: integer, key_hash: text, path_key: text, body: text })
    .addUniqueConstraint('paths_by_key', ['key_hash'])
    .execute();
  await table(db, types, 'path_moves', { from_id: integer, to_id: integer }).execute();
  await db.schema.createIndex('path_moves_by_target').on('path_moves').column('to_id').execute();
  const counts = Object.fromEntries(['count', 's1', 's2', 's3', 's4', 's5', 'unanswered', 'response_bytes'].map((name) => [name, integer]));
  await table(db, types, 'rollups', { path_id: integer, hour_ms: integer, ...counts }, 2).execute();
  await db.schema.createIndex('rollups_by_hour').on('rollups').column('hour_ms').execute();
  // The body comes last: SQLite then reads what decides whether a block matters without touching it.
  await table(db, types, 'exchange_blocks', {
    id: integer,
    source_id: text,
    first_ms: integer,
    last_ms: integer,
    row_count: integer,
    byte_count: integer,
    statuses: text,
    auths: text,
    path_ids: bytes,
    body: bytes,
  }).execute();
  await db.schema.createIndex('exchange_blocks_by_time').on('exchange_blocks').columns(['last_ms', 'id']).execute();
  await db.schema.createIndex('exchange_blocks_by_source').on('exchange_blocks').columns(['source_id', 'id']).execute();
}

async function createInventoryTables(db: Kysely<Tables>, types: ColumnTypes): Promise<void> {
  const { text, integer, real } = types;
  await table(db, types, 'inventory', { id: integer, built_ms: integer, summary: text }).execute();
  await table(db, types, 'operations', {
    id: text,
    digest: text,
    service: text,
    method: text,
    state: text,
    owner: text,
    auths: text,
    audience: text,
    environments: text,
    drift: integer,
    search: text,
    template: text,
    per_day: real,
    clients: integer,
    first_ms: integer,
    last_ms: integer,
    gaps: integer,
  }).execute();
  // The orders that are asked for most; by the others the engine sorts, which 50,000 narrow rows allow within a page's time.
  for (const sort of ['template', 'per_day', 'last_ms'] as const) {
    await db.schema.createIndex(`operations_by_${sort}`).on('operations').columns([sort, 'id']).execute();
  }
  // Facets are counted from this index alone, in its order, text filter included. PostgreSQL counts by hashing and needs none.
  if (types.dialect === 'sqlite')
    await db.schema
      .createIndex('operations_facets')
      .on('operations')
      .columns(['service', 'method', 'state', 'owner', 'auths', 'audience', 'environments', 'drift', 'first_ms', 'search'])
      .execute();
  await table(db, types, 'operation_bodies', { id: text, body: text }).execute();
  await table(db, types, 'path_operations', { path_id: integer, operation_id: text }).execute();
  await db.schema.createIndex('path_operations_by_operation').on('path_operations').column('operation_id').execute();
  await table(db, types, 'folded_paths', { id: text, digest: text, reason: text, count: integer, search: text, body: text }).execute();
  await db.schema.createIndex('folded_paths_by_count').on('folded_paths').columns(['count', 'id']).execute();
  await table(db, types, 'findings', { id: text, digest: text, ord: integer, body: text }).execute();
}

async function createPostureTables(db: Kysely<Tables>, types: ColumnTypes): Promise<void> {
  const { text, integer, real } = types;
  await table(db, types, 'finding_states', {
    id: text,
    state: text,
    'reason?': text,
    'until_ms?': integer,
    'owner?': text,
    decided_ms: integer,
  }).execute();
  await table(db, types, 'assessments', {
    seq: integer,
    at_ms: integer,
    model: text,
    proven: real,
    possible: real,
    pillars: text,
    'body?': text,
  }).execute();
  await db.schema.createIndex('assessments_by_time').on('assessments').columns(['at_ms', 'seq']).execute();
  await table(db, types, 'ledger', { seq: integer, at_ms: integer, body: text }).execute();
  await db.schema.createIndex('ledger_by_time').on('ledger').columns(['at_ms', 'seq']).execute();
  await table(db, types, 'changes', { id: text, decided_ms: integer, body: text }).execute();
  await table(db, types, 'audit', { seq: integer, at_ms: integer, actor: text, action: text, subject: text, detail: text }).execute();
}
