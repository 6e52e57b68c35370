import { z } from 'zod';
import { list } from './list.ts';

/** An error as RFC 9457 `application/problem+json`, with what stayed unchanged and what to do next. */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    /** Stable word of `errors.ts`, or `invalid-request`. */
    code: z.string(),
    unchanged: z.string(),
    next: z.string(),
    /** Set when the request did not fit its schema: which field, and why. */
    fields: list(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
