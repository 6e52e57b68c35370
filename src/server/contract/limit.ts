import { z } from 'zod';
import { list, nameText } from './list.ts';

const by = z.enum(['identity', 'address']);
const shareRange = z.strictObject({ share: z.number(), low: z.number(), high: z.number() });

/** A limit, and what it would have done to the calls that were recorded. */
const limitTrial = z.strictObject({
  requests: z.number(),
  windowSeconds: z.number(),
  burst: z.number(),
  /** Share of callers that would have been refused something, with the range so few callers leave open. */
  callers: shareRange,
  callersHit: z.number(),
  refused: shareRange,
});

const basis = z.strictObject({
  requests: z.number(),
  callers: z.number(),
  spanMs: z.number(),
  /** Most requests of one caller in ten minutes: of the middle caller, of all but the heaviest, of all. */
  usual: z.number(),
  high: z.number(),
  most: z.number(),
});

const limitSuggestion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('limit'), by, basis, limit: limitTrial, tighter: limitTrial, looser: limitTrial }),
  z.strictObject({ kind: z.literal('too-little'), by, because: z.string() }),
  z.strictObject({ kind: z.literal('no-fit'), by, because: z.string(), basis }),
]);

const operationLimit = z
  .strictObject({
    operationId: z.string(),
    service: z.string(),
    hosts: list(z.string()),
    method: z.string(),
    template: z.string(),
    suggestion: limitSuggestion,
  })
  .meta({ id: 'OperationLimit' });

/** `yaml` can be pasted into a policy: limits in log mode with their routes. */
export const limitSuggestions = z.strictObject({ rows: list(operationLimit), yaml: z.string() }).meta({ id: 'LimitSuggestions' });

/** `operation` absent = the 50 most called ones; `by` absent = identity. */
export const limitSuggestionsQuery = z.strictObject({ operation: nameText.optional(), by: by.optional() });
