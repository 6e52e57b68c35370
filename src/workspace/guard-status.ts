/** How the guards of a workspace are: who runs, by which policy, and what was lost. */
import { type GuardStatus, guardSilentMs } from '../engine/evidence/guard-batch.ts';
import type { Store } from '../store/store.ts';

export interface GuardOverview {
  readonly workers: readonly (GuardStatus & { readonly id: string; readonly heardMs: number; readonly isAlive: boolean })[];
  readonly alive: number;
  readonly policyVersions: readonly string[];
  readonly doors: readonly string[];
  readonly totals: Readonly<
    Record<'requests' | 'blocked' | 'wouldBlock' | 'faults' | 'failOpen' | 'lostObservations' | 'lostDecisions' | 'spoolBytes', number>
  >;
}

export async function guardOverview(store: Store, nowMs: number): Promise<GuardOverview> {
  const workers = (await store.listGuardWorkers()).map(({ id, atMs, status }) => ({
    ...status,
    id,
    heardMs: atMs,
    isAlive: nowMs - atMs <= guardSilentMs,
  }));
  const alive = workers.filter((worker) => worker.isAlive);
  const sum = (of: (worker: GuardStatus) => number) => workers.reduce((total, worker) => total + of(worker), 0);
  return {
    workers,
    alive: alive.length,
    policyVersions: [...new Set(alive.map((worker) => worker.policyVersion))].sort(),
    doors: [...new Set(alive.flatMap((worker) => worker.doors))].sort(),
    totals: {
      requests: sum((worker) => worker.requests),
      blocked: sum((worker) => worker.blocked),
      wouldBlock: sum((worker) => worker.wouldBlock),
      faults: sum((worker) => worker.faults),
      failOpen: sum((worker) => worker.failOpen),
      lostObservations: sum((worker) => worker.lostObservations),
      lostDecisions: sum((worker) => worker.lostDecisions),
      // What waits on disk of a worker that is gone is taken up by whoever holds the workspace.
      spoolBytes: alive.reduce((total, worker) => total + worker.spoolBytes, 0),
    },
  };
}
