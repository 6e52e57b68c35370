/** What one provider of the policy can do: recognise its kind of credential in a request, and vouch for the caller or not. */
import { createHmac, hash, randomBytes } from 'node:crypto';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { Presented } from './presented.ts';
import type { ReplayMemory } from './replay-memory.ts';

export type Refused = Extract<CallerOutcome, { readonly kind: 'refused' }>;

export interface Verifier {
  readonly name: string;
  /** Where the credential stands. Providers that share a place judge the same credential, and one of them must accept it. */
  readonly carrier: string;
  /** Value of `WWW-Authenticate` for a caller who sent nothing (RFC 9110 section 11.6.1). */
  readonly challenge: string;
  /** What is remembered of this very credential, at the cost of a look-up; null = nothing is. */
  recall(presented: Presented): CallerOutcome | null;
  /** `none` = nothing of this kind was sent. A promise only where something outside has to be asked. */
  verify(presented: Presented, head: RequestHead): CallerOutcome | Promise<CallerOutcome>;
  /** What is amiss with the provider now, for people; null = nothing that is known. */
  problem(): string | null;
}

/** What verifiers are given. */
export interface VerifierContext {
  /** Folder against which files of the policy are found. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** Short keyed print of a credential, by its SHA-256. */
  readonly print: (digest: string) => string;
  readonly replays: ReplayMemory;
}

/** SHA-256 in lower-case hex: the only form in which a credential is compared with lists and remembered. */
export function digestOf(credential: string): string {
  return hash('sha256', credential, 'hex');
}

/** Prints under a key of this process; they agree between processes when `key` is given. */
export function printer(key: Uint8Array = randomBytes(32)): (digest: string) => string {
  return (digest) => createHmac('sha256', key).update(`credential\0${digest}`).digest('base64url').slice(0, 22);
}

export function refused(rule: string, reason: string, challenge: string | null = null): Refused {
  return { kind: 'refused', rule: `authentication.${rule}`, reason, challenge };
}

/** RFC 6750 section 3. The description is ours and holds nothing of the token. */
export function bearerError(realm: string, description: string): string {
  return `Bearer realm="${quotable(realm)}", error="invalid_token", error_description="${quotable(description)}"`;
}

/** What may stand between quotes in a header field. */
export function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, '');
}
