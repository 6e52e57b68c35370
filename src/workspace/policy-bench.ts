/** A policy set up for requests that nobody sent: tables of tests, explanations and replays. In memory only. */
import type { CallerOutcome } from '../engine/access/caller.ts';
import type { ApiContract } from '../engine/conformance/contract.ts';
import { compileGuard, type DecideState, decide, type GuardPolicy, type Judgement } from '../engine/decide.ts';
import { addressText, parseAddress } from '../engine/http/address.ts';
import type { RequestHead } from '../engine/http/request.ts';
import { Limiter } from '../engine/limits/limiter.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { ClientWatch } from '../engine/threats/client-watch.ts';
import { openFile } from '../sources/input.ts';
import { readContract } from '../sources/openapi-contract.ts';
import type { StatedCaller, StatedRequest } from '../sources/policy-test-file.ts';

/** Any number does: nothing that is counted here leaves this process. */
const seed = 1;

export class PolicyBench {
  readonly compiled: GuardPolicy;
  readonly #state: DecideState;

  /**
   * @param counts a bench of the same limits, whose counts this one goes on with; absent = it begins with none
   * @throws StanceError `config-invalid` for access rules that do not read
   */
  constructor(policy: Policy, contracts: readonly ApiContract[], counts?: PolicyBench) {
    this.compiled = compileGuard(policy, contracts);
    this.#state = counts === undefined ? { limiter: new Limiter(policy.limits, seed), watch: new ClientWatch(seed) } : counts.#state;
  }

  /** Counts what is counted (limits, guesses), as the guard would. */
  decide(
    request: { readonly head: RequestHead; readonly body: Uint8Array | null; readonly caller: CallerOutcome },
    nowMs: number,
  ): Judgement {
    const { head, body, caller } = request;
    return decide({ head, caller, body: body === null ? null : { bytes: body, isWhole: true }, nowMs }, this.compiled, this.#state);
  }

  /** The exchange is over: concurrency is given back, and the answer is learned from. */
  answered(judgement: Judgement, status: number, nowMs: number): void {
    for (const tickets of judgement.tickets) this.#state.limiter?.release(tickets);
    if (judgement.decision.outcome !== 'block')
      this.#state.watch?.answered(judgement.head, judgement.body, judgement.caller, status, nowMs);
  }
}

/** @throws StanceError when one is no specification */
export function readContracts(files: readonly string[]): Promise<ApiContract[]> {
  return Promise.all(files.map(async (file) => readContract(await openFile(file))));
}

/** A request as it would stand on the wire, with the fields that every client sends. */
export function statedRequest(
  stated: StatedRequest,
  policy: Policy,
): { readonly head: RequestHead; readonly body: Uint8Array | null; readonly caller: CallerOutcome } {
  const mark = stated.target.indexOf('?');
  const host = stated.headers.find(({ name }) => name === 'host')?.value ?? stated.host ?? 'localhost';
  const body = stated.body === null ? null : new TextEncoder().encode(stated.body);
  const has = (wanted: string) => stated.headers.some(({ name }) => name === wanted);
  const headers = [...(has('host') ? [] : [{ name: 'host', value: host }]), ...stated.headers];
  if (body !== null && !has('content-type'))
    headers.push({ name: 'content-type', value: stated.isJson ? 'application/json' : 'text/plain' });
  if (body !== null && !has('content-length') && !has('transfer-encoding'))
    headers.push({ name: 'content-length', value: String(body.length) });
  const address = parseAddress(stated.clientAddress);
  return {
    head: {
      method: stated.method,
      scheme: 'https',
      host: host.toLowerCase(),
      path: mark < 0 ? stated.target : stated.target.slice(0, mark),
      query: mark < 0 ? null : stated.target.slice(mark + 1),
      headers,
      clientAddress: address === null ? null : addressText(address),
      certificate: null,
      httpVersion: '1.1',
      tlsVersion: 'TLSv1.3',
      clientShape: null,
    },
    body,
    caller: callerOutcome(stated.caller, policy),
  };
}

function callerOutcome(stated: StatedRequest['caller'], policy: Policy): CallerOutcome {
  if (stated === 'none') return { kind: 'none' };
  if (stated === 'refused')
    return { kind: 'refused', rule: 'authentication.refused', reason: 'The credential does not hold.', challenge: null };
  if (stated === 'unavailable')
    return { kind: 'unavailable', provider: policy.providers[0]?.name ?? 'provider', reason: 'The provider does not answer.' };
  return { kind: 'proven', caller: provenCaller(stated, policy) };
}

const callerKinds = {
  jwt: 'jwt',
  introspection: 'opaque-token',
  'api-key': 'api-key',
  mtls: 'mtls',
  basic: 'basic',
  hmac: 'hmac',
} as const;

function provenCaller(stated: StatedCaller, policy: Policy): Extract<CallerOutcome, { kind: 'proven' }>['caller'] {
  const provider = policy.providers.find(({ name }) => stated.provider === null || name === stated.provider) ?? null;
  return {
    provider: provider?.name ?? stated.provider ?? 'test',
    kind: callerKinds[provider?.kind ?? 'jwt'],
    subject: stated.subject,
    tenant: stated.tenant,
    scopes: stated.scopes,
    roles: stated.roles,
    claims: { sub: stated.subject, ...stated.claims },
    expiresMs: null,
    credentialPrint: `stated ${stated.subject}`,
  };
}
