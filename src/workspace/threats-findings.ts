/** Findings from what guards decided in the last days, with the operations of the inventory as their places. */
import type { DecisionGroup } from '../engine/evidence/decision-group.ts';
import type { Finding } from '../engine/evidence/finding.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import { threatFindings } from '../engine/threats/threat-findings.ts';
import type { Store } from '../store/store.ts';
import { scopeUseFindings } from './scope-use-record.ts';

/** An attack that ended longer ago than this is history: it stays in the records. */
const WINDOW_MS = 7 * 86_400_000;

/** What a decision is about in the inventory; null = nothing it knows. */
export type OperationFinder = (group: DecisionGroup) => string | null;

export async function gatherThreatFindings(store: Store, operationOf: OperationFinder, nowMs: number): Promise<readonly Finding[]> {
  const workers = await store.listGuardWorkers();
  // No guard, nothing to look through.
  if (workers.length === 0) return [];
  const groups = await store.decisionGroups({ fromMs: nowMs - WINDOW_MS });
  const lost = { observations: 0, decisions: 0, requests: 0 };
  for (const { atMs, status } of workers) {
    if (atMs < nowMs - WINDOW_MS) continue;
    lost.observations += status.lostObservations;
    lost.decisions += status.lostDecisions;
    lost.requests += status.requests;
  }
  return [...threatFindings({ groups, lost, operationOf }), ...(await scopeUseFindings(store))];
}

/** A guard names a parameter by its shape where no document declares it; the inventory may have learned a name since. */
export function operationFinder(operations: readonly Operation[]): OperationFinder {
  const ids = new Map<string, string>();
  const key = (service: string, method: string, template: string) => `${service}\n${method} ${template.replace(/\{[^}]*\}/g, '{}')}`;
  for (const { id, service, method, template } of operations) {
    ids.set(key(service, method, template), id);
    if (!ids.has(key('', method, template))) ids.set(key('', method, template), id);
  }
  return ({ service, method, template }) => ids.get(key(service ?? '', method, template)) ?? ids.get(key('', method, template)) ?? null;
}
