/** Which policy is in force: numbered versions, a candidate on trial, and the way back. */

import { type CanaryCounts, type CanaryVerdict, judgeCanary } from '../engine/policy/canary.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { CanaryPolicy, Policy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { readPolicy } from '../sources/policy-file.ts';
import type { PolicyVersion, Store } from '../store/store.ts';

const IN_FORCE = 'policy.in-force';

/** What a guard goes by. */
export interface PolicyInForce {
  /** Number of the version; null = none was ever applied. */
  readonly active: number | null;
  readonly candidate: PolicyCandidate | null;
}

/** A version that some clients get already (`isInCanary`). */
export interface PolicyCandidate extends CanaryPolicy {
  readonly number: number;
  readonly sinceMs: number;
}

export interface AppliedPolicy {
  readonly text: string;
  readonly policy: Policy;
  readonly actor: string;
  /** Sums of the replay; null = none was needed. */
  readonly proof: object | null;
  /** Why there is no proof although one was needed. */
  readonly because: string | null;
}

export class PolicyVersions {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async inForce(): Promise<PolicyInForce> {
    const kept = await this.#store.getMeta(IN_FORCE);
    return kept === null ? { active: null, candidate: null } : (JSON.parse(kept) as PolicyInForce);
  }

  /** Newest first. */
  list(limit = 100): Promise<readonly PolicyVersion[]> {
    return this.#store.listPolicyVersions(limit);
  }

  /** @throws StanceError `not-found` */
  async policyOf(number: number): Promise<{ readonly policy: Policy; readonly version: PolicyVersion & { readonly text: string } }> {
    const version = await this.#store.getPolicyVersion(number);
    if (version === null)
      throw new StanceError('not-found', {
        message: `There is no policy version p${number}.`,
        next: 'stance policy list shows those that are kept.',
      });
    const read = readPolicy(version.text, { file: `p${number}`, base: defaultPolicy, variables: process.env });
    return { policy: { ...read, version: `p${number}` }, version };
  }

  /** The policy that holds for most, and the one on trial; null = none. */
  async policies(): Promise<{ readonly active: Policy | null; readonly candidate: Policy | null; readonly inForce: PolicyInForce }> {
    const inForce = await this.inForce();
    return {
      active: inForce.active === null ? null : (await this.policyOf(inForce.active)).policy,
      candidate: inForce.candidate === null ? null : (await this.policyOf(inForce.candidate.number)).policy,
      inForce,
    };
  }

  /** Keeps the text and puts it in force: at once, or on trial when it asks for a canary and something is in force already. */
  async apply({ text, policy, actor, proof, because }: AppliedPolicy): Promise<{ readonly number: number; readonly onTrial: boolean }> {
    const atMs = this.#now();
    const before = await this.inForce();
    const number = await this.#store.addPolicyVersion({ atMs, actor, digest: policy.version, because, proof, text });
    const onTrial = policy.canary !== null && before.active !== null;
    const candidate = onTrial && policy.canary !== null ? { ...policy.canary, number, sinceMs: atMs } : null;
    await this.#put(onTrial ? { active: before.active, candidate } : { active: number, candidate: null }, {
      ...{ actor, action: 'policy.apply', subject: `p${number}` },
      detail:
        because === null ? (proof === null ? 'no proof was needed' : `on the proof ${JSON.stringify(proof)}`) : `without proof: ${because}`,
    });
    return { number, onTrial };
  }

  /**
   * Puts an earlier version back; without a number it ends the trial, or goes to the version before. Before the first
   * version stands what a guard goes by without any (`stance.yaml`, else the default policy): number 0.
   * @throws StanceError `nothing-to-do` when there is nothing to go back to
   */
  async rollBack({
    to,
    actor,
    because,
  }: {
    readonly to: number | null;
    readonly actor: string;
    readonly because: string;
  }): Promise<{ readonly from: number; readonly to: number }> {
    const { active, candidate } = await this.inForce();
    const from = candidate?.number ?? active ?? (to === null ? null : 0);
    const target = to ?? (candidate === null ? await this.#before(active) : active);
    if (from === null || target === null || (target === active && candidate === null)) {
      throw new StanceError('nothing-to-do', {
        message: target === null || from === null ? 'There is no version to go back to.' : `p${target} is in force already.`,
        unchanged: 'The policy in force stays in force.',
        next: 'stance policy list shows the versions that are kept.',
      });
    }
    if (target !== 0) await this.policyOf(target);
    await this.#put(
      { active: target === 0 ? null : target, candidate: null },
      { actor, action: 'policy.rollback', subject: `p${target}`, detail: `from p${from}: ${because}` },
    );
    return { from, to: target };
  }

  /** Asks after the trial, and ends it when there is a verdict. null = nothing is on trial. */
  async settleTrial(counts: Pick<CanaryCounts, 'present' | 'candidate'>): Promise<CanaryVerdict | null> {
    const { active, candidate } = await this.inForce();
    if (candidate === null) return null;
    const verdict = judgeCanary({ ...counts, forSeconds: (this.#now() - candidate.sinceMs) / 1000 }, candidate);
    if (verdict.kind === 'go-on') return verdict;
    const actor = 'canary';
    const detail = verdict.because;
    if (verdict.kind === 'promote')
      await this.#put(
        { active: candidate.number, candidate: null },
        { actor, action: 'policy.promote', subject: `p${candidate.number}`, detail },
      );
    else await this.#put({ active, candidate: null }, { actor, action: 'policy.rollback', subject: `p${candidate.number}`, detail });
    return verdict;
  }

  async #before(active: number | null): Promise<number | null> {
    if (active === null) return null;
    const older = (await this.#store.listPolicyVersions(500)).find(({ number }) => number < active);
    return older?.number ?? 0;
  }

  async #put(
    inForce: PolicyInForce,
    entry: { readonly actor: string; readonly action: string; readonly subject: string; readonly detail: string },
  ): Promise<void> {
    await this.#store.appendAudit({ atMs: this.#now(), ...entry });
    await this.#store.setMeta(IN_FORCE, JSON.stringify(inForce));
  }
}
