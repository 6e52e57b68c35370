/** The place of one worker: whoever fills it is watched, and replaced when gone. */
import type { ChildProcess } from 'node:child_process';
import { StanceError } from '../errors.ts';
import { DRAIN_MS_MAX } from './drain.ts';
import type { SupervisorEvent, WorkerReport } from './supervisor.ts';
import { type FromWorker, plainError, stanceError, type ToWorker, type WorkerConfig, type WorkerStatus } from './worker-message.ts';

/** From the start of a process until it listens. */
const START_MS_MAX = 30_000;
/** For compiling new settings. */
const RELOAD_MS_MAX = 30_000;
/** A worker that told nothing for this long hangs, and is ended. */
const SILENCE_MS_MAX = 30_000;
/** Wait before a dead worker is replaced: doubled each time, up to the maximum, from the start again once one lived a while. */
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 10_000;
const LIVED_MS = 30_000;
/** A worker that was told to leave is ended this long after its drain must be over. */
const LEAVE_MS = 7_000;

export interface SlotParts {
  readonly spawn: () => ChildProcess;
  readonly config: () => WorkerConfig;
  readonly sharesPort: boolean;
  readonly onItem: (item: unknown, worker: number) => Promise<boolean>;
  readonly onSaid: (message: unknown, worker: number) => void;
  readonly onEvent: (event: SupervisorEvent) => void;
}

export class WorkerSlot {
  private readonly worker: number;
  private readonly parts: SlotParts;
  private child: ChildProcess | null = null;
  private status: WorkerStatus | null = null;
  private restarts = 0;
  private failures = 0;
  private heardMs = 0;
  private nextReload = 1;
  private readonly reloads = new Map<number, (error: Error | null) => void>();
  private timer: NodeJS.Timeout | null = null;
  private readonly pulse: NodeJS.Timeout;
  private isClosing = false;
  private isReplacing = false;
  isReady = false;

  constructor(worker: number, parts: SlotParts) {
    this.worker = worker;
    this.parts = parts;
    this.pulse = setInterval(() => this.checkPulse(), SILENCE_MS_MAX / 4).unref();
  }

  /** @returns the port it listens on. @throws what kept it from starting */
  start(): Promise<number> {
    const child = this.parts.spawn();
    this.child = child;
    this.heardMs = Date.now();
    const startedMs = Date.now();
    return new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX).unref();
      let hasBegun = false;
      child.on('message', (message: FromWorker) => {
        this.heardMs = Date.now();
        if (message.kind === 'ready') {
          hasBegun = true;
          clearTimeout(timer);
          if (this.child === child) this.isReady = true;
          this.parts.onEvent({ kind: 'worker-ready', worker: this.worker, pid: child.pid ?? 0 });
          resolve(message.port);
        } else if (message.kind === 'failed') reject(stanceError(message.error));
        else this.heard(child, message);
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (!hasBegun) reject(new StanceError('incomplete', { message: `A guard worker ended before it listened (${signal ?? code}).` }));
        this.gone(child, hasBegun, signal ?? `exit code ${code}`, Date.now() - startedMs);
      });
      send(child, { kind: 'start', worker: this.worker, sharesPort: this.parts.sharesPort, config: this.parts.config() });
    });
  }

  private heard(child: ChildProcess, message: Exclude<FromWorker, { kind: 'ready' | 'failed' }>): void {
    if (message.kind === 'item') {
      const { id, item } = message;
      this.parts.onItem(item, this.worker).then(
        (isTaken) => send(child, { kind: 'taken', id, isTaken }),
        () => send(child, { kind: 'taken', id, isTaken: false }),
      );
    } else if (message.kind === 'said') {
      this.parts.onSaid(message.message, this.worker);
    } else if (message.kind === 'status') {
      if (child === this.child) this.status = message.status;
    } else if (message.kind === 'certificate') this.parts.onEvent({ kind: 'certificate', worker: this.worker, error: message.error });
    else if (message.kind === 'reloaded') {
      this.reloads.get(message.id)?.(message.error === null ? null : stanceError(message.error));
      this.reloads.delete(message.id);
    }
  }

  private gone(child: ChildProcess, hasBegun: boolean, why: string, livedMs: number): void {
    if (child !== this.child || (this.isReplacing && !hasBegun)) return;
    this.child = null;
    this.isReady = false;
    this.status = null;
    for (const settle of this.reloads.values()) settle(new StanceError('incomplete', { message: 'The guard worker ended.' }));
    this.reloads.clear();
    // A first start that fails is the caller's to handle.
    if (this.isClosing || (!hasBegun && this.restarts === 0)) return;
    if (livedMs >= LIVED_MS) this.failures = 0;
    const restartInMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    this.restarts++;
    this.parts.onEvent({ kind: 'worker-died', worker: this.worker, why, restartInMs });
    this.timer = setTimeout(() => {
      this.start().catch((error: unknown) => this.parts.onEvent({ kind: 'worker-failed', worker: this.worker, error: plainError(error) }));
    }, restartInMs);
  }

  private checkPulse(): void {
    if (this.isReady && Date.now() - this.heardMs > SILENCE_MS_MAX) this.kill();
  }

  /** Passes on what another worker said. */
  hear(message: unknown): void {
    if (this.child !== null && this.isReady) send(this.child, { kind: 'said', message });
  }

  reload(settings: unknown): Promise<void> {
    const { child } = this;
    if (child === null) return Promise.resolve();
    const id = this.nextReload++;
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.reloads.delete(id);
        reject(new StanceError('incomplete', { message: 'A guard worker did not take the new settings in time.' }));
      }, RELOAD_MS_MAX);
      this.reloads.set(id, (error) => {
        clearTimeout(timer);
        if (error === null) resolve();
        else reject(error);
      });
      send(child, { kind: 'reload', id, settings });
    });
  }

  /** A new process first, then the old one drains. When the new one does not start, the old one stays. */
  async replace(): Promise<void> {
    const former = this.child;
    this.isReplacing = true;
    try {
      await this.start();
    } catch (error) {
      this.child = former;
      throw error;
    } finally {
      this.isReplacing = false;
    }
    this.restarts++;
    if (former !== null) leave(former, DRAIN_MS_MAX);
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  report(): WorkerReport {
    return { worker: this.worker, pid: this.child?.pid ?? null, isReady: this.isReady, restarts: this.restarts, status: this.status };
  }

  async close(withinMs: number): Promise<void> {
    this.isClosing = true;
    clearInterval(this.pulse);
    if (this.timer !== null) clearTimeout(this.timer);
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    leave(child, withinMs);
    await exited;
  }
}

function leave(child: ChildProcess, withinMs: number): void {
  send(child, { kind: 'drain', withinMs });
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs + LEAVE_MS);
  child.once('exit', () => clearTimeout(timer));
}

/** A channel that is gone says so by the child's `exit`, not here. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
