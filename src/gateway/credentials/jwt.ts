/**
 * Callers with a signed token (RFC 7519, RFC 9068; what to look at after RFC 8725). Everything that needs no key is looked at
 * first, so that rubbish costs no signature and never a fetch. A token that held is remembered by its SHA-256 until it ends
 * or its key is withdrawn.
 */
import type { Caller, CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { StanceError } from '../../errors.ts';
import { identityOf } from './claims.ts';
import { type CompactJwt, looksSigned, readCompactJwt } from './compact-jwt.ts';
import { type Algorithm, algorithms, signatureHolds, type VerificationKey } from './jwk.ts';
import { PublishedKeys } from './jwks.ts';
import { FileKeys, type KeySearch, type KeySource } from './key-source.ts';
import { discovery } from './openid-discovery.ts';
import { outboundAddress } from './outbound-fetch.ts';
import type { Presented } from './presented.ts';
import { RecentMap } from './recent-map.ts';
import { bindingProblem } from './sender-binding.ts';
import { bearerError, quotable, type Refused, refused, type Verifier, type VerifierContext } from './verifier.ts';

type JwtPolicy = Extract<ProviderPolicy, { readonly kind: 'jwt' }>;

/** Verified tokens remembered per provider: about 1 KB each. */
export const VERIFIED_TOKENS_MAX = 20_000;
/** RFC 9068 section 2.1 and RFC 7519 section 5.1; other types are other promises (logout, DPoP proofs, events). */
const types: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);

type Proven = Extract<CallerOutcome, { readonly kind: 'proven' }>;

interface Remembered {
  readonly outcome: Proven;
  readonly key: VerificationKey;
  readonly untilMs: number;
}

export class JwtVerifier implements Verifier {
  readonly name: string;
  readonly carrier = 'bearer';
  readonly challenge: string;
  readonly #policy: JwtPolicy;
  readonly #algorithms: ReadonlySet<string>;
  readonly #audiences: ReadonlySet<string>;
  readonly #keys: KeySource;
  readonly #context: VerifierContext;
  readonly #verified = new RecentMap<Remembered>(VERIFIED_TOKENS_MAX);

  /** @throws StanceError `config-invalid` */
  constructor(policy: JwtPolicy, context: VerifierContext) {
    const known: readonly string[] = algorithms;
    const strange = policy.algorithms.find((name) => !known.includes(name));
    if (strange !== undefined) throw invalid(policy, `the algorithm ${JSON.stringify(strange)} is not one of ${known.join(', ')}`);
    if (policy.algorithms.length === 0) throw invalid(policy, 'no algorithm is allowed');
    if (policy.issuer === '') throw invalid(policy, 'no issuer is named');
    if (policy.audiences.length === 0) throw invalid(policy, 'no audience is named');
    this.name = policy.name;
    this.challenge = `Bearer realm="${quotable(policy.name)}"`;
    this.#policy = policy;
    this.#algorithms = new Set(policy.algorithms);
    this.#audiences = new Set(policy.audiences);
    this.#context = context;
    this.#keys = keySource(policy, context);
  }

  recall(presented: Presented): CallerOutcome | null {
    if (presented.bearer === null) return null;
    const held = this.#verified.get(presented.digest);
    if (held === undefined) return null;
    if (this.#keys.isCurrent() && this.#context.now() < held.untilMs && !held.key.isRetired)
      return this.#bound(held.outcome, presented.head);
    this.#verified.delete(presented.digest);
    return null;
  }

  verify(presented: Presented): CallerOutcome | Promise<CallerOutcome> {
    const token = presented.bearer;
    if (token === null) return { kind: 'none' };
    if (!looksSigned(token)) return this.#refused('jwt-malformed', 'The bearer token is not a signed token.');
    const jwt = readCompactJwt(token);
    if (jwt === null) return this.#refused('jwt-malformed', 'The token does not read.');
    const fault = this.#faultOf(jwt);
    if (fault !== null) return fault;
    const search = this.#keys.find(jwt.kid, jwt.algorithm as Algorithm);
    if (search instanceof Promise) return search.then((found) => this.#proven(jwt, presented, found));
    return this.#proven(jwt, presented, search);
  }

  problem(): string | null {
    return this.#keys.problem();
  }

  close(): void {
    this.#keys.close();
  }

  /** What is wrong with the token apart from its signature. */
  #faultOf(jwt: CompactJwt): Refused | null {
    const { claims } = jwt;
    if (!this.#algorithms.has(jwt.algorithm)) return this.#refused('jwt-algorithm', 'The token is signed in a way that is not allowed.');
    if (jwt.isExtended) return this.#refused('jwt-extension', 'The token names an extension that is not understood.');
    if (jwt.type !== null && !types.has(jwt.type.toLowerCase())) return this.#refused('jwt-type', 'The token is of another type.');
    if (claims.iss !== this.#policy.issuer) return this.#refused('jwt-issuer', 'The token is of another issuer.');
    const { aud } = claims;
    const audiences = Array.isArray(aud) ? (aud as readonly unknown[]) : [aud];
    if (!audiences.some((one) => typeof one === 'string' && this.#audiences.has(one))) {
      return this.#refused('jwt-audience', 'The token is meant for another audience.');
    }
    return this.#faultOfTimes(claims.exp, claims.nbf, claims.iat);
  }

  #faultOfTimes(exp: unknown, nbf: unknown, iat: unknown): Refused | null {
    const seconds = this.#context.now() / 1_000;
    const skew = this.#policy.clockSkewSeconds;
    if (!isTime(exp)) return this.#refused('jwt-no-end', 'The token states no end.');
    if (seconds >= exp + skew) return this.#refused('jwt-expired', 'The token has ended.');
    if (nbf !== undefined && !(isTime(nbf) && seconds >= nbf - skew)) return this.#refused('jwt-not-yet', 'The token does not count yet.');
    if (iat !== undefined && !(isTime(iat) && seconds >= iat - skew)) return this.#refused('jwt-not-yet', 'The token is from the future.');
    return null;
  }

  #proven(jwt: CompactJwt, presented: Presented, search: KeySearch): CallerOutcome {
    if (search.kind === 'unreachable') return { kind: 'unavailable', provider: this.name, reason: `${search.reason}.` };
    if (search.kind === 'unknown')
      return this.#refused('jwt-unknown-key', 'The token is signed with a key that the issuer does not publish.');
    const key = search.keys.find((one) => signatureHolds(one, jwt.algorithm as Algorithm, jwt.input, jwt.signature));
    if (key === undefined) return this.#refused('jwt-signature', 'The signature of the token does not hold.');
    const identity = identityOf(jwt.claims, this.#policy.claims);
    if (identity === null) return this.#refused('jwt-no-subject', 'The token names nobody.');
    const expiresMs = Number(jwt.claims.exp) * 1_000;
    const caller: Caller = {
      provider: this.name,
      kind: 'jwt',
      ...identity,
      claims: jwt.claims,
      expiresMs,
      credentialPrint: this.#context.print(presented.digest),
    };
    const outcome: Proven = { kind: 'proven', caller };
    this.#verified.set(presented.digest, { outcome, key, untilMs: expiresMs + this.#policy.clockSkewSeconds * 1_000 });
    return this.#bound(outcome, presented.head);
  }

  /** Asked for every request: the same token may come over another connection. */
  #bound(outcome: Proven, head: RequestHead): CallerOutcome {
    const problem = bindingProblem(outcome.caller.claims, head);
    return problem === null ? outcome : this.#refused('token-bound', problem);
  }

  #refused(rule: string, reason: string): Refused {
    return refused(rule, reason, bearerError(this.name, reason));
  }
}

function keySource(policy: JwtPolicy, { dir, now, fetch }: VerifierContext): KeySource {
  const setting = `The provider ${policy.name}: "${policy.jwks === null ? 'issuer' : 'jwks'}"`;
  if (policy.jwks === null) {
    const address = outboundAddress(policy.issuer, setting);
    return new PublishedKeys({ locate: discovery({ issuer: policy.issuer, address, fetch, now }), fetch, now });
  }
  if (!/^https?:/i.test(policy.jwks)) return new FileKeys(policy.jwks, { dir, now });
  const address = outboundAddress(policy.jwks, setting);
  if (policy.algorithms.some((name) => name.startsWith('HS')))
    throw invalid(policy, 'HS algorithms need their secret in a key file of yours');
  return new PublishedKeys({ locate: () => address, fetch, now });
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function invalid(policy: JwtPolicy, what: string): StanceError {
  return new StanceError('config-invalid', {
    message: `The provider ${policy.name} cannot check tokens: ${what}.`,
    unchanged: 'The policy in force was kept.',
    next: 'Name issuer, audiences and algorithms of the tokens, for example algorithms: [RS256].',
  });
}
