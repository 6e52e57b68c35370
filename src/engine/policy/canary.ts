/**
 * A candidate policy tried on a share of clients: who gets it, and when it is taken back. Rolling back is decided by a
 * sequential test (Wald 1945), so that it can be asked after every batch without finding harm by looking often.
 */
import type { CanaryPolicy } from './policy.ts';

/** What one arm of the trial came to so far. */
export interface ArmCount {
  /** Requests decided under this arm's policy. */
  readonly requests: number;
  /** Of them refused. */
  readonly refused: number;
}

export interface CanaryCounts {
  readonly present: ArmCount;
  readonly candidate: ArmCount;
  /** Seconds since the candidate came into force. */
  readonly forSeconds: number;
}

export type CanaryVerdict =
  /** The candidate refuses too much: the present policy holds for all again. */
  | { readonly kind: 'roll-back'; readonly because: string }
  /** The time is over and the harm is shown to be within the bound: the candidate may hold for all. */
  | { readonly kind: 'promote'; readonly because: string }
  | { readonly kind: 'go-on'; readonly because: string };

/** Chance of taking back a candidate that does no harm, and of keeping one that does twice the harm allowed. */
const falseAlarm = 0.01;
const missed = 0.01;
/** Below this many requests neither arm says anything of its usual share. */
const requestsMin = 100;
/** The least difference that is looked for, so that a bound of 0 is a bound. */
const shareStepMin = 0.001;

/**
 * Whether a client gets the candidate. The same client always gets the same answer for one candidate, and another
 * candidate is tried on others.
 * @param print keyed print of the client or the principal   @param candidate version that is tried
 */
export function isInCanary(print: string, candidate: string, share: number): boolean {
  return unitHash(`${candidate}\n${print}`) < share;
}

/** FNV-1a with a final mix (as in MurmurHash3), to [0, 1). */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** Asked as often as one likes; the counts only grow. */
export function judgeCanary(counts: CanaryCounts, canary: CanaryPolicy): CanaryVerdict {
  const { present, candidate, forSeconds } = counts;
  if (candidate.requests < requestsMin || present.requests < requestsMin)
    return { kind: 'go-on', because: `Fewer than ${requestsMin} requests were decided by one of the two policies.` };
  // What the present policy refuses anyway is not the candidate's doing.
  const usual = (present.refused + 0.5) / (present.requests + 1);
  const allowed = Math.min(0.98, usual + canary.refusedShareMax);
  const harmful = Math.min(0.99, allowed + Math.max(canary.refusedShareMax, shareStepMin));
  const evidence = logLikelihoodRatio(candidate, allowed, harmful);
  const share = percent(candidate.refused / candidate.requests);
  if (evidence >= Math.log((1 - missed) / falseAlarm)) {
    return {
      kind: 'roll-back',
      because: `It refuses ${share} of ${candidate.requests} requests; the present policy refuses ${percent(usual)}, and ${percent(canary.refusedShareMax)} more is allowed.`,
    };
  }
  if (forSeconds < canary.forSeconds)
    return { kind: 'go-on', because: `It refuses ${share}; the trial has ${Math.ceil(canary.forSeconds - forSeconds)} s left.` };
  if (evidence <= Math.log(missed / (1 - falseAlarm)))
    return { kind: 'promote', because: `It refuses ${share} of ${candidate.requests} requests, which is shown to be within the bound.` };
  return { kind: 'go-on', because: `The time is over, and ${candidate.requests} requests are too few to show that the bound holds.` };
}

function logLikelihoodRatio({ requests, refused }: ArmCount, allowed: number, harmful: number): number {
  return refused * Math.log(harmful / allowed) + (requests - refused) * Math.log((1 - harmful) / (1 - allowed));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`;
}
