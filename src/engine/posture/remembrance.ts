/** Silence is not safety: what a source showed to fail still fails when the source is taken away. */
import type { Facts } from '../controls/control.ts';
import type { Assessment, AssessmentMemory, ControlResult } from './assessment.ts';
import { unitsListedMax } from './score.ts';

/** Sources the last assessments rested on that are gone; a later import of the same kind takes their place. */
export function lostSources(previous: Assessment | null, facts: Facts): AssessmentMemory['lost'] {
  if (previous === null) return [];
  const present = new Set(facts.sources.map((source) => source.id));
  const already = new Map(previous.memory.lost.map((one) => [one.id, one]));
  const gone = [
    ...previous.memory.lost,
    ...previous.memory.sources.filter((one) => !already.has(one.id)).map((one) => ({ ...one, sinceMs: facts.nowMs })),
  ];
  return gone.filter(
    (one) => !present.has(one.id) && !facts.sources.some((source) => source.kind === one.kind && source.importedMs > one.sinceMs),
  );
}

/**
 * Holds a result back to what was known before the loss: neither share rises, and failing units stay listed as they
 * were seen. A control that newer evidence judges again is free.
 */
export function heldBack(result: ControlResult, before: ControlResult | undefined, lost: AssessmentMemory['lost']): ControlResult {
  if (lost.length === 0 || before === undefined || result.outcome === 'waived' || result.outcome === 'not-applicable') return result;
  if (before.outcome === 'not-applicable' || before.outcome === 'waived') return result;
  const since = lost.reduce((first, one) => Math.min(first, one.sinceMs), Number.POSITIVE_INFINITY);
  if (result.observedMs !== null && result.observedMs > since) return result;
  if (result.low <= before.low && result.high <= before.high) return result;
  const low = Math.min(result.low, before.low);
  const high = Math.min(result.high, before.high);
  const judged = new Set(result.units.filter((unit) => unit.state !== 'unknown').map((unit) => unit.unit));
  const kept = before.units.filter((unit) => (unit.state === 'failing' || unit.state === 'part') && !judged.has(unit.unit));
  const failed = before.outcome === 'failing';
  return {
    ...result,
    outcome: failed ? 'failing' : result.outcome === 'met' ? 'stale' : result.outcome,
    low,
    high,
    claimed: Math.min(result.claimed, high - low),
    points: { proven: result.points.max * low, possible: result.points.max * high, max: result.points.max },
    because: failed
      ? `${before.because} The source that showed it is gone; nothing newer judges it.`
      : 'The source that fed this is gone; nothing newer judges it.',
    observedMs: result.observedMs ?? before.observedMs,
    units: [...kept, ...result.units.filter((unit) => !kept.some((one) => one.unit === unit.unit))].slice(0, unitsListedMax),
    unitCounts: { ...result.unitCounts, failing: result.unitCounts.failing + kept.filter((unit) => unit.state === 'failing').length },
  };
}
