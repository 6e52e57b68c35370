/** What a policy would have done to traffic of the past: who would have been refused, by which rule, and what cannot be told. */
import type { Section } from '../evidence/decision.ts';

export interface ReplayReport {
  readonly policyVersion: string;
  /** `masked` = from kept evidence, which holds no values; `raw` = from captures and logs that are read again, in memory. */
  readonly basis: 'masked' | 'raw';
  /** Of the requests; null = there were none. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Distinct days (UTC) with traffic. */
  readonly days: number;
  readonly requests: number;
  /** Answered 2xx or 3xx: what honest callers got, as far as the past can tell. */
  readonly good: number;
  readonly refused: ReplayCount;
  /** Requests that rules in log mode object to and none refuses. */
  readonly logged: ReplayCount;
  /** Most good requests first. */
  readonly rules: readonly RuleReplay[];
  /** Those with refusals, most good requests first; at most 100. */
  readonly operations: readonly OperationReplay[];
  /** What these records cannot answer. INVARIANT: a request counted here was not found to pass that check. */
  readonly unknown: readonly UnknownReplay[];
  /** Requests about which no check of the request itself had to be left open (its framing, which nothing keeps, and the response aside). */
  readonly wholly: number;
}

export interface ReplayCount {
  readonly requests: number;
  readonly good: number;
  /** Distinct clients. */
  readonly clients: number;
  /** More clients were met than are told apart. */
  readonly clientsIsFloor: boolean;
}

export interface RuleReplay extends ReplayCount {
  readonly rule: string;
  readonly section: Section;
  readonly mode: 'log' | 'block';
  /** `GET /orders/{id}`, most requests first; at most 10. */
  readonly operations: readonly { readonly operation: string; readonly requests: number }[];
}

export interface OperationReplay {
  readonly service: string | null;
  readonly method: string;
  readonly template: string;
  readonly requests: number;
  readonly refused: number;
  readonly refusedGood: number;
}

/** `route` = which settings hold for the request. */
export type ReplayCheck = Section | 'route';

export interface UnknownReplay {
  readonly check: ReplayCheck;
  readonly requests: number;
  readonly because: string;
}

/** Share of good requests that would have been refused; null = there was none to refuse. */
export function refusedShare({ good, refused }: ReplayReport): number | null {
  return good === 0 ? null : refused.good / good;
}

export interface ReplayedRequest {
  readonly atMs: number;
  readonly client: string | null;
  readonly service: string | null;
  readonly method: string;
  readonly template: string;
  readonly isGood: boolean;
  readonly objections: readonly { readonly rule: string; readonly section: Section; readonly mode: 'log' | 'block' }[];
  readonly unknown: readonly { readonly check: ReplayCheck; readonly because: string }[];
}

/** Clients told apart of one rule, rules, and operations; beyond them counts go on and names are not kept. */
const clientsMax = 100_000;
const rulesMax = 2000;
const operationsMax = 20_000;
const operationsOfRuleMax = 500;
const daysMax = 4000;

class CountOf {
  requests = 0;
  good = 0;
  readonly #clients = new Set<string>();
  #isFloor = false;

  add(client: string | null, isGood: boolean, count = 1): void {
    this.requests += count;
    if (isGood) this.good += count;
    if (client === null || this.#clients.has(client)) return;
    if (this.#clients.size < clientsMax) this.#clients.add(client);
    else this.#isFloor = true;
  }

  get count(): ReplayCount {
    return { requests: this.requests, good: this.good, clients: this.#clients.size, clientsIsFloor: this.#isFloor };
  }
}

interface RuleTally {
  readonly rule: string;
  readonly section: Section;
  readonly mode: 'log' | 'block';
  readonly count: CountOf;
  readonly operations: Map<string, number>;
}

interface OperationTally {
  readonly service: string | null;
  readonly method: string;
  readonly template: string;
  requests: number;
  refused: number;
  refusedGood: number;
}

/** Adds up replayed requests, in bounded space. */
export class ReplayTally {
  readonly #basis: ReplayReport['basis'];
  readonly #policyVersion: string;
  readonly #refused = new CountOf();
  readonly #logged = new CountOf();
  readonly #rules = new Map<string, RuleTally>();
  readonly #operations = new Map<string, OperationTally>();
  readonly #unknown = new Map<string, { check: ReplayCheck; because: string; requests: number }>();
  readonly #days = new Set<number>();
  #requests = 0;
  #good = 0;
  #wholly = 0;
  #firstMs: number | null = null;
  #lastMs: number | null = null;

  constructor(basis: ReplayReport['basis'], policyVersion: string) {
    this.#basis = basis;
    this.#policyVersion = policyVersion;
  }

  add(request: ReplayedRequest): void {
    this.#requests++;
    if (request.isGood) this.#good++;
    if (request.unknown.every(({ check }) => check === 'protocol' || check === 'response')) this.#wholly++;
    this.#firstMs = Math.min(this.#firstMs ?? request.atMs, request.atMs);
    this.#lastMs = Math.max(this.#lastMs ?? request.atMs, request.atMs);
    if (this.#days.size < daysMax) this.#days.add(Math.floor(request.atMs / 86_400_000));
    for (const { check, because } of request.unknown) this.#leaveOpen(check, because);
    const operation = this.#operationOf(request);
    if (operation !== null) operation.requests++;
    this.#object(request, 1);
  }

  /** Objections to requests that were added, known from elsewhere. @param count requests it stands for */
  addObjections(request: Omit<ReplayedRequest, 'unknown'>, count: number): void {
    this.#object(request, count);
  }

  #object(request: Omit<ReplayedRequest, 'unknown'>, count: number): void {
    if (request.objections.length === 0) return;
    const isRefused = request.objections.some(({ mode }) => mode === 'block');
    (isRefused ? this.#refused : this.#logged).add(request.client, request.isGood, count);
    if (isRefused) {
      const operation = this.#operationOf(request);
      if (operation !== null) {
        operation.refused += count;
        if (request.isGood) operation.refusedGood += count;
      }
    }
    for (const objection of request.objections) this.#count(objection, request, count);
  }

  #count({ rule, section, mode }: ReplayedRequest['objections'][number], request: Omit<ReplayedRequest, 'unknown'>, count: number): void {
    const key = `${rule} ${mode}`;
    let tally = this.#rules.get(key);
    if (tally === undefined) {
      if (this.#rules.size >= rulesMax) return;
      tally = { rule, section, mode, count: new CountOf(), operations: new Map() };
      this.#rules.set(key, tally);
    }
    tally.count.add(request.client, request.isGood, count);
    const operation = `${request.method} ${request.template}`;
    const known = tally.operations.get(operation);
    if (known !== undefined || tally.operations.size < operationsOfRuleMax) tally.operations.set(operation, (known ?? 0) + count);
  }

  #leaveOpen(check: ReplayCheck, because: string): void {
    const key = `${check} ${because}`;
    const held = this.#unknown.get(key);
    if (held === undefined) this.#unknown.set(key, { check, because, requests: 1 });
    else held.requests++;
  }

  #operationOf({ service, method, template }: Pick<ReplayedRequest, 'service' | 'method' | 'template'>): OperationTally | null {
    const key = `${service ?? ''} ${method} ${template}`;
    const held = this.#operations.get(key);
    if (held !== undefined) return held;
    if (this.#operations.size >= operationsMax) return null;
    const made = { service, method, template, requests: 0, refused: 0, refusedGood: 0 };
    this.#operations.set(key, made);
    return made;
  }

  report(): ReplayReport {
    return {
      policyVersion: this.#policyVersion,
      basis: this.#basis,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      days: this.#days.size,
      requests: this.#requests,
      good: this.#good,
      refused: this.#refused.count,
      logged: this.#logged.count,
      rules: [...this.#rules.values()]
        .map(({ rule, section, mode, count, operations }) => ({ rule, section, mode, ...count.count, operations: mostOf(operations) }))
        .sort((a, b) => b.good - a.good || b.requests - a.requests || (a.rule < b.rule ? -1 : 1)),
      operations: [...this.#operations.values()]
        .filter(({ refused }) => refused > 0)
        .sort((a, b) => b.refusedGood - a.refusedGood || b.refused - a.refused || (a.template < b.template ? -1 : 1))
        .slice(0, 100),
      unknown: [...this.#unknown.values()].sort((a, b) => b.requests - a.requests || (a.check < b.check ? -1 : 1)),
      wholly: this.#wholly,
    };
  }
}

function mostOf(operations: ReadonlyMap<string, number>): RuleReplay['operations'] {
  return [...operations]
    .map(([operation, requests]) => ({ operation, requests }))
    .sort((a, b) => b.requests - a.requests || (a.operation < b.operation ? -1 : 1))
    .slice(0, 10);
}
