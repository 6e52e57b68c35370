import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { sqliteDialect } from '../sqlite-dialect.ts';
import type { Tables } from '../tables.ts';
import { checkMigrations, migrate, migrations, requireMigrated } from './migrate.ts';
import type { Migration } from './migration.ts';

const situation = { dialect: 'sqlite', where: 'here', now: () => 5 } as const;

async function withDatabase(work: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect({ open: () => new DatabaseSync(':memory:'), connections: 1 }) });
  await work(db);
  await db.destroy();
}

const adds: Migration = {
  number: migrations.length + 1,
  name: 'adds-a-table',
  up: (db) => db.schema.createTable('extra').addColumn('id', sql`text`).execute(),
};

describe('migrations', () => {
  test('are numbered by their place', () => {
    expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, at) => at + 1));
  });

  test('run once each, in order, and are recorded', () =>
    withDatabase(async (db) => {
      await migrate(db, situation);
      await migrate(db, situation);
      await migrate(db, situation, [...migrations, adds]);
      const done = await db.selectFrom('migrations').selectAll().orderBy('number').execute();
      expect(done.map((step) => ({ ...step }))).toEqual([...migrations, adds].map(({ number, name }) => ({ number, name, at_ms: 5 })));
    }));

  test('that fail leave the form before and no record', () =>
    withDatabase(async (db) => {
      await migrate(db, situation);
      const fails: Migration = {
        ...adds,
        async up(step, types) {
          await adds.up(step, types);
          throw new Error('halfway');
        },
      };
      await expect(migrate(db, situation, [...migrations, fails])).rejects.toThrow('halfway');
      expect(await checkMigrations(db, 'here')).toBe(migrations.length);
      await migrate(db, situation, [...migrations, adds]);
    }));

  test('of a newer version are refused, and so is an older form to a reader', () =>
    withDatabase(async (db) => {
      await migrate(db, situation, [...migrations, adds]);
      await expect(migrate(db, situation)).rejects.toMatchObject({
        code: 'workspace-unreadable',
        message: expect.stringContaining('adds-a-table'),
      });
      const later: Migration = { ...adds, number: adds.number + 1, name: 'later' };
      await expect(requireMigrated(db, 'here', [...migrations, adds, later])).rejects.toMatchObject({
        code: 'workspace-unreadable',
        message: expect.stringContaining('older version'),
      });
    }));
});
