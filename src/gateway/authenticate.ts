/**
 * Who is calling. Looks at every credential the route would take and asks the provider for which it is meant. Synchronous
 * whenever everything needed is in memory, which is the case for all but the first requests of a token.
 *
 * Every credential that was sent for a provider of the route must hold: a good API key does not excuse a forged token beside
 * it, since the upstream may believe the token. Only a client certificate may fail while another credential holds, because
 * nobody behind the guard reads it out of the request.
 */
import type { CallerOutcome } from '../engine/access/caller.ts';
import type { Objection } from '../engine/evidence/decision.ts';
import type { RequestBody, RequestHead } from '../engine/http/request.ts';
import type { Policy, ProviderPolicy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { ApiKeyVerifier } from './credentials/api-key.ts';
import { BasicVerifier } from './credentials/basic.ts';
import { contentDigestProblem } from './credentials/content-digest.ts';
import { HmacVerifier } from './credentials/hmac-signature.ts';
import { IntrospectionVerifier } from './credentials/introspection.ts';
import { JwtVerifier } from './credentials/jwt.ts';
import { LeakedCredentials } from './credentials/leaked.ts';
import { MtlsVerifier } from './credentials/mtls.ts';
import { onlyParameter, Presented } from './credentials/presented.ts';
import { LocalReplays, type ReplayMemory } from './credentials/replay-memory.ts';
import { printer, type Refused, refused, type Verifier, type VerifierContext } from './credentials/verifier.ts';

export interface AuthenticatorOptions {
  /** Folder against which files of the policy are found. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly fetch?: typeof fetch;
  /** Key of the credential prints; give all worker processes the same one, or limits by key count per process. */
  readonly printKey?: Uint8Array;
  /** Where used signatures are remembered; this process alone when it is left out. */
  readonly replays?: ReplayMemory;
}

/** Credentials of one place in the request, and the providers that take such. */
interface Carrier {
  readonly place: string;
  readonly verifiers: readonly Verifier[];
}

interface Plan {
  readonly carriers: readonly Carrier[];
  readonly takesBearer: boolean;
  readonly nothing: CallerOutcome;
}

/** Combinations of providers whose plan is remembered; a policy has few. */
const PLANS_MAX = 1_000;
const none: CallerOutcome = { kind: 'none' };

export class Authenticator {
  readonly #verifiers: ReadonlyMap<string, Verifier>;
  readonly #keyVerifiers: readonly ApiKeyVerifier[];
  readonly #leaked: LeakedCredentials;
  readonly #plans = new Map<string, Plan>();
  /** Plans by the very list that was asked for, which a compiled policy hands over again and again. */
  #plansByList = new WeakMap<readonly string[], Plan>();

  /** @throws StanceError `config-invalid` when a provider cannot be set up: the guard then does not start */
  constructor(policy: Pick<Policy, 'providers' | 'leakedCredentials'>, options: AuthenticatorOptions) {
    const context: VerifierContext = {
      dir: options.dir,
      env: options.env,
      now: options.now,
      fetch: options.fetch ?? fetch,
      print: printer(options.printKey),
      replays: options.replays ?? new LocalReplays(),
    };
    const verifiers = new Map<string, Verifier>();
    for (const provider of policy.providers) {
      if (verifiers.has(provider.name)) throw twice(provider.name);
      verifiers.set(provider.name, verifierOf(provider, context));
    }
    this.#verifiers = verifiers;
    this.#keyVerifiers = [...verifiers.values()].filter((verifier) => verifier instanceof ApiKeyVerifier);
    this.#leaked = new LeakedCredentials(policy.leakedCredentials);
  }

  /** @param wanted names of the providers the route takes, best first; empty = nobody is asked for */
  authenticate(head: RequestHead, wanted: readonly string[]): CallerOutcome | Promise<CallerOutcome> {
    if (wanted.length === 0 && this.#leaked.isEmpty) return none;
    const presented = new Presented(head);
    const leaked = this.#leakedRefusal(presented, head);
    if (leaked !== null) return leaked;
    if (wanted.length === 0) return none;
    const plan = this.#planOf(wanted);
    if (presented.fault !== null) return presented.fault;
    // RFC 6750 section 2: one place only; in the query a token ends up in logs and referrers (RFC 9700 section 4.3.2).
    if (plan.takesBearer && head.query !== null && onlyParameter(head, 'access_token') !== null) {
      return refused('token-in-query', 'A token was sent in the query.', 'Bearer error="invalid_request"');
    }
    const answers: CallerOutcome[] = [];
    let isWaiting = false;
    const pending = plan.carriers.map((carrier) => {
      const answer = outcomeOf(carrier, presented, head);
      if (answer instanceof Promise) isWaiting = true;
      else answers.push(answer);
      return answer;
    });
    if (isWaiting) return Promise.all(pending).then((all) => joined(all, plan));
    return joined(answers, plan);
  }

  /**
   * What only the body can show: that it is the one a signing caller signed. Ask for callers of kind `hmac` whenever the
   * request has a body; it must be read whole for that.
   */
  bodyObjections(head: RequestHead, outcome: CallerOutcome, body: RequestBody): Objection[] {
    if (outcome.kind !== 'proven' || outcome.caller.kind !== 'hmac' || (body.bytes.byteLength === 0 && body.isWhole)) return [];
    const { covered } = outcome.caller.claims;
    const isCovered = Array.isArray(covered) && covered.includes('content-digest');
    const reason = isCovered ? contentDigestProblem(head, body) : 'The signature does not cover the body (content-digest).';
    if (reason === null) return [];
    return [
      { section: 'authentication', rule: 'authentication.hmac-body', mode: 'block', status: 401, reason, place: 'header.content-digest' },
    ];
  }

  /** What is amiss with providers now: keys that cannot be fetched, files that do not read. For `doctor` and findings. */
  problems(): readonly { readonly provider: string; readonly problem: string }[] {
    return [...this.#verifiers.values()].flatMap((verifier) => {
      const problem = verifier.problem();
      return problem === null ? [] : [{ provider: verifier.name, problem }];
    });
  }

  close(): void {
    for (const verifier of this.#verifiers.values()) {
      if (verifier instanceof JwtVerifier || verifier instanceof IntrospectionVerifier) verifier.close();
    }
  }

  #leakedRefusal(presented: Presented, head: RequestHead): Refused | null {
    if (this.#leaked.isEmpty) return null;
    if (this.#leaked.hasCertificate(head)) return refused('leaked', 'The key of this client certificate is known to have leaked.');
    const keys = this.#keyVerifiers.map((verifier) => verifier.credential(head)).filter((key) => typeof key === 'string');
    return this.#leaked.refusalOf(presented, keys);
  }

  #planOf(wanted: readonly string[]): Plan {
    const known = this.#plansByList.get(wanted);
    if (known !== undefined) return known;
    const name = JSON.stringify(wanted);
    let plan = this.#plans.get(name);
    if (plan === undefined) {
      plan = this.#newPlan(wanted);
      if (this.#plans.size >= PLANS_MAX) this.#plans.clear();
      this.#plans.set(name, plan);
    }
    this.#plansByList.set(wanted, plan);
    return plan;
  }

  #newPlan(wanted: readonly string[]): Plan {
    const carriers = new Map<string, Verifier[]>();
    const challenges = new Set<string>();
    for (const name of wanted) {
      const verifier = this.#verifiers.get(name);
      if (verifier === undefined) throw unknownProvider(name);
      const same = carriers.get(verifier.carrier);
      if (same === undefined) carriers.set(verifier.carrier, [verifier]);
      else same.push(verifier);
      challenges.add(verifier.challenge);
    }
    return {
      carriers: [...carriers].map(([place, verifiers]) => ({ place, verifiers })),
      takesBearer: carriers.has('bearer'),
      nothing: { kind: 'none', challenge: [...challenges].join(', ') },
    };
  }
}

/** One credential, several providers: what is remembered first, then each in turn until one vouches. */
function outcomeOf({ verifiers }: Carrier, presented: Presented, head: RequestHead): CallerOutcome | Promise<CallerOutcome> {
  for (const verifier of verifiers) {
    const remembered = verifier.recall(presented);
    if (remembered !== null && (remembered.kind === 'proven' || verifiers.length === 1)) return remembered;
  }
  return asked(verifiers, 0, null, presented, head);
}

function asked(
  verifiers: readonly Verifier[],
  at: number,
  before: CallerOutcome | null,
  presented: Presented,
  head: RequestHead,
): CallerOutcome | Promise<CallerOutcome> {
  const verifier = verifiers[at];
  if (verifier === undefined) return before ?? none;
  const answer = verifier.recall(presented) ?? verifier.verify(presented, head);
  const next = (outcome: CallerOutcome) =>
    outcome.kind === 'proven' ? outcome : asked(verifiers, at + 1, graver(before, outcome), presented, head);
  return answer instanceof Promise ? answer.then(next) : next(answer);
}

/**
 * Of two providers that do not vouch for one credential: the one that could not be asked might have, so it goes first; else
 * the one for whose kind the credential was meant says more than "not mine".
 */
function graver(before: CallerOutcome | null, after: CallerOutcome): CallerOutcome {
  if (before === null || before.kind === 'none') return after;
  if (after.kind === 'none' || before.kind === 'unavailable') return before;
  if (after.kind === 'unavailable') return after;
  return before.kind === 'refused' && notMine.has(before.rule) ? after : before;
}

const notMine: ReadonlySet<string> = new Set([
  'authentication.jwt-issuer',
  'authentication.jwt-malformed',
  'authentication.token-malformed',
]);

/** All credentials of one request together, in the order of the policy. */
function joined(outcomes: readonly CallerOutcome[], plan: Plan): CallerOutcome {
  let proven: CallerOutcome | null = null;
  let refusal: CallerOutcome | null = null;
  let certificateRefusal: CallerOutcome | null = null;
  let unavailable: CallerOutcome | null = null;
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.kind === 'proven') proven ??= outcome;
    else if (outcome.kind === 'unavailable') unavailable ??= outcome;
    else if (outcome.kind === 'refused' && plan.carriers[at]?.place === 'certificate') certificateRefusal ??= outcome;
    else if (outcome.kind === 'refused') refusal ??= outcome;
  }
  return refusal ?? unavailable ?? proven ?? certificateRefusal ?? plan.nothing;
}

function verifierOf(provider: ProviderPolicy, context: VerifierContext): Verifier {
  switch (provider.kind) {
    case 'jwt':
      return new JwtVerifier(provider, context);
    case 'introspection':
      return new IntrospectionVerifier(provider, context);
    case 'api-key':
      return new ApiKeyVerifier(provider, context);
    case 'mtls':
      return new MtlsVerifier(provider, context);
    case 'basic':
      return new BasicVerifier(provider, context);
    case 'hmac':
      return new HmacVerifier(provider, context);
  }
}

function twice(name: string): StanceError {
  return new StanceError('config-invalid', {
    message: `Two providers are called ${name}.`,
    unchanged: 'The policy in force was kept.',
    next: 'Give each provider a name of its own.',
  });
}

/** INVARIANT of a compiled policy: routes name providers that exist. Deciding without one would be open or dead by accident. */
function unknownProvider(name: string): StanceError {
  return new StanceError('config-invalid', {
    message: `A route asks for the provider ${name}, which the policy does not have.`,
    unchanged: 'The request was not let through.',
    next: 'Add the provider, or correct its name in the route.',
  });
}
