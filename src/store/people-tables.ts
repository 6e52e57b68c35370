/** What people decided and did: template decisions, states of findings, the audit record, and small named values. */
import type { TemplateDecision } from '../engine/inventory/template.ts';
import { StanceError } from '../errors.ts';
import type { Database } from './database.ts';
import { nextSeq } from './sequence.ts';
import type { FindingState, Store } from './store.ts';
import { bodyOf, storedText } from './stored-text.ts';

const META_BYTES_MAX = 64 * 1024;
const AUDIT_MAX = 1000;
/** Characters of one audit field. */
const AUDIT_CHARS_MAX = 4000;

type PeopleMethods = Pick<
  Store,
  | 'getMeta'
  | 'setMeta'
  | 'listDecisions'
  | 'addDecision'
  | 'deleteDecision'
  | 'listFindingStates'
  | 'setFindingState'
  | 'appendAudit'
  | 'listAudit'
>;

export function peopleTables(database: Database): PeopleMethods {
  return {
    getMeta: (key) =>
      database.read(async (db) => {
        const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
        return row?.value ?? null;
      }),

    async setMeta(key, value) {
      if (Buffer.byteLength(value) > META_BYTES_MAX)
        throw new StanceError('too-large', { message: `The value of ${key} is larger than 64 KiB.`, next: 'Store less under this name.' });
      await database.write(async (db) => {
        await db
          .insertInto('meta')
          .values({ key, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute();
      });
    },

    listDecisions: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('decisions').selectAll().orderBy('seq').execute();
        return rows.map((row) => ({ id: row.id, atMs: row.at_ms, decision: bodyOf<TemplateDecision>(row) }));
      }),

    addDecision: (id, atMs, decision) =>
      database.write(async (db) => {
        const columns = { at_ms: Math.round(atMs), body: JSON.stringify(decision) };
        await db
          .insertInto('decisions')
          .values({ id, seq: await nextSeq(db, 'decisions'), ...columns })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
          .execute();
      }),

    deleteDecision: (id) =>
      database.write(async (db) => {
        await db.deleteFrom('decisions').where('id', '=', id).execute();
      }),

    listFindingStates: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('finding_states').selectAll().orderBy('id').execute();
        return rows.map(({ id, state, reason, until_ms, owner, decided_ms }) => ({
          id,
          // Written by setFindingState alone, which takes no other word.
          state: state as FindingState['state'],
          reason,
          untilMs: until_ms,
          owner,
          decidedMs: decided_ms,
        }));
      }),

    setFindingState: ({ id, state, reason, untilMs, owner, decidedMs }) =>
      database.write(async (db) => {
        const columns = { state, reason, until_ms: untilMs, owner, decided_ms: decidedMs };
        await db
          .insertInto('finding_states')
          .values({ id, ...columns })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
          .execute();
      }),

    appendAudit: (entry) =>
      database.write(async (db) => {
        const text = (value: string) => storedText(value, AUDIT_CHARS_MAX);
        await db
          .insertInto('audit')
          .values({
            seq: await nextSeq(db, 'audit'),
            at_ms: Math.round(entry.atMs),
            actor: text(entry.actor),
            action: text(entry.action),
            subject: text(entry.subject),
            detail: text(entry.detail),
          })
          .execute();
      }),

    listAudit: (limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('audit')
          .selectAll()
          .orderBy('seq', 'desc')
          .limit(Math.min(Math.max(1, Math.floor(limit)), AUDIT_MAX))
          .execute();
        return rows.map(({ at_ms, actor, action, subject, detail }) => ({ atMs: at_ms, actor, action, subject, detail }));
      }),
  };
}
