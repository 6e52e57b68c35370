import type { ParsedBody, RequestHead } from '../http/request.ts';
import type { CallerOutcome } from './caller.ts';

/** What authorisation looks at. */
export interface AccessInput {
  readonly head: RequestHead;
  /** Path parameters by the name the template gives them, percent-decoded once. */
  readonly params: Readonly<Record<string, string>>;
  readonly caller: CallerOutcome;
  readonly body: ParsedBody | null;
  /**
   * `head`: the body is yet to be read, so what needs it is put off. `body`: only what was put off. Absent: everything, and a
   * body of null then is a request without one. A door that never sees bodies leaves it absent, so that a rule about the body
   * refuses instead of being skipped.
   */
  readonly stage?: 'head' | 'body';
}
