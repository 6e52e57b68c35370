/** Callers with an API key in a header field or a query parameter. */
import { timingSafeEqual } from 'node:crypto';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { type ApiKeyEntry, PREFIX_CHARACTERS, parseApiKeyFile } from './api-key-file.ts';
import { CREDENTIAL_CHARACTERS_MAX, doubled, onlyField, onlyParameter, type Presented } from './presented.ts';
import { digestOf, quotable, refused, type Verifier, type VerifierContext } from './verifier.ts';
import { WatchedFile } from './watched-file.ts';

type ApiKeyPolicy = Extract<ProviderPolicy, { readonly kind: 'api-key' }>;

interface KnownKey {
  readonly entry: ApiKeyEntry;
  readonly sha256: Buffer;
  readonly outcome: CallerOutcome;
}

export class ApiKeyVerifier implements Verifier {
  readonly name: string;
  readonly carrier: string;
  readonly challenge: string;
  readonly #policy: ApiKeyPolicy;
  readonly #field: string;
  readonly #context: VerifierContext;
  readonly #file: WatchedFile<ReadonlyMap<string, readonly KnownKey[]>>;

  /** @throws StanceError `config-invalid` when the key file cannot be used */
  constructor(policy: ApiKeyPolicy, context: VerifierContext) {
    this.name = policy.name;
    this.#policy = policy;
    this.#field = policy.in === 'header' ? policy.field.toLowerCase() : policy.field;
    this.carrier = `${policy.in}:${this.#field}`;
    this.challenge = `ApiKey realm="${quotable(policy.name)}", in="${policy.in}", name="${quotable(policy.field)}"`;
    this.#context = context;
    this.#file = new WatchedFile(policy.file, { ...context, parse: (text, path) => this.#index(parseApiKeyFile(text, path).keys) });
  }

  recall(): null {
    return null;
  }

  verify(_presented: Presented, head: RequestHead): CallerOutcome {
    const key = this.credential(head);
    if (key === null) return { kind: 'none' };
    if (key === doubled) return refused('ambiguous', 'The API key was sent more than once.', this.challenge);
    const known = this.#find(key);
    if (known === null) return refused('api-key-unknown', 'The API key is not known.', this.challenge);
    const now = this.#context.now();
    const { revokedMs, expiresMs } = known.entry;
    if (revokedMs !== null && revokedMs <= now) return refused('api-key-revoked', 'The API key was withdrawn.', this.challenge);
    if (expiresMs !== null && expiresMs <= now) return refused('api-key-expired', 'The API key has ended.', this.challenge);
    return known.outcome;
  }

  problem(): string | null {
    return this.#file.problem;
  }

  /** The key as it was sent. */
  credential(head: RequestHead): string | null | typeof doubled {
    return this.#policy.in === 'header' ? onlyField(head, this.#field) : onlyParameter(head, this.#field);
  }

  /** Prefixes are public and may collide; all keys behind one are compared in constant time by their hash. */
  #find(key: string): KnownKey | null {
    if (key.length > CREDENTIAL_CHARACTERS_MAX) return null;
    const candidates = this.#file.value().get(key.slice(0, PREFIX_CHARACTERS));
    if (candidates === undefined) return null;
    const digest = Buffer.from(digestOf(key), 'hex');
    let found: KnownKey | null = null;
    for (const candidate of candidates) if (timingSafeEqual(candidate.sha256, digest)) found = candidate;
    return found;
  }

  #index(entries: readonly ApiKeyEntry[]): ReadonlyMap<string, readonly KnownKey[]> {
    const byPrefix = new Map<string, KnownKey[]>();
    for (const entry of entries) {
      const known = { entry, sha256: Buffer.from(entry.sha256, 'hex'), outcome: this.#outcomeOf(entry) };
      const others = byPrefix.get(entry.prefix);
      if (others === undefined) byPrefix.set(entry.prefix, [known]);
      else others.push(known);
    }
    return byPrefix;
  }

  #outcomeOf(entry: ApiKeyEntry): CallerOutcome {
    const { subject, tenant, scopes, roles, expiresMs } = entry;
    return {
      kind: 'proven',
      caller: {
        provider: this.name,
        kind: 'api-key',
        subject,
        tenant,
        scopes,
        roles,
        claims: { sub: subject, key: entry.id, ...(tenant === null ? {} : { tenant }) },
        expiresMs,
        credentialPrint: this.#context.print(entry.sha256),
      },
    };
  }
}
