import { z } from 'zod';
import { assessment } from './assessment.ts';
import { sourceKind } from './declaration.ts';
import { countByName, instant, list, nameText } from './list.ts';

export const sourceAccount = z
  .strictObject({
    seen: z.number(),
    read: z.number(),
    folded: countByName,
    excluded: countByName,
    malformed: z.number(),
    malformedLines: list(z.strictObject({ line: z.number(), message: z.string() })),
  })
  .meta({ id: 'SourceAccount' });

export const sourceRecord = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    format: z.string(),
    kind: sourceKind,
    state: z.enum(['running', 'complete', 'interrupted', 'following']),
    bytes: z.number().nullable(),
    account: sourceAccount,
    importedMs: instant,
    firstMs: instant.nullable(),
    lastMs: instant.nullable(),
    sight: z.strictObject({
      exchanges: z.number(),
      withClientAddress: z.number(),
      distinctClients: z.number(),
      withCredentialInfo: z.number(),
      withHeaders: z.number(),
      withBodies: z.number(),
      withDuration: z.number(),
      withHost: z.number(),
      inFuture: z.number(),
      outOfOrder: z.number(),
      largestGapMs: z.number(),
    }),
  })
  .meta({ id: 'SourceRecord' });

export const importQuery = z.strictObject({
  /** File name to show and to tell the format by. */
  name: nameText.min(1),
  format: nameText.optional(),
  logFormat: nameText.optional(),
  host: nameText.optional(),
  service: nameText.optional(),
});

export const importReport = z
  .strictObject({
    inputs: list(
      z.strictObject({
        name: z.string(),
        sourceId: z.string().nullable(),
        format: z.string().nullable(),
        kind: sourceKind.nullable(),
        account: sourceAccount,
        already: z.number(),
        operationsDeclared: z.number(),
        error: z.strictObject({ code: z.string(), message: z.string(), unchanged: z.string(), next: z.string() }).nullable(),
      }),
    ),
    tookMs: z.number(),
    assessment,
  })
  .meta({ id: 'ImportReport' });

export const importProgress = z
  .strictObject({
    name: z.string(),
    format: z.string().nullable(),
    phase: z.enum(['reading', 'learning', 'assessing', 'done', 'failed']),
    seen: z.number(),
    bytesDone: z.number(),
    bytesTotal: z.number().nullable(),
    perSecond: z.number(),
    secondsLeft: z.number().nullable(),
  })
  .meta({ id: 'ImportProgress' });

/** What the event stream carries, as JSON in `data`; the SSE event name is `kind`. */
export const workspaceEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('inventory'), atMs: instant }),
  z.strictObject({ kind: z.literal('assessment'), atMs: instant }),
  z.strictObject({ kind: z.literal('decisions'), atMs: instant, count: z.number() }),
  z.strictObject({ kind: z.literal('import'), progress: importProgress }),
  z.strictObject({ kind: z.literal('fault'), message: z.string() }),
]);
