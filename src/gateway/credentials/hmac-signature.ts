/**
 * Callers who sign their requests with a shared secret (HTTP Message Signatures, RFC 9421, `hmac-sha256`). A signature must
 * cover method, place, body and what the policy names, is young, carries a nonce and counts once: copies within the time
 * window are refused, as far as the memory of copies reaches (`replay-memory.ts`).
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import { header } from '../../engine/http/headers.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import type { Presented } from './presented.ts';
import type { ReplayAnswer, ReplayMemory } from './replay-memory.ts';
import { readSignatureInput, type SignatureInput, signatureBase } from './signature-input.ts';
import { digestOf, quotable, type Refused, refused, type Verifier, type VerifierContext } from './verifier.ts';
import { WatchedFile } from './watched-file.ts';

type HmacPolicy = Extract<ProviderPolicy, { readonly kind: 'hmac' }>;

const SECRET_CHARACTERS_MIN = 32;
const KEYS_MAX = 10_000;

interface SigningKey {
  readonly secret: KeyObject;
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

export class HmacVerifier implements Verifier {
  readonly name: string;
  readonly carrier = 'signature';
  readonly challenge: string;
  readonly #policy: HmacPolicy;
  readonly #covered: readonly string[];
  readonly #context: VerifierContext;
  readonly #file: WatchedFile<ReadonlyMap<string, SigningKey>>;
  readonly #replays: ReplayMemory;

  /** @throws StanceError `config-invalid` when the file cannot be used or a secret is missing */
  constructor(policy: HmacPolicy, context: VerifierContext) {
    this.name = policy.name;
    this.challenge = `Signature realm="${quotable(policy.name)}"`;
    this.#policy = policy;
    this.#covered = policy.covered.map((name) => name.toLowerCase());
    this.#context = context;
    this.#replays = context.replays;
    this.#file = new WatchedFile(policy.file, { ...context, parse: (text) => parseKeys(text, context.env) });
  }

  recall(): null {
    return null;
  }

  verify(_presented: Presented, head: RequestHead): CallerOutcome | Promise<CallerOutcome> {
    const input = readSignatureInput(head);
    if (input === null) return { kind: 'none' };
    if (typeof input === 'string') return this.#refused('hmac-malformed', input);
    const uncovered = this.#uncovered(head, input);
    if (uncovered !== null) return this.#refused('hmac-uncovered', `The signature does not cover ${uncovered}.`);
    const fault = this.#faultOfTime(input);
    if (fault !== null) return fault;
    const base = signatureBase(head, input);
    const key = this.#file.value().get(input.keyId);
    if (base === null) return this.#refused('hmac-malformed', 'The signature covers a field that is not there.');
    if (key === undefined) return this.#refused('hmac-unknown-key', 'The key of the signature is not known.');
    const expected = createHmac('sha256', key.secret).update(Buffer.from(base, 'latin1')).digest();
    if (expected.length !== input.signature.length || !timingSafeEqual(expected, input.signature)) {
      return this.#refused('hmac-signature', 'The signature does not hold.');
    }
    return this.#once(key, input);
  }

  /** What must be covered and is not: otherwise a signature could be moved to another request. */
  #uncovered(head: RequestHead, { components }: SignatureInput): string | null {
    const has = (name: string) => components.includes(name);
    if (!has('@method')) return 'the method';
    if (!has('@target-uri')) {
      if (!has('@authority')) return 'the host';
      if (!has('@request-target') && !has('@path')) return 'the path';
      if (!has('@request-target') && head.query !== null && !has('@query')) return 'the query';
    }
    if (mayHaveBody(head) && !has('content-digest')) return 'the body (content-digest)';
    const isNeeded = (name: string) => name !== 'content-digest' || mayHaveBody(head);
    return this.#covered.find((name) => !has(name) && isNeeded(name)) ?? null;
  }

  #faultOfTime({ createdSeconds, expiresSeconds, nonce }: SignatureInput): Refused | null {
    const seconds = this.#context.now() / 1_000;
    const skew = this.#policy.clockSkewSeconds;
    if (createdSeconds > seconds + skew) return this.#refused('hmac-not-yet', 'The signature is from the future.');
    if (createdSeconds < seconds - skew || (expiresSeconds !== null && expiresSeconds <= seconds)) {
      return this.#refused('hmac-expired', 'The signature is too old.');
    }
    if (nonce === null || nonce.length < 8)
      return this.#refused('hmac-no-nonce', 'The signature carries no nonce of 8 characters or more.');
    return null;
  }

  /** Nonces count per key, whatever the rest of the request. */
  #once(key: SigningKey, input: SignatureInput): CallerOutcome | Promise<CallerOutcome> {
    const untilMs = (input.createdSeconds + this.#policy.clockSkewSeconds) * 1_000 + 1;
    const taken = this.#replays.take(JSON.stringify([this.name, input.keyId, input.nonce]), untilMs, this.#context.now());
    if (taken instanceof Promise) return taken.then((answer) => this.#answered(key, input, answer));
    return this.#answered(key, input, taken);
  }

  #answered(key: SigningKey, input: SignatureInput, answer: ReplayAnswer): CallerOutcome {
    if (answer === 'seen') return this.#refused('hmac-replayed', 'The signature was used before.');
    if (answer === 'full') return { kind: 'unavailable', provider: this.name, reason: 'too many signatures are alive to tell a copy.' };
    return this.#proven(key, input);
  }

  #proven(key: SigningKey, input: SignatureInput): CallerOutcome {
    return {
      kind: 'proven',
      caller: {
        provider: this.name,
        kind: 'hmac',
        subject: key.subject,
        tenant: key.tenant,
        scopes: key.scopes,
        roles: key.roles,
        claims: { sub: key.subject, key: input.keyId, covered: input.components },
        expiresMs: null,
        credentialPrint: this.#context.print(digestOf(`${this.name}\n${input.keyId}`)),
      },
    };
  }

  problem(): string | null {
    return this.#file.problem;
  }

  #refused(rule: string, reason: string): Refused {
    return refused(rule, reason, this.challenge);
  }
}

/** HTTP/2 needs no length for a body, so there the method decides. */
function mayHaveBody(head: RequestHead): boolean {
  const length = header(head.headers, 'content-length');
  if (length !== null && length.trim() !== '0') return true;
  if (header(head.headers, 'transfer-encoding') !== null) return true;
  return length === null && head.httpVersion === '2' && /^(POST|PUT|PATCH)$/.test(head.method);
}

/** `{"keys": [{"id", "secretEnv", "subject", "tenant", "scopes", "roles"}]}`; the secrets stand in the environment only. */
function parseKeys(text: string, env: VerifierContext['env']): ReadonlyMap<string, SigningKey> {
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) throw new Error('it is not a list of keys');
  const known = new Map<string, SigningKey>();
  for (const [at, one] of (keys as readonly unknown[]).entries()) {
    const { id, secretEnv, subject, tenant, scopes, roles } = (one ?? {}) as { readonly [name: string]: unknown };
    if (typeof id !== 'string' || id === '' || typeof secretEnv !== 'string') throw new Error(`key ${at + 1} needs "id" and "secretEnv"`);
    if (known.has(id)) throw new Error(`key ${at + 1} has an id that is there already`);
    const secret = env[secretEnv] ?? '';
    if (secret.length < SECRET_CHARACTERS_MIN) {
      throw new Error(`the environment variable ${secretEnv} must hold a secret of at least ${SECRET_CHARACTERS_MIN} characters`);
    }
    known.set(id, {
      secret: createSecretKey(Buffer.from(secret)),
      subject: typeof subject === 'string' && subject !== '' ? subject : id,
      tenant: typeof tenant === 'string' ? tenant : null,
      scopes: namesOf(scopes),
      roles: namesOf(roles),
    });
  }
  return known;
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
