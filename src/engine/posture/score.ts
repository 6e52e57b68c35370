/** From judged units to outcome, points and bands (controls.md section 5.2 and 5.3). */
import type { Control, EvidenceGrade, UnitResult } from '../controls/control.ts';
import { dateMs, dayMs, dayText } from '../controls/date.ts';
import type { WaiverSetting } from '../evidence/settings.ts';
import type { Assessment, Band, ControlResult, Outcome } from './assessment.ts';
import type { Judgement, WeighedUnit } from './judgement.ts';
import { gradeWeight, letters, severityWeight } from './weights.ts';

/** Units listed with a result; the counts are of all. */
export const unitsListedMax = 200;

const close = 1e-9;

export interface ScoreFacts {
  readonly nowMs: number;
  readonly waiver: WaiverSetting | null;
  readonly notApplicable: string | null;
  /** Sum of the weights of all applicable controls, for points. */
  readonly weightSum: number;
}

export function scoreControl(control: Control, judgement: Judgement, facts: ScoreFacts): ControlResult {
  const weight = severityWeight[control.severity];
  const notApplicable = facts.notApplicable ?? judgement.notApplicable;
  const shares = sharesOf(judgement.units);
  const outcome =
    notApplicable !== null ? 'not-applicable' : facts.waiver !== null ? 'waived' : outcomeOf(control, judgement.units, shares);
  // Accepting a risk does not remove it: a waived control stays a fail in both numbers until the waiver ends.
  const counted = outcome === 'waived' || outcome === 'not-applicable' ? { low: 0, high: 0, claimed: 0 } : shares;
  const max = outcome === 'not-applicable' ? 0 : (100 * weight) / facts.weightSum;
  const known = judgement.units.filter((unit) => unit.result.state !== 'unknown');
  return {
    id: control.id,
    outcome,
    low: counted.low,
    high: counted.high,
    claimed: counted.claimed,
    weight,
    points: { proven: max * counted.low, possible: max * counted.high, max },
    because: becauseOf(control, outcome, judgement, facts, notApplicable),
    grade: weakestGrade(known),
    observedMs: newest(known),
    goodUntilMs: goodUntil(known),
    attestedBy: judgement.attestation?.by ?? null,
    waivedUntil: facts.waiver?.until ?? null,
    notApplicableBecause: notApplicable,
    units: listed(judgement.units),
    unitCounts: countStates(judgement.units),
    error: judgement.error,
  };
}

interface Shares {
  readonly low: number;
  readonly high: number;
  readonly claimed: number;
}

export function sharesOf(units: readonly WeighedUnit[]): Shares {
  let weight = 0;
  let low = 0;
  let high = 0;
  let claimed = 0;
  for (const unit of units) {
    weight += unit.weight;
    low += unit.weight * unit.low;
    high += unit.weight * unit.high;
    if (unit.result.grade === 'attested' && unit.fresh > 0) claimed += unit.weight * (unit.high - unit.low);
  }
  return weight === 0 ? { low: 0, high: 1, claimed: 0 } : { low: low / weight, high: high / weight, claimed: claimed / weight };
}

function outcomeOf(control: Control, units: readonly WeighedUnit[], shares: Shares): Outcome {
  const passShare = control.passShare ?? 1;
  if (shares.high < passShare - close) return 'failing';
  if (units.some((unit) => unit.restricted && unit.result.state !== 'unknown' && unit.result.share < 1)) return 'failing';
  const weight = units.reduce((sum, unit) => sum + unit.weight, 0);
  const holds = (counts: (unit: WeighedUnit) => boolean): boolean =>
    units.reduce((sum, unit) => sum + (counts(unit) ? unit.weight * unit.result.share : 0), 0) >= (passShare - close) * weight;
  const current = (unit: WeighedUnit): boolean => unit.result.state !== 'unknown' && unit.low > 0;
  if (holds((unit) => current(unit) && unit.fresh >= 1)) return 'met';
  // It did hold when it was last seen; time alone took it away.
  if (holds((unit) => unit.result.state !== 'unknown' && (current(unit) || unit.fresh < 1))) return 'stale';
  return 'unknown';
}

function becauseOf(control: Control, outcome: Outcome, judgement: Judgement, facts: ScoreFacts, notApplicable: string | null): string {
  const first = (state: (unit: WeighedUnit) => boolean): string => judgement.units.find(state)?.result.because ?? control.intent;
  const failing = judgement.units.filter((unit) => unit.result.state === 'failing' || unit.result.state === 'part');
  const total = judgement.units.length;
  const worst = [...failing].sort(worstFirst)[0]?.result.because ?? '';
  switch (outcome) {
    case 'not-applicable':
      return `Not applicable: ${notApplicable}.`;
    case 'waived':
      return `Waived by ${facts.waiver?.owner} until ${facts.waiver?.until}: ${facts.waiver?.because} It counts as failing until then.`;
    case 'failing':
      return failing.length > 1 ? `${failing.length} of ${total} do not hold. ${worst}` : worst;
    case 'stale': {
      const oldest = least(
        judgement.units.flatMap((unit) => (unit.fresh < 1 && unit.result.observedMs !== null ? [unit.result.observedMs] : [])),
      );
      return `Held when last seen on ${dayText(oldest)}; newer evidence is needed.`;
    }
    case 'met':
      if (failing.length > 0) return `${total - failing.length} of ${total} hold, which is enough for the rule. ${worst}`;
      return total > 1 ? `All ${total} hold. ${first((unit) => unit.result.share > 0)}` : first((unit) => unit.result.share > 0);
    case 'unknown': {
      const claim = judgement.units.find(
        (unit) => unit.result.grade === 'attested' && unit.result.state !== 'unknown' && unit.fresh > 0 && unit.low === 0 && unit.high > 0,
      );
      if (claim !== undefined) return `Claimed, not shown: ${claim.result.because}`;
      const unknown = judgement.units.filter((unit) => unit.result.state === 'unknown' || unit.fresh < 1).length;
      const why = first((unit) => unit.result.state === 'unknown');
      return total > 1 ? `${unknown} of ${total} are not known. ${why}` : why;
    }
  }
}

/** The running waiver of a control, if any; it covers the whole of its last day. */
export function waiverOf(waivers: readonly WaiverSetting[], control: string, nowMs: number): WaiverSetting | null {
  return (
    waivers.find((waiver) => {
      const until = dateMs(waiver.until);
      return waiver.id === control && until !== null && nowMs < until + dayMs;
    }) ?? null
  );
}

/** Sums the rows of one pillar, or of all: proven + attested + failing + unknown = 100, possible = 100 - failing. */
export function bandOf(results: readonly ControlResult[]): Band {
  let weight = 0;
  let notApplicable = 0;
  let low = 0;
  let high = 0;
  let claimed = 0;
  for (const result of results) {
    if (result.outcome === 'not-applicable') {
      notApplicable += result.weight;
      continue;
    }
    weight += result.weight;
    low += result.weight * result.low;
    high += result.weight * result.high;
    claimed += result.weight * result.claimed;
  }
  const notApplicableShare = weight + notApplicable === 0 ? 0 : notApplicable / (weight + notApplicable);
  if (weight === 0) return { proven: 0, possible: 100, attested: 0, failing: 0, unknown: 100, weight: 0, notApplicableShare };
  const proven = (100 * low) / weight;
  const possible = (100 * high) / weight;
  const attested = (100 * claimed) / weight;
  return { proven, possible, attested, failing: 100 - possible, unknown: possible - proven - attested, weight, notApplicableShare };
}

/**
 * The letter follows Proven; a critical control failing where restricted data faces the public caps it at D. The
 * number is never capped, so that what was built stays visible.
 */
export function letterOf(
  proven: number,
  capping: readonly { readonly control: Control; readonly because: string }[],
): Assessment['letter'] {
  const value = letters.find((letter) => proven >= letter.from)?.value ?? 'E';
  const cap = capping[0];
  if (cap === undefined || value === 'D' || value === 'E') return { value, cappedBy: null };
  return { value: 'D', cappedBy: `${cap.control.id} ${cap.control.failTitle}: ${cap.because}` };
}

const rank: Readonly<Record<UnitResult['state'], number>> = { failing: 0, part: 1, unknown: 2, met: 3 };

function worstFirst(left: WeighedUnit, right: WeighedUnit): number {
  return (
    rank[left.result.state] - rank[right.result.state] || right.weight - left.weight || (left.result.unit < right.result.unit ? -1 : 1)
  );
}

/** Sorts only the states that still fit, so that fifty thousand passing rows cost nothing. */
function listed(units: readonly WeighedUnit[]): readonly UnitResult[] {
  const shown: UnitResult[] = [];
  for (const state of ['failing', 'part', 'unknown', 'met'] as const) {
    if (shown.length >= unitsListedMax) break;
    const group = units.filter((unit) => unit.result.state === state).sort(worstFirst);
    for (const unit of group.slice(0, unitsListedMax - shown.length)) shown.push(unit.result);
  }
  return shown;
}

function countStates(units: readonly WeighedUnit[]): ControlResult['unitCounts'] {
  const counts = { met: 0, failing: 0, part: 0, unknown: 0 };
  for (const unit of units) counts[unit.result.state]++;
  return counts;
}

function weakestGrade(units: readonly WeighedUnit[]): EvidenceGrade | null {
  let weakest: EvidenceGrade | null = null;
  for (const unit of units) if (weakest === null || gradeWeight[unit.result.grade] < gradeWeight[weakest]) weakest = unit.result.grade;
  return weakest;
}

function newest(units: readonly WeighedUnit[]): number | null {
  let newestMs: number | null = null;
  for (const unit of units)
    if (unit.result.observedMs !== null && (newestMs === null || unit.result.observedMs > newestMs)) newestMs = unit.result.observedMs;
  return newestMs;
}

/** The first pass to run out; where nothing passes, when the evidence of the failure is due again. */
function goodUntil(units: readonly WeighedUnit[]): number | null {
  let passing: number | null = null;
  let any: number | null = null;
  for (const unit of units) {
    const end = unit.goodUntilMs;
    if (end === null) continue;
    if (any === null || end < any) any = end;
    if (unit.result.share > 0 && (passing === null || end < passing)) passing = end;
  }
  return passing ?? any;
}

/** Smallest of a list that may be too long for the arguments of Math.min. */
function least(values: readonly number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
}
