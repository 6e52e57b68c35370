/** Where a page ended: the sort value and id of its last row, and the order they belong to, opaque to the caller. */
import { StanceError } from '../errors.ts';

export interface PageCursor {
  /** Name and direction of the order: a cursor of another order is refused. */
  readonly order: string;
  readonly value: string | number;
  readonly id: string;
}

const CURSOR_CHARS_MAX = 2000;

export function encodeCursor(cursor: PageCursor): string {
  return Buffer.from(JSON.stringify([cursor.order, cursor.value, cursor.id])).toString('base64url');
}

/** @param kind of the sort column: the value must be of that type. Throws `usage` for anything `encodeCursor` did not make for this order. */
export function decodeCursor(text: string, order: string, kind: 'string' | 'number'): PageCursor {
  const parsed = parseJson(text.length > CURSOR_CHARS_MAX ? '' : Buffer.from(text, 'base64url').toString());
  if (Array.isArray(parsed)) {
    const [ofOrder, value, id]: unknown[] = parsed;
    if (ofOrder === order && typeof id === 'string' && (typeof value === 'string' || typeof value === 'number') && typeof value === kind)
      return { order, value, id };
  }
  throw new StanceError('usage', {
    message: 'The page marker does not belong to this list.',
    next: 'Leave `after` out to begin at the first page.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Rows of a page: what was asked for, within 1 to 500, else 100. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return 100;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit;
  throw new StanceError('usage', { message: 'A page has 1 to 500 rows.', next: 'Set `limit` to a whole number from 1 to 500.' });
}
