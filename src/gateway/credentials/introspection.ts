/**
 * Callers with a token that only its issuer can read (RFC 7662). Each token is asked about once and then remembered for the
 * time the policy gives; questions under way are bounded, and a provider that fails is left in peace for a moment.
 */
import type { Caller, CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { StanceError } from '../../errors.ts';
import { type Claims, identityOf } from './claims.ts';
import { fetchJson, OutboundFailure, outboundAddress } from './outbound-fetch.ts';
import type { Presented } from './presented.ts';
import { RecentMap } from './recent-map.ts';
import { bindingProblem } from './sender-binding.ts';
import { bearerError, quotable, refused, type Verifier, type VerifierContext } from './verifier.ts';

type IntrospectionPolicy = Extract<ProviderPolicy, { readonly kind: 'introspection' }>;

const ANSWERS_MAX = 20_000;
/** Tokens that do not count are remembered in a memory of their own, so that made-up ones push out no good one. */
const REFUSALS_MAX = 5_000;
const REFUSAL_MS_MAX = 10_000;
/** Questions under way at once; beyond it the provider counts as unavailable. */
export const QUESTIONS_MAX = 64;
/** Pause after a failed question. */
export const FAILURE_PAUSE_MS = 1_000;
const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 3_000;

interface Remembered {
  readonly outcome: CallerOutcome;
  readonly untilMs: number;
}

export class IntrospectionVerifier implements Verifier {
  readonly name: string;
  readonly carrier = 'bearer';
  readonly challenge: string;
  readonly #policy: IntrospectionPolicy;
  readonly #context: VerifierContext;
  readonly #address: URL;
  readonly #authorization: string;
  readonly #answers = new RecentMap<Remembered>(ANSWERS_MAX);
  readonly #refusals = new RecentMap<Remembered>(REFUSALS_MAX);
  readonly #underWay = new Map<string, Promise<CallerOutcome>>();
  readonly #closing = new AbortController();
  #pausedUntilMs = 0;
  #problem: string | null = null;

  /** @throws StanceError `config-invalid` when the address is unsafe or the secret is not in the environment */
  constructor(policy: IntrospectionPolicy, context: VerifierContext) {
    const secret = context.env[policy.clientSecretEnv];
    if (secret === undefined || secret === '') {
      throw new StanceError('config-invalid', {
        message: `The provider ${policy.name} needs its secret in the environment variable ${policy.clientSecretEnv}, which is not set.`,
        unchanged: 'The policy in force was kept.',
        next: `Set ${policy.clientSecretEnv} for the guard and start it again.`,
      });
    }
    this.name = policy.name;
    this.challenge = `Bearer realm="${quotable(policy.name)}"`;
    this.#policy = policy;
    this.#context = context;
    this.#address = outboundAddress(policy.address, `The provider ${policy.name}: "address"`);
    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    const pair = `${encodeURIComponent(policy.clientId)}:${encodeURIComponent(secret)}`;
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  recall(presented: Presented): CallerOutcome | null {
    if (presented.bearer === null) return null;
    const { digest } = presented;
    const held = this.#answers.get(digest) ?? this.#refusals.get(digest);
    if (held === undefined) return null;
    if (this.#context.now() < held.untilMs) return this.#bound(held.outcome, presented.head);
    this.#answers.delete(digest);
    this.#refusals.delete(digest);
    return null;
  }

  verify(presented: Presented, head: RequestHead): CallerOutcome | Promise<CallerOutcome> {
    const token = presented.bearer;
    if (token === null) return { kind: 'none' };
    // RFC 6750 section 2.1.
    if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) return this.#refused('token-malformed', 'The bearer token does not read.');
    const { digest } = presented;
    const same = this.#underWay.get(digest);
    if (same !== undefined) return same.then((outcome) => this.#bound(outcome, head));
    if (this.#context.now() < this.#pausedUntilMs) return this.#unavailable(`${this.#address.host} failed a moment ago`);
    if (this.#underWay.size >= QUESTIONS_MAX) return this.#unavailable(`${QUESTIONS_MAX} questions to ${this.#address.host} are under way`);
    const question = this.#ask(token, digest).finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, question);
    return question.then((outcome) => this.#bound(outcome, head));
  }

  problem(): string | null {
    return this.#problem;
  }

  close(): void {
    this.#closing.abort();
  }

  async #ask(token: string, digest: string): Promise<CallerOutcome> {
    try {
      const { json } = await fetchJson(this.#address, {
        fetch: this.#context.fetch,
        method: 'POST',
        headers: { authorization: this.#authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
        bytesMax: ANSWER_BYTES_MAX,
        timeoutMs: TIMEOUT_MS,
        signal: this.#closing.signal,
      });
      if (json === null || typeof json !== 'object' || typeof (json as Claims).active !== 'boolean') {
        throw new OutboundFailure(`${this.#address.host} gave an answer without "active"`);
      }
      this.#problem = null;
      return this.#taken(json as Claims, digest);
    } catch (error) {
      this.#pausedUntilMs = this.#context.now() + FAILURE_PAUSE_MS;
      this.#problem = error instanceof OutboundFailure ? error.message : `${this.#address.host} could not be asked`;
      return this.#unavailable(this.#problem);
    }
  }

  #taken(claims: Claims, digest: string): CallerOutcome {
    const now = this.#context.now();
    const cacheMs = this.#policy.cacheSeconds * 1_000;
    const identity = claims.active === true ? identityOf(claims, this.#policy.claims) : null;
    const expiresMs = typeof claims.exp === 'number' ? claims.exp * 1_000 : null;
    if (identity === null || (expiresMs !== null && expiresMs <= now)) {
      const outcome = this.#refused('token-inactive', 'The token does not count, or no longer.');
      this.#refusals.set(digest, { outcome, untilMs: now + Math.min(cacheMs, REFUSAL_MS_MAX) });
      return outcome;
    }
    const caller: Caller = {
      provider: this.name,
      kind: 'opaque-token',
      ...identity,
      claims,
      expiresMs,
      credentialPrint: this.#context.print(digest),
    };
    const outcome: CallerOutcome = { kind: 'proven', caller };
    this.#answers.set(digest, { outcome, untilMs: Math.min(expiresMs ?? Number.POSITIVE_INFINITY, now + cacheMs) });
    return outcome;
  }

  /** Asked for every request: the same token may come over another connection. */
  #bound(outcome: CallerOutcome, head: RequestHead): CallerOutcome {
    const problem = outcome.kind === 'proven' ? bindingProblem(outcome.caller.claims, head) : null;
    return problem === null ? outcome : this.#refused('token-bound', problem);
  }

  #unavailable(reason: string): CallerOutcome {
    return { kind: 'unavailable', provider: this.name, reason: `${reason}.` };
  }

  #refused(rule: string, reason: string): CallerOutcome {
    return refused(rule, reason, bearerError(this.name, reason));
  }
}
