/** What the guard saw and decided: records, counts over time, and the workers with the batches taken from each. */
import { type CreateTableBuilder, sql } from 'kysely';
import type { Migration } from './migration.ts';

export const guardEvidence: Migration = {
  number: 2,
  name: 'guard-evidence',
  async up(db, types) {
    const { text, integer } = types;
    let records: CreateTableBuilder<string, string> = db.schema
      .createTable('decision_records')
      .addColumn('seq', sql`${integer}`, (column) => column.notNull());
    for (const [name, type] of [
      ['at_ms', integer],
      ['count', integer],
      ['outcome', text],
      ['section', text],
      ['rule', text],
      ['method', text],
      ['template', text],
      ['service', text],
      ['host', text],
      ['client', text],
      ['network', text],
      ['principal', text],
      ['agent', text],
      ['status', text],
      ['incident', text],
    ] as const) {
      records = records.addColumn(name, sql`${type}`, (column) => column.notNull());
    }
    await records.addPrimaryKeyConstraint('decision_records_key', ['seq']).execute();
    await db.schema.createIndex('decision_records_by_time').on('decision_records').columns(['at_ms', 'seq']).execute();
    await db.schema.createIndex('decision_records_by_incident').on('decision_records').column('incident').execute();

    await db.schema
      .createTable('decision_bodies')
      .addColumn('seq', sql`${integer}`, (column) => column.notNull())
      .addColumn('body', sql`${text}`, (column) => column.notNull())
      .addPrimaryKeyConstraint('decision_bodies_key', ['seq'])
      .execute();

    let counts: CreateTableBuilder<string, string> = db.schema.createTable('decision_counts');
    for (const [name, type] of [
      ['step_ms', integer],
      ['start_ms', integer],
      ['service', text],
      ['outcome', text],
      ['section', text],
      ['rule', text],
      ['count', integer],
    ] as const) {
      counts = counts.addColumn(name, sql`${type}`, (column) => column.notNull());
    }
    counts = counts.addPrimaryKeyConstraint('decision_counts_key', ['step_ms', 'start_ms', 'service', 'outcome', 'section', 'rule']);
    await (types.dialect === 'sqlite' ? counts.modifyEnd(sql`without rowid`) : counts).execute();

    await db.schema
      .createTable('guard_workers')
      .addColumn('id', sql`${text}`, (column) => column.notNull())
      .addColumn('at_ms', sql`${integer}`, (column) => column.notNull())
      .addColumn('seen', sql`${text}`, (column) => column.notNull())
      .addColumn('body', sql`${text}`, (column) => column.notNull())
      .addPrimaryKeyConstraint('guard_workers_key', ['id'])
      .execute();
  },
};
