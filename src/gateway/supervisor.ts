/**
 * Starts guard workers, keeps them alive, hands them new settings, takes what they hand over. Workers share one port; the kernel deals out
 * the connections, so that no process stands between a client and a worker.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { StanceError } from '../errors.ts';
import { DRAIN_MS_MAX } from './drain.ts';
import { WorkerSlot } from './supervisor-slot.ts';
import type { PlainError, WorkerConfig, WorkerStatus } from './worker-message.ts';

/** More than this many workers gain nothing on any machine we know. */
export const WORKERS_MAX = 64;

/** What happens to workers, for the log and for evidence. */
export type SupervisorEvent =
  | { readonly kind: 'worker-ready'; readonly worker: number; readonly pid: number }
  /** It ended without being asked; `restartInMs` from now another takes its place. */
  | { readonly kind: 'worker-died'; readonly worker: number; readonly why: string; readonly restartInMs: number }
  /** A replacement could not start; it is tried again. */
  | { readonly kind: 'worker-failed'; readonly worker: number; readonly error: PlainError }
  | { readonly kind: 'certificate'; readonly worker: number; readonly error: PlainError | null };

export interface SupervisorOptions extends WorkerConfig {
  /** Processes; default one per core. */
  readonly workers?: number;
  /** Takes what a worker hands over; true = it is safe. A rejection counts as no. */
  readonly onItem: (item: unknown, worker: number) => Promise<boolean>;
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** Flags for the workers' runtime. */
  readonly execArgv?: readonly string[];
}

export interface WorkerReport {
  readonly worker: number;
  readonly pid: number | null;
  readonly isReady: boolean;
  readonly restarts: number;
  /** As last told; null = not yet. */
  readonly status: WorkerStatus | null;
}

export interface Supervisor {
  readonly host: string;
  readonly port: number;
  /** Gives all workers new settings. A worker tries them first: when it refuses, nothing changed anywhere and the promise rejects. */
  reload(settings: unknown): Promise<void>;
  /** Replaces the workers one after the other, each new one ready before the old one drains. */
  replace(): Promise<void>;
  workers(): readonly WorkerReport[];
  /** Drains all workers; resolves when the last is gone. */
  close(withinMs?: number): Promise<void>;
}

const entry = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Fewer, larger collections of short-lived objects: a proxy makes many. */
const defaultExecArgv = ['--max-semi-space-size=32'];

/** How many workers can share a port here: sharing by the kernel exists on Linux. */
function workersOf(wanted: number | undefined): number {
  const count = Math.max(1, Math.min(WORKERS_MAX, wanted ?? availableParallelism()));
  return process.platform === 'linux' ? count : 1;
}

/** Sharing a port also means that two guards started by mistake would split the traffic: so it must be free before. */
async function refuseTakenPort({ host, port }: WorkerConfig['listen']): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new StanceError('config-invalid', {
          message: `The guard cannot listen on ${host}:${port}: ${cause.code === 'EADDRINUSE' ? 'something else does already' : cause.message}.`,
          unchanged: 'Nothing was started.',
          next: 'Stop what listens there, or choose another port with --listen.',
          cause,
        }),
      ),
    );
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const count = workersOf(options.workers);
  await refuseTakenPort(options.listen);
  let config: WorkerConfig = { listen: options.listen, tls: options.tls, module: options.module, settings: options.settings };
  const parts = {
    spawn: () =>
      fork(entry, [], {
        execArgv: [...(options.execArgv ?? defaultExecArgv)],
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    config: () => config,
    sharesPort: process.platform === 'linux',
    onItem: options.onItem,
    onSaid: (message: unknown, from: number) => {
      for (const [worker, slot] of slots.entries()) if (worker !== from) slot.hear(message);
    },
    onEvent: options.onEvent ?? (() => undefined),
  };
  const slots: WorkerSlot[] = Array.from({ length: count }, (_, worker) => new WorkerSlot(worker, parts));
  const [first, ...others] = slots;
  if (first === undefined) throw new StanceError('usage', { message: 'A guard needs at least one worker.' });
  const close = async (withinMs = DRAIN_MS_MAX): Promise<void> => {
    await Promise.all(slots.map((slot) => slot.close(withinMs)));
  };
  try {
    // The first one settles the port when it was left open.
    const port = await first.start();
    config = { ...config, listen: { ...config.listen, port } };
    await Promise.all(others.map((slot) => slot.start()));
  } catch (error) {
    await close(0);
    throw error;
  }
  return {
    host: config.listen.host,
    port: config.listen.port,
    async reload(settings) {
      const [trial, ...rest] = slots.filter((slot) => slot.isReady);
      if (trial !== undefined) await trial.reload(settings);
      config = { ...config, settings };
      // A worker that refuses what another took is out of step: a new one takes its place.
      await Promise.all(rest.map((slot) => slot.reload(settings).catch(() => slot.kill())));
    },
    async replace() {
      for (const slot of slots) await slot.replace();
    },
    workers: () => slots.map((slot) => slot.report()),
    close,
  };
}
