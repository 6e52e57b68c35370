/** Brings the tables of a workspace to the form this version knows, step by step, each step recorded with its work. */
import { type Kysely, sql } from 'kysely';
import { StanceError } from '../../errors.ts';
import type { DialectName } from '../database.ts';
import type { Tables } from '../tables.ts';
import { firstTables } from './0001-first-tables.ts';
import { guardEvidence } from './0002-guard-evidence.ts';
import { policyVersions } from './0003-policy-versions.ts';
import { columnTypes, type Migration } from './migration.ts';

/** In order; a step's number is its place, counted from 1. */
export const migrations: readonly Migration[] = [firstTables, guardEvidence, policyVersions];

export interface MigrationSituation {
  readonly dialect: DialectName;
  /** For messages. */
  readonly where: string;
  readonly now: () => number;
}

/** Runs the steps that are missing. Refuses tables written by a newer version, before anything is written. */
export async function migrate(db: Kysely<Tables>, situation: MigrationSituation, known = migrations): Promise<void> {
  const { dialect, where, now } = situation;
  const types = columnTypes(dialect);
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', sql`${types.integer}`, (column) => column.primaryKey().notNull())
    .addColumn('name', sql`${types.text}`, (column) => column.notNull())
    .addColumn('at_ms', sql`${types.integer}`, (column) => column.notNull())
    .execute();
  const done = await checkMigrations(db, where, known);
  for (const migration of known.slice(done)) {
    await db.transaction().execute(async (step) => {
      await migration.up(step, types);
      await step.insertInto('migrations').values({ number: migration.number, name: migration.name, at_ms: now() }).execute();
    });
  }
}

/** How many steps were taken. Throws for tables of a newer version, and for a list that is not the beginning of ours. */
export async function checkMigrations(db: Kysely<Tables>, where: string, known = migrations): Promise<number> {
  const done = await db.selectFrom('migrations').select(['number', 'name']).orderBy('number').execute();
  for (const [at, step] of done.entries()) {
    const ours = known[at];
    if (ours !== undefined && ours.number === step.number && ours.name === step.name) continue;
    throw new StanceError('workspace-unreadable', {
      message: `The data of ${where} was written by a newer version of Stance (step ${step.number}, ${step.name}).`,
      next: 'Use that newer version, or another data folder.',
    });
  }
  return done.length;
}

/** For a reader, who may not change tables: they must already have the form this version knows. */
export async function requireMigrated(db: Kysely<Tables>, where: string, known = migrations): Promise<void> {
  if ((await checkMigrations(db, where, known)) === known.length) return;
  throw new StanceError('workspace-unreadable', {
    message: `The data of ${where} is in the form of an older version of Stance.`,
    next: 'Start Stance on it once (or import something), which brings it up to date.',
  });
}
