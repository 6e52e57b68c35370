/** Credentials known to have leaked, by their SHA-256: refused whatever else they are, on public operations too. */
import type { RequestHead } from '../../engine/http/request.ts';
import { readPair } from './basic.ts';
import type { Presented } from './presented.ts';
import { digestOf, type Refused, refused } from './verifier.ts';

export class LeakedCredentials {
  readonly #digests: ReadonlySet<string>;

  /** @param digests SHA-256 in hex of a token, a key, a password or `user:password` */
  constructor(digests: readonly string[]) {
    this.#digests = new Set(digests.map((digest) => digest.toLowerCase()));
  }

  get isEmpty(): boolean {
    return this.#digests.size === 0;
  }

  /** @param keys the API keys the request carries, as sent */
  refusalOf(presented: Presented, keys: readonly string[]): Refused | null {
    if (this.isEmpty) return null;
    const held = [presented.authorization === null ? null : presented.digest, ...keys.map(digestOf)];
    if (presented.authorization?.scheme === 'basic') {
      const pair = readPair(presented.authorization.value);
      if (pair !== null) held.push(digestOf(pair.password), digestOf(`${pair.user}:${pair.password}`));
    }
    if (!held.some((digest) => digest !== null && this.#digests.has(digest))) return null;
    return refused('leaked', 'The credential is known to have leaked.', challengeFor(presented));
  }

  /** Certificates by their own SHA-256. */
  hasCertificate({ certificate }: RequestHead): boolean {
    return certificate !== null && this.#digests.has(certificate.sha256);
  }
}

function challengeFor(presented: Presented): string | null {
  return presented.bearer === null ? null : 'Bearer error="invalid_token", error_description="The token was withdrawn"';
}
