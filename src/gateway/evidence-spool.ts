/**
 * Batches that nobody takes wait here, as lines of JSON in files of this worker. Whoever holds the workspace reads closed
 * files and deletes them; a file being written ends in `.part`.
 */
import { closeSync, mkdirSync, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceLoss, GuardBatch } from '../engine/evidence/guard-batch.ts';

/** A file is closed when it holds this much, so that giving up the oldest gives up little. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes that all files of one worker may hold together. */
const SPOOL_BYTES_MAX = 64 * 1024 * 1024;

interface SpoolFile {
  readonly path: string;
  bytes: number;
  observations: number;
  decisions: number;
}

export class EvidenceSpool {
  readonly #dir: string;
  readonly #worker: string;
  readonly #bytesMax: number;
  readonly #closed: SpoolFile[] = [];
  #open: (SpoolFile & { readonly descriptor: number }) | null = null;
  #made = 0;
  #losses: EvidenceLoss[] = [];

  /** @param worker as in the batches; part of each file name */
  constructor(dir: string, worker: string, bytesMax = SPOOL_BYTES_MAX) {
    this.#dir = dir;
    this.#worker = worker;
    this.#bytesMax = bytesMax;
  }

  /** Bytes that wait in files nobody has taken yet. */
  get bytes(): number {
    this.#forgetTaken();
    return this.#closed.reduce((sum, file) => sum + file.bytes, this.#open?.bytes ?? 0);
  }

  /** What had to be given up since the last call. */
  takeLosses(): EvidenceLoss[] {
    const losses = this.#losses;
    this.#losses = [];
    return losses;
  }

  write(batch: GuardBatch): void {
    const line = Buffer.from(`${JSON.stringify(batch)}\n`);
    try {
      this.#makeRoom(line.length);
      const file = this.#writable();
      for (let at = 0; at < line.length; ) at += writeSync(file.descriptor, line, at);
      file.bytes += line.length;
      file.observations += batch.observations.length;
      file.decisions += countOf(batch);
      if (file.bytes >= FILE_BYTES_MAX) this.rotate();
    } catch {
      // A full or missing disk must not stop a decision; what is lost is told with the next batch that gets through.
      this.#losses.push({ why: 'spool-failed', observations: batch.observations.length, decisions: countOf(batch) });
      this.rotate();
    }
  }

  /** Closes the file being written, so that it can be taken. */
  rotate(): void {
    const file = this.#open;
    if (file === null) return;
    this.#open = null;
    try {
      closeSync(file.descriptor);
      const path = file.path.slice(0, -'.part'.length);
      renameSync(file.path, path);
      this.#closed.push({ ...file, path });
    } catch {
      this.#losses.push({ why: 'spool-failed', observations: file.observations, decisions: file.decisions });
    }
  }

  #writable(): SpoolFile & { readonly descriptor: number } {
    if (this.#open !== null) return this.#open;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const path = join(this.#dir, `guard-${this.#worker}-${String(++this.#made).padStart(6, '0')}.jsonl.part`);
    this.#open = { path, bytes: 0, observations: 0, decisions: 0, descriptor: openSync(path, 'wx', 0o600) };
    return this.#open;
  }

  #makeRoom(bytes: number): void {
    if (this.bytes + bytes <= this.#bytesMax) return;
    if (this.#closed.length === 0) this.rotate();
    while (this.#closed.length > 0 && this.bytes + bytes > this.#bytesMax) {
      const oldest = this.#closed.shift();
      if (oldest === undefined) return;
      unlinkSync(oldest.path);
      this.#losses.push({ why: 'spool-full', observations: oldest.observations, decisions: oldest.decisions });
    }
  }

  #forgetTaken(): void {
    for (let at = this.#closed.length - 1; at >= 0; at--) {
      const file = this.#closed[at];
      if (file !== undefined && statSync(file.path, { throwIfNoEntry: false }) === undefined) this.#closed.splice(at, 1);
    }
  }
}

/** Decisions a batch stands for, floods in full. */
export function countOf(batch: Pick<GuardBatch, 'decisions'>): number {
  return batch.decisions.reduce((sum, decision) => sum + decision.count, 0);
}
