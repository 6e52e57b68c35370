/** Every movement of the score with its cause: you, time, evidence, or the ruler. The lines add up to the movement. */
import { controlById } from '../controls/catalogue.ts';
import type { Pillar } from '../controls/control.ts';
import type { Assessment, ControlResult, LedgerLine } from './assessment.ts';

export interface LedgerContext {
  /** Controls touched by a decision since `before`: a waiver, an answer, an accepted change. */
  readonly decided: readonly string[];
  /** stance.yaml or the settings changed since `before`. */
  readonly settingsChanged: boolean;
  /** The facts of `before` judged by the model of `after`; without it a change of model takes the whole movement. */
  readonly rebased?: Assessment | null;
}

/** Movements smaller than this are rounding, not news. Points of the total. */
const noticeable = 1e-6;

/** Lines in the order of the catalogue; `delta` is in points of the total. Nothing before: nothing moved. */
export function ledgerBetween(before: Assessment | null, after: Assessment, context: LedgerContext): readonly LedgerLine[] {
  if (before === null) return [];
  if (before.model === after.model) return movements(before, after, (was, is) => causeOf(was, is, after, context));
  const rebased = context.rebased ?? after;
  const ruler = remeasured(before, rebased).map((line) => ({
    ...line,
    atMs: after.atMs,
    text: `Model ${before.model} became ${after.model}. ${line.text}`,
  }));
  const rest = rebased === after ? [] : movements(rebased, after, (was, is) => causeOf(was, is, after, context));
  return [...ruler, ...rest];
}

/** The same facts on another scale: what each control gives now, less what it gave. */
function remeasured(before: Assessment, after: Assessment): readonly LedgerLine[] {
  const was = new Map(before.controls.map((result) => [result.id, result]));
  const is = new Map(after.controls.map((result) => [result.id, result]));
  return [...new Set([...is.keys(), ...was.keys()])].flatMap((id): readonly LedgerLine[] => {
    const now = is.get(id);
    const old = was.get(id);
    const deltaProven = (now?.points.proven ?? 0) - (old?.points.proven ?? 0);
    const deltaPossible = (now?.points.possible ?? 0) - (old?.points.possible ?? 0);
    if (Math.abs(deltaProven) <= noticeable && Math.abs(deltaPossible) <= noticeable) return [];
    const text = now === undefined ? `${id} left the catalogue.` : textOf(old ?? absent(now), now);
    return [{ atMs: after.atMs, cause: 'ruler', pillar: pillarOf(id), control: id, deltaProven, deltaPossible, text }];
  });
}

type Cause = LedgerLine['cause'];

function movements(before: Assessment, after: Assessment, cause: (was: ControlResult, is: ControlResult) => Cause): readonly LedgerLine[] {
  const was = new Map(before.controls.map((result) => [result.id, result]));
  const lines: LedgerLine[] = [];
  // When a control leaves or joins the denominator every other control weighs a little more or less: that belongs to
  // the one that caused it, or the ledger would show seventy lines for one decision.
  let scaleProven = 0;
  let scalePossible = 0;
  for (const is of after.controls) {
    const old = was.get(is.id) ?? absent(is);
    const scale = is.points.max - old.points.max;
    const joined = (old.points.max === 0) !== (is.points.max === 0);
    const proven = joined ? is.points.proven - old.points.proven : is.points.max * (is.low - old.low);
    const possible = joined ? is.points.possible - old.points.possible : is.points.max * (is.high - old.high);
    if (!joined) {
      scaleProven += scale * old.low;
      scalePossible += scale * old.high;
    }
    if (joined || Math.abs(proven) > noticeable || Math.abs(possible) > noticeable) {
      lines.push({
        atMs: after.atMs,
        cause: cause(old, is),
        pillar: pillarOf(is.id),
        control: is.id,
        deltaProven: proven,
        deltaPossible: possible,
        text: textOf(old, is),
      });
    }
  }
  return shareScale(lines, after, was, { proven: scaleProven, possible: scalePossible });
}

/** Gives the shift of the denominator to the controls that caused it, in equal parts. */
function shareScale(
  lines: readonly LedgerLine[],
  after: Assessment,
  was: ReadonlyMap<string, ControlResult>,
  scale: { readonly proven: number; readonly possible: number },
): readonly LedgerLine[] {
  const causes = new Set(
    after.controls.filter((is) => ((was.get(is.id)?.points.max ?? 0) === 0) !== (is.points.max === 0)).map((is) => is.id),
  );
  const takers = lines.filter((line) => causes.has(line.control));
  if (takers.length === 0) return lines;
  return lines.map((line) =>
    takers.includes(line)
      ? {
          ...line,
          deltaProven: line.deltaProven + scale.proven / takers.length,
          deltaPossible: line.deltaPossible + scale.possible / takers.length,
        }
      : line,
  );
}

/** A control that was not there: it weighed nothing. */
function absent(is: ControlResult): ControlResult {
  return { ...is, outcome: 'not-applicable', low: 0, high: 0, points: { proven: 0, possible: 0, max: 0 } };
}

function causeOf(was: ControlResult, is: ControlResult, after: Assessment, context: LedgerContext): Cause {
  if (context.decided.includes(is.id)) return 'you';
  const said = restsOnWords(was) || restsOnWords(is);
  if (ranOut(was, is, after.atMs)) return 'time';
  if (was.outcome === 'waived' || is.outcome === 'waived' || was.outcome === 'not-applicable' || is.outcome === 'not-applicable')
    return 'you';
  if (context.settingsChanged && said) return 'you';
  if (said && !restsOnTraffic(is) && !restsOnTraffic(was)) return 'time';
  return sameEvidence(was, is) ? 'time' : 'evidence';
}

/** A waiver or a signed statement reached its end. */
function ranOut(was: ControlResult, is: ControlResult, nowMs: number): boolean {
  if (was.waivedUntil !== null && is.waivedUntil === null) return Date.parse(was.waivedUntil) <= nowMs;
  if (was.attestedBy !== null && is.attestedBy === null) return was.goodUntilMs !== null && was.goodUntilMs <= nowMs;
  return false;
}

/** Nothing newer was seen: what moved is the age of what was known. */
function sameEvidence(was: ControlResult, is: ControlResult): boolean {
  return was.observedMs === is.observedMs;
}

function restsOnWords(result: ControlResult): boolean {
  return result.units.some((unit) =>
    unit.evidence.some((ref) => ref.startsWith('setting:') || ref.startsWith('answer:') || ref.startsWith('attestation:')),
  );
}

function restsOnTraffic(result: ControlResult): boolean {
  return result.units.some((unit) =>
    unit.evidence.some((ref) => ref.startsWith('operation:') || ref.startsWith('source:') || ref.startsWith('document:')),
  );
}

function pillarOf(id: string): Pillar {
  return controlById.get(id)?.pillar ?? (id.startsWith('PPL') ? 'people' : id.startsWith('PRC') ? 'processes' : 'technology');
}

function textOf(was: ControlResult, is: ControlResult): string {
  const title = controlById.get(is.id)?.title ?? is.id;
  if (was.outcome !== is.outcome) return `${title}: ${words(was.outcome)}, now ${words(is.outcome)}. ${is.because}`;
  const { met, failing, part, unknown } = is.unitCounts;
  return `${title}: ${words(is.outcome)} as before; ${met} of ${met + failing + part + unknown} hold now, ${was.unitCounts.met} before.`;
}

function words(outcome: ControlResult['outcome']): string {
  return outcome === 'not-applicable' ? 'not applicable' : outcome;
}
