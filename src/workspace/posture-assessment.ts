/** Gathers the facts, lets the engine judge them, and keeps the score with a ledger line for every movement. */
import { createHash } from 'node:crypto';
import { assess, ledgerBetween, verifyChange } from '../engine/assess.ts';
import type { Facts } from '../engine/controls/control.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { InventorySummary } from '../engine/inventory/operation.ts';
import type { OwnerRule } from '../engine/inventory/owner-pattern.ts';
import type { Assessment, ChangeRecord } from '../engine/posture/assessment.ts';
import type { Store } from '../store/store.ts';
import { withProposedPolicy } from './change-policy.ts';
import { gatherGuardFacts } from './guard-facts.ts';

export interface PostureParts {
  readonly store: Store;
  readonly settings: Settings;
  readonly owners: readonly OwnerRule[];
  readonly nowMs: number;
}

/** Digest of the settings that the latest assessment rested on. */
const SETTINGS_JUDGED = 'assessment.settings';

export async function assessPosture(parts: PostureParts): Promise<Assessment> {
  const { store, nowMs } = parts;
  const facts = await gatherFacts(parts);
  const before = await store.latestAssessment();
  const changes = await checkChanges(store, facts);
  const assessment = await withProposedPolicy(store, assess(facts, { previous: before, changes }), facts.guard, before);
  const settings = createHash('sha256').update(JSON.stringify(parts.settings)).digest('hex');
  const lines = ledgerBetween(before, assessment, {
    decided: changes
      .filter((change) => before !== null && change.decidedMs > before.atMs && change.decidedMs <= nowMs)
      .map((change) => change.control),
    settingsChanged: (await store.getMeta(SETTINGS_JUDGED)) !== settings,
  });
  await store.saveAssessment(assessment, lines);
  await store.setMeta(SETTINGS_JUDGED, settings);
  return assessment;
}

/** Looks at every accepted change again; what the evidence says is kept with it. */
async function checkChanges(store: Store, facts: Facts): Promise<readonly ChangeRecord[]> {
  const checked: ChangeRecord[] = [];
  for (const change of await store.listChanges()) {
    const seen = verifyChange(change, facts, facts.nowMs);
    if (seen !== change) await store.putChange(seen);
    checked.push(seen);
  }
  return checked;
}

export async function gatherFacts({ store, settings, owners, nowMs }: PostureParts): Promise<Facts> {
  const [operations, inventory, documents, sources, findings] = await Promise.all([
    store.allOperations(),
    store.inventorySummary(),
    store.listDocuments(),
    store.listSources(),
    store.listFindings(),
  ]);
  const guard = await gatherGuardFacts(store, { operations, documents, nowMs });
  return { nowMs, settings, operations, inventory: inventory?.summary ?? noInventory, documents, sources, findings, owners, guard };
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
