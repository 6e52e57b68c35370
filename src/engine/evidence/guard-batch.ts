/**
 * What a guard worker hands on: masked evidence in numbered batches, so that a batch sent twice (by message, then by
 * spool file) counts once. Plain JSON; no value of a request.
 */
import type { DecisionRecord, Mode } from './decision.ts';
import type { Observation } from './observation.ts';

export interface GuardBatch {
  /** One start of one worker: process id and start, unique on this machine. */
  readonly worker: string;
  /** Counted from 1 without gaps for each worker; the key under which a batch is counted once. */
  readonly seq: number;
  readonly atMs: number;
  readonly observations: readonly Observation[];
  readonly decisions: readonly DecisionRecord[];
  readonly minutes: readonly RequestMinute[];
  /** What had to be dropped since the batch before; told, so that no loss is silent. */
  readonly losses: readonly EvidenceLoss[];
  readonly status: GuardStatus;
}

/** Requests that came to a door in one minute, whatever became of them and of their evidence. */
export interface RequestMinute {
  /** Start of the minute, milliseconds since the epoch. */
  readonly minuteMs: number;
  /** '' = not known. */
  readonly service: string;
  readonly requests: number;
}

export interface EvidenceLoss {
  readonly why: LossReason;
  readonly observations: number;
  readonly decisions: number;
}

/** `queue-full`: made faster than it was handed on; `spool-full`: the oldest spool file gave way; `spool-failed`: the disk refused. */
export type LossReason = 'queue-full' | 'spool-full' | 'spool-failed';

/** A worker as it last told of itself; counts are since its start. */
export interface GuardStatus {
  readonly pid: number;
  readonly startedMs: number;
  readonly policyVersion: string;
  /** Nothing is enforced beyond it, whatever the policy says; absent = it did not tell. */
  readonly mode?: Mode;
  /** `proxy 127.0.0.1:7788`, `forward-auth 127.0.0.1:7790`. */
  readonly doors: readonly string[];
  readonly requests: number;
  readonly blocked: number;
  readonly wouldBlock: number;
  /** Connections that never became a request, or were cut off. */
  readonly faults: number;
  /** Requests let through because the decision could not be made and the route fails open. */
  readonly failOpen: number;
  /** Records that stand for more than themselves, and how many were folded into them. */
  readonly folded: number;
  readonly lostObservations: number;
  readonly lostDecisions: number;
  /** Bytes in spool files that wait now. */
  readonly spoolBytes: number;
}

/** A worker tells of itself every 30 seconds; one silent for longer than this is not running, or its evidence does not arrive. */
export const guardSilentMs = 120_000;

const lossWords: Readonly<Record<LossReason, string>> = {
  'queue-full': 'the queue of the guard was full',
  'spool-full': 'the spool of the guard was full',
  'spool-failed': 'the spool of the guard could not be written',
};

const LOST = 'lost before it was kept: ';

/** How a loss stands in the account of its source. */
export function lossReason(why: LossReason): string {
  return `${LOST}${lossWords[why]}`;
}

/** Exchanges of an account that were seen and lost, beyond what a source excludes on purpose. */
export function lostIn(excluded: Readonly<Record<string, number>>): number {
  let lost = 0;
  for (const [reason, count] of Object.entries(excluded)) if (reason.startsWith(LOST)) lost += count;
  return lost;
}

/** Whether a decision tells of a request that passed undecided. */
export function isFailOpen(rule: string): boolean {
  return rule.endsWith('.fail-open');
}
