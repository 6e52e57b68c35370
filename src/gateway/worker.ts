/**
 * One guard process: started by the supervisor, told everything over the channel between them, does no database work. It drains and leaves
 * when told so, when signalled, and when the supervisor is gone, because nobody could give an orphan a new policy.
 */
import { type Front, startFront } from './front.ts';
import { Handover } from './worker-handover.ts';
import { type CreateGuard, type FromWorker, plainError, type ToWorker, type WorkerConfig, type WorkerGuard } from './worker-message.ts';

const STATUS_EVERY_MS = 1_000;
/** After the drain, for handing over what is left. */
const STOP_MS_MAX = 5_000;
/** Longest that a worker without a supervisor finishes what is in flight. */
const ORPHAN_DRAIN_MS_MAX = 10_000;

const tell = (message: FromWorker): boolean => {
  if (!process.connected) return false;
  process.send?.(message, undefined, undefined, () => undefined);
  return true;
};
const handover = new Handover(tell);
let guard: WorkerGuard | null = null;
let front: Front | null = null;
let isLeaving = false;

async function start(worker: number, sharesPort: boolean, config: WorkerConfig): Promise<void> {
  const loaded: { readonly createGuard?: CreateGuard } = await import(config.module);
  if (loaded.createGuard === undefined) throw new Error(`${config.module} exports no createGuard.`);
  guard = await loaded.createGuard(config.settings, {
    worker,
    pid: process.pid,
    hand: (item) => handover.hand(item),
    say: (said) => void tell({ kind: 'said', message: said }),
  });
  front = await startFront({
    listen: { ...config.listen, reusePort: sharesPort },
    tls: config.tls,
    decider: guard.decider,
    upstreams: guard.upstreams,
    client: guard.client,
    onCertificate: (error) => tell({ kind: 'certificate', error: error === null ? null : plainError(error) }),
  });
  guard.started?.(front);
  tell({ kind: 'ready', port: front.port });
  setInterval(status, STATUS_EVERY_MS).unref();
}

function status(): void {
  const { user, system } = process.cpuUsage();
  tell({
    kind: 'status',
    status: {
      connections: front?.connections.size ?? 0,
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      handing: handover.size,
      refused: handover.refused,
    },
  });
}

async function reload(id: number, settings: unknown): Promise<void> {
  try {
    const change = await guard?.reload?.(settings);
    if (change !== undefined) front?.reload(change);
    tell({ kind: 'reloaded', id, error: null });
  } catch (error) {
    tell({ kind: 'reloaded', id, error: plainError(error) });
  }
}

async function leave(withinMs: number): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  const drained = await front?.drain(withinMs);
  const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS_MAX).unref());
  await Promise.race([Promise.resolve(guard?.stop?.()).catch(() => undefined), late]);
  tell({ kind: 'drained', cut: drained?.cut ?? 0, tookMs: drained?.tookMs ?? 0 });
  if (process.connected) process.disconnect();
  process.exit(0);
}

const leaveOrDie = (withinMs: number): void => {
  leave(withinMs).catch(() => process.exit(1));
};

if (process.send !== undefined) {
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'taken') handover.taken(message.id, message.isTaken);
    else if (message.kind === 'said') guard?.heard?.(message.message);
    else if (message.kind === 'drain') leaveOrDie(message.withinMs);
    else if (message.kind === 'reload') reload(message.id, message.settings).catch(() => undefined);
    else {
      start(message.worker, message.sharesPort, message.config).catch((error: unknown) => {
        tell({ kind: 'failed', error: plainError(error) });
        leaveOrDie(0);
      });
    }
  });
  process.on('disconnect', () => {
    handover.abandon();
    leaveOrDie(ORPHAN_DRAIN_MS_MAX);
  });
  process.on('SIGTERM', () => leaveOrDie(ORPHAN_DRAIN_MS_MAX));
  // A Ctrl-C reaches the whole group of processes; the supervisor says when to leave.
  process.on('SIGINT', () => undefined);
}
