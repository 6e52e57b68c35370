/** Controls that rest on a plan or record of the organisation: is it written, owned, reviewed, exercised, complete? */
import type { PlanSetting } from '../evidence/settings.ts';
import type { Facts, UnitResult } from './control.ts';
import { ageOf } from './date.ts';
import { planPartsOf } from './plan-parts.ts';
import { settingsMs } from './standing.ts';
import { failing, met, organisation, type Proof, part, unknown } from './unit.ts';

/** Kinds of plan that controls ask for; what `plans[].kind` in stance.yaml may say. */
export const planKinds = {
  incident: 'incident-response',
  sdlc: 'sdlc',
  documentation: 'documentation',
  resources: 'resources',
  leadership: 'leadership-report',
  notification: 'notification',
  risk: 'risk-assessment',
  restore: 'restore',
} as const;

export function resourcePlan(facts: Facts): readonly UnitResult[] {
  return [
    reviewed(facts, planKinds.resources, 365),
    unknown(organisation('backlog'), 'not-yet', 'Due dates of findings are not kept yet, so overdue work is not known.'),
  ];
}

export function leadershipReport(facts: Facts): readonly UnitResult[] {
  return [reviewed(facts, planKinds.leadership, 365)];
}

export function notificationPlan(facts: Facts): readonly UnitResult[] {
  return [reviewed(facts, planKinds.notification, 180)];
}

export function riskAssessment(facts: Facts): readonly UnitResult[] {
  return [reviewed(facts, planKinds.risk, 365)];
}

export function restore(facts: Facts): readonly UnitResult[] {
  return [exercised(facts, planKinds.restore, 365)];
}

export function incidentPlan(facts: Facts): readonly UnitResult[] {
  const answer = facts.settings.answers.incidentPlan;
  const said = answer === null || answer === 'unknown' ? null : answer !== 'none';
  const copy = unknown(organisation('out-of-band-copy'), 'not-yet', 'No source shows a copy kept out of band.');
  return [
    ...writtenPlan(facts, planKinds.incident, {
      said,
      key: 'incidentPlan',
      no: 'You said that there is no incident plan.',
      yes: 'You said that an incident plan is written.',
    }),
    copy,
  ];
}

export function incidentDrill(facts: Facts): readonly UnitResult[] {
  const plan = planOf(facts, planKinds.incident);
  const restricted = facts.operations.some((one) => one.dataLevel?.value === 'restricted');
  if (plan !== null && plan.exercisedOn !== null) return [exercised(facts, planKinds.incident, restricted ? 180 : 365)];
  const answer = facts.settings.answers.incidentPlan;
  const name = organisation(`${planKinds.incident}-exercised`);
  const proof = { evidence: ['answer:incidentPlan'], grade: 'attested', observedMs: settingsMs(facts) } as const;
  if (answer === 'none') return [failing(name, { ...proof, because: 'Without a plan nothing was exercised.' })];
  if (answer === 'written') return [failing(name, { ...proof, because: 'You said that the plan is written and was not exercised.' })];
  if (answer === 'written-and-exercised')
    return [met(name, { ...proof, because: 'You said that the plan was exercised; stance.yaml holds no date yet.' })];
  return [unknown(name, 'settings', 'No date of an exercise is written down.', answer === 'unknown' ? ['answer:incidentPlan'] : [])];
}

export function sdlc(facts: Facts): readonly UnitResult[] {
  const answer = facts.settings.answers.sdlcAndDocs;
  const said = answer === null || answer === 'unknown' ? null : answer === 'both' || answer === 'sdlc-only';
  return writtenPlan(facts, planKinds.sdlc, {
    said,
    key: 'sdlcAndDocs',
    no: 'You said that the way you build is not written down.',
    yes: 'You said that the way you build is written down.',
  });
}

export function planOf(facts: Facts, kind: string): PlanSetting | null {
  return facts.settings.plans.find((plan) => plan.kind === kind) ?? null;
}

export function planProof(facts: Facts, kind: string, because: string): Proof {
  return { because, evidence: [`setting:plans.${kind}`], grade: 'attested', observedMs: settingsMs(facts) };
}

interface Said {
  readonly said: boolean | null;
  readonly key: string;
  readonly no: string;
  readonly yes: string;
}

/** Three parts: it exists with an owner, it was reviewed within a year, its text holds what it must. */
function writtenPlan(facts: Facts, kind: string, answer: Said): readonly UnitResult[] {
  const plan = planOf(facts, kind);
  if (plan === null) {
    const proof = { evidence: [`answer:${answer.key}`], grade: 'attested', observedMs: settingsMs(facts) } as const;
    if (answer.said === false) {
      return [`${kind}-written`, `${kind}-reviewed`, `${kind}-parts`].map((one) =>
        failing(organisation(one), { ...proof, because: answer.no }),
      );
    }
    const written =
      answer.said === null
        ? unknown(organisation(`${kind}-written`), 'settings', `stance.yaml names no ${kind} plan.`)
        : met(organisation(`${kind}-written`), { ...proof, because: `${answer.yes} stance.yaml does not name it yet.` });
    return [
      written,
      unknown(organisation(`${kind}-reviewed`), 'settings', 'No review date is known.'),
      unknown(organisation(`${kind}-parts`), 'settings', 'The text was not read.'),
    ];
  }
  const written =
    plan.owner === null
      ? part(organisation(`${kind}-written`), 0.5, planProof(facts, kind, `${plan.location} has no owner.`))
      : met(organisation(`${kind}-written`), planProof(facts, kind, `${plan.location}, owned by ${plan.owner}.`));
  return [written, reviewed(facts, kind, 365), complete(facts, plan)];
}

function reviewed(facts: Facts, kind: string, days: number): UnitResult {
  const name = organisation(`${kind}-reviewed`);
  const plan = planOf(facts, kind);
  if (plan === null) return unknown(name, 'settings', `stance.yaml names no ${kind} plan.`);
  const age = ageOf(plan.reviewedOn, facts.nowMs, days);
  if (age === 'missing')
    return unknown(name, 'settings', `No review date is written down for ${plan.location}.`, [`setting:plans.${kind}`]);
  if (age === 'future')
    return unknown(name, 'settings', `The review of ${plan.location} is dated in the future.`, [`setting:plans.${kind}`]);
  if (age === 'old')
    return failing(name, planProof(facts, kind, `${plan.location} was last reviewed on ${plan.reviewedOn}, more than ${days} days ago.`));
  return met(name, {
    ...planProof(facts, kind, `${plan.location} was reviewed on ${plan.reviewedOn}.`),
    observedMs: Date.parse(plan.reviewedOn ?? ''),
  });
}

function exercised(facts: Facts, kind: string, days: number): UnitResult {
  const name = organisation(`${kind}-exercised`);
  const plan = planOf(facts, kind);
  const age = ageOf(plan?.exercisedOn, facts.nowMs, days);
  if (plan === null || age === 'missing') return unknown(name, 'settings', 'No date of an exercise is written down.');
  if (age === 'future') return unknown(name, 'settings', 'The exercise is dated in the future.', [`setting:plans.${kind}`]);
  if (age === 'old') return failing(name, planProof(facts, kind, `Last exercised on ${plan.exercisedOn}, more than ${days} days ago.`));
  return met(name, { ...planProof(facts, kind, `Exercised on ${plan.exercisedOn}.`), observedMs: Date.parse(plan.exercisedOn ?? '') });
}

function complete(facts: Facts, plan: PlanSetting): UnitResult {
  const name = organisation(`${plan.kind}-parts`);
  const wanted = planPartsOf(plan.kind);
  const found = plan.parts;
  if (found === undefined) return unknown(name, 'settings', `The text at ${plan.location} was not read.`, [`setting:plans.${plan.kind}`]);
  const missing = wanted.filter((one) => !found.includes(one.id));
  const proof: Proof = {
    because:
      missing.length === 0
        ? `${plan.location} holds all ${wanted.length} required parts.`
        : `${plan.location} lacks ${missing.length} of ${wanted.length} parts: ${missing.map((one) => one.title).join('; ')}.`,
    evidence: [`setting:plans.${plan.kind}`],
    grade: 'configured',
    observedMs: settingsMs(facts),
  };
  return part(name, 1 - missing.length / wanted.length, proof);
}
