/** Numbers in order of writing. A workspace has one writer, so the next one is the largest plus one, in either engine. */
import { sql, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

export async function nextSeq(
  db: Transaction<Tables>,
  table: 'assessments' | 'ledger' | 'audit' | 'decisions' | 'decision_records' | 'policy_versions',
): Promise<number> {
  const { rows } = await sql<{ seq: number | null }>`select max(seq) as seq from ${sql.table(table)}`.execute(db);
  return (rows[0]?.seq ?? 0) + 1;
}
