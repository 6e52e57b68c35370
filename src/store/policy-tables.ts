/** Versions of the policy: numbered in the order they were applied, never changed, the oldest dropped beyond a bound. */
import { StanceError } from '../errors.ts';
import type { Database } from './database.ts';
import { nextSeq } from './sequence.ts';
import type { PolicyVersion, Store } from './store.ts';
import { bodyOf } from './stored-text.ts';

/** Versions kept; what is older can no longer be put back. */
const VERSIONS_MAX = 500;
/** Bytes of one policy text. */
const TEXT_BYTES_MAX = 8 * 1024 * 1024;

type PolicyMethods = Pick<Store, 'addPolicyVersion' | 'listPolicyVersions' | 'getPolicyVersion'>;
type VersionBody = Omit<PolicyVersion, 'number'>;

export function policyTables(database: Database): PolicyMethods {
  return {
    async addPolicyVersion({ text, ...body }) {
      if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
        throw new StanceError('too-large', {
          message: `The policy is larger than ${TEXT_BYTES_MAX / 1024 / 1024} MiB, the most that a version keeps.`,
          unchanged: 'The policy in force stays in force.',
          next: 'Name networks instead of single addresses.',
        });
      }
      return database.write(async (db) => {
        const seq = await nextSeq(db, 'policy_versions');
        // As JSON, so that a text comes back exactly in either engine.
        await db
          .insertInto('policy_versions')
          .values({ seq, body: JSON.stringify(body), policy: JSON.stringify(text) })
          .execute();
        await db
          .deleteFrom('policy_versions')
          .where('seq', '<=', seq - VERSIONS_MAX)
          .execute();
        return seq;
      });
    },

    listPolicyVersions: (limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('policy_versions')
          .select(['seq', 'body'])
          .orderBy('seq', 'desc')
          .limit(Math.min(Math.max(1, Math.floor(limit)), VERSIONS_MAX))
          .execute();
        return rows.map((row) => ({ number: row.seq, ...bodyOf<VersionBody>(row) }));
      }),

    getPolicyVersion: (number) =>
      database.read(async (db) => {
        const row = await db.selectFrom('policy_versions').selectAll().where('seq', '=', number).executeTakeFirst();
        if (row === undefined) return null;
        return { number: row.seq, ...bodyOf<VersionBody>(row), text: bodyOf<string>({ body: row.policy }) };
      }),
  };
}
