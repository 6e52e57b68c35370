/** Policies that were applied, each with its text, so that any of them can be put back. */
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const policyVersions: Migration = {
  number: 3,
  name: 'policy-versions',
  async up(db, types) {
    const { text, integer } = types;
    await db.schema
      .createTable('policy_versions')
      .addColumn('seq', sql`${integer}`, (column) => column.notNull())
      .addColumn('body', sql`${text}`, (column) => column.notNull())
      .addColumn('policy', sql`${text}`, (column) => column.notNull())
      .addPrimaryKeyConstraint('policy_versions_key', ['seq'])
      .execute();
  },
};
