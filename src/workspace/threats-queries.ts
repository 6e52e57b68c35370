/** What the Threats page asks: a span of time, filtered, summed up, drawn and listed. */
import type { Section } from '../engine/evidence/decision.ts';
import type { DecisionGroup } from '../engine/evidence/decision-group.ts';
import { severityOrder } from '../engine/evidence/finding.ts';
import type { DecisionPoint, DecisionQuery, Store } from '../store/store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What a page of usual width can draw. */
const POINTS_WANTED = 120;
const GROUPS_SHOWN = 20;

export interface ThreatSummary {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly blocked: number;
  readonly wouldBlock: number;
  readonly allowed: number;
  readonly groups: readonly DecisionGroup[];
  readonly sections: readonly { readonly section: Section; readonly blocked: number; readonly wouldBlock: number }[];
  readonly findings: readonly string[];
  readonly isGuarded: boolean;
}

export interface DecisionSeries {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly points: readonly DecisionPoint[];
}

/** The last 24 hours unless said otherwise. */
export function spanned(query: DecisionQuery, nowMs: number): DecisionQuery & { readonly fromMs: number; readonly toMs: number } {
  // The present millisecond is part of "now".
  const toMs = query.toMs ?? nowMs + 1;
  return { ...query, fromMs: Math.min(query.fromMs ?? toMs - DAY_MS, toMs), toMs };
}

export async function summariseThreats(store: Store, query: DecisionQuery, nowMs: number): Promise<ThreatSummary> {
  const span = spanned(query, nowMs);
  const [totals, groups, findings, states, workers] = await Promise.all([
    store.decisionTotals(span),
    store.decisionGroups(span),
    store.listFindings(),
    store.listFindingStates(),
    store.listGuardWorkers(),
  ]);
  const closed = new Set(states.filter(({ state }) => state !== 'open' && state !== 'accepted').map(({ id }) => id));
  const sections = new Map<Section, { blocked: number; wouldBlock: number }>();
  for (const { section, outcome, count } of groups) {
    const held = sections.get(section) ?? { blocked: 0, wouldBlock: 0 };
    sections.set(section, {
      blocked: held.blocked + (outcome === 'block' ? count : 0),
      wouldBlock: held.wouldBlock + (outcome === 'would-block' ? count : 0),
    });
  }
  return {
    fromMs: span.fromMs,
    toMs: span.toMs,
    requests: totals.request,
    blocked: totals.block,
    wouldBlock: totals['would-block'],
    allowed: totals.allow,
    groups: groups.slice(0, GROUPS_SHOWN),
    sections: [...sections]
      .map(([section, counts]) => ({ section, ...counts }))
      .sort((a, b) => b.blocked + b.wouldBlock - a.blocked - a.wouldBlock),
    findings: findings
      .filter((finding) => finding.rule.startsWith('guard.') && !closed.has(finding.id))
      .sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity))
      .map(({ id }) => id),
    isGuarded: workers.length > 0,
  };
}

/** Every step of the span, also those in which nothing happened. */
export async function drawDecisions(store: Store, query: DecisionQuery, stepMs: number | null, nowMs: number): Promise<DecisionSeries> {
  const span = spanned(query, nowMs);
  const step = stepMs === null ? fittingStep(span.toMs - span.fromMs) : Math.ceil(stepMs / MINUTE_MS) * MINUTE_MS;
  const found = new Map((await store.decisionSeries(span, step)).map((point) => [point.atMs, point]));
  const points: DecisionPoint[] = [];
  const first = Math.floor(span.fromMs / step) * step;
  const wide = Math.max(step, Math.ceil((span.toMs - first) / POINTS_MAX / step) * step);
  if (wide > step) return drawDecisions(store, query, wide, nowMs);
  for (let atMs = first; atMs < span.toMs; atMs += step)
    points.push(found.get(atMs) ?? { atMs, requests: 0, blocked: 0, wouldBlock: 0, allowed: 0 });
  return { fromMs: span.fromMs, toMs: span.toMs, stepMs: step, points };
}

/** Points one answer holds; a finer step is widened. */
const POINTS_MAX = 2_000;
const steps = [1, 5, 15, 60, 3 * 60, 6 * 60, 24 * 60].map((minutes) => minutes * MINUTE_MS);

function fittingStep(spanMs: number): number {
  return steps.find((step) => spanMs / step <= POINTS_WANTED * 1.5) ?? DAY_MS;
}
