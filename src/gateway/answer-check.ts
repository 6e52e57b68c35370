/** What is done to an answer on its way out: checked against its schema now and then, and fields masked that must not leave. */
import { type GuardRoute, judgeAnswer } from '../engine/decide.ts';
import { lowestMode, type Objection } from '../engine/evidence/decision.ts';
import type { HeaderList } from '../engine/http/headers.ts';
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

const plain: HeaderList = [{ name: 'accept-encoding', value: 'identity' }];
const untouched: HeaderList = [];

/** An answer that shall be read must come uncompressed. */
export function answerRequestFields(answerBytes: number): HeaderList {
  return answerBytes > 0 ? plain : untouched;
}

export interface CheckedAnswer {
  readonly bytes: Uint8Array | null;
  readonly objections: readonly Objection[];
}

/** Objections come with their effective mode. In `log` nothing of the answer is changed, masks included. */
export function answerPlan(route: GuardRoute, policy: Policy, head: AnswerHead, bytes: Uint8Array, isWhole: boolean): CheckedAnswer {
  const judged = judgeAnswer(route.operation, { ...head, bytes, isWhole }, policy.validation);
  const mode = route.mode('response');
  const objections = judged.objections.map((objection) =>
    lowestMode(objection.mode, mode) === 'block' ? objection : { ...objection, mode: 'log' as const },
  );
  return { bytes: mode === 'block' ? judged.bytes : null, objections };
}
