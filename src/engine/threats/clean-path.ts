/**
 * Paths that were found clean. Those of an API come again with each call; only such without a digit are kept, so that no
 * identifier of a person is among them.
 */

/** Paths that are remembered, and the longest that is worth it, characters: at most half a megabyte in all. */
const pathsMax = 4_096;
const pathCharsMax = 128;
const plain = /^[A-Za-z_./-]+$/;

export class CleanPaths {
  readonly #clean = new Set<string>();

  isClean(path: string): boolean {
    return this.#clean.has(path);
  }

  /** Remembers a path that nobody objected to, if it is one of words alone. */
  remember(path: string): void {
    if (path.length <= pathCharsMax && this.#clean.size < pathsMax && plain.test(path)) this.#clean.add(path);
  }
}
