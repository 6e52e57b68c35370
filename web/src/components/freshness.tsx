/** How long evidence stays good: from when it was seen to when it stops counting in full, and where today is. */
import { age, day } from '../format.ts';

export function Freshness({ observedMs, goodUntilMs, nowMs }: { observedMs: number | null; goodUntilMs: number | null; nowMs: number }) {
  if (observedMs === null) return <span className="quiet-text">no evidence</span>;
  if (goodUntilMs === null || goodUntilMs <= observedMs) return <span>{age(observedMs, nowMs)} old</span>;
  const left = Math.max(0, Math.min(1, (goodUntilMs - nowMs) / (goodUntilMs - observedMs)));
  const over = nowMs > goodUntilMs;
  const words = over ? `${age(goodUntilMs, nowMs)} past` : `${age(observedMs, nowMs)} old`;
  return (
    <span className="fresh" title={`Seen ${day(observedMs)}, good until ${day(goodUntilMs)}`}>
      <span className={`fresh-bar${over ? ' over' : ''}`} aria-hidden="true">
        <span className="fresh-fill" style={{ width: `${Math.round(left * 100)}%` }} />
      </span>
      <span className="nowrap">{words}</span>
    </span>
  );
}
