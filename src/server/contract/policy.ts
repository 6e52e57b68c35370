import { z } from 'zod';
import { sections } from '../../engine/evidence/decision.ts';
import { freeText, instant, list, nameText } from './list.ts';
import { decisionRecord } from './threat.ts';

/** Longest policy text a request may carry, characters. */
const policyCharsMax = 4_000_000;

const section = z.enum(sections);
const ruleMode = z.enum(['log', 'block']);
const mode = z.enum(['off', 'log', 'block']);

const replayCount = {
  requests: z.number(),
  /** Of them, requests that were answered 2xx or 3xx. */
  good: z.number(),
  clients: z.number(),
  clientsIsFloor: z.boolean(),
};

/** What a policy would have done to traffic of the past. */
export const replayReport = z
  .strictObject({
    policyVersion: z.string(),
    /** `masked` = from kept evidence, which holds no values. */
    basis: z.enum(['masked', 'raw']),
    firstMs: instant.nullable(),
    lastMs: instant.nullable(),
    days: z.number(),
    requests: z.number(),
    good: z.number(),
    refused: z.strictObject(replayCount),
    logged: z.strictObject(replayCount),
    rules: list(
      z.strictObject({
        ...replayCount,
        rule: z.string(),
        section,
        mode: ruleMode,
        operations: list(z.strictObject({ operation: z.string(), requests: z.number() })),
      }),
    ),
    operations: list(
      z.strictObject({
        service: z.string().nullable(),
        method: z.string(),
        template: z.string(),
        requests: z.number(),
        refused: z.number(),
        refusedGood: z.number(),
      }),
    ),
    /** What these records cannot answer; a request counted here was not found to pass that check. */
    unknown: list(z.strictObject({ check: z.enum([...sections, 'route']), requests: z.number(), because: z.string() })),
    wholly: z.number(),
  })
  .meta({ id: 'ReplayReport' });

const limit = z.strictObject({
  name: z.string(),
  by: z.enum(['identity', 'subject', 'key', 'account', 'tenant', 'device', 'address', 'route', 'global']),
  requests: z.number(),
  windowSeconds: z.number(),
  window: z.enum(['rolling', 'hour', 'day', 'month']),
  mode: ruleMode,
});

export const policySummary = z
  .strictObject({
    mode,
    /** What each kind of check may do at most, before routes lower it. */
    sections: list(z.strictObject({ section: z.string(), mode })),
    /** To draw requests against. */
    limits: list(limit),
    rules: list(z.strictObject({ id: z.string(), mode: ruleMode, because: z.string(), untilMs: instant.nullable() })),
    routes: list(z.string()),
    providers: list(z.string()),
    allowed: z.number(),
    denied: z.number(),
  })
  .meta({ id: 'PolicySummary' });

export const currentPolicy = z
  .strictObject({
    /** Empty = none was ever applied: the built-in policy holds. */
    text: z.string(),
    version: z.string(),
    active: z.number().nullable(),
    /** A version that a share of the clients gets already. */
    candidate: z.strictObject({ number: z.number(), share: z.number(), sinceMs: instant }).nullable(),
    summary: policySummary,
  })
  .meta({ id: 'CurrentPolicy' });

/** Whatever sums the version was applied on: they are shown, never computed with. */
const sums = z.looseObject({}) as unknown as z.ZodType<object, object>;

export const policyVersion = z
  .strictObject({
    number: z.number(),
    atMs: instant,
    actor: z.string(),
    digest: z.string(),
    /** Why it was applied without a proof; null = there was one, or none was needed. */
    because: z.string().nullable(),
    /** Sums of the replay it was applied on. */
    proof: sums.nullable(),
  })
  .meta({ id: 'PolicyVersion' });

export const policyText = z.strictObject({ text: z.string().max(policyCharsMax) });

export const policyPreview = z
  .strictObject({
    problems: list(z.strictObject({ line: z.number(), column: z.number(), message: z.string() })),
    summary: policySummary.nullable(),
    /** Places where a request that passed may be refused from now on. */
    stricter: list(z.strictObject({ section, level: z.string(), change: z.string() })),
    replay: replayReport.nullable(),
    /** Whether the replay proves enough to apply it; `gaps` says what is missing. */
    proof: z.strictObject({ isEnough: z.boolean(), gaps: list(z.string()), refusedShare: z.number().nullable() }).nullable(),
  })
  .meta({ id: 'PolicyPreview' });

export const policyApplication = z.strictObject({
  text: z.string().max(policyCharsMax),
  /** Why it is applied although the proof is not enough; kept with the version. */
  proofWaivedBecause: freeText.min(1).optional(),
});
export const appliedPolicy = z.strictObject({ number: z.number(), onTrial: z.boolean() });

/** Without a version: ends the trial, or goes to the version before. */
export const policyRollback = z.strictObject({ version: z.number().int().min(1).optional(), because: freeText.min(1) });
export const rolledBack = z.strictObject({ from: z.number(), to: z.number() });

export const decisionParams = z.strictObject({ decision: nameText.min(1) });

export const decisionExplanation = z
  .strictObject({
    decision: decisionRecord,
    isPolicyKept: z.boolean(),
    mode: z.strictObject({
      section,
      mode,
      /** The first level as low as the result; null = nothing lowers it. */
      decidedBy: z.string().nullable(),
      levels: list(z.strictObject({ level: z.string(), mode })),
    }),
    routes: list(z.string()),
    because: z.string().nullable(),
    undo: z.strictObject({ title: z.string(), yaml: z.string() }).nullable(),
  })
  .meta({ id: 'DecisionExplanation' });

/** What a request match says, as in the policy. */
const requestMatch = z.strictObject({
  hosts: list(z.string()).exactOptional(),
  paths: list(z.string()).exactOptional(),
  methods: list(z.string()).exactOptional(),
  services: list(z.string()).exactOptional(),
  addresses: list(z.string()).exactOptional(),
  agents: list(z.string()).exactOptional(),
});

/** A rule made of a filter: text to add to the policy, and what it would have done; nothing is changed yet. */
export const ruleFromFilter = z
  .strictObject({
    id: z.string(),
    /** `rules:` with the one rule, in log mode. */
    yaml: z.string(),
    match: requestMatch,
    /** The present policy with the rule in it, ready to be previewed, applied or edited. */
    policy: z.string(),
    leftOut: list(z.strictObject({ field: z.string(), because: z.string() })),
    seen: z.strictObject({ records: z.number(), requests: z.number() }),
    replay: replayReport.nullable(),
  })
  .meta({ id: 'RuleFromFilter' });

/** Where in the inventory: an API, or one operation of it. */
export const policyPlaceQuery = z.strictObject({
  service: nameText.min(1),
  method: nameText.min(1).optional(),
  /** With `method`. */
  template: nameText.min(1).optional(),
});

/** `unknown` = it depends on what only a request can tell: its host, address, caller or literal path. */
const fit = z.enum(['yes', 'unknown']);

/** What the policy in force says of one place, and from where. */
export const policyPlace = z
  .strictObject({
    policyVersion: z.string(),
    /** All that match, later ones over earlier ones. */
    routes: list(z.strictObject({ id: z.string(), fit })),
    sections: list(
      z.strictObject({ section, mode, decidedBy: z.string().nullable(), levels: list(z.strictObject({ level: z.string(), mode })) }),
    ),
    /** Values as JSON text; `from` is `defaults` or a route. */
    settings: list(z.strictObject({ name: z.string(), value: z.string(), from: z.string() })),
    /** Limits named here. */
    limits: list(limit),
    /** How requests and answers are held against the declared operation. */
    validation: list(z.strictObject({ what: z.string(), mode })),
    entries: list(
      z.strictObject({
        kind: z.enum(['rule', 'exception', 'allow', 'deny']),
        id: z.string(),
        mode: ruleMode.nullable(),
        because: z.string(),
        untilMs: instant.nullable(),
        fit,
      }),
    ),
  })
  .meta({ id: 'PolicyPlace' });
