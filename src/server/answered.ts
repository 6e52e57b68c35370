/** Response schemas every route of the API can answer with beside its own. */
import { problem } from './contract.ts';

/** `answered(schema)` documents the good answer and the problem any of them may be instead. */
export function answered<T>(good: T) {
  return { 200: good, '4xx': problem, '5xx': problem } as const;
}
