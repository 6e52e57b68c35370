import { z } from 'zod';
import { sections } from '../../engine/evidence/decision.ts';
import { instant, instantText, list, nameText, page, pageLimit, several } from './list.ts';

const section = z.enum(sections);
const outcome = z.enum(['allow', 'would-block', 'block']);

/** What the guard decided of one request (or of a flood of identical ones), masked. */
export const decisionRecord = z
  .strictObject({
    atMs: instant,
    /** The number the caller was shown. */
    incident: z.string(),
    outcome,
    section,
    rule: z.string(),
    reason: z.string(),
    place: z.string().nullable(),
    alsoRules: list(z.string()),
    /** Empty for a connection that never became a request. */
    method: z.string(),
    template: z.string(),
    service: z.string().nullable(),
    host: z.string().nullable(),
    status: z.number().nullable(),
    /** Keyed print of the address, and the network it is in. */
    client: z.string().nullable(),
    network: z.string().nullable(),
    principal: z.string().nullable(),
    agent: z.string().nullable(),
    policyVersion: z.string(),
    allowedBy: z.string().nullable(),
    /** How many like it this one stands for. */
    count: z.number(),
  })
  .meta({ id: 'DecisionRecord' });

export const decisionPage = page(decisionRecord).meta({ id: 'DecisionPage' });

/** Fields a decision can be filtered by: `rule=attacks.sqli` keeps, `not.rule=attacks.sqli` leaves out; empty = not known. */
const values = {
  outcome: several.optional(),
  section: several.optional(),
  rule: several.optional(),
  method: several.optional(),
  template: several.optional(),
  service: several.optional(),
  host: several.optional(),
  client: several.optional(),
  network: several.optional(),
  principal: several.optional(),
  agent: several.optional(),
  status: several.optional(),
};
const excluded = Object.fromEntries(Object.entries(values).map(([field, schema]) => [`not.${field}`, schema])) as {
  readonly [Field in keyof typeof values as `not.${Field}`]: (typeof values)[Field];
};
const span = {
  /** Inclusive; absent = 24 hours before `to`. */
  from: instantText.optional(),
  /** Exclusive; absent = now. */
  to: instantText.optional(),
};

export const decisionFilterQuery = z.strictObject({ ...span, ...values, ...excluded });
export const decisionQuery = z.strictObject({ ...span, ...values, ...excluded, after: nameText.optional(), limit: pageLimit.optional() });
/** `step` in milliseconds, whole minutes; absent = about 120 points. */
export const decisionSeriesQuery = z.strictObject({
  ...span,
  ...values,
  ...excluded,
  step: z.coerce.number().int().min(60_000).optional(),
});

const facet = list(z.strictObject({ value: z.string(), count: z.number() }));

export const decisionFacets = z
  .strictObject({
    outcome: facet,
    section: facet,
    rule: facet,
    method: facet,
    template: facet,
    service: facet,
    host: facet,
    client: facet,
    network: facet,
    principal: facet,
    agent: facet,
    status: facet,
  })
  .meta({ id: 'DecisionFacets' });

export const decisionPoint = z.strictObject({
  atMs: instant,
  requests: z.number(),
  blocked: z.number(),
  wouldBlock: z.number(),
  /** Let through by an allow-list in spite of objections. */
  allowed: z.number(),
});

export const decisionSeries = z
  .strictObject({ fromMs: instant, toMs: instant, stepMs: z.number(), points: list(decisionPoint) })
  .meta({ id: 'DecisionSeries' });

export const decisionGroup = z
  .strictObject({
    outcome,
    section,
    rule: z.string(),
    service: z.string().nullable(),
    host: z.string().nullable(),
    method: z.string(),
    template: z.string(),
    network: z.string().nullable(),
    client: z.string().nullable(),
    count: z.number(),
    firstMs: instant,
    lastMs: instant,
    incident: z.string(),
  })
  .meta({ id: 'DecisionGroup' });

/** What happened in a span, and what stands out in it. */
export const threatSummary = z
  .strictObject({
    fromMs: instant,
    toMs: instant,
    requests: z.number(),
    blocked: z.number(),
    wouldBlock: z.number(),
    allowed: z.number(),
    /** Largest first, at most 20. */
    groups: list(decisionGroup),
    /** Sections with their counts, by outcome. */
    sections: list(z.strictObject({ section, blocked: z.number(), wouldBlock: z.number() })),
    /** Open findings of the guard, worst first, by id. */
    findings: list(z.string()),
    /** Whether any guard was ever heard: without one there is nothing to see, which is not the same as nothing happening. */
    isGuarded: z.boolean(),
  })
  .meta({ id: 'ThreatSummary' });
