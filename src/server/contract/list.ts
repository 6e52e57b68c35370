/** Small shapes that other schemas are made of. */
import { z } from 'zod';

/** Longest free text a request may carry in one field, characters. */
export const textCharsMax = 2_000;
/** Longest name, id, host, template or other single value, characters. */
export const nameCharsMax = 2_048;
/** Rows of one page. */
export const pageRowsMax = 500;

/** An array that is typed as read-only, because everything the engine answers is. */
export function list<T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[], readonly z.output<T>[]> {
  return z.array(item) as unknown as z.ZodType<readonly z.output<T>[], readonly z.output<T>[]>;
}

/** One page of rows with the total of all pages and the cursor of the next one, null after the last. */
export function page<T extends z.ZodType>(item: T) {
  return z.strictObject({ rows: list(item), total: z.number().int(), next: z.string().nullable() });
}

/** All rows at once, for lists that are bounded by what they hold. */
export function rows<T extends z.ZodType>(item: T) {
  return z.strictObject({ rows: list(item) });
}

export const countByName = z.record(z.string(), z.number());

/** Milliseconds since the epoch. */
export const instant = z.number();

const one = z.string().max(nameCharsMax);
/** A query parameter that may be given several times, at most 50. */
export const several = z.union([z.array(one).max(50), one.transform((value): string[] => [value])]);
/** `true` or `false` in a query. */
export const yesNo = z.enum(['true', 'false']).transform((value): boolean => value === 'true');
export const pageLimit = z.coerce.number().int().min(1).max(pageRowsMax);
/** Milliseconds since the epoch, in a query. */
export const instantText = z.coerce.number().int().min(0).max(8.64e15);
export const nameText = one;
export const freeText = z.string().max(textCharsMax);
