/** Where the keys of a token provider come from, and which of them may have made a signature. */
import { type Algorithm, readKeySet, type VerificationKey } from './jwk.ts';
import { WatchedFile } from './watched-file.ts';

/** `unknown` = the keys are there and none fits; `unreachable` = there are none to be had now. */
export type KeySearch =
  | { readonly kind: 'found'; readonly keys: readonly VerificationKey[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface KeySource {
  /** @param kid as the token names it; it is compared with names, never used as a path or an address */
  find(kid: string | null, algorithm: Algorithm): KeySearch | Promise<KeySearch>;
  /** Looks for a newer version when it is time, without waiting; false = what is held is too old to count. */
  isCurrent(): boolean;
  /** Why the latest version could not be had; null = it could. */
  problem(): string | null;
  close(): void;
}

/** Keys tried for a token that names none. */
const NAMELESS_TRIES_MAX = 4;

export function fittingKeys(keys: readonly VerificationKey[], kid: string | null, algorithm: Algorithm): KeySearch {
  const fitting = keys.filter((key) => (kid === null || key.kid === kid) && key.algorithms.includes(algorithm));
  return fitting.length === 0 ? { kind: 'unknown' } : { kind: 'found', keys: fitting.slice(0, NAMELESS_TRIES_MAX) };
}

/** The keys of a new version: those that were there before stay the same objects, those that are gone are retired. */
export function succeeded(before: readonly VerificationKey[], after: readonly VerificationKey[]): readonly VerificationKey[] {
  const known = new Map(before.map((key) => [key.identity, key]));
  const next = after.map((key) => known.get(key.identity) ?? key);
  for (const key of before) key.isRetired = !next.includes(key);
  return next;
}

/** A key set in a file of ours; here shared secrets may stand. */
export class FileKeys implements KeySource {
  readonly #file: WatchedFile<readonly VerificationKey[]>;
  #keys: readonly VerificationKey[] = [];

  constructor(file: string, options: { readonly dir: string; readonly now: () => number }) {
    this.#file = new WatchedFile(file, {
      ...options,
      parse: (text) => {
        const keys = readKeySet(JSON.parse(text), true);
        if (keys === null || keys.length === 0) throw new Error('it holds no key that can check a signature');
        this.#keys = succeeded(this.#keys, keys);
        return this.#keys;
      },
    });
  }

  find(kid: string | null, algorithm: Algorithm): KeySearch {
    return fittingKeys(this.#file.value(), kid, algorithm);
  }

  isCurrent(): boolean {
    this.#file.value();
    return true;
  }

  problem(): string | null {
    return this.#file.problem;
  }

  close(): void {}
}
