import { z } from 'zod';
import { controlResult, effort, pillar } from './control.ts';
import { sourceKind } from './declaration.ts';
import { freeText, instant, instantText, list, nameText } from './list.ts';
import { inventorySummary } from './operation.ts';

const band = z
  .strictObject({
    proven: z.number(),
    possible: z.number(),
    attested: z.number(),
    failing: z.number(),
    unknown: z.number(),
    weight: z.number(),
    notApplicableShare: z.number(),
  })
  .meta({ id: 'Band' });

export const candidate = z
  .strictObject({
    key: z.string(),
    control: z.string(),
    kind: z.enum(['fix', 'find-out', 'deadline', 'stop-the-bleeding']),
    title: z.string(),
    text: z.string(),
    draft: z.strictObject({
      language: z.enum(['yaml', 'nginx', 'diff', 'markdown', 'shell']),
      file: z.string().nullable(),
      text: z.string(),
    }),
    units: list(z.string()),
    owner: z.string().nullable(),
    effort: z.strictObject({
      size: effort,
      daysLow: z.number(),
      daysMedian: z.number(),
      daysHigh: z.number(),
      basis: z.string(),
    }),
    gain: z.strictObject({ proven: z.number(), possible: z.number() }),
    riskCut: z.strictObject({ low: z.number(), median: z.number(), high: z.number() }),
    successChance: z.number(),
    value: z.strictObject({ p20: z.number(), median: z.number(), chanceBest: z.number() }),
    prerequisites: list(z.strictObject({ control: z.string(), held: z.boolean() })),
    blockedBy: z.string().nullable(),
    evidence: list(z.string()),
    undo: z.string(),
    doneWhen: z.string(),
    safety: z.string(),
    sensitivity: list(z.string()),
    policy: z.strictObject({ yaml: z.string(), limits: list(z.string()), says: list(z.string()), measuredMs: instant }).exactOptional(),
  })
  .meta({ id: 'Candidate' });

export const nextChange = z
  .strictObject({
    change: candidate,
    why: z.string(),
    runnersUp: list(z.strictObject({ change: candidate, whyNot: z.string() })),
    nearTie: z.string().nullable(),
  })
  .meta({ id: 'NextChange' });

export const assessment = z
  .strictObject({
    model: z.string(),
    atMs: instant,
    total: band,
    pillars: z.record(pillar, band),
    letter: z.strictObject({ value: z.enum(['A', 'B', 'C', 'D', 'E']), cappedBy: z.string().nullable() }),
    controls: list(controlResult),
    candidates: list(candidate),
    next: nextChange.nullable(),
    notes: list(z.string()),
    memory: z.strictObject({
      sources: list(z.strictObject({ id: z.string(), kind: sourceKind })),
      lost: list(z.strictObject({ id: z.string(), kind: sourceKind, sinceMs: instant })),
      pick: z
        .strictObject({
          key: z.string(),
          sinceMs: instant,
          challenger: z.strictObject({ key: z.string(), firstMs: instant, lastMs: instant, evaluations: z.number() }).nullable(),
        })
        .nullable(),
    }),
  })
  .meta({ id: 'Assessment' });

export const ledgerLine = z
  .strictObject({
    atMs: instant,
    cause: z.enum(['you', 'time', 'evidence', 'ruler']),
    pillar,
    control: z.string(),
    deltaProven: z.number(),
    deltaPossible: z.number(),
    text: z.string(),
  })
  .meta({ id: 'LedgerLine' });

export const ledgerQuery = z.strictObject({ from: instantText.optional(), limit: z.coerce.number().int().min(1).max(1_000).optional() });

export const changeRecord = z
  .strictObject({
    id: z.string(),
    key: z.string(),
    control: z.string(),
    title: z.string(),
    state: z.enum(['accepted', 'verified', 'declined', 'snoozed', 'regressed', 'superseded']),
    owner: z.string().nullable(),
    decidedMs: instant,
    untilMs: instant.nullable(),
    reason: z.string().nullable(),
    frozen: z
      .strictObject({
        units: list(z.string()),
        gainProven: z.number(),
        doneWhen: z.string(),
        evidenceDigest: z.string(),
        draft: z.string(),
        policyVersion: z.number().exactOptional(),
        limits: list(z.string()).exactOptional(),
      })
      .nullable(),
    checks: list(z.strictObject({ atMs: instant, holds: z.boolean(), because: z.string() })),
    verifiedMs: instant.nullable(),
  })
  .meta({ id: 'ChangeRecord' });

/** What to do with the proposed change. "Not now" and "decline" need a reason; "not now" also an end. */
export const changeDecision = z
  .strictObject({
    key: nameText.min(1),
    action: z.enum(['accept', 'not-now', 'decline']),
    reason: freeText.optional(),
    until: instant.optional(),
    owner: nameText.optional(),
  })
  .refine((decision) => decision.action === 'accept' || (decision.reason ?? '').trim() !== '', {
    path: ['reason'],
    message: 'A reason is needed.',
  })
  .refine((decision) => decision.action !== 'not-now' || decision.until !== undefined, {
    path: ['until'],
    message: 'Say until when it should rest.',
  });

const score = z.strictObject({ proven: z.number(), possible: z.number() });
export const scorePoint = z
  .strictObject({
    atMs: instant,
    model: z.string(),
    proven: z.number(),
    possible: z.number(),
    pillars: z.record(z.string(), score),
  })
  .meta({ id: 'ScorePoint' });

/**
 * Everything the first page shows. Controls carry at most 10 units here (the worst); `/controls/{id}` has more.
 * `answered` counts the six first-run questions that have an answer, "don't know" included.
 */
export const posture = z
  .strictObject({
    assessment: assessment.nullable(),
    history: list(scorePoint),
    ledger: list(ledgerLine),
    changes: list(changeRecord),
    summary: inventorySummary.nullable(),
    sources: z.number().int(),
    answered: z.number().int(),
    settingsPresent: z.boolean(),
  })
  .meta({ id: 'Posture' });
