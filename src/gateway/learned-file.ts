/** Keeps what the guard learned of undeclared operations between runs: a file beside the spool, written whole or not at all. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LearnedState } from '../engine/conformance/learned-model.ts';
import { type LearnedTraffic, readLearnedState } from '../engine/decide.ts';

/** A model that needs more is not kept; usual ones take some kilobytes an operation. */
export const learnedBytesMax = 32 * 1024 * 1024;

export class LearnedFile {
  readonly #file: string;
  #kept = 0;

  /** @param spoolDir `<data>/spool/<workspace>`; the model goes to `<data>/learned/<workspace>.json` */
  constructor(spoolDir: string) {
    this.#file = join(dirname(dirname(spoolDir)), 'learned', `${basename(spoolDir)}.json`);
  }

  /** null = nothing was kept, or nothing that reads as a model: learning starts over. */
  load(): LearnedState | null {
    try {
      if (statSync(this.#file).size > learnedBytesMax) return null;
      return readLearnedState(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      return null;
    }
  }

  /** Nothing is written when nothing was learned since. @returns false = it could not be written, or is too large */
  save(traffic: LearnedTraffic): boolean {
    const { learned } = traffic;
    if (learned === this.#kept) return true;
    try {
      const text = JSON.stringify(traffic.state);
      if (Buffer.byteLength(text) > learnedBytesMax) return false;
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#file}.part`, text, { mode: 0o600 });
      renameSync(`${this.#file}.part`, this.#file);
      this.#kept = learned;
      return true;
    } catch {
      return false;
    }
  }
}
