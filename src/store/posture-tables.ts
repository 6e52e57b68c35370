/** Assessments with the history of the score, the ledger of its movements, and the changes people took on. */
import { sql, type Transaction } from 'kysely';
import type { Assessment, ChangeRecord, LedgerLine } from '../engine/posture/assessment.ts';
import type { Database } from './database.ts';
import { nextSeq } from './sequence.ts';
import type { Store } from './store.ts';
import { bodyOf } from './stored-text.ts';
import type { Tables } from './tables.ts';

const SCORES_MAX = 1000;
const LEDGER_MAX = 10_000;

type PostureMethods = Pick<Store, 'saveAssessment' | 'latestAssessment' | 'listScores' | 'listLedger' | 'listChanges' | 'putChange'>;
type Pillars = Awaited<ReturnType<Store['listScores']>>[number]['pillars'];

export function postureTables(database: Database): PostureMethods {
  return {
    saveAssessment: (assessment, lines) =>
      database.write(async (db) => {
        // The whole assessment is kept of the latest only; the history needs its numbers.
        await db.updateTable('assessments').set({ body: null }).where('body', 'is not', null).execute();
        const seq = await nextSeq(db, 'assessments');
        await db
          .insertInto('assessments')
          .values({
            seq,
            at_ms: Math.round(assessment.atMs),
            model: assessment.model,
            proven: assessment.total.proven,
            possible: assessment.total.possible,
            pillars: JSON.stringify(pillarScores(assessment)),
            body: JSON.stringify(assessment),
          })
          .execute();
        let line = await nextSeq(db, 'ledger');
        for (const entry of lines) {
          await db
            .insertInto('ledger')
            .values({ seq: line++, at_ms: Math.round(entry.atMs), body: JSON.stringify(entry) })
            .execute();
        }
      }),

    latestAssessment: () =>
      database.read(async (db) => {
        const row = await db.selectFrom('assessments').select('body').where('body', 'is not', null).executeTakeFirst();
        return row?.body ? bodyOf<Assessment>({ body: row.body }) : null;
      }),

    listScores: (fromMs) => database.read((db) => scores(db, fromMs)),

    listLedger: ({ fromMs, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('ledger')
          .select('body')
          .where('at_ms', '>=', fromMs ?? Number.MIN_SAFE_INTEGER)
          .orderBy('at_ms', 'desc')
          .orderBy('seq', 'desc')
          .limit(Math.min(Math.max(1, Math.floor(limit)), LEDGER_MAX))
          .execute();
        return rows.map((row) => bodyOf<LedgerLine>(row));
      }),

    listChanges: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('changes').select('body').orderBy('decided_ms').orderBy('id').execute();
        return rows.map((row) => bodyOf<ChangeRecord>(row));
      }),

    putChange: (change) =>
      database.write(async (db) => {
        const columns = { decided_ms: Math.round(change.decidedMs), body: JSON.stringify(change) };
        await db
          .insertInto('changes')
          .values({ id: change.id, ...columns })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
          .execute();
      }),
  };
}

function pillarScores(assessment: Assessment): Pillars {
  return Object.fromEntries(Object.entries(assessment.pillars).map(([name, { proven, possible }]) => [name, { proven, possible }]));
}

/** Every point up to 1,000; of a longer history every n-th and the last. */
async function scores(db: Transaction<Tables>, fromMs: number) {
  const { count } = await db
    .selectFrom('assessments')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('at_ms', '>=', fromMs)
    .executeTakeFirstOrThrow();
  const step = count <= SCORES_MAX ? 1 : Math.ceil(count / (SCORES_MAX - 1));
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('assessments')
        .select(['at_ms', 'seq', 'model', 'proven', 'possible', 'pillars'])
        .select(sql<number>`row_number() over (order by at_ms, seq)`.as('place'))
        .where('at_ms', '>=', fromMs)
        .as('history'),
    )
    .select(['at_ms', 'model', 'proven', 'possible', 'pillars'])
    .where(sql<boolean>`(place - 1) % ${step} = 0 or place = ${count}`)
    .orderBy('at_ms')
    .orderBy('seq')
    .execute();
  return rows.map(({ at_ms, model, proven, possible, pillars }) => ({
    atMs: at_ms,
    model,
    proven,
    possible,
    pillars: bodyOf<Pillars>({ body: pillars }),
  }));
}
