/**
 * What Stance keeps, behind one interface with two implementations (SQLite file, PostgreSQL) and one contract suite.
 * A store belongs to one workspace. One writer at a time holds it (`openStore` refuses a second); readers are free.
 */

import type { DecisionRecord, Outcome } from '../engine/evidence/decision.ts';
import type { DecisionGroup } from '../engine/evidence/decision-group.ts';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { Finding } from '../engine/evidence/finding.ts';
import type { GuardStatus, RequestMinute } from '../engine/evidence/guard-batch.ts';
import type { SourceRecord } from '../engine/evidence/source-account.ts';
import type { FoldedPath, InventorySummary, Operation } from '../engine/inventory/operation.ts';
import type { PathStat } from '../engine/inventory/path-stat.ts';
import type { PathTally } from '../engine/inventory/path-tally.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { Assessment, ChangeRecord, LedgerLine } from '../engine/posture/assessment.ts';

/** Where an import stands; written in the transaction that writes what it counted, so that nothing counts twice. */
export interface Checkpoint {
  readonly sourceId: string;
  /** Same content under another name is the same source: SHA-256 of the first `prefixBytes` bytes (decompressed). */
  readonly prefixHash: string;
  readonly prefixBytes: number;
  /** Last line (entry, span) that is acknowledged. */
  readonly line: number;
  /** Offset of the byte after it in the decompressed input. */
  readonly byteOffset: number;
}

/** A masked path with its two aggregates and the template it belongs to now. */
export interface PathRow {
  readonly id: number;
  /** `service method /seg/{int}` and, for GraphQL, `#query products`: unique. */
  readonly key: string;
  readonly stat: PathStat;
  readonly tally: PathTally;
}

/** One exchange as it is kept: masked, and no wider than this. */
export interface ExchangeRow {
  readonly atMs: number;
  readonly pathId: number;
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly responseBytes: number | null;
  readonly client: string | null;
  readonly principal: string | null;
  readonly auth: string;
  readonly agent: string | null;
  readonly sourceId: string;
  readonly line: number;
}

/** Counts of one path in one hour; added to what is there. */
export interface RollupRow {
  readonly pathId: number;
  /** Start of the hour, milliseconds since the epoch. */
  readonly hourMs: number;
  readonly count: number;
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
  readonly s4: number;
  readonly s5: number;
  readonly unanswered: number;
  readonly responseBytes: number;
}

/** Everything one step of an import acknowledges, written whole or not at all. */
export interface ImportBatch {
  readonly source: SourceRecord;
  readonly checkpoint: Checkpoint | null;
  /** Full rows, replacing what is there under the same id. */
  readonly paths: readonly PathRow[];
  readonly rollups: readonly RollupRow[];
  readonly exchanges: readonly ExchangeRow[];
  /** Documents read in this step; one with the same `place.file` and service is replaced. */
  readonly documents: readonly DeclaredApi[];
  /** What a guard decided, with the batches it was taken from. */
  readonly guard?: GuardEvidence;
}

/** What one step takes from guards, beside their observations. */
export interface GuardEvidence {
  readonly decisions: readonly DecisionRecord[];
  readonly minutes: readonly RequestMinute[];
  /** Status replaces what is there under the same id when it is newer; batch numbers are added to those known. */
  readonly workers: readonly {
    readonly id: string;
    readonly atMs: number;
    readonly batches: readonly number[];
    readonly status: GuardStatus;
  }[];
}

/** A guard worker as it last told of itself, and which of its batches are counted. */
export interface GuardWorker {
  readonly id: string;
  readonly atMs: number;
  /** Numbers of batches, `1-40,42` (SeenSequence). */
  readonly seen: string;
  readonly status: GuardStatus;
}

/** What decision records can be filtered and counted by. Values are as in the record; '' = not known. */
export const decisionFields = [
  'outcome',
  'section',
  'rule',
  'method',
  'template',
  'service',
  'host',
  'client',
  'network',
  'principal',
  'agent',
  'status',
] as const;
export type DecisionField = (typeof decisionFields)[number];
export type DecisionFilter = Readonly<Partial<Record<DecisionField, readonly string[]>>>;

export interface DecisionQuery {
  /** Inclusive; and `toMs` exclusive. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Any of the values of each field that is named. */
  readonly only?: DecisionFilter;
  /** None of these values. */
  readonly not?: DecisionFilter;
  /** Keyset cursor from the previous page. */
  readonly after?: string;
  /** 1 to 500; default 100. */
  readonly limit?: number;
}

/** Counts of one step of time; requests are those of the services asked for, whatever else was filtered. */
export interface DecisionPoint {
  readonly atMs: number;
  readonly requests: number;
  readonly blocked: number;
  readonly wouldBlock: number;
  /** Let through by an allow-list in spite of objections. */
  readonly allowed: number;
}

/** Filter and order of an operations page; every field is optional. */
export interface OperationQuery {
  readonly states?: readonly string[];
  readonly services?: readonly string[];
  readonly methods?: readonly string[];
  readonly owner?: 'none' | string;
  /** A credential kind seen; `none` = calls without one were answered 2xx, or no judged call carried any; `unknown` = no source could see. */
  readonly auth?: 'none' | 'unknown' | string;
  /** `unknown` = none known; the same for `environment`. */
  readonly audience?: string;
  readonly environment?: string;
  /** Case-insensitive part of method, template, service or owner. */
  readonly text?: string;
  readonly drift?: boolean;
  /** First called at this instant or later: what is new. */
  readonly firstFromMs?: number;
  /** `gaps` counts each drift, no owner, and answers without a credential. */
  readonly sort?: 'template' | 'service' | 'perDay' | 'clients' | 'lastSeen' | 'state' | 'gaps';
  readonly descending?: boolean;
  /** Keyset cursor from the previous page. */
  readonly after?: string;
  /** 1 to 500; default 100. */
  readonly limit?: number;
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
  /** null = this was the last page. */
  readonly next: string | null;
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** The read model the pages and the CLI show; replaced whole after each re-learning. */
export interface InventorySnapshot {
  readonly builtMs: number;
  readonly operations: readonly Operation[];
  readonly folded: readonly FoldedPath[];
  readonly summary: InventorySummary;
  readonly findings: readonly Finding[];
  /** Path id to operation id, for opening rows. */
  readonly assignments: readonly { readonly pathId: number; readonly operationId: string }[];
}

export interface FindingState {
  readonly id: string;
  readonly state: 'open' | 'accepted' | 'duplicate' | 'dismissed' | 'snoozed';
  readonly reason: string | null;
  readonly untilMs: number | null;
  readonly owner: string | null;
  readonly decidedMs: number;
}

/** A policy that was applied. */
export interface PolicyVersion {
  /** Counted from 1; shown as `p12`. */
  readonly number: number;
  readonly atMs: number;
  readonly actor: string;
  /** Names what the policy says: `d-` and twelve characters. */
  readonly digest: string;
  /** Why it was applied without a proof; null = there was one, or none was needed. */
  readonly because: string | null;
  /** Sums of the replay it was applied on, as JSON; null = none was needed. */
  readonly proof: object | null;
}

export interface Store {
  /** `sqlite` or `postgres`. */
  readonly dialect: 'sqlite' | 'postgres';
  /** Bytes on disk of this workspace, null when the engine does not say. */
  sizeBytes(): Promise<number | null>;
  close(): Promise<void>;
  /** Tells whoever is refused as a second writer what holds this workspace: `stance up, http://127.0.0.1:7700`. At most 200 characters. */
  describeHolder(holder: string): Promise<void>;

  /** Small named values (workspace badge, fingerprint key id, model version). At most 64 KiB each. */
  getMeta(key: string): Promise<string | null>;
  setMeta(key: string, value: string): Promise<void>;

  listSources(): Promise<readonly SourceRecord[]>;
  findCheckpoints(): Promise<readonly Checkpoint[]>;
  /** Atomic. */
  commitImport(batch: ImportBatch): Promise<void>;
  /** Forgets a source: its documents, exchanges and checkpoint. Aggregates of traffic stay (they cannot be taken apart) and are said to. */
  deleteSource(sourceId: string): Promise<void>;

  listPaths(): Promise<readonly PathRow[]>;
  /**
   * Replaces literals that were folded into parameters by their prints: removes rows and writes others, already merged by the
   * caller (no two rows may end with one key). `movedTo` names, for a removed id, the row that takes over its rollups and
   * exchanges; rollups of a removed id without one are dropped.
   */
  replacePaths(removeIds: readonly number[], put: readonly PathRow[], movedTo?: ReadonlyMap<number, number>): Promise<void>;
  listDocuments(): Promise<readonly DeclaredApi[]>;
  /** Newest first, at most `limit` (1 to 1000). */
  listExchanges(query: {
    pathIds: readonly number[];
    beforeMs?: number;
    limit: number;
    status?: number;
    auth?: string;
  }): Promise<readonly ExchangeRow[]>;
  /** Per path and hour, from `fromMs` on. */
  listRollups(query: { pathIds?: readonly number[]; fromMs: number }): Promise<readonly RollupRow[]>;
  /** Drops exchanges older than `beforeMs`, and the oldest beyond `bytesMax`. Returns how many rows went. */
  trimExchanges(query: { beforeMs: number; bytesMax: number }): Promise<number>;
  /** Drops the counts of hours before `beforeMs`; returns how many rows went. */
  trimRollups(beforeMs: number): Promise<number>;

  /** Outside an import; a guard's own come with `commitImport`. */
  addDecisions(records: readonly DecisionRecord[]): Promise<void>;
  /** Newest first; `total` counts records, not what they stand for. */
  listDecisionRecords(query: DecisionQuery): Promise<Page<DecisionRecord>>;
  /** By the number a caller was shown. */
  findDecisionRecord(incident: string): Promise<DecisionRecord | null>;
  /** Requests by value, the most frequent first, at most 50 a field; each field under every filter but its own. */
  decisionFacets(query: DecisionQuery): Promise<Readonly<Record<DecisionField, readonly Facet[]>>>;
  /**
   * Counts per step, oldest first, steps without any left out, at most 2,000 points. With filters on outcome, section, rule
   * and service alone it reaches as far back as rollups do, else as far as records.
   * @param stepMs whole minutes
   */
  decisionSeries(query: DecisionQuery, stepMs: number): Promise<readonly DecisionPoint[]>;
  /** The latest 20,000 records put together by kind, the largest kind first, at most 5,000. */
  decisionGroups(query: DecisionQuery): Promise<readonly DecisionGroup[]>;
  /** Requests and outcomes counted, floods in full. */
  decisionTotals(query: DecisionQuery): Promise<Readonly<Record<Outcome | 'request', number>>>;
  /** Newest first, at most 256. */
  listGuardWorkers(): Promise<readonly GuardWorker[]>;
  /** Drops records older than `beforeMs` and the oldest beyond `rowsMax`, minute counts after 7 days, hour counts before `countsBeforeMs`. */
  trimDecisions(query: { beforeMs: number; rowsMax: number; countsBeforeMs: number; nowMs: number }): Promise<number>;

  listDecisions(): Promise<readonly { readonly id: string; readonly atMs: number; readonly decision: TemplateDecision }[]>;
  addDecision(id: string, atMs: number, decision: TemplateDecision): Promise<void>;
  deleteDecision(id: string): Promise<void>;

  saveInventory(snapshot: InventorySnapshot): Promise<void>;
  inventorySummary(): Promise<{ readonly summary: InventorySummary; readonly builtMs: number } | null>;
  listOperations(query: OperationQuery): Promise<Page<Operation>>;
  /** Every operation, for assessment and export. */
  allOperations(): Promise<readonly Operation[]>;
  operationFacets(
    query: OperationQuery,
  ): Promise<Readonly<Record<'state' | 'service' | 'method' | 'owner' | 'auth' | 'audience' | 'environment', readonly Facet[]>>>;
  getOperation(id: string): Promise<Operation | null>;
  pathIdsOf(operationId: string): Promise<readonly number[]>;
  listFolded(query: { reason?: string; text?: string; after?: string; limit?: number }): Promise<Page<FoldedPath>>;
  listFindings(): Promise<readonly Finding[]>;
  /** Puts these in the place of those whose rule begins with `rulePrefix`; the next inventory replaces all. */
  replaceFindings(rulePrefix: string, findings: readonly Finding[]): Promise<void>;

  listFindingStates(): Promise<readonly FindingState[]>;
  setFindingState(state: FindingState): Promise<void>;

  saveAssessment(assessment: Assessment, lines: readonly LedgerLine[]): Promise<void>;
  latestAssessment(): Promise<Assessment | null>;
  /** Score over time, oldest first, at most 1,000 points. */
  listScores(fromMs: number): Promise<
    readonly {
      readonly atMs: number;
      readonly model: string;
      readonly proven: number;
      readonly possible: number;
      readonly pillars: Readonly<Record<string, { readonly proven: number; readonly possible: number }>>;
    }[]
  >;
  /** Newest first, at most `limit`. */
  listLedger(query: { fromMs?: number; limit: number }): Promise<readonly LedgerLine[]>;

  listChanges(): Promise<readonly ChangeRecord[]>;
  putChange(change: ChangeRecord): Promise<void>;

  /** Returns its number. At most 500 are kept, of 8 MiB each. */
  addPolicyVersion(version: Omit<PolicyVersion, 'number'> & { readonly text: string }): Promise<number>;
  /** Newest first, without their texts. */
  listPolicyVersions(limit: number): Promise<readonly PolicyVersion[]>;
  getPolicyVersion(number: number): Promise<(PolicyVersion & { readonly text: string }) | null>;

  /** Append-only record of who did what through page, API or CLI; newest first when listed. */
  appendAudit(entry: {
    readonly atMs: number;
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly detail: string;
  }): Promise<void>;
  listAudit(
    limit: number,
  ): Promise<
    readonly { readonly atMs: number; readonly actor: string; readonly action: string; readonly subject: string; readonly detail: string }[]
  >;
}
