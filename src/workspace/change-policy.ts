/** The policy a proposed change comes with: limits measured from the callers themselves, in log mode, with what they would have refused. */
import { parseDocument, stringify } from 'yaml';
import type { GuardFacts } from '../engine/controls/guard-facts.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { Assessment, Candidate, ProposedPolicy } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import { readPolicy } from '../sources/policy-file.ts';
import type { Store } from '../store/store.ts';
import { limitsYaml, type OperationLimit, percent, suggestLimits } from './limit-suggestions.ts';
import { PolicyVersions } from './policy-versions.ts';

const FILE = 'policy.yaml';
/** Controls that a limit mends. */
const limitControls: ReadonlySet<string> = new Set(['TEC-25', 'TEC-26']);
/** Measured anew this often at most; looking reads thousands of rows for each operation. */
const MEASURED_MS = 3_600_000;

/** The assessment with a policy on its one change, where a guard in the path could make it true and the callers show how wide it must be. */
export async function withProposedPolicy(
  store: Store,
  assessment: Assessment,
  guard: GuardFacts | null,
  before: Assessment | null,
): Promise<Assessment> {
  const { next } = assessment;
  if (next === null || guard === null || guard.alive === 0 || !limitControls.has(next.change.control)) return assessment;
  const earlier = before?.next?.change;
  const isSame = earlier?.key === next.change.key && earlier.units.join() === next.change.units.join();
  const kept = isSame && earlier.policy !== undefined && assessment.atMs - earlier.policy.measuredMs < MEASURED_MS ? earlier.policy : null;
  const policy = kept ?? (await proposedPolicy(store, next.change, guard, assessment.atMs));
  if (policy === null) return assessment;
  const change: Candidate = {
    ...next.change,
    policy,
    draft: { language: 'yaml', file: FILE, text: policy.yaml },
    safety: 'It begins in log mode: nothing is refused, and what would have been is written down.',
    undo: 'stance policy rollback',
  };
  return {
    ...assessment,
    next: { ...next, change },
    candidates: assessment.candidates.map((one) => (one.key === change.key ? change : one)),
  };
}

async function proposedPolicy(store: Store, change: Candidate, guard: GuardFacts, atMs: number): Promise<ProposedPolicy | null> {
  const found: OperationLimit[] = [];
  for (const unit of change.units) {
    const settings = guard.operations.get(unit)?.settings;
    // The limits of a route stand in place of wider ones: where there are some already, a person decides.
    if (settings === undefined || settings === null || settings.limits.length > 0) continue;
    found.push(...(await suggestLimits(store, unit, 'identity')).filter(({ suggestion }) => suggestion.kind === 'limit'));
  }
  if (found.length === 0) return null;
  const yaml = limitsYaml(found);
  const limits = readPolicy(yaml, { file: FILE, base: defaultPolicy }).limits.map(({ name }) => name);
  return limits.length === 0 ? null : { yaml, limits, says: found.flatMap(saysOf), measuredMs: atMs };
}

function saysOf({ method, template, suggestion }: OperationLimit): readonly string[] {
  if (suggestion.kind !== 'limit') return [];
  const { limit, basis } = suggestion;
  return [
    `${method} ${template}: ${limit.requests} calls in ${limit.windowSeconds} s by caller, measured from ${basis.requests} calls of ${basis.callers} callers; ` +
      `would have refused ${percent(limit.refused.share)} of the calls, of ${limit.callersHit} callers (${percent(limit.callers.share)}).`,
  ];
}

/**
 * Puts what was proposed into the policy in force, as a version of its own. Refuses nothing new: its limits only log.
 * @throws StanceError `conflict` when the policy in force has entries of the same name
 */
export async function applyProposed(store: Store, proposed: ProposedPolicy, actor: string, now: () => number): Promise<number> {
  const versions = new PolicyVersions(store, now);
  const { active } = await versions.inForce();
  const present = active === null ? '' : ((await store.getPolicyVersion(active))?.text ?? '');
  const text = merged(present, proposed);
  const policy = readPolicy(text, { file: FILE, base: defaultPolicy, variables: process.env });
  const { number } = await versions.apply({ text, policy, actor, proof: null, because: null });
  return number;
}

/** Comments of what is in force are kept. */
function merged(present: string, { yaml, limits }: ProposedPolicy): string {
  const document = parseDocument(present);
  const value = document.toJS() as { readonly limits?: object; readonly routes?: readonly unknown[] } | null;
  if (value === null) return yaml;
  const added = parseDocument(yaml).toJS() as { readonly limits: Readonly<Record<string, unknown>>; readonly routes?: readonly unknown[] };
  const taken = limits.find((name) => name in (value.limits ?? {}));
  if (taken !== undefined)
    throw new StanceError('conflict', {
      message: `The policy in force has a limit ${taken} already.`,
      unchanged: 'The policy in force stays in force, and the change is not accepted.',
      next: 'stance assess measures anew; or change the limit by hand: stance policy apply FILE.',
    });
  for (const [name, limit] of Object.entries(added.limits)) document.setIn(['limits', name], document.createNode(limit));
  if (value.routes === undefined) document.set('routes', document.createNode(added.routes ?? []));
  else for (const route of added.routes ?? []) document.addIn(['routes'], document.createNode(route));
  return document.contents === null ? stringify(added) : document.toString();
}
