/** A guard and what stands behind it: workers that decide, and this process, which writes their evidence to the workspace. */
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import { type Supervisor, type SupervisorEvent, startSupervisor } from '../gateway/supervisor.ts';
import type { TlsFiles } from '../gateway/tls.ts';
import { guardIntake } from '../workspace/guard-intake.ts';
import { watchGuardSpool } from '../workspace/guard-spool-intake.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import type { GuardSetup, ListenPlace } from './guard-setup.ts';

export interface GuardRunOptions {
  readonly setup: GuardSetup;
  readonly listen: ListenPlace;
  readonly tls: TlsFiles | null;
  readonly workers: number | null;
  /** null = somebody else writes this workspace: evidence goes to the spool, and they take it from there. */
  readonly workspace: Workspace | null;
  readonly onEvent: (event: SupervisorEvent) => void;
}

export interface RunningGuard {
  readonly supervisor: Supervisor;
  /** Another policy from the next request on; rejects and changes nothing when it cannot be set up. */
  use(setup: GuardSetup): Promise<void>;
  stop(): Promise<void>;
}

const workerModule = new URL('./guard-worker.ts', import.meta.url).href;

export async function runGuard(options: GuardRunOptions): Promise<RunningGuard> {
  const { setup, listen, workspace } = options;
  const intake = workspace === null ? null : guardIntake(workspace);
  const supervisor = await startSupervisor({
    listen,
    tls: options.tls,
    module: workerModule,
    settings: setup,
    ...(options.workers === null ? {} : { workers: options.workers }),
    // Batches were made by this version's own workers.
    onItem: async (item) => (intake === null ? false : intake.take(item as GuardBatch)),
    onEvent: options.onEvent,
  });
  // What an earlier run had to set aside is taken in now.
  const spool = workspace === null ? null : watchGuardSpool(setup.spoolDir, async () => workspace);
  return {
    supervisor,
    use: (next) => supervisor.reload(next),
    async stop() {
      await supervisor.close();
      await spool?.stop();
      await intake?.close();
    },
  };
}
