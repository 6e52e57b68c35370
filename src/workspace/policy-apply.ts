/** A policy on its way into force: what it makes stricter, what a replay says of that, and whether that is proof enough. */
import type { ApiContract } from '../engine/conformance/contract.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { judgeProof, type Proof, type ProofDemand } from '../engine/policy/proof.ts';
import type { ReplayReport } from '../engine/policy/replay-report.ts';
import { type Stricter, stricterIn } from '../engine/policy/stricter.ts';
import { StanceError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { replayKept, watchingPolicy } from './policy-replay.ts';
import { RawReplay, replayFiles } from './policy-replay-raw.ts';
import type { PolicyText } from './policy-source.ts';
import { PolicyVersions } from './policy-versions.ts';

export interface PolicyPlan {
  readonly candidate: PolicyText;
  readonly stricter: readonly Stricter[];
  /** null = nothing gets stricter, so nothing was replayed. */
  readonly report: ReplayReport | null;
  readonly proof: Proof;
}

export interface PlanParts {
  readonly candidate: PolicyText;
  readonly contracts: readonly ApiContract[];
  readonly fingerprint: FingerprintFn;
  /** Captures and logs to replay instead of what is kept; empty = what is kept. */
  readonly traffic: readonly string[];
  readonly demand: ProofDemand;
  readonly now: () => number;
}

/** Looks, and changes nothing. */
export async function planPolicy(store: Store, parts: PlanParts): Promise<PolicyPlan> {
  const { candidate, demand } = parts;
  const { active } = await new PolicyVersions(store, parts.now).policies();
  const stricter = stricterIn(active, candidate.policy);
  const report = stricter.length === 0 ? null : await replayOf(store, active, parts);
  const proof = report === null ? { isEnough: true, gaps: [], refusedShare: null } : judgeProof(stricter, report, demand);
  return { candidate, stricter, report, proof };
}

/** Over captures and logs when some are named, else over what the workspace keeps. */
export async function replayOf(store: Store, active: Policy | null, parts: Omit<PlanParts, 'demand' | 'now'>): Promise<ReplayReport> {
  const { candidate, contracts, fingerprint, traffic } = parts;
  if (traffic.length === 0)
    return replayKept(store, { policy: candidate.policy, contracts, fingerprint, watchedBy: await watchingPolicy(store, active) });
  const replay = new RawReplay(candidate.policy, contracts);
  await replayFiles(traffic, replay);
  return replay.report();
}

/** @throws StanceError `conflict` when a proof is needed, missing, and no reason stands in for it */
export function refuseUnproven({ proof }: PolicyPlan, because: string | null): void {
  if (!proof.isEnough && because === null) {
    throw new StanceError('conflict', {
      message: `This policy would refuse more than the one in force, and the replay does not prove that it may.\n${proof.gaps.join('\n')}`,
      unchanged: 'The policy in force stays in force.',
      next: 'Apply it with `mode: log` first and let it watch, replay captures with --traffic FILE, or say --without-proof "why".',
    });
  }
}

/**
 * Puts a planned policy in force.
 * @param because why it is applied although the proof is not enough; null = it must be enough
 * @throws StanceError `conflict` when a proof is needed and missing
 */
export async function applyPolicy(
  store: Store,
  plan: PolicyPlan,
  { actor, because, now }: { readonly actor: string; readonly because: string | null; readonly now: () => number },
): Promise<{ readonly number: number; readonly onTrial: boolean }> {
  const { candidate, report, proof } = plan;
  refuseUnproven(plan, because);
  const sums =
    report === null || !proof.isEnough
      ? null
      : {
          basis: report.basis,
          days: report.days,
          requests: report.requests,
          good: report.good,
          refusedGood: report.refused.good,
          clients: report.refused.clients,
        };
  return new PolicyVersions(store, now).apply({
    ...{ text: candidate.text, policy: candidate.policy, actor, proof: sums },
    because: proof.isEnough ? null : because,
  });
}
