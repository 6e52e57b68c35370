/** What is done to an answer on its way out: checked against its schema now and then, and fields masked that must not leave. */
import type { GuardRoute } from '../engine/decide.ts';
import type { Objection } from '../engine/evidence/decision.ts';
import type { Policy } from '../engine/policy/policy.ts';
import type { AnswerHead } from './decider.ts';

/** Bytes of an answer that are held to be checked or masked; a longer one streams from there on, unmasked and said so. */
const answerBytesMax = 1_048_576;

/** Bytes to hold of the answer; 0 = stream it. */
export function wantedAnswerBytes(route: GuardRoute, policy: Policy, chance: () => number): number {
  if (route.mode('response') === 'off') return 0;
  if (policy.validation.maskFields.length > 0) return answerBytesMax;
  return route.operation !== null && chance() < policy.validation.responseShare ? answerBytesMax : 0;
}

export interface CheckedAnswer {
  readonly bytes: Uint8Array | null;
  readonly objections: readonly Objection[];
}

export function answerPlan(_route: GuardRoute, _policy: Policy, _head: AnswerHead, _bytes: Uint8Array, _isWhole: boolean): CheckedAnswer {
  return { bytes: null, objections: [] };
}
