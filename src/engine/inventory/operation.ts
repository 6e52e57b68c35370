/**
 * One operation of the inventory: service, method, path template; merged from every source, each field with where it
 * came from. This is the row a person sees, and what controls judge.
 */

import type { DeclaredField, DeclaredLimit, SecurityAlternative, SourcePlace } from '../evidence/declaration.ts';
import type { Severity } from '../evidence/finding.ts';
import type { AuthSeen, FieldSeen, NoiseReason } from '../evidence/observation.ts';
import type { Audience, DataLevel, EnvironmentKind } from '../evidence/settings.ts';
import type { TemplateBasis } from './template.ts';

/**
 * active = declared and called · shadow = called, not declared · zombie = declared deprecated or past its sunset, still
 * called · silent = was called, quiet now · unused = declared, never called, though traffic of its service is seen ·
 * declared = no traffic of its service has been seen, so nobody can tell.
 */
export type OperationState = 'active' | 'shadow' | 'zombie' | 'silent' | 'unused' | 'declared';

export const operationStates: readonly OperationState[] = ['active', 'shadow', 'zombie', 'silent', 'unused', 'declared'];

export type OperationKind = 'rest' | 'graphql' | 'grpc' | 'websocket';

export interface Sourced<T> {
  readonly value: T;
  /** `stance.yaml`, `CODEOWNERS`, `spec`, `traffic`, `gateway`, `git`, `guess`. */
  readonly from: string;
  readonly confidence: number;
}

export interface OperationTraffic {
  readonly count: number;
  readonly ok: number;
  /** Calls by status class `1xx` to `5xx`, and `none` where no response was seen. */
  readonly statusMix: Readonly<Record<string, number>>;
  /** Distinct callers; exact up to 64, else an estimate. */
  readonly clients: number;
  readonly perDay: number;
  /** Milliseconds; null when the source carries no duration. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly requestBytesMean: number | null;
  readonly responseBytesMean: number | null;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Calls a day for the last 30 days up to the newest observation of the workspace, oldest first. */
  readonly daily: readonly number[];
  /** Most calls one caller made in one minute; null when callers cannot be told apart. */
  readonly peakPerCallerMinute: number | null;
}

export interface OperationAuth {
  /** null = no document says. */
  readonly declared: readonly SecurityAlternative[] | null;
  /** Calls by credential kind seen. */
  readonly seen: Readonly<Partial<Record<AuthSeen, number>>>;
  /** Calls whose credential could be judged (source carries it). */
  readonly judged: number;
  /** Of the judged calls answered 2xx, how many carried none. */
  readonly okWithout: number;
  /** Of the judged calls, answered 2xx. */
  readonly okJudged: number;
  /** Of the judged calls without credential, answered 401 or 403; absent = not counted. */
  readonly deniedWithout?: number;
}

export type DriftKind =
  | 'auth-removed'
  | 'auth-optional'
  | 'write-method-undeclared'
  | 'field-undeclared'
  | 'status-undeclared'
  | 'parameter-undeclared'
  | 'limit-missing'
  | 'docs-missing'
  | 'spec-rival'
  | 'not-routed'
  | 'plain-http';

export interface Drift {
  readonly kind: DriftKind;
  readonly severity: Severity;
  /** One sentence with numbers. */
  readonly text: string;
  readonly between: readonly ('spec' | 'traffic' | 'docs' | 'gateway')[];
}

export interface Operation {
  /** `op_` + short hash of service, method and template with unnamed parameters: renaming a parameter keeps it. */
  readonly id: string;
  readonly kind: OperationKind;
  readonly service: string;
  readonly method: string;
  readonly template: string;
  readonly state: OperationState;
  /** No living owner is known. */
  readonly orphan: boolean;
  readonly templateBasis: TemplateBasis;
  readonly confidence: number;
  readonly because: string;
  readonly hosts: readonly string[];
  readonly environments: readonly { readonly name: string; readonly kind: EnvironmentKind }[];
  readonly audience: Sourced<Audience> | null;
  readonly owner: Sourced<string> | null;
  readonly dataLevel: Sourced<DataLevel> | null;
  readonly version: string | null;
  readonly deprecated: boolean;
  readonly sunset: string | null;
  readonly docsUrl: string | null;
  readonly summary: string | null;
  readonly auth: OperationAuth;
  readonly limit: Sourced<DeclaredLimit> | null;
  readonly traffic: OperationTraffic | null;
  readonly declared: readonly { readonly format: string; readonly place: SourcePlace; readonly document: string }[];
  readonly fieldsDeclared: { readonly request: readonly DeclaredField[]; readonly response: readonly DeclaredField[] };
  readonly fieldsSeen: { readonly request: readonly FieldSeen[]; readonly response: readonly FieldSeen[] } | null;
  readonly queryNames: readonly string[];
  readonly statusesDeclared: readonly string[];
  readonly statusesSeen: readonly number[];
  readonly credentialInUrl: number;
  readonly plainHttp: number;
  /** Calls known to be over TLS; absent = not counted. */
  readonly overTls?: number;
  readonly drift: readonly Drift[];
  /** Source ids that contributed. */
  readonly sources: readonly string[];
  /** Set for a GraphQL operation: `query products`. */
  readonly graphql: string | null;
}

/** What was folded away: a masked path with its reason, so that it can be looked at and taken back. */
export interface FoldedPath {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly reason: NoiseReason;
  readonly count: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface InventorySummary {
  readonly operations: number;
  readonly services: number;
  readonly byState: Readonly<Record<OperationState, number>>;
  readonly orphans: number;
  /** Distinct masked paths met; folded into templates; folded as noise, by reason. */
  readonly pathsSeen: number;
  readonly pathsInTemplates: number;
  readonly pathsFolded: Readonly<Record<string, number>>;
  /** Capture-recapture estimate of all operations, when two independent sources exist. */
  readonly completeness: Completeness | null;
}

export interface Completeness {
  readonly bySpec: number;
  readonly byTraffic: number;
  readonly both: number;
  /** Chapman's estimator of the total, and its 95 % interval. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Operations known / upper end: the share that is surely known. */
  readonly lowerShare: number;
}
