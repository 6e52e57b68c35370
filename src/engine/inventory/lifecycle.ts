/** Which of the states an operation is in. Each word is one fact; none is a judgement. */
import type { OperationState } from './operation.ts';

export interface LifecycleFacts {
  readonly declared: boolean;
  /** Declared deprecated, or a response said so. */
  readonly deprecated: boolean;
  /** End of life as an ISO or HTTP date, null when none is stated. */
  readonly sunset: string | null;
  /** Last call, null when there was none. */
  readonly lastMs: number | null;
  /** Newest observation of the whole workspace; silence is measured from here, so that an old log is not all silent. */
  readonly trafficEndMs: number | null;
  /** Traffic of this service is seen at all. */
  readonly serviceSeen: boolean;
  readonly silentAfterMs: number;
}

export function stateOf(facts: LifecycleFacts): OperationState {
  if (facts.lastMs === null) return facts.serviceSeen ? 'unused' : 'declared';
  const quiet = facts.trafficEndMs !== null && facts.trafficEndMs - facts.lastMs > facts.silentAfterMs;
  if (quiet) return 'silent';
  if (facts.deprecated || isPast(facts.sunset, facts.lastMs)) return 'zombie';
  return facts.declared ? 'active' : 'shadow';
}

/** Whether `date` lies before `atMs`; an unreadable date does not. */
export function isPast(date: string | null, atMs: number): boolean {
  if (date === null) return false;
  const at = Date.parse(date);
  return Number.isFinite(at) && at < atMs;
}
