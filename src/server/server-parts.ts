/** What the server is given instead of reaching for it: workspaces, inputs, catalogue, clock. */
import type { FastifyBaseLogger } from 'fastify';
import type { Control } from '../engine/controls/control.ts';
import type { OpenInput } from '../sources/input.ts';
import type { EventStreams } from './events.ts';
import type { SessionKeeper } from './session.ts';
import type { WorkspaceHost, WorkspacePool } from './workspace-pool.ts';

export interface ServerParts {
  readonly host: WorkspaceHost;
  /** The controls, for their words; what they found is in the assessment. */
  readonly catalogue: readonly Control[];
  /** Makes an input of an uploaded file, under the name its sender gave. */
  readonly openUpload: (path: string, name: string) => Promise<OpenInput>;
  /** Folder for uploads in transit. */
  readonly uploadDir: string;
  readonly uploadBytesMax: number;
  /** The built page, null when there is none. */
  readonly webDir: string | null;
  readonly version: string;
  /** Who acts when the page does, for the audit. */
  readonly actor: string;
  /** Secret of the 0600 file in the data folder. */
  readonly commandSecret: string;
  /** Names in Host beside the loopback ones. */
  readonly hostNames: readonly string[];
  readonly now: () => number;
  /** Where log lines go; absent = none. */
  readonly log?: { readonly level: string; readonly write: (line: string) => void };
  /** Every answer is held against its schema, and a wrong one is a 500; for tests, it costs time. */
  readonly checkAnswers?: boolean;
}

/** What routes share. */
export interface RouteParts extends ServerParts {
  readonly pool: WorkspacePool;
  readonly events: EventStreams;
  readonly sessions: SessionKeeper;
  /** Base address as a browser opens it. */
  readonly address: () => string;
  readonly logger: FastifyBaseLogger;
}
