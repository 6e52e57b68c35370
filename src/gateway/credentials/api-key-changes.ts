/** What `stance key` does to a list of keys: each change is a new list, and the key itself is handed back once. */
import { StanceError } from '../../errors.ts';
import { type ApiKeyEntry, type ApiKeyFile, newApiKey } from './api-key-file.ts';

export interface ApiKeyGrant {
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly expiresMs: number | null;
}

export interface ApiKeyChange {
  readonly file: ApiKeyFile;
  readonly entry: ApiKeyEntry;
  /** The key, when one was made. */
  readonly key: string | null;
}

/** Tries for a prefix that is free; with eight letters the first one is, in practice. */
const PREFIX_TRIES = 20;

export function createdKey(file: ApiKeyFile, grant: ApiKeyGrant, nowMs: number, replaces: string | null = null): ApiKeyChange {
  for (let at = 0; at < PREFIX_TRIES; at++) {
    const { key, prefix, sha256 } = newApiKey();
    const id = prefix.slice('stk_'.length);
    if (file.keys.some((other) => other.id === id || other.prefix === prefix)) continue;
    const entry: ApiKeyEntry = { id, prefix, sha256, ...grant, createdMs: nowMs, revokedMs: null, replaces };
    return { file: { ...file, keys: [...file.keys, entry] }, entry, key };
  }
  throw new StanceError('conflict', { message: 'No free prefix was found for a new key.', next: 'Try again.' });
}

/** A new key with the same grant; the old one goes on for `overlapMs`, so that its holder can change over without a gap. */
export function rotatedKey(file: ApiKeyFile, name: string, options: { readonly nowMs: number; readonly overlapMs: number }): ApiKeyChange {
  const { nowMs, overlapMs } = options;
  const old = namedKey(file, name);
  if (!isLive(old, nowMs)) throw notLive(old);
  const { subject, tenant, scopes, roles } = old;
  const lifeMs = old.expiresMs === null ? null : old.expiresMs - old.createdMs;
  const grant = { subject, tenant, scopes, roles, expiresMs: lifeMs === null ? null : nowMs + lifeMs };
  const change = createdKey(file, grant, nowMs, old.id);
  const ends = Math.min(old.expiresMs ?? Number.POSITIVE_INFINITY, nowMs + overlapMs);
  return { ...change, file: replaced(change.file, { ...old, expiresMs: ends }) };
}

/** Counts no more from now on. The line stays, so that its use shows as that of a withdrawn key. */
export function revokedKey(file: ApiKeyFile, name: string, nowMs: number): ApiKeyChange {
  const old = namedKey(file, name);
  const entry = old.revokedMs === null ? { ...old, revokedMs: nowMs } : old;
  return { file: replaced(file, entry), entry, key: null };
}

export type ApiKeyState = 'live' | 'ending' | 'ended' | 'revoked';

/** `ending` = replaced by another one and still counting. */
export function stateOf(file: ApiKeyFile, entry: ApiKeyEntry, nowMs: number): ApiKeyState {
  if (entry.revokedMs !== null && entry.revokedMs <= nowMs) return 'revoked';
  if (entry.expiresMs !== null && entry.expiresMs <= nowMs) return 'ended';
  return file.keys.some((other) => other.replaces === entry.id) ? 'ending' : 'live';
}

/** By id, prefix, or a key whole: whoever has only the key in hand can withdraw it. */
export function namedKey(file: ApiKeyFile, name: string): ApiKeyEntry {
  const found = file.keys.find((entry) => entry.id === name || entry.prefix === name || name.startsWith(`${entry.prefix}_`));
  if (found === undefined) {
    throw new StanceError('not-found', { message: `There is no key ${name.slice(0, 12)} in this file.`, next: 'stance key list' });
  }
  return found;
}

function isLive(entry: ApiKeyEntry, nowMs: number): boolean {
  return (entry.revokedMs === null || entry.revokedMs > nowMs) && (entry.expiresMs === null || entry.expiresMs > nowMs);
}

function notLive(entry: ApiKeyEntry): StanceError {
  return new StanceError('conflict', {
    message: `The key ${entry.id} has ended or was withdrawn.`,
    next: `stance key create --subject ${entry.subject}`,
  });
}

function replaced(file: ApiKeyFile, entry: ApiKeyEntry): ApiKeyFile {
  return { ...file, keys: file.keys.map((other) => (other.id === entry.id ? entry : other)) };
}
