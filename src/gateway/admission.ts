/** Admission under overload, one gate for each upstream: waits in the fair queue, wakes who may go, refuses the rest with 503. */
import { FairGate, Familiarity, type GateFigures, type GateRequest, type Judgement, limitSubjectOf } from '../engine/decide.ts';
import type { Objection } from '../engine/evidence/decision.ts';
import type { OverloadPolicy } from '../engine/policy/policy.ts';
import type { Admission } from './decider.ts';
import { refusalOf } from './problem-answer.ts';
import { newIncident } from './refusal.ts';

/** How often waiters are looked at while there are any, milliseconds. */
const LOOK_MS = 25;
/** Whoever is refused may come again after this long, and half as long again at random. */
const RETRY_MS = 3_000;
/** Upstreams and operations that have a gate or a usual time of their own. */
const NAMES_MAX = 4_096;

interface Waiting extends GateRequest {
  readonly judgement: Judgement;
  resolve: ((admission: Admission) => void) | null;
}

const free: Admission = { refusal: null, release: () => undefined };

export class OverloadAdmission {
  readonly #policy: OverloadPolicy;
  readonly #seed: number;
  readonly #now: () => number;
  readonly #gates = new Map<string, FairGate<Waiting>>();
  readonly #operations = new Map<string, number>();
  readonly #familiarity: Familiarity;
  #timer: NodeJS.Timeout | null = null;
  #waiting = 0;

  constructor(policy: OverloadPolicy, seed: number, now: () => number) {
    this.#policy = policy;
    this.#seed = seed;
    this.#now = now;
    this.#familiarity = new Familiarity(seed);
  }

  /** @param upstream name of the upstream it goes to */
  admit(judgement: Judgement, upstream: string): Admission | Promise<Admission> {
    const { route } = judgement;
    if (this.#policy.mode === 'off' || route.mode('overload') === 'off') return free;
    const nowMs = this.#now();
    const gate = this.#gateOf(upstream);
    const who = limitSubjectOf(judgement);
    const request: Waiting = {
      who,
      isFamiliar: this.#familiarity.isFamiliar(who, nowMs),
      criticality: route.settings.criticality ?? 'normal',
      cost: typeof route.settings.cost === 'number' ? route.settings.cost : 1,
      operation: this.#operationOf(who.route),
      trust: judgement.decision.outcome === 'allow' ? 1 : 0.5,
      deadlineMs: null,
      judgement,
      resolve: null,
    };
    const arrived = gate.arrive(request, nowMs);
    if (arrived === 'go') return this.#admitted(gate, request);
    if (this.#policy.mode === 'log' || route.mode('overload') === 'log') {
      // Only watched: it goes at once, and the gate counts it as if it had been let through.
      gate.leave(request);
      return free;
    }
    if (arrived === 'refused') return this.#refused();
    this.#waiting++;
    const admission = new Promise<Admission>((resolve) => {
      request.resolve = resolve;
    });
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#wake(gate);
    return admission;
  }

  figures(): ReadonlyMap<string, GateFigures> {
    return new Map([...this.#gates].map(([name, gate]) => [name, gate.figures()]));
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #admitted(gate: FairGate<Waiting>, request: Waiting): Admission {
    const startedMs = this.#now();
    let isReleased = false;
    return {
      refusal: null,
      release: (outcome) => {
        if (isReleased) return;
        isReleased = true;
        const nowMs = this.#now();
        // From admission on: time spent waiting here is no slowness of the upstream.
        gate.done(request, outcome, nowMs - startedMs, nowMs);
        if (outcome === 'answered' && request.judgement.decision.outcome === 'allow') this.#familiarity.behaved(request.who, nowMs);
        if (this.#waiting > 0) this.#wake(gate);
      },
    };
  }

  #refused(): Admission {
    const objection: Objection = {
      section: 'overload',
      rule: 'overload.capacity',
      mode: 'block',
      status: 503,
      reason: 'The upstream has as much to do as it answers well, and others were ahead.',
      place: null,
      retryAfterMs: RETRY_MS,
    };
    return { refusal: refusalOf([objection], newIncident()), release: () => undefined };
  }

  #look(): void {
    for (const gate of this.#gates.values()) this.#wake(gate);
    if (this.#waiting === 0) this.close();
  }

  #wake(gate: FairGate<Waiting>): void {
    const { released, refused } = gate.next(this.#now());
    for (const request of released) this.#settle(request, this.#admitted(gate, request));
    for (const request of refused) this.#settle(request, this.#refused());
  }

  #settle(request: Waiting, admission: Admission): void {
    const { resolve } = request;
    if (resolve === null) return;
    request.resolve = null;
    this.#waiting--;
    resolve(admission);
  }

  #gateOf(upstream: string): FairGate<Waiting> {
    let gate = this.#gates.get(upstream);
    if (gate === undefined) {
      gate = new FairGate<Waiting>(this.#policy, this.#seed);
      if (this.#gates.size < NAMES_MAX) this.#gates.set(upstream, gate);
    }
    return gate;
  }

  #operationOf(name: string): number {
    const known = this.#operations.get(name);
    if (known !== undefined) return known;
    const number = this.#operations.size;
    if (number < NAMES_MAX) this.#operations.set(name, number);
    return Math.min(number, NAMES_MAX);
  }
}
