/** A decider for tests that lets everything pass and writes down what it was told; each part can be replaced. */
import type { Decision } from '../engine/evidence/decision.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { UpstreamPolicy } from '../engine/policy/policy.ts';
import type { Admission, ConnectionFault, Decider, ExchangeEnd, Ruling } from './decider.ts';

const allowed: Decision = { outcome: 'allow', objections: [], allowedBy: null, standings: [] };
const noBytes = {} as const;

/** A ruling that passes `head` on unread; `change` makes it stricter. */
export function passing(head: RequestHead, change: Partial<Ruling> = noBytes): Ruling {
  return {
    head,
    decision: allowed,
    caller: { kind: 'none' },
    bodyBytes: 0,
    bodyBytesMax: 100 * 1024 * 1024,
    answerBytes: 0,
    failMode: 'closed',
    refusal: null,
    answerHeaders: [],
    upstreamHeaders: [],
    ...change,
  };
}

const admission: Admission = { refusal: null, release: () => undefined };

export function openDecider(change: Partial<Decider> = {}): Decider {
  return {
    head: (head) => passing(head),
    body: (ruling) => ruling,
    admit: () => admission,
    answer: () => ({ bytes: null, refusal: null }),
    done: () => undefined,
    broken: () => undefined,
    ...change,
  };
}

/** What a decider was told, for tests that look at the ends of exchanges. */
export interface Told {
  readonly heads: RequestHead[];
  readonly ends: ExchangeEnd[];
  readonly faults: ConnectionFault[];
}

export function listeningDecider(change: Partial<Decider> = {}): { readonly decider: Decider; readonly told: Told } {
  const told: Told = { heads: [], ends: [], faults: [] };
  const decider = openDecider({
    head: (head) => {
      told.heads.push(head);
      return passing(head);
    },
    done: (_ruling, end) => void told.ends.push(end),
    broken: (fault) => void told.faults.push(fault),
    ...change,
  });
  return { decider, told };
}

/** An upstream policy with the defaults of a small service. */
export function upstreamPolicy(urls: readonly string[], change: Partial<UpstreamPolicy> = {}): UpstreamPolicy {
  return {
    name: 'service',
    urls,
    hosts: [],
    paths: [],
    health: null,
    retries: 1,
    connectTimeoutMs: 1_000,
    answerTimeoutMs: 5_000,
    connectionsMax: 64,
    caFile: null,
    keepHost: true,
    ...change,
  };
}
