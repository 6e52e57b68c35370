/**
 * Reads one input into the store, step by step. Each step is one transaction that holds what was counted and how far
 * the input was read, so that a process killed anywhere loses nothing it acknowledged and counts nothing twice.
 */
import { createHash } from 'node:crypto';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import { shortHash } from '../engine/evidence/finding.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { SourceAccount, SourceRecord } from '../engine/evidence/source-account.ts';
import { record } from '../engine/record.ts';
import { StanceError } from '../errors.ts';
import { detectFormat } from '../sources/detect.ts';
import { formatById } from '../sources/formats.ts';
import type { OpenInput } from '../sources/input.ts';
import type { ReadOptions, SourceFormat, SourceItem } from '../sources/source.ts';
import type { Checkpoint, ExchangeRow, ImportBatch, RollupRow, Store } from '../store/store.ts';
import type { ObservedPaths } from './observed-paths.ts';
import { SourceAccountBook } from './source-account-book.ts';
import type { ImportedInput, ImportOptions, ImportProgress } from './use-cases.ts';

/** Exchanges acknowledged together: enough to make a commit cheap, few enough to lose little time when killed. */
const STEP_EXCHANGES = 20_000;
/** A slow source is acknowledged at least this often, milliseconds. */
const STEP_MS = 2_000;
const PROGRESS_MS = 100;
const HOUR_MS = 3_600_000;

export interface ImportContext {
  readonly store: Store;
  readonly paths: ObservedPaths;
  readonly fingerprint: FingerprintFn;
  readonly now: () => number;
  /** Settings documents and owner rules are handed over; they are not traffic. */
  readonly onSettings: (settings: Settings, text: string) => Promise<void>;
  readonly onOwners: (name: string, rules: readonly { readonly pattern: string; readonly owners: readonly string[] }[]) => Promise<void>;
}

/** Imports one input; a failure of the input is told in the result, a failure of the store is thrown. */
export async function importInput(input: OpenInput, options: ImportOptions, context: ImportContext): Promise<ImportedInput> {
  let format: SourceFormat | null = null;
  try {
    const head = await input.head();
    if (head === '' && options.format === undefined)
      return empty(input.name, { code: 'nothing-to-do', message: `${input.name} is empty.`, unchanged: 'Nothing was changed.', next: '' });
    format =
      options.format === undefined
        ? detectFormat(head, input.name, options.logFormat === undefined ? {} : { logFormat: options.logFormat })
        : formatById(options.format);
    return await new InputImport(input, format, head, options, context).run();
  } catch (error) {
    if (!(error instanceof StanceError) || error.code.startsWith('workspace') || error.code === 'storage-full') throw error;
    return {
      ...empty(input.name, { code: error.code, message: error.message, unchanged: error.unchanged, next: error.next }),
      format: format?.id ?? null,
      kind: format?.kind ?? null,
    };
  } finally {
    await input.close();
  }
}

class InputImport {
  readonly #input: OpenInput;
  readonly #format: SourceFormat;
  readonly #options: ImportOptions;
  readonly #context: ImportContext;
  readonly #prefix: Buffer;
  #sourceId: string;
  #book = new SourceAccountBook(null);
  #afterLine = 0;
  #line = 0;
  #already = 0;
  #operations = 0;
  #exchanges: ExchangeRow[] = [];
  #rollups = new Map<string, { -readonly [key in keyof RollupRow]: RollupRow[key] }>();
  #documents: DeclaredApi[] = [];
  #steppedMs: number;
  #progressMs = 0;
  readonly #startedMs: number;
  #seenBefore = 0;

  constructor(input: OpenInput, format: SourceFormat, head: string, options: ImportOptions, context: ImportContext) {
    this.#input = input;
    this.#format = format;
    this.#options = options;
    this.#context = context;
    this.#prefix = Buffer.from(head);
    this.#sourceId = `src_${shortHash(format.kind === 'traffic' ? `${format.id}\n${hash(this.#prefix)}` : `${format.kind}\n${input.name}`)}`;
    this.#startedMs = this.#steppedMs = context.now();
  }

  async run(): Promise<ImportedInput> {
    if (this.#format.kind === 'traffic') await this.#resume();
    const readOptions: ReadOptions = {
      ...(this.#options.logFormat === undefined ? {} : { logFormat: this.#options.logFormat }),
      ...(this.#options.host === undefined ? {} : { host: this.#options.host }),
      ...(this.#options.service === undefined ? {} : { service: this.#options.service }),
      ...(this.#afterLine === 0 ? {} : { afterLine: this.#afterLine }),
    };
    this.#seenBefore = this.#book.seen;
    try {
      for await (const items of this.#format.read(this.#input, readOptions)) {
        this.#options.signal?.throwIfAborted();
        for (const item of items) await this.#take(item);
        this.#progress('reading', false);
        if (this.#exchanges.length >= STEP_EXCHANGES || this.#context.now() - this.#steppedMs >= STEP_MS) await this.#commit('running');
      }
    } catch (error) {
      // What was read until here stays; the source says that it is not whole.
      if (
        error instanceof StanceError &&
        !error.code.startsWith('workspace') &&
        error.code !== 'storage-full' &&
        this.#book.seen > this.#seenBefore
      ) {
        await this.#commit('interrupted');
        return this.#result({
          code: error.code,
          message: error.message,
          unchanged: `${(this.#book.seen - this.#seenBefore).toLocaleString('en-US')} entries before it were read and are kept.`,
          next: error.next,
        });
      }
      throw error;
    }
    await this.#commit('complete');
    this.#progress('done', true);
    return this.#result(null);
  }

  /** Finds out whether this content was imported before, under any name, and how far. */
  async #resume(): Promise<void> {
    const checkpoints = await this.#context.store.findCheckpoints();
    const found = checkpoints
      .filter(
        (checkpoint) =>
          checkpoint.prefixBytes <= this.#prefix.length &&
          checkpoint.prefixBytes > 0 &&
          hash(this.#prefix.subarray(0, checkpoint.prefixBytes)) === checkpoint.prefixHash,
      )
      .sort((a, b) => b.line - a.line)[0];
    if (found === undefined) return;
    const earlier = (await this.#context.store.listSources()).find((source) => source.id === found.sourceId);
    if (earlier === undefined) return;
    this.#sourceId = found.sourceId;
    this.#afterLine = found.line;
    this.#line = found.line;
    this.#already = earlier.account.seen;
    this.#book = new SourceAccountBook(earlier);
  }

  async #take(item: SourceItem): Promise<void> {
    switch (item.kind) {
      case 'exchange': {
        const observation = record(item.exchange, this.#context);
        const pathId = this.#context.paths.add(observation, this.#sourceId);
        this.#book.exchange(item.exchange, observation, this.#startedMs);
        this.#line = item.exchange.line;
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
          sourceId: this.#sourceId,
          line: observation.line,
        });
        this.#rollUp(pathId, observation.atMs, observation.status, observation.responseBytes);
        return;
      }
      case 'declared-api':
        this.#documents.push(item.api);
        this.#operations += item.api.operations.length;
        this.#book.declared(item.api.operations.length);
        return;
      case 'settings':
        await this.#context.onSettings(item.settings, item.text);
        this.#book.declared(1);
        return;
      case 'owners':
        await this.#context.onOwners(this.#input.name, item.rules);
        this.#book.declared(item.rules.length);
        return;
      case 'malformed':
        this.#book.malformed(item.line, item.message);
        this.#line = Math.max(this.#line, item.line);
        return;
      case 'excluded':
        this.#book.excluded(item.reason);
        this.#line = Math.max(this.#line, item.line);
        return;
    }
  }

  #rollUp(pathId: number, atMs: number, status: number | null, responseBytes: number | null): void {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const key = `${pathId} ${hourMs}`;
    let row = this.#rollups.get(key);
    if (row === undefined) {
      row = { pathId, hourMs, count: 0, s1: 0, s2: 0, s3: 0, s4: 0, s5: 0, unanswered: 0, responseBytes: 0 };
      this.#rollups.set(key, row);
    }
    row.count++;
    row.responseBytes += responseBytes ?? 0;
    const kind = status === null ? 'unanswered' : (`s${Math.floor(status / 100)}` as 's1' | 's2' | 's3' | 's4' | 's5');
    if (kind in row) row[kind]++;
    else row.unanswered++;
  }

  async #commit(state: SourceRecord['state']): Promise<void> {
    const paths = this.#context.paths.takeChanged();
    const span = this.#book.span();
    const source: SourceRecord = {
      id: this.#sourceId,
      name: this.#input.name,
      format: this.#format.id,
      kind: this.#format.kind,
      state,
      bytes: this.#input.size,
      account: this.#book.account(),
      importedMs: this.#startedMs,
      firstMs: span.firstMs,
      lastMs: span.lastMs,
      sight: this.#book.sight(),
    };
    const checkpoint: Checkpoint | null =
      this.#format.kind === 'traffic' && this.#prefix.length > 0
        ? {
            sourceId: this.#sourceId,
            prefixHash: hash(this.#prefix),
            prefixBytes: this.#prefix.length,
            line: this.#line,
            byteOffset: this.#input.position.byte,
          }
        : null;
    const batch: ImportBatch = {
      source,
      checkpoint,
      paths,
      rollups: [...this.#rollups.values()],
      exchanges: this.#exchanges,
      documents: this.#documents,
    };
    try {
      await this.#context.store.commitImport(batch);
    } catch (error) {
      this.#context.paths.owe(paths);
      throw error;
    }
    this.#exchanges = [];
    this.#rollups = new Map();
    this.#documents = [];
    this.#steppedMs = this.#context.now();
  }

  #progress(phase: ImportProgress['phase'], force: boolean): void {
    const nowMs = this.#context.now();
    if (!force && nowMs - this.#progressMs < PROGRESS_MS) return;
    this.#progressMs = nowMs;
    const seconds = Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const bytesDone = this.#input.consumed();
    const share = this.#input.size === null || this.#input.size === 0 ? null : bytesDone / this.#input.size;
    this.#options.onProgress?.({
      name: this.#input.name,
      format: this.#format.id,
      phase,
      seen: this.#book.seen,
      bytesDone,
      bytesTotal: this.#input.size,
      perSecond: (this.#book.seen - this.#seenBefore) / seconds,
      secondsLeft: share === null || share <= 0 ? null : (seconds / share) * (1 - share),
    });
  }

  #result(error: ImportedInput['error']): ImportedInput {
    return {
      name: this.#input.name,
      sourceId: this.#sourceId,
      format: this.#format.id,
      kind: this.#format.kind,
      account: this.#book.account(),
      already: this.#already,
      operationsDeclared: this.#operations,
      error,
    };
  }
}

const noAccount: SourceAccount = { seen: 0, read: 0, folded: {}, excluded: {}, malformed: 0, malformedLines: [] };

function empty(name: string, error: NonNullable<ImportedInput['error']>): ImportedInput {
  return { name, sourceId: null, format: null, kind: null, account: noAccount, already: 0, operationsDeclared: 0, error };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
