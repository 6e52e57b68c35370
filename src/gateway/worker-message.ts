/** What a supervisor and its workers tell each other, as plain data; and what a worker is made of. */
import type { ClientPolicy, UpstreamPolicy } from '../engine/policy/policy.ts';
import { errorCodes, StanceError } from '../errors.ts';
import type { Decider } from './decider.ts';
import type { Front, FrontChange } from './front.ts';
import type { TlsFiles } from './tls.ts';

/** Everything a worker needs to start. */
export interface WorkerConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: TlsFiles | null;
  /** Address (`file:` URL) of the module that exports `createGuard`; so this folder knows neither policies' sources nor stores. */
  readonly module: string;
  /** Given to `createGuard` as it is; must survive structured cloning. */
  readonly settings: unknown;
}

/** What a worker's guard may use of its process. */
export interface WorkerContext {
  /** Position of the worker, 0 to count - 1; the same after a restart. */
  readonly worker: number;
  readonly pid: number;
  /**
   * Hands one thing to the supervisor: true once it was taken, false when it was not, or when too much is under way already. Never throws,
   * never waits for room.
   */
  readonly hand: (item: unknown) => Promise<boolean>;
  /** Tells all other workers; lost when the supervisor is gone. */
  readonly say: (message: unknown) => void;
}

/** One worker's decider with what it takes to run it. */
export interface WorkerGuard {
  readonly decider: Decider;
  readonly upstreams: readonly UpstreamPolicy[];
  readonly client: ClientPolicy;
  /** The front listens: whoever watches its connections may begin. */
  readonly started?: (front: Front) => void;
  /** New settings. A rejection keeps everything as it was. */
  readonly reload?: (settings: unknown) => FrontChange | Promise<FrontChange>;
  /** Another worker said something. */
  readonly heard?: (message: unknown) => void;
  /** Everything was answered: hand over what is left. */
  readonly stop?: () => void | Promise<void>;
}

/** What the module of a config exports. */
export type CreateGuard = (settings: unknown, context: WorkerContext) => WorkerGuard | Promise<WorkerGuard>;

/** An error on its way between processes. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly unchanged: string;
  readonly next: string;
}

/** How a worker is, told every second. */
export interface WorkerStatus {
  readonly connections: number;
  readonly rssBytes: number;
  /** CPU seconds since its start, user and system. */
  readonly cpuSeconds: number;
  /** Things handed over and not yet taken. */
  readonly handing: number;
  /** Things that could not be handed over, since its start. */
  readonly refused: number;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly worker: number; readonly sharesPort: boolean; readonly config: WorkerConfig }
  | { readonly kind: 'reload'; readonly id: number; readonly settings: unknown }
  | { readonly kind: 'taken'; readonly id: number; readonly isTaken: boolean }
  /** What another worker said. */
  | { readonly kind: 'said'; readonly message: unknown }
  | { readonly kind: 'drain'; readonly withinMs: number };

export type FromWorker =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly error: PlainError }
  | { readonly kind: 'reloaded'; readonly id: number; readonly error: PlainError | null }
  | { readonly kind: 'item'; readonly id: number; readonly item: unknown }
  /** For all other workers, passed on as it is. */
  | { readonly kind: 'said'; readonly message: unknown }
  | { readonly kind: 'status'; readonly status: WorkerStatus }
  | { readonly kind: 'certificate'; readonly error: PlainError | null }
  | { readonly kind: 'drained'; readonly cut: number; readonly tookMs: number };

export function plainError(error: unknown): PlainError {
  if (error instanceof StanceError) return { code: error.code, message: error.message, unchanged: error.unchanged, next: error.next };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'incomplete',
    message: `A guard worker failed: ${message}`,
    unchanged: 'Nothing was changed.',
    next: 'Run `stance doctor`.',
  };
}

export function stanceError(plain: PlainError): StanceError {
  const known = Object.keys(errorCodes).find((code) => code === plain.code) as keyof typeof errorCodes | undefined; // a key of that table
  return new StanceError(known ?? 'incomplete', { message: plain.message, unchanged: plain.unchanged, next: plain.next });
}
