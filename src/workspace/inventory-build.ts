/** Gathers what is stored, builds the inventory from it and puts the result back; folds literals that became values. */
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import { type BuiltInventory, buildInventory } from '../engine/inventory/build.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import type { OwnerRule } from '../engine/inventory/owner-pattern.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { RollupRow, Store } from '../store/store.ts';
import type { ObservedPaths } from './observed-paths.ts';
import { gatherThreatFindings, operationFinder } from './threats-findings.ts';
import type { DecisionPreview } from './use-cases.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;

export interface BuildParts {
  readonly store: Store;
  readonly paths: ObservedPaths;
  readonly settings: Settings;
  readonly owners: readonly OwnerRule[];
  readonly fingerprint: FingerprintFn;
  readonly nowMs: number;
}

/** Builds and saves; what it answers is what was saved. */
export async function rebuildInventory(parts: BuildParts): Promise<BuiltInventory> {
  const { store } = parts;
  const decisions = (await store.listDecisions()).map((held) => held.decision);
  const built = await build(parts, decisions);
  const threats = await gatherThreatFindings(store, operationFinder(built.operations), parts.nowMs);
  await store.saveInventory({
    builtMs: parts.nowMs,
    operations: built.operations,
    folded: built.folded,
    summary: built.summary,
    findings: [...built.findings, ...threats],
    assignments: built.assignments,
  });
  const folded = parts.paths.fold(built.foldedLiterals);
  if (folded.put.length > 0 || folded.removeIds.length > 0) await store.replacePaths(folded.removeIds, folded.put, folded.movedTo);
  return built;
}

/** What one more decision would change; nothing is saved. */
export async function previewInventory(parts: BuildParts, decision: TemplateDecision): Promise<DecisionPreview> {
  const decisions = (await parts.store.listDecisions()).map((held) => held.decision);
  const before = await build(parts, decisions);
  const after = await build(parts, [...decisions, decision]);
  const key = (operation: Operation) => `${operation.method} ${operation.template}`;
  const named = (built: BuiltInventory) =>
    new Map(
      built.operations
        .filter((operation) => operation.service === decision.service && operation.traffic !== null)
        .map((operation) => [key(operation), operation]),
    );
  const [old, fresh] = [named(before), named(after)];
  const changed = (from: Map<string, Operation>, to: Map<string, Operation>) =>
    [...from]
      .filter(([name, operation]) => to.get(name)?.traffic?.count !== operation.traffic?.count)
      .map(([, operation]) => ({ method: operation.method, template: operation.template, calls: operation.traffic?.count ?? 0 }));
  return { before: changed(old, fresh), after: changed(fresh, old) };
}

async function build(parts: BuildParts, decisions: readonly TemplateDecision[]): Promise<BuiltInventory> {
  const { store } = parts;
  const documents = await store.listDocuments();
  const observed = parts.paths.list();
  const endMs = observed.reduce((latest, path) => Math.max(latest, path.stat.lastMs), Number.NEGATIVE_INFINITY);
  const daily = Number.isFinite(endMs)
    ? dailyCounts(await store.listRollups({ fromMs: endMs - DAYS * DAY_MS }), endMs)
    : new Map<number, number[]>();
  return buildInventory({
    paths: observed,
    documents,
    settings: parts.settings,
    decisions,
    owners: parts.owners,
    daily: (pathId) => daily.get(pathId) ?? null,
    fingerprint: parts.fingerprint,
  });
}

/** Calls per path and day for the 30 days up to `endMs`, oldest first. */
function dailyCounts(rollups: readonly RollupRow[], endMs: number): Map<number, number[]> {
  const counts = new Map<number, number[]>();
  const lastDay = Math.floor(endMs / DAY_MS);
  for (const row of rollups) {
    const day = DAYS - 1 - (lastDay - Math.floor(row.hourMs / DAY_MS));
    if (day < 0 || day >= DAYS) continue;
    let days = counts.get(row.pathId);
    if (days === undefined) {
      days = new Array<number>(DAYS).fill(0);
      counts.set(row.pathId, days);
    }
    days[day] = (days[day] ?? 0) + row.count;
  }
  return counts;
}
