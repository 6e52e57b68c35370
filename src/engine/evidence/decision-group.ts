/** Decision records of one kind put together: what findings and summaries are made from. */
import type { Outcome, Section } from './decision.ts';

export interface DecisionGroup {
  readonly outcome: Outcome;
  readonly section: Section;
  readonly rule: string;
  readonly service: string | null;
  /** One of the hosts asked for; senders choose it. */
  readonly host: string | null;
  readonly method: string;
  readonly template: string;
  readonly network: string | null;
  readonly client: string | null;
  /** Requests or connections, floods counted in full. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** One of them, to look at. */
  readonly incident: string;
}
