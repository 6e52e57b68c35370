/** The words of a decision on one request: who objected, how hard, and what became of it. Holds no value of the request. */

/** `off` looks at nothing, `log` writes down what it would have refused, `block` refuses. */
export type Mode = 'off' | 'log' | 'block';

const modeRank: Readonly<Record<Mode, number>> = { off: 0, log: 1, block: 2 };

/** A level can only lower what stands above it: the weakest of the modes named, absent ones left out; `block` when none is. */
export function lowestMode(...modes: readonly (Mode | undefined)[]): Mode {
  let lowest: Mode = 'block';
  for (const mode of modes) if (mode !== undefined && modeRank[mode] < modeRank[lowest]) lowest = mode;
  return lowest;
}

/** What kind of check speaks; each can be given a mode of its own at every level of a policy. */
export const sections = [
  'protocol',
  'list',
  'authentication',
  'authorization',
  'limits',
  'validation',
  'attacks',
  'behaviour',
  'overload',
  'rules',
  'response',
] as const;
export type Section = (typeof sections)[number];

/** Modes by section; a section that is not named has the mode of the level above. */
export type SectionModes = Readonly<Partial<Record<Section, Mode>>>;

/** One check's objection to one request. */
export interface Objection {
  readonly section: Section;
  /** Stable id of the rule: `attacks.sqli`, `limits.login-per-account`, `validation.query-type`. */
  readonly rule: string;
  /** What this rule may do at most; the policy's levels may lower it further. */
  readonly mode: 'log' | 'block';
  /** The status a refusal answers with. */
  readonly status: number;
  /** One sentence for people, without any value of the request: what was wrong and where. */
  readonly reason: string;
  /** Where in the request: `query.q`, `body.$.items[].note`, `header.user-agent`; null = the request as a whole. */
  readonly place: string | null;
  /** How long the caller should wait, milliseconds; limits and overload only. */
  readonly retryAfterMs?: number;
  /** Value of `WWW-Authenticate` for a 401. */
  readonly challenge?: string;
}

export type Outcome = 'allow' | 'would-block' | 'block';

/** What one limit says of this caller now, for the `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers). */
export interface LimitStanding {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface Decision {
  readonly outcome: Outcome;
  /** All objections with their effective mode, the deciding one first. */
  readonly objections: readonly Objection[];
  /** Id of the allow-list entry that let the request pass in spite of objections; null = none was needed. */
  readonly allowedBy: string | null;
  readonly standings: readonly LimitStanding[];
}

/** What evidence keeps of a decision that was not plainly `allow`; masked, with keyed prints only. */
export interface DecisionRecord {
  readonly atMs: number;
  /** Shown to the caller, so that both sides can speak of the same refusal: `S-` and twelve characters. */
  readonly incident: string;
  readonly outcome: Outcome;
  readonly section: Section;
  readonly rule: string;
  readonly reason: string;
  readonly place: string | null;
  /** Further rules that objected. */
  readonly alsoRules: readonly string[];
  readonly method: string;
  /** Declared or learned template, else the masked path. */
  readonly template: string;
  readonly service: string | null;
  readonly host: string | null;
  readonly status: number | null;
  /** Keyed print of the client address, and the network it is in: `203.0.113.0/24`, `2001:db8:1::/48`. */
  readonly client: string | null;
  readonly network: string | null;
  readonly principal: string | null;
  readonly agent: string | null;
  readonly policyVersion: string;
  readonly allowedBy: string | null;
  /** How many like it this record stands for; more than 1 when a flood was folded together. */
  readonly count: number;
}
