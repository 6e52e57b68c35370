/**
 * API keys at rest: a JSON file that holds the SHA-256 of each key, never the key. A key has 256 random bits, so a plain hash
 * cannot be tried backwards, and looking one up stays cheap.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { StanceError } from '../../errors.ts';

export interface ApiKeyEntry {
  /** Names the key in commands and in evidence. */
  readonly id: string;
  /** First characters of the key, which may be shown. */
  readonly prefix: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly createdMs: number;
  /** null = it does not end by itself. */
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  /** Id of the key it takes over from. */
  readonly replaces: string | null;
}

export interface ApiKeyFile {
  readonly schema: 'stance.api-keys/1';
  readonly keys: readonly ApiKeyEntry[];
}

export const emptyApiKeyFile: ApiKeyFile = { schema: 'stance.api-keys/1', keys: [] };

const KEYS_MAX = 50_000;
const prefixLetters = 'abcdefghijkmnpqrstuvwxyz23456789';
/** `stk_` and eight letters. */
export const PREFIX_CHARACTERS = 12;

export interface NewApiKey {
  /** Shown once, kept nowhere. */
  readonly key: string;
  readonly prefix: string;
  readonly sha256: string;
}

/** `stk_ab2cd3ef_` and 43 characters of base64url: 256 random bits behind a prefix that secret scanners can look for. */
export function newApiKey(): NewApiKey {
  let prefix = 'stk_';
  while (prefix.length < PREFIX_CHARACTERS) prefix += prefixLetters[randomInt(prefixLetters.length)] ?? '';
  const key = `${prefix}_${randomBytes(32).toString('base64url')}`;
  return { key, prefix, sha256: createHash('sha256').update(key).digest('hex') };
}

/** @throws StanceError `config-invalid` */
export function parseApiKeyFile(text: string, path: string): ApiKeyFile {
  const json = parsed(text);
  const keys = (json as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || (json as { readonly schema?: unknown }).schema !== emptyApiKeyFile.schema) {
    throw invalid(path, `it is not a list of keys (${emptyApiKeyFile.schema})`);
  }
  if (keys.length > KEYS_MAX) throw invalid(path, `it holds more than ${KEYS_MAX} keys`);
  const ids = new Set<string>();
  const entries = keys.map((one: unknown, at) => {
    const entry = readEntry(one);
    if (entry === null) throw invalid(path, `key ${at + 1} of it does not read`);
    if (ids.has(entry.id)) throw invalid(path, `the id ${entry.id} is there twice`);
    ids.add(entry.id);
    return entry;
  });
  return { schema: emptyApiKeyFile.schema, keys: entries };
}

export function apiKeyFileText(file: ApiKeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function readEntry(json: unknown): ApiKeyEntry | null {
  if (json === null || typeof json !== 'object') return null;
  const one = json as { readonly [name: string]: unknown };
  const {
    id,
    prefix,
    sha256,
    subject,
    tenant = null,
    scopes = [],
    roles = [],
    createdMs = 0,
    expiresMs = null,
    revokedMs = null,
    replaces = null,
  } = one;
  const isTime = (value: unknown): value is number | null => value === null || (typeof value === 'number' && Number.isFinite(value));
  const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
  const areNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isName);
  if (!isName(id) || !isName(prefix) || !isName(subject) || typeof createdMs !== 'number') return null;
  if (prefix.length !== PREFIX_CHARACTERS || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  if (!(tenant === null || isName(tenant)) || !(replaces === null || isName(replaces))) return null;
  if (!areNames(scopes) || !areNames(roles) || !isTime(expiresMs) || !isTime(revokedMs)) return null;
  return { id, prefix, sha256, subject, tenant, scopes, roles, createdMs, expiresMs, revokedMs, replaces };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function invalid(path: string, what: string): StanceError {
  return new StanceError('config-invalid', {
    message: `Cannot use the key file ${path}: ${what}.`,
    unchanged: 'Nothing was changed.',
    next: 'Restore it from a backup, or begin a new one with stance key create --file.',
  });
}
