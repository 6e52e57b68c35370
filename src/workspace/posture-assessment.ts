/** Gathers the facts, lets the engine judge them, and keeps the score with a ledger line for every movement. */

import { assess } from '../engine/assess.ts';
import type { Facts } from '../engine/controls/control.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { InventorySummary } from '../engine/inventory/operation.ts';
import type { OwnerRule } from '../engine/inventory/ownership.ts';
import type { Assessment } from '../engine/posture/assessment.ts';
import type { Store } from '../store/store.ts';

export interface PostureParts {
  readonly store: Store;
  readonly settings: Settings;
  readonly owners: readonly OwnerRule[];
  readonly nowMs: number;
}

export async function assessPosture(parts: PostureParts): Promise<Assessment> {
  const { store } = parts;
  const facts = await gatherFacts(parts);
  const [before, changes] = [await store.latestAssessment(), await store.listChanges()];
  const assessment = assess(facts, { previous: before, changes });
  await store.saveAssessment(assessment, []);
  return assessment;
}

export async function gatherFacts({ store, settings, owners, nowMs }: PostureParts): Promise<Facts> {
  const [operations, inventory, documents, sources, findings] = await Promise.all([
    store.allOperations(),
    store.inventorySummary(),
    store.listDocuments(),
    store.listSources(),
    store.listFindings(),
  ]);
  return { nowMs, settings, operations, inventory: inventory?.summary ?? noInventory, documents, sources, findings, owners };
}

const noInventory: InventorySummary = {
  operations: 0,
  services: 0,
  byState: { active: 0, shadow: 0, zombie: 0, silent: 0, unused: 0, declared: 0 },
  orphans: 0,
  pathsSeen: 0,
  pathsInTemplates: 0,
  pathsFolded: {},
  completeness: null,
};
