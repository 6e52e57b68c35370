/**
 * A file of the policy that may change while the guard runs, such as a list of keys. Looked at once a second at most, when
 * somebody asks; a version that does not read is left aside and the last good one stays.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StanceError } from '../../errors.ts';

/** A change counts after this long at most. */
export const FILE_LOOK_EVERY_MS = 1_000;
/** Largest file that is read. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

export class WatchedFile<T> {
  readonly path: string;
  readonly #parse: (text: string, path: string) => T;
  readonly #now: () => number;
  #value: T;
  #mark: string;
  #lookedMs: number;
  #generation = 0;
  #problem: string | null = null;

  /** @throws StanceError when the file cannot be read or parsed now: the guard does not start without it. */
  constructor(
    file: string,
    options: { readonly dir: string; readonly now: () => number; readonly parse: (text: string, path: string) => T },
  ) {
    this.path = resolve(options.dir, file);
    this.#parse = options.parse;
    this.#now = options.now;
    this.#lookedMs = options.now();
    const read = this.#read();
    this.#mark = read.mark;
    this.#value = read.value;
  }

  /** Grows with each version that was taken. */
  get generation(): number {
    return this.#generation;
  }

  /** Why the present version of the file is not the one in use; null = it is. */
  get problem(): string | null {
    return this.#problem;
  }

  value(): T {
    const now = this.#now();
    if (now - this.#lookedMs >= FILE_LOOK_EVERY_MS || now < this.#lookedMs) {
      this.#lookedMs = now;
      this.#look();
    }
    return this.#value;
  }

  #look(): void {
    try {
      if (markOf(this.path) === this.#mark) return;
      const read = this.#read();
      this.#mark = read.mark;
      this.#value = read.value;
      this.#generation++;
      this.#problem = null;
    } catch (error) {
      this.#problem = (error as Error).message;
    }
  }

  #read(): { readonly value: T; readonly mark: string } {
    try {
      // The mark is taken first: a change during reading is then seen at the next look.
      const mark = markOf(this.path);
      if (statSync(this.path).size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
      return { value: this.#parse(readFileSync(this.path, 'utf8'), this.path), mark };
    } catch (cause) {
      if (cause instanceof StanceError) throw cause;
      throw new StanceError('config-invalid', {
        message: `Cannot read ${this.path}: ${(cause as Error).message}.`,
        unchanged: 'What was in force stays in force.',
        next: 'Check the file that the policy names, and that this user may read it.',
        cause,
      });
    }
  }
}

function markOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs}:${size}:${ino}`;
}
