/** Runs the test of one control on the facts it declared, and turns what comes out into weighed units. */
import type { Control, Facts, UnitResult, WaitsFor } from '../controls/control.ts';
import { dateMs, dayMs, hourMs } from '../controls/date.ts';
import type { AttestationSetting } from '../evidence/settings.ts';
import { emptySettings } from '../evidence/settings.ts';
import type { Exposure } from './exposure.ts';
import { gradeWeight } from './weights.ts';

/** One unit with what it counts. */
export interface WeighedUnit {
  readonly result: UnitResult;
  readonly weight: number;
  readonly restricted: boolean;
  readonly publicRestricted: boolean;
  /** 1 while fresh, falling to 0 at twice the age limit; 1 for a failing unit, which does not fade. */
  readonly fresh: number;
  /** Share that counts as proven, and that may hold, 0 to 1. */
  readonly low: number;
  readonly high: number;
  /** When its evidence stops counting in full; null = no evidence. */
  readonly goodUntilMs: number | null;
}

export interface Judgement {
  readonly units: readonly WeighedUnit[];
  readonly notApplicable: string | null;
  readonly attestation: AttestationSetting | null;
  readonly error: string | null;
}

/** Clocks of sources may run ahead of ours by this much; evidence dated later proves nothing. */
const clockSkewMs = hourMs;

const nothing: Omit<Facts, 'nowMs'> = {
  settings: emptySettings,
  operations: [],
  inventory: {
    operations: 0,
    services: 0,
    byState: { active: 0, shadow: 0, zombie: 0, silent: 0, unused: 0, declared: 0 },
    orphans: 0,
    pathsSeen: 0,
    pathsInTemplates: 0,
    pathsFolded: {},
    completeness: null,
  },
  documents: [],
  sources: [],
  findings: [],
  owners: [],
  guard: null,
};

export function judge(control: Control, facts: Facts, exposure: Exposure): Judgement {
  const attestation = attestationOf(control, facts);
  let error: string | null = null;
  let results: readonly UnitResult[] = [];
  try {
    const answer = control.test?.(given(control, facts)) ?? [];
    if ('notApplicable' in answer) return { units: [], notApplicable: answer.notApplicable, attestation, error };
    results = answer;
  } catch (cause) {
    // A control that throws is our bug; it must not take the other sixty-nine with it.
    error = cause instanceof Error ? cause.message : String(cause);
  }
  if (results.length === 0) results = [nothingKnown(control, error)];
  const units = results.map((result) =>
    weigh(control, result.state === 'unknown' && attestation !== null ? claimed(result, attestation) : result, facts.nowMs, exposure),
  );
  return { units, notApplicable: null, attestation, error };
}

/** Only the facts the control declared; the rest is empty, so an undeclared need shows at once in its table test. */
function given(control: Control, facts: Facts): Facts {
  const picked: Facts = { ...nothing, nowMs: facts.nowMs };
  return Object.assign(picked, Object.fromEntries(control.needs.map((name) => [name, facts[name]])));
}

function nothingKnown(control: Control, error: string | null): UnitResult {
  const because =
    error !== null
      ? 'The test of this control stopped with an error.'
      : control.test === undefined
        ? 'No source that can show this is connected.'
        : 'Nothing was found to judge.';
  return {
    unit: 'organisation',
    unitKind: 'organisation',
    state: 'unknown',
    share: 0,
    grade: 'attested',
    observedMs: null,
    because,
    evidence: [],
    waitsFor: waitsFor(control),
  };
}

/** A test that found nothing to judge waits for the source that would bring it. */
function waitsFor(control: Control): WaitsFor {
  if (control.test === undefined) return 'not-yet';
  if (control.needs.includes('operations')) return 'traffic';
  return control.needs.includes('documents') ? 'specification' : 'settings';
}

/** The statement in force for this control: signed, begun, not over, and not stretched beyond what the control allows. */
function attestationOf(control: Control, facts: Facts): AttestationSetting | null {
  const { attestation } = control;
  if (attestation === null) return null;
  return (
    facts.settings.attestations.find((one) => {
      const on = dateMs(one.on);
      const until = dateMs(one.until);
      if (one.control !== control.id || one.by.trim() === '' || on === null || until === null || on > facts.nowMs) return false;
      return facts.nowMs < Math.min(until + dayMs, on + attestation.validDays * dayMs);
    }) ?? null
  );
}

/** A statement speaks only for what nothing else shows. */
function claimed(result: UnitResult, attestation: AttestationSetting): UnitResult {
  const share = Math.min(1, Math.max(0, attestation.share));
  return {
    ...result,
    state: share >= 1 ? 'met' : share <= 0 ? 'failing' : 'part',
    share,
    grade: 'attested',
    observedMs: dateMs(attestation.on),
    because: `${attestation.by} states: ${attestation.statement}`,
    evidence: [`attestation:${attestation.control}`, ...result.evidence],
  };
}

export function weigh(control: Control, result: UnitResult, nowMs: number, exposure: Exposure): WeighedUnit {
  const base = {
    weight: exposure.weight(result),
    restricted: exposure.restricted(result),
    publicRestricted: exposure.publicRestricted(result),
  };
  const limitMs = ageLimitMs(control, result);
  const goodUntilMs = result.observedMs === null || result.state === 'unknown' ? null : result.observedMs + limitMs;
  if (result.state === 'unknown') return { ...base, result, fresh: 0, low: 0, high: 1, goodUntilMs };
  if (result.share <= 0) return { ...base, result, fresh: 1, low: 0, high: 0, goodUntilMs };
  if (result.observedMs === null || result.observedMs > nowMs + clockSkewMs) {
    const because =
      result.observedMs === null
        ? `${result.because} No date shows when.`
        : `${result.because} It is dated in the future, so it proves nothing yet.`;
    return { ...base, result: { ...result, state: 'unknown', because }, fresh: 0, low: 0, high: 1, goodUntilMs: null };
  }
  const fresh = freshness(result, nowMs - result.observedMs, limitMs);
  // A word cannot pass a critical technical control, whatever form it comes in; it can only hold it at `claimed`.
  const wordOnly = result.grade === 'attested' && control.severity === 'critical' && control.pillar === 'technology';
  const low = wordOnly ? 0 : result.share * gradeWeight[result.grade] * fresh;
  return { ...base, result, fresh, low, high: result.share, goodUntilMs };
}

function ageLimitMs(control: Control, result: UnitResult): number {
  if (result.grade === 'attested' && control.attestation !== null) return control.attestation.validDays * dayMs;
  return (control.evidence?.ageHoursMax ?? 24) * hourMs;
}

/** Observations fade over one more age limit; a statement ends at once. */
function freshness(result: UnitResult, ageMs: number, limitMs: number): number {
  if (ageMs <= limitMs) return 1;
  if (result.grade === 'attested') return 0;
  return Math.max(0, 2 - ageMs / limitMs);
}
