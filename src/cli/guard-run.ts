/** A guard and what stands behind it: workers that decide, and this process, which writes their evidence to the workspace. */

import type { ScopeUseRow } from '../engine/access/scope-use.ts';
import { lowestMode } from '../engine/evidence/decision.ts';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import type { Policy } from '../engine/policy/policy.ts';
import type { TrialCounts } from '../gateway/guard-decider.ts';
import { type Supervisor, type SupervisorEvent, startSupervisor } from '../gateway/supervisor.ts';
import type { TlsFiles } from '../gateway/tls.ts';
import { guardIntake } from '../workspace/guard-intake.ts';
import { watchGuardSpool } from '../workspace/guard-spool-intake.ts';
import { PolicyVersions } from '../workspace/policy-versions.ts';
import { addScopeUse } from '../workspace/scope-use-record.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import type { GuardSetup, ListenPlace } from './guard-setup.ts';

/** How often it is asked whether another policy was applied, or a trial has come to a verdict. */
const POLICY_LOOK_MS = 2_000;

export interface GuardRunOptions {
  readonly setup: GuardSetup;
  readonly listen: ListenPlace;
  readonly tls: TlsFiles | null;
  readonly workers: number | null;
  /** null = somebody else writes this workspace: evidence goes to the spool, and they take it from there. */
  readonly workspace: Workspace | null;
  /** Follows `policy apply` and `rollback` of the workspace; false when a policy was named for this run alone. */
  readonly followsVersions: boolean;
  readonly onEvent: (event: SupervisorEvent) => void;
  /** A policy came into force, or could not. */
  readonly onPolicy: (text: string) => void;
}

export interface RunningGuard {
  readonly supervisor: Supervisor;
  /** Another policy from the next request on; rejects and changes nothing when it cannot be set up. */
  use(setup: GuardSetup): Promise<void>;
  stop(): Promise<void>;
}

/** What a worker hands over beside batches of evidence. */
export interface TrialReport {
  readonly kind: 'trial';
  readonly version: string;
  readonly counts: TrialCounts;
}

/** Scopes that calls carried and needed since the worker last told. */
export interface ScopeReport {
  readonly kind: 'scope-use';
  readonly rows: readonly ScopeUseRow[];
}

const workerModule = new URL('./guard-worker.ts', import.meta.url).href;

export async function runGuard(options: GuardRunOptions): Promise<RunningGuard> {
  const { listen, workspace } = options;
  const follower = workspace === null || !options.followsVersions ? null : new PolicyFollower(workspace, options.setup);
  let setup = (await follower?.changed()) ?? options.setup;
  const intake = workspace === null ? null : guardIntake(workspace);
  const supervisor = await startSupervisor({
    listen,
    tls: options.tls,
    module: workerModule,
    settings: setup,
    ...(options.workers === null ? {} : { workers: options.workers }),
    onItem: async (item) => {
      if (isTrialReport(item)) {
        follower?.count(item);
        return true;
      }
      if (isScopeReport(item)) {
        if (workspace === null) return false;
        await addScopeUse(workspace.store, item.rows);
        return true;
      }
      // Batches were made by this version's own workers.
      return intake === null ? false : intake.take(item as GuardBatch);
    },
    onEvent: options.onEvent,
  });
  // What an earlier run had to set aside is taken in now.
  const spool = workspace === null ? null : watchGuardSpool(setup.spoolDir, async () => workspace);
  const use = async (next: GuardSetup): Promise<void> => {
    await supervisor.reload(next);
    setup = next;
  };
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    try {
      await follower?.settle();
      const next = await follower?.changed();
      if (next === undefined || next === null) return;
      await use(next);
      options.onPolicy(
        `Policy ${next.policy.version} is in force${next.trial === null ? '' : `, ${next.trial.policy.version} on trial for ${next.trial.share * 100} % of clients`}.`,
      );
    } catch (error) {
      options.onPolicy(`The policy was not changed: ${(error as Error).message}`);
    }
  };
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, POLICY_LOOK_MS).unref();
  return {
    supervisor,
    use,
    async stop() {
      clearInterval(timer);
      await looking;
      await supervisor.close();
      await spool?.stop();
      await intake?.close();
    },
  };
}

function isScopeReport(item: unknown): item is ScopeReport {
  return typeof item === 'object' && item !== null && (item as { kind?: unknown }).kind === 'scope-use';
}

function isTrialReport(item: unknown): item is TrialReport {
  return typeof item === 'object' && item !== null && (item as { kind?: unknown }).kind === 'trial';
}

/** Keeps a guard on the policy that is in force in its workspace, and trials on their way to a verdict. */
class PolicyFollower {
  readonly #versions: PolicyVersions;
  readonly #base: GuardSetup;
  #known = '';
  #counts: { version: string; counts: TrialCounts } | null = null;

  constructor(workspace: Workspace, base: GuardSetup) {
    this.#versions = new PolicyVersions(workspace.store, Date.now);
    this.#base = base;
  }

  /** The setup to go by when it changed since the last call; null = it did not, or no version was ever applied. */
  async changed(): Promise<GuardSetup | null> {
    const inForce = await this.#versions.inForce();
    const key = `${inForce.active} ${inForce.candidate?.number}`;
    if (key === this.#known) return null;
    const isFirst = this.#known === '';
    this.#known = key;
    // Rolled back to before the first version: what this run was started with.
    if (inForce.active === null) return isFirst ? null : this.#base;
    const { active, candidate } = await this.#versions.policies();
    if (active === null) return null;
    const trial =
      candidate === null || inForce.candidate === null ? null : { policy: this.#placed(candidate), share: inForce.candidate.share };
    return { ...this.#base, policy: this.#placed(active), trial };
  }

  count({ version, counts }: TrialReport): void {
    if (this.#counts?.version !== version)
      this.#counts = { version, counts: { present: { requests: 0, refused: 0 }, candidate: { requests: 0, refused: 0 } } };
    for (const arm of ['present', 'candidate'] as const) {
      this.#counts.counts[arm].requests += counts[arm].requests;
      this.#counts.counts[arm].refused += counts[arm].refused;
    }
  }

  /** Ends a trial that has a verdict. */
  async settle(): Promise<void> {
    if (this.#counts === null) return;
    const verdict = await this.#versions.settleTrial(this.#counts.counts);
    if (verdict === null || verdict.kind !== 'go-on') this.#counts = null;
  }

  /** Upstreams and the ceiling of the command line stay those of this run. */
  #placed(policy: Policy): Policy {
    const { upstreams, mode } = this.#base.policy;
    return { ...policy, upstreams: policy.upstreams.length > 0 ? policy.upstreams : upstreams, mode: lowestMode(policy.mode, mode) };
  }
}
