/** Whether a column holds a text, byte for byte: the same meaning in both engines, and no pattern to escape. */
import { type Expression, type SqlBool, sql } from 'kysely';
import type { DialectName } from './database.ts';

export function containsText(dialect: DialectName, column: string, text: string): Expression<SqlBool> {
  return dialect === 'sqlite' ? sql`instr(${sql.ref(column)}, ${text}) > 0` : sql`strpos(${sql.ref(column)}, ${text}) > 0`;
}
