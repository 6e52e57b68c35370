import { z } from 'zod';
import { freeText, instant, list, nameText, several } from './list.ts';

export const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);

export const finding = z
  .strictObject({
    id: z.string(),
    rule: z.string(),
    severity,
    title: z.string(),
    detail: z.string(),
    fix: z.string(),
    subject: z.string(),
    places: list(z.strictObject({ file: z.string().nullable(), line: z.number().nullable(), operation: z.string().nullable() })),
    evidence: list(z.string()),
    controls: list(z.string()),
  })
  .meta({ id: 'Finding' });

const findingWord = z.enum(['open', 'accepted', 'duplicate', 'dismissed', 'snoozed']);

export const findingState = z
  .strictObject({
    id: z.string(),
    state: findingWord,
    reason: z.string().nullable(),
    untilMs: instant.nullable(),
    owner: z.string().nullable(),
    decidedMs: instant,
  })
  .meta({ id: 'FindingState' });

/** A finding with what a person decided about it, null when nobody has. */
export const findingRow = z.strictObject({ ...finding.shape, state: findingState.nullable() }).meta({ id: 'FindingRow' });

export const findingQuery = z.strictObject({
  severity: several.optional(),
  rule: several.optional(),
  /** `open` also holds findings nobody has decided about. */
  state: several.optional(),
  text: nameText.optional(),
});

export const findingPage = z.strictObject({ rows: list(findingRow), total: z.number().int() });

/** Closing a finding needs a reason; snoozing also needs an end. */
export const findingStateChange = z
  .strictObject({
    state: findingWord,
    reason: freeText.optional(),
    until: instant.optional(),
    owner: nameText.optional(),
  })
  .refine((change) => change.state === 'open' || change.state === 'accepted' || (change.reason ?? '').trim() !== '', {
    path: ['reason'],
    message: 'A reason is needed to close or snooze a finding.',
  })
  .refine((change) => change.state !== 'snoozed' || change.until !== undefined, {
    path: ['until'],
    message: 'A snoozed finding needs an end.',
  });
