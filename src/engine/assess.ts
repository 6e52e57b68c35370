/** Door 3: facts in, posture and the one change out. The same facts, options and memory give the same bytes. */
import { catalogue } from './controls/catalogue.ts';
import type { Control, Facts, Pillar } from './controls/control.ts';
import type { Assessment, Band, Candidate, ChangeRecord } from './posture/assessment.ts';
import { type Judged, proposalsOf, waits } from './posture/candidates.ts';
import { successOf } from './posture/effort.ts';
import { exemptionsOf } from './posture/exemption.ts';
import { exposureOf } from './posture/exposure.ts';
import { judge } from './posture/judgement.ts';
import { chooseNext, type Ranking } from './posture/next-change.ts';
import { heldBack, lostSources } from './posture/remembrance.ts';
import { scenarios as defaultScenarios, type Scenario } from './posture/scenarios.ts';
import { bandOf, letterOf, scoreControl, waiverOf } from './posture/score.ts';
import { byValue, isRanked, type Simulation, simulate, type Valuation } from './posture/simulation.ts';
import { model, notApplicableShareMax, severityWeight } from './posture/weights.ts';

export { ledgerBetween } from './posture/ledger.ts';
export { verifyChange } from './posture/verify.ts';

export interface AssessOptions {
  /** Any integer, fixed for a workspace: noise never flips the choice. */
  readonly seed?: number;
  /** Default 2,000. */
  readonly draws?: number;
  /** The assessment before this one: sources that are gone and the inertia of the choice are remembered through it. */
  readonly previous?: Assessment | null;
  /** What became of proposed changes. */
  readonly changes?: readonly ChangeRecord[];
  /** Loss scenarios; the defaults are expert estimates. */
  readonly scenarios?: readonly Scenario[];
  /** Controls to judge; for tests of single controls. */
  readonly controls?: readonly Control[];
}

export const drawsDefault = 2000;
/** One source that holds back this share of the gap between Proven and Possible is the change. */
const missingSensorShare = 0.4;
/** Looking first must be likely to change the winner, and cost at most this share of the winner's effort. */
const lookFirst = { chance: 0.3, effortShare: 0.1 };

export function assess(facts: Facts, options: AssessOptions = {}): Assessment {
  const controls = options.controls ?? catalogue;
  const previous = options.previous ?? null;
  const exposure = exposureOf(facts);
  const exemptions = exemptionsOf(facts.settings, controls);
  const judgements = controls.map((control) => judge(control, facts, exposure));
  const notApplicable = controls.map((control, at) => exemptions.granted.get(control.id) ?? judgements[at]?.notApplicable ?? null);
  const weightSum = controls.reduce((sum, control, at) => sum + (notApplicable[at] === null ? severityWeight[control.severity] : 0), 0);
  const lost = lostSources(previous, facts);
  const before = new Map((previous?.controls ?? []).map((result) => [result.id, result]));

  const judged = controls.flatMap((control, at): readonly Judged[] => {
    const judgement = judgements[at];
    if (judgement === undefined) return [];
    const waiver = waiverOf(facts.settings.waivers, control.id, facts.nowMs);
    const result = scoreControl(control, judgement, {
      nowMs: facts.nowMs,
      waiver,
      notApplicable: notApplicable[at] ?? null,
      weightSum: Math.max(1, weightSum),
    });
    return [{ control, judgement, result: heldBack(result, before.get(control.id), lost) }];
  });
  const results = judged.map((one) => one.result);
  const total = bandOf(results);
  const pillar = (wanted: Pillar): Band => bandOf(judged.filter((one) => one.control.pillar === wanted).map((one) => one.result));

  const proposals = proposalsOf(judged, facts);
  const simulation = simulate(proposals, judged, {
    seed: options.seed ?? 1,
    draws: options.draws ?? drawsDefault,
    scenarios: options.scenarios ?? defaultScenarios,
  });
  const ranking = rankingOf(simulation, judged);
  const choice = chooseNext(ranking, { nowMs: facts.nowMs, records: options.changes ?? [], previous: previous?.memory.pick ?? null });

  return {
    model,
    atMs: facts.nowMs,
    total,
    pillars: { people: pillar('people'), processes: pillar('processes'), technology: pillar('technology') },
    letter: letterOf(total.proven, cappingOf(judged)),
    controls: results,
    candidates: ranking.candidates,
    next: choice.next,
    notes: notesOf(total, exemptions.refused, lost.length),
    memory: { sources: facts.sources.map((one) => ({ id: one.id, kind: one.kind })), lost, pick: choice.pick },
  };
}

/** Critical controls that fail where restricted data faces the public. */
function cappingOf(judged: readonly Judged[]): readonly { readonly control: Control; readonly because: string }[] {
  return judged.flatMap((one) => {
    if (one.control.severity !== 'critical' || (one.result.outcome !== 'failing' && one.result.outcome !== 'waived')) return [];
    const unit = one.judgement.units.find((each) => each.publicRestricted && each.result.state !== 'unknown' && each.result.share < 1);
    return unit === undefined ? [] : [{ control: one.control, because: unit.result.because }];
  });
}

function notesOf(total: Band, refused: ReadonlyMap<string, string>, lost: number): readonly string[] {
  const share = Math.round(total.notApplicableShare * 100);
  return [
    ...(total.notApplicableShare > notApplicableShareMax
      ? [
          `${share} % of the weight is declared not applicable; beyond ${notApplicableShareMax * 100} % each declaration needs a second approver.`,
        ]
      : []),
    ...[...refused].map(([control, why]) => `${control} is judged all the same: ${why}.`),
    ...(lost > 0
      ? [
          `${lost === 1 ? 'One source is' : `${lost} sources are`} gone; what it showed to fail still counts as failing until newer evidence judges it.`,
        ]
      : []),
  ];
}

function rankingOf(simulation: Simulation, judged: readonly Judged[]): Ranking {
  const ordered = [...simulation.valuations].sort((a, b) => laneOf(a) - laneOf(b) || byValue(a, b));
  const values = new Map(ordered.map((one) => [one.proposal.key, one.value]));
  const winner = ordered.find((one) => one.proposal.blockedBy === null && one.proposal.kind === 'fix');
  return {
    candidates: ordered.map(candidateOf),
    chanceOver: (key, other) => shareAbove(values.get(key), values.get(other)),
    missingSensor: missingSensorOf(ordered, judged),
    lookFirst: lookFirstOf(simulation, ordered, winner),
  };
}

function laneOf(one: Valuation): number {
  if (isRanked(one.proposal)) return 2;
  return one.proposal.kind === 'stop-the-bleeding' ? 0 : 1;
}

/** Share of the gap that one missing source explains: what waits for it, by weight, of all that anything could close now. */
function missingSensorOf(ordered: readonly Valuation[], judged: readonly Judged[]): Ranking['missingSensor'] {
  const closable = judged.filter((one) => !one.judgement.units.every((unit) => unit.result.waitsFor === 'not-yet'));
  const gap = closable.reduce((sum, one) => sum + one.result.points.possible - one.result.points.proven, 0);
  if (gap <= 0) return null;
  let top: Ranking['missingSensor'] = null;
  for (const one of ordered) {
    const connector = one.proposal.connects;
    if (connector === null || one.proposal.blockedBy !== null) continue;
    const held = closable
      .filter((each) => waits(each, connector))
      .reduce((sum, each) => sum + each.result.points.possible - each.result.points.proven, 0);
    if (held / gap >= missingSensorShare && held / gap > (top?.share ?? 0)) top = { key: one.proposal.key, share: held / gap };
  }
  return top;
}

function lookFirstOf(simulation: Simulation, ordered: readonly Valuation[], winner: Valuation | undefined): Ranking['lookFirst'] {
  if (winner === undefined) return null;
  let top: Ranking['lookFirst'] = null;
  for (const one of ordered) {
    const found = simulation.wouldChange.get(one.proposal.key);
    if (found === undefined || one.proposal.blockedBy !== null || found.chance < lookFirst.chance) continue;
    if (one.proposal.effort.daysMedian > lookFirst.effortShare * winner.proposal.effort.daysMedian) continue;
    if (found.chance > (top?.chance ?? 0)) top = { key: one.proposal.key, ...found };
  }
  return top;
}

function candidateOf(one: Valuation): Candidate {
  const { proposal } = one;
  return {
    key: proposal.key,
    control: proposal.control.id,
    kind: proposal.kind,
    title: proposal.title,
    text: one.opens === null ? proposal.text : `${proposal.text} It opens the way to: ${one.opens.title}.`,
    draft: proposal.draft,
    units: proposal.units,
    owner: proposal.owner,
    effort: proposal.effort,
    gain: proposal.gain,
    riskCut: one.cutRange,
    successChance: successOf[proposal.effort.size].alpha / (successOf[proposal.effort.size].alpha + successOf[proposal.effort.size].beta),
    value: { p20: one.p20, median: one.median, chanceBest: one.chanceBest },
    prerequisites: proposal.prerequisites,
    blockedBy: proposal.blockedBy,
    evidence: proposal.evidence,
    undo: proposal.undo,
    doneWhen: proposal.doneWhen,
    safety: proposal.safety,
    sensitivity: one.sensitivity,
  };
}

function shareAbove(left: Float64Array | undefined, right: Float64Array | undefined): number {
  if (left === undefined || right === undefined || left.length === 0) return 0;
  let above = 0;
  for (let at = 0; at < left.length; at++) if ((left[at] ?? 0) > (right[at] ?? 0)) above++;
  return above / left.length;
}
