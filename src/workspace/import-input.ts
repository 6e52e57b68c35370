/** Reads one input into the store: finds its format, goes on where an earlier import of the same content stopped, and tells how it went. */
import { createHash } from 'node:crypto';
import { shortHash } from '../engine/evidence/finding.ts';
import type { SourceAccount, SourceRecord } from '../engine/evidence/source-account.ts';
import { StanceError } from '../errors.ts';
import { detectFormat } from '../sources/detect.ts';
import { identityOfBytes } from '../sources/file-identity.ts';
import { formatById } from '../sources/formats.ts';
import type { OpenInput } from '../sources/input.ts';
import { isLineFormat } from '../sources/line-format.ts';
import type { ReadOptions, SourceFormat } from '../sources/source.ts';
import type { Checkpoint, Store } from '../store/store.ts';
import { type ImportContext, ImportSteps } from './import-steps.ts';
import type { ImportedInput, ImportOptions, ImportProgress } from './use-cases.ts';

const PROGRESS_MS = 100;

/** Imports one input; a failure of the input is told in the result, a failure of the store is thrown. */
export async function importInput(input: OpenInput, options: ImportOptions, context: ImportContext): Promise<ImportedInput> {
  let format: SourceFormat | null = null;
  try {
    const head = await input.head();
    if (head === '' && options.format === undefined)
      return failedInput(input.name, null, {
        code: 'nothing-to-do',
        message: `${input.name} is empty.`,
        unchanged: 'Nothing was changed.',
        next: '',
      });
    format =
      options.format === undefined
        ? detectFormat(head, input.name, options.logFormat === undefined ? {} : { logFormat: options.logFormat })
        : formatById(options.format);
    const origin = await findOrigin(format, input.name, Buffer.from(head), context.store);
    return await readInto(input, format, origin, options, context);
  } catch (error) {
    if (!(error instanceof StanceError) || isStoreFault(error)) throw error;
    return failedInput(input.name, format, error);
  } finally {
    await input.close();
  }
}

/** Where a source stands: who it is, and how far it was read before. */
interface Origin {
  readonly sourceId: string;
  readonly afterLine: number;
  readonly earlier: SourceRecord | null;
  /** Names the content by its first bytes; null for documents, which are replaced whole. */
  readonly prefix: Pick<Checkpoint, 'prefixHash' | 'prefixBytes'> | null;
}

/** Whether this content was imported before, under any name, and how far. A file that has grown is the same file. */
async function findOrigin(format: SourceFormat, name: string, head: Buffer, store: Store): Promise<Origin> {
  if (format.kind !== 'traffic' || head.length === 0)
    return { sourceId: `src_${shortHash(`${format.kind}\n${name}`)}`, afterLine: 0, earlier: null, prefix: null };
  // A line log is known by its first lines, so that it may grow and be followed; a document by all of the head.
  const prefix = isLineFormat(format) ? identityOfBytes(head) : { prefixHash: hash(head), prefixBytes: head.length };
  const found = (await store.findCheckpoints())
    .filter(
      (checkpoint) =>
        checkpoint.prefixBytes > 0 &&
        checkpoint.prefixBytes <= head.length &&
        hash(head.subarray(0, checkpoint.prefixBytes)) === checkpoint.prefixHash,
    )
    .sort((a, b) => b.line - a.line)[0];
  const earlier = found === undefined ? undefined : (await store.listSources()).find((source) => source.id === found.sourceId);
  if (found === undefined || earlier === undefined)
    return { sourceId: `src_${shortHash(`${format.id}\n${prefix.prefixHash}`)}`, afterLine: 0, earlier: null, prefix };
  return { sourceId: found.sourceId, afterLine: found.line, earlier, prefix };
}

async function readInto(
  input: OpenInput,
  format: SourceFormat,
  origin: Origin,
  options: ImportOptions,
  context: ImportContext,
): Promise<ImportedInput> {
  const steps = new ImportSteps(
    { id: origin.sourceId, name: input.name, format: format.id, kind: format.kind, bytes: input.size, earlier: origin.earlier },
    origin.afterLine,
    context,
  );
  const before = steps.seen;
  const progress = new Progress(input, format, options, context.now);
  const commit = (state: SourceRecord['state']) =>
    steps.commit(state, origin.prefix === null ? null : { ...origin.prefix, byteOffset: input.position.byte });
  const result = (error: ImportedInput['error']): ImportedInput => ({
    name: input.name,
    sourceId: origin.sourceId,
    format: format.id,
    kind: format.kind,
    account: steps.account(),
    already: before,
    operationsDeclared: steps.operations,
    error,
  });
  try {
    for await (const items of format.read(input, readOptions(options, origin.afterLine))) {
      options.signal?.throwIfAborted();
      for (const item of items) await steps.take(item);
      progress.tell('reading', steps.seen, steps.seen - before);
      if (steps.isDue) await commit('running');
    }
  } catch (error) {
    const kept = steps.seen - before;
    if (!(error instanceof StanceError) || isStoreFault(error) || kept === 0) throw error;
    // What was read until here stays; the source says that it is not whole.
    await commit('interrupted');
    return result({
      code: error.code,
      message: error.message,
      unchanged: `${kept.toLocaleString('en-US')} entries before it were read and are kept.`,
      next: error.next,
    });
  }
  await commit('complete');
  progress.tell('done', steps.seen, steps.seen - before);
  return result(null);
}

class Progress {
  readonly #input: OpenInput;
  readonly #format: SourceFormat;
  readonly #options: ImportOptions;
  readonly #now: () => number;
  readonly #startedMs: number;
  #toldMs = 0;

  constructor(input: OpenInput, format: SourceFormat, options: ImportOptions, now: () => number) {
    this.#input = input;
    this.#format = format;
    this.#options = options;
    this.#now = now;
    this.#startedMs = now();
  }

  tell(phase: ImportProgress['phase'], seen: number, seenNow: number): void {
    const nowMs = this.#now();
    if (phase === 'reading' && nowMs - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = nowMs;
    const seconds = Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const { name, size } = this.#input;
    const bytesDone = this.#input.consumed();
    const share = size === null || size === 0 ? null : bytesDone / size;
    this.#options.onProgress?.({
      name,
      format: this.#format.id,
      phase,
      seen,
      bytesDone,
      bytesTotal: size,
      perSecond: seenNow / seconds,
      secondsLeft: share === null || share <= 0 ? null : (seconds / share) * (1 - share),
    });
  }
}

export function readOptions(options: ImportOptions, afterLine: number): ReadOptions {
  return {
    ...(options.logFormat === undefined ? {} : { logFormat: options.logFormat }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(afterLine === 0 ? {} : { afterLine }),
  };
}

/** The store is at fault, not the input: the import as a whole must stop. */
export function isStoreFault(error: StanceError): boolean {
  return error.code.startsWith('workspace') || error.code === 'storage-full';
}

const noAccount: SourceAccount = { seen: 0, read: 0, folded: {}, excluded: {}, malformed: 0, malformedLines: [] };

/** An input of which nothing was taken, and why. */
export function failedInput(
  name: string,
  format: SourceFormat | null,
  { code, message, unchanged, next }: NonNullable<ImportedInput['error']>,
): ImportedInput {
  return {
    name,
    sourceId: null,
    format: format?.id ?? null,
    kind: format?.kind ?? null,
    account: noAccount,
    already: 0,
    operationsDeclared: 0,
    error: { code, message, unchanged, next },
  };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
