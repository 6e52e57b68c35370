import { z } from 'zod';
import { instant, list } from './list.ts';

export const pillar = z.enum(['people', 'processes', 'technology']);
export const effort = z.enum(['XS', 'S', 'M', 'L']);
export const evidenceGrade = z.enum(['observed', 'configured', 'signed-report', 'attested']);

export const unitResult = z
  .strictObject({
    unit: z.string(),
    unitKind: z.enum(['operation', 'service', 'document', 'organisation']),
    state: z.enum(['met', 'failing', 'part', 'unknown']),
    share: z.number(),
    grade: evidenceGrade,
    observedMs: instant.nullable(),
    because: z.string(),
    evidence: list(z.string()),
    /** What would show it; absent = judged. */
    waitsFor: z
      .enum(['settings', 'time', 'not-yet', 'traffic', 'live-traffic', 'bodies', 'specification', 'gateway', 'credentials', 'ownership'])
      .exactOptional(),
  })
  .meta({ id: 'UnitResult' });

export const controlResult = z
  .strictObject({
    id: z.string(),
    outcome: z.enum(['met', 'failing', 'unknown', 'stale', 'not-applicable', 'waived']),
    low: z.number(),
    high: z.number(),
    claimed: z.number(),
    weight: z.number(),
    points: z.strictObject({ proven: z.number(), possible: z.number(), max: z.number() }),
    because: z.string(),
    grade: evidenceGrade.nullable(),
    observedMs: instant.nullable(),
    goodUntilMs: instant.nullable(),
    attestedBy: z.string().nullable(),
    waivedUntil: z.string().nullable(),
    notApplicableBecause: z.string().nullable(),
    units: list(unitResult),
    unitCounts: z.strictObject({ met: z.number(), failing: z.number(), part: z.number(), unknown: z.number() }),
    error: z.string().nullable(),
  })
  .meta({ id: 'ControlResult' });

/** A control of the catalogue without its test, and what it found; `result` is null before the first assessment. */
export const controlRow = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    pillar,
    title: z.string(),
    failTitle: z.string(),
    intent: z.string(),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    effort,
    passRule: z.string(),
    /** Share of weight that must hold; 1 when absent. */
    passShare: z.number().exactOptional(),
    evidence: z.strictObject({ text: z.string(), ageHoursMax: z.number() }).nullable(),
    attestation: z.strictObject({ text: z.string(), validDays: z.number() }).nullable(),
    prerequisites: list(z.string()),
    mappings: list(
      z.strictObject({
        framework: z.enum(['cis-8.1', 'iso-27001-2022', 'nycrr-500-2023', 'owasp-api-2023', 'ssdf-1.1', 'csf-2.0', 'pci-4.0.1']),
        id: z.string(),
        relation: z.enum(['equal', 'part', 'supports']),
      }),
    ),
    remedy: z.strictObject({ title: z.string(), text: z.string(), effort, undo: z.string(), doneWhen: z.string() }),
    result: controlResult.nullable(),
  })
  .meta({ id: 'ControlRow' });
