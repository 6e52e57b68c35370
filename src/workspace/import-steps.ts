/**
 * Counts the items of one source and acknowledges them in steps. Each step is one transaction that holds what was
 * counted and how far the source was read, so that a process killed anywhere loses nothing it acknowledged and counts
 * nothing twice.
 */

import type { DecisionRecord } from '../engine/evidence/decision.ts';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import { type GuardBatch, type GuardStatus, lossReason, type RequestMinute } from '../engine/evidence/guard-batch.ts';
import type { Observation } from '../engine/evidence/observation.ts';
import type { SourceAccount, SourceRecord } from '../engine/evidence/source-account.ts';
import type { PathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import type { SourceItem } from '../sources/source.ts';
import type { Checkpoint, ExchangeRow, GuardEvidence, RollupRow, Store } from '../store/store.ts';
import type { ObservedPaths } from './observed-paths.ts';
import { type ExchangeSight, SourceAccountBook } from './source-account-book.ts';

/** Exchanges acknowledged together: enough to make a commit cheap, few enough to lose little time when killed. */
const STEP_EXCHANGES = 50_000;
/** A slow source is acknowledged at least this often, milliseconds. */
const STEP_MS = 3_000;
const HOUR_MS = 3_600_000;

export interface ImportContext {
  readonly store: Store;
  readonly paths: ObservedPaths;
  readonly fingerprint: FingerprintFn;
  readonly now: () => number;
  /** Masks paths; knows what documents declare literal. */
  readonly segment: PathSegmenter;
  /** Settings and owner rules are handed over; they are not traffic. */
  readonly onSettings: (text: string) => Promise<void>;
  readonly onOwners: (name: string, rules: readonly { readonly pattern: string; readonly owners: readonly string[] }[]) => Promise<void>;
}

/** How far the input was read; `line` where lines count anew (a rotated log), else the last line taken. */
export type ReachedPosition = Omit<Checkpoint, 'sourceId' | 'line'> & { readonly line?: number };

type MutableRollup = { -readonly [key in keyof RollupRow]: RollupRow[key] };

export interface StepSource {
  readonly id: string;
  readonly name: string;
  readonly format: string;
  readonly kind: SourceRecord['kind'];
  readonly bytes: number | null;
  /** What an earlier part of the same source counted. */
  readonly earlier: SourceRecord | null;
}

/** How requests that a guard refused stand in the account: heard, and no calls of the inventory. */
const REFUSED = 'refused by the guard';

/** What guards decided since the last step. */
interface GuardTaken {
  readonly decisions: DecisionRecord[];
  readonly minutes: RequestMinute[];
  readonly workers: Map<string, { atMs: number; status: GuardStatus; readonly batches: number[] }>;
}

export class ImportSteps {
  readonly #source: StepSource;
  readonly #context: ImportContext;
  readonly #book: SourceAccountBook;
  readonly #startedMs: number;
  #steppedMs: number;
  #line: number;
  #operations = 0;
  #exchanges: ExchangeRow[] = [];
  #rollups = new Map<number, Map<number, MutableRollup>>();
  #documents: DeclaredApi[] = [];
  #guard: GuardTaken | null = null;
  #pending = 0;
  #news = 0;

  constructor(source: StepSource, afterLine: number, context: ImportContext) {
    this.#source = source;
    this.#context = context;
    this.#book = new SourceAccountBook(source.earlier);
    this.#line = afterLine;
    this.#startedMs = context.now();
    this.#steppedMs = this.#startedMs;
  }

  get seen(): number {
    return this.#book.seen;
  }

  /** Last line (entry, span) taken. */
  get line(): number {
    return this.#line;
  }

  /** Operations that the documents of this source declare. */
  get operations(): number {
    return this.#operations;
  }

  account(): SourceAccount {
    return this.#book.account();
  }

  /** Something was taken and it is time to acknowledge it. */
  get isDue(): boolean {
    return this.#pending > 0 && (this.#exchanges.length >= STEP_EXCHANGES || this.#context.now() - this.#steppedMs >= STEP_MS);
  }

  /** Items taken and not acknowledged yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Of those, what can change inventory or findings: a worker that only tells that it lives does not. */
  get news(): number {
    return this.#news;
  }

  /** Decisions of a guard that are not acknowledged yet. */
  get decisions(): number {
    return this.#guard?.decisions.length ?? 0;
  }

  async take(item: SourceItem): Promise<void> {
    this.#pending++;
    if (item.kind !== 'guard') this.#news++;
    switch (item.kind) {
      case 'exchange': {
        const observation = record(item.exchange, this.#context);
        this.#book.exchange(item.exchange, observation, this.#startedMs);
        this.#line = item.exchange.line;
        this.#keep(observation, observation.line);
        return;
      }
      case 'guard':
        this.#takeBatch(item.batch);
        return;
      case 'declared-api':
        this.#documents.push(item.api);
        this.#operations += item.api.operations.length;
        this.#book.declared(item.api.operations.length);
        return;
      case 'settings':
        await this.#context.onSettings(item.text);
        this.#book.declared(1);
        return;
      case 'owners':
        await this.#context.onOwners(this.#source.name, item.rules);
        this.#book.declared(item.rules.length);
        return;
      case 'malformed':
        this.#book.malformed(item.line, item.message);
        if (item.isUnfinished !== true) this.#line = Math.max(this.#line, item.line);
        return;
      case 'excluded':
        this.#book.excluded(item.reason);
        this.#line = Math.max(this.#line, item.line);
        return;
    }
  }

  /** Writes what was taken since the last step, whole or not at all. */
  async commit(state: SourceRecord['state'], reached: ReachedPosition | null): Promise<void> {
    const paths = this.#context.paths.takeChanged();
    try {
      await this.#context.store.commitImport({
        source: this.#record(state),
        checkpoint: reached === null ? null : { line: this.#line, ...reached, sourceId: this.#source.id },
        paths,
        rollups: [...this.#rollups.values()].flatMap((hours) => [...hours.values()]),
        exchanges: this.#exchanges,
        documents: this.#documents,
        ...(this.#guard === null ? {} : { guard: guardEvidence(this.#guard) }),
      });
    } catch (error) {
      this.#context.paths.owe(paths);
      throw error;
    }
    this.#exchanges = [];
    this.#rollups = new Map();
    this.#documents = [];
    this.#guard = null;
    this.#pending = 0;
    this.#news = 0;
    this.#steppedMs = this.#context.now();
  }

  #keep(observation: Observation, line: number): void {
    const pathId = this.#context.paths.add(observation, this.#source.id);
    this.#exchanges.push({
      atMs: observation.atMs,
      pathId,
      status: observation.status,
      durationMs: observation.durationMs,
      responseBytes: observation.responseBytes,
      client: observation.client,
      principal: observation.principal,
      auth: observation.auth,
      agent: observation.agent,
      sourceId: this.#source.id,
      line,
    });
    this.#rollUp(pathId, observation.atMs, observation.status, observation.responseBytes);
  }

  #takeBatch(batch: GuardBatch): void {
    if (batch.observations.length + batch.decisions.length + batch.losses.length > 0) this.#news++;
    for (const observation of batch.observations) {
      this.#book.observed(observation, sightOf(observation), this.#context.now());
      this.#line = this.#book.seen;
      this.#keep(observation, this.#line);
    }
    for (const { outcome, method, count } of batch.decisions) if (outcome === 'block' && method !== '') this.#book.folded(REFUSED, count);
    for (const loss of batch.losses) this.#book.excluded(lossReason(loss.why), loss.observations + loss.decisions);
    this.#guard ??= { decisions: [], minutes: [], workers: new Map() };
    this.#guard.decisions.push(...batch.decisions);
    this.#guard.minutes.push(...batch.minutes);
    const held = this.#guard.workers.get(batch.worker);
    if (held === undefined) this.#guard.workers.set(batch.worker, { atMs: batch.atMs, status: batch.status, batches: [batch.seq] });
    else {
      held.batches.push(batch.seq);
      if (batch.atMs >= held.atMs) {
        held.atMs = batch.atMs;
        held.status = batch.status;
      }
    }
  }

  #record(state: SourceRecord['state']): SourceRecord {
    const { id, name, format, kind, bytes } = this.#source;
    return {
      id,
      name,
      format,
      kind,
      state,
      bytes,
      account: this.#book.account(),
      importedMs: this.#startedMs,
      ...this.#book.span(),
      sight: this.#book.sight(),
    };
  }

  #rollUp(pathId: number, atMs: number, status: number | null, responseBytes: number | null): void {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    let hours = this.#rollups.get(pathId);
    if (hours === undefined) {
      hours = new Map();
      this.#rollups.set(pathId, hours);
    }
    let row = hours.get(hourMs);
    if (row === undefined) {
      row = { pathId, hourMs, count: 0, s1: 0, s2: 0, s3: 0, s4: 0, s5: 0, unanswered: 0, responseBytes: 0 };
      hours.set(hourMs, row);
    }
    row.count++;
    row.responseBytes += responseBytes ?? 0;
    switch (status === null ? 0 : Math.floor(status / 100)) {
      case 1:
        row.s1++;
        return;
      case 2:
        row.s2++;
        return;
      case 3:
        row.s3++;
        return;
      case 4:
        row.s4++;
        return;
      case 5:
        row.s5++;
        return;
      default:
        row.unanswered++;
    }
  }
}

function guardEvidence({ decisions, minutes, workers }: GuardTaken): GuardEvidence {
  return { decisions, minutes, workers: [...workers].map(([id, worker]) => ({ id, ...worker })) };
}

/** A guard sees every header; bodies as far as they were read. */
function sightOf(observation: Observation): ExchangeSight {
  return {
    clientAddress: observation.client !== null,
    headers: true,
    bodies: observation.requestFields !== null || observation.responseFields !== null,
    duration: observation.durationMs !== null,
  };
}
