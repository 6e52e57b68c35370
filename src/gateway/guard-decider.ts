/**
 * The decision of the guard, for every door: authentication, `decide`, admission, the answer, and evidence of all of it.
 * Nothing here waits for a database or a control plane; what cannot be written down is counted.
 */
import type { CallerOutcome } from '../engine/access/caller.ts';
import {
  type DecideState,
  decideBody,
  decideHead,
  type GuardPolicy,
  isInCanary,
  type Judgement,
  learnAnswered,
  limitFields,
  refusedByList,
  type ScopedCall,
  scopesNeeded,
} from '../engine/decide.ts';
import type { Decision, DecisionRecord, Objection } from '../engine/evidence/decision.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { Observation } from '../engine/evidence/observation.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import type { HeaderList } from '../engine/http/headers.ts';
import { header } from '../engine/http/headers.ts';
import type { PathSegmenter } from '../engine/http/path-segmenter.ts';
import type { RequestBody, RequestHead } from '../engine/http/request.ts';
import { agentProduct } from '../engine/http/user-agent.ts';
import { record } from '../engine/record.ts';
import { answerPlan, answerRequestFields, wantedAnswerBytes } from './answer-check.ts';
import type { CedarInput } from './cedar.ts';
import { networkOf } from './client-network.ts';
import type { Admission, AnswerHead, AnswerPlan, ConnectionFault, Decider, ExchangeEnd, Refusal, Ruling } from './decider.ts';
import { contentCodings, decompressed } from './decompressed-body.ts';
import { nativeDecoding } from './native-decoding.ts';
import { refusalOf } from './problem-answer.ts';
import { newIncident } from './refusal.ts';

/** Where the guard's evidence goes; never waits, counts what it must drop. */
export interface EvidenceSink {
  exchange(observation: Observation): void;
  decision(record: DecisionRecord): void;
  fault(fault: ConnectionFault & { readonly client: string | null; readonly network: string | null }): void;
}

export interface CallerCheck {
  authenticate(head: RequestHead, wanted: readonly string[]): CallerOutcome | Promise<CallerOutcome>;
  /** What only the body can show: that it is the one a signing caller signed. */
  bodyObjections(head: RequestHead, caller: CallerOutcome, body: RequestBody): readonly Objection[];
}

/** Rules beyond those of the routes: `CedarRules` where the policy has Cedar text. */
export interface AccessCheck {
  objections(input: CedarInput): readonly Objection[];
}

/** Admission under overload, for the upstream a request goes to. */
export interface AdmissionCheck {
  admit(judgement: Judgement, upstream: string): Admission | Promise<Admission>;
}

export interface GuardParts {
  readonly compiled: GuardPolicy;
  readonly state: DecideState;
  readonly callers: CallerCheck;
  readonly cedar?: AccessCheck | null;
  readonly admission: AdmissionCheck | null;
  readonly evidence: EvidenceSink;
  readonly fingerprint: FingerprintFn;
  readonly segment: PathSegmenter;
  readonly now: () => number;
  /** Told after limits were asked, so that what one worker let through reaches the others soon; null = there are no others. */
  readonly onLimits: ((nowMs: number) => void) | null;
  /** Hears which scopes a call carried and needed; null = nobody counts. */
  readonly onScopes: ((call: ScopedCall) => void) | null;
  /** 0 to 1, for sampling. */
  readonly chance: () => number;
}

interface GuardRuling extends Ruling {
  readonly judgement: Judgement;
  readonly compiled: GuardPolicy;
  /** Under which it began; a reload in between changes nothing for it. */
  readonly state: DecideState;
  readonly incident: string | null;
  readonly startedMs: number;
  /** What became of the answer: set by `answer`. */
  answerObjections: readonly Objection[];
}

/** Refused at the gate: nothing was wrong with the request. */
const overloaded: Objection = {
  section: 'overload',
  rule: 'overload.capacity',
  mode: 'block',
  status: 503,
  reason: 'The upstream had as much to do as it answers well, and others were ahead.',
  place: null,
};
type Arm = Pick<GuardParts, 'compiled' | 'callers' | 'cedar' | 'state'>;

const noCaller: CallerOutcome = { kind: 'none' };
const free: Admission = { refusal: null, release: () => {} };

/** Another policy on trial for a share of the clients. */
export interface Trial {
  readonly parts: Pick<GuardParts, 'compiled' | 'callers' | 'cedar' | 'admission' | 'state'>;
  readonly share: number;
}

/** Requests each arm of a trial decided on, and refused. */
export interface TrialCounts {
  readonly present: { requests: number; refused: number };
  readonly candidate: { requests: number; refused: number };
}

export class GuardDecider implements Decider {
  #parts: GuardParts;
  #trial: Trial | null = null;
  #counts = emptyCounts();

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** Another policy from the next request on; requests in flight end under the one they began with. */
  use(parts: Pick<GuardParts, 'compiled' | 'callers' | 'cedar' | 'admission' | 'state'>): void {
    this.#parts = { ...this.#parts, ...parts };
  }

  /** Tries another policy, or ends the trial (null); counts begin anew. */
  try(trial: Trial | null): void {
    this.#trial = trial;
    this.#counts = emptyCounts();
  }

  /** What the trial came to since the last call. */
  takeTrialCounts(): TrialCounts | null {
    if (this.#trial === null) return null;
    const counts = this.#counts;
    this.#counts = emptyCounts();
    return counts;
  }

  /** The same client always gets the same arm. */
  #armOf(head: RequestHead): Arm {
    if (this.#trial === null) return this.#parts;
    const { parts, share } = this.#trial;
    return isInCanary(head.clientAddress ?? '', parts.compiled.policy.version, share) ? parts : this.#parts;
  }

  head(head: RequestHead): Ruling | Promise<Ruling> {
    const arm = this.#armOf(head);
    const { compiled } = arm;
    const nowMs = this.#parts.now();
    const route = compiled.resolve(head);
    try {
      const made = this.#decided(head, route, arm, nowMs);
      return made instanceof Promise ? made.catch((error: unknown) => this.#undecided(error, head, route, arm, nowMs)) : made;
    } catch (error) {
      return this.#undecided(error, head, route, arm, nowMs);
    }
  }

  #decided(head: RequestHead, route: Judgement['route'], arm: Arm, nowMs: number): Ruling | Promise<Ruling> {
    const { compiled, callers } = arm;
    const wanted = route.settings.authentication ?? [];
    if (route.mode('authentication') === 'off' || refusedByList(head, route, compiled, nowMs))
      return this.#judge(head, route, noCaller, arm, nowMs);
    const caller = callers.authenticate(head, wanted);
    return caller instanceof Promise
      ? caller.then((outcome) => this.#judge(head, route, outcome, arm, nowMs))
      : this.#judge(head, route, caller, arm, nowMs);
  }

  body(ruling: Ruling, body: RequestBody): Ruling {
    const before = ruling as GuardRuling;
    try {
      // Signatures cover the bytes as sent; everything else looks at what they mean.
      const signed = this.#parts.callers.bodyObjections(before.head, before.caller, body);
      const readable = { ...decompressed(contentCodings(before.head.headers), body), decoding: nativeDecoding };
      const judgement = decideBody(before.judgement, readable, signed, this.#parts.now(), before.compiled, before.state);
      return this.#ruling(judgement, before.compiled, before.startedMs, before, before.state);
    } catch (error) {
      this.#passUndecided(error, before, 'validation.fail-open', 'The body could not be judged.');
      return { ...before, bodyBytes: 0 };
    }
  }

  admit(ruling: Ruling, upstream: string): Admission | Promise<Admission> {
    const { admission } = this.#parts;
    if (admission === null) return free;
    const undecided = (error: unknown): Admission => {
      this.#passUndecided(error, ruling, 'overload.fail-open', 'Whether there was room could not be told.');
      return free;
    };
    try {
      const made = admission.admit((ruling as GuardRuling).judgement, upstream);
      return made instanceof Promise ? made.catch(undecided) : made;
    } catch (error) {
      return undecided(error);
    }
  }

  answer(ruling: Ruling, head: AnswerHead, bytes: Uint8Array, isWhole: boolean): AnswerPlan {
    const guard = ruling as GuardRuling;
    let plan: ReturnType<typeof answerPlan>;
    try {
      plan = answerPlan(guard.judgement.route, guard.compiled.policy, head, bytes, isWhole);
    } catch (error) {
      this.#passUndecided(error, guard, 'validation.fail-open', 'The answer could not be judged.');
      return { bytes: null, refusal: null };
    }
    guard.answerObjections = plan.objections;
    const blocking = plan.objections.filter((objection) => objection.mode === 'block');
    const [first, ...rest] = blocking;
    return { bytes: plan.bytes, refusal: first === undefined ? null : refusalOf([first, ...rest], guard.incident ?? newIncident()) };
  }

  done(ruling: Ruling, end: ExchangeEnd): void {
    const guard = ruling as GuardRuling;
    const { evidence } = this.#parts;
    const { judgement, state } = guard;
    for (const tickets of judgement.tickets) state.limiter?.release(tickets);
    const { outcome, objections } = guard.decision;
    const isRefused = outcome === 'block' || end.failure === 'overload';
    if (this.#trial !== null) {
      const arm = guard.compiled === this.#trial.parts.compiled ? this.#counts.candidate : this.#counts.present;
      arm.requests++;
      if (outcome === 'block') arm.refused++;
    }
    if (!isRefused) {
      if (end.status !== null) {
        state.watch?.answered(judgement.head, judgement.body, judgement.caller, end.status, end.atMs);
        learnAnswered(judgement, end.status, guard.compiled, state);
      }
      this.#noteScopes(judgement, end.atMs);
      evidence.exchange(this.#observation(guard, end));
    }
    if (objections.length === 0 && guard.answerObjections.length === 0 && end.failure !== 'overload') return;
    const all = [...objections, ...guard.answerObjections, ...(end.failure === 'overload' ? [overloaded] : [])];
    evidence.decision(this.#record(guard, all, end));
  }

  #noteScopes({ caller, route }: Judgement, atMs: number): void {
    const { onScopes, fingerprint } = this.#parts;
    if (onScopes === null || caller.kind !== 'proven' || caller.caller.scopes.length === 0) return;
    const needed = scopesNeeded(route.operation?.security ?? null, route.settings.scopes ?? []);
    onScopes({ client: fingerprint('principal', caller.caller.subject), granted: caller.caller.scopes, needed, atMs });
  }

  broken(fault: ConnectionFault): void {
    const { fingerprint, evidence } = this.#parts;
    const address = fault.clientAddress;
    evidence.fault({
      ...fault,
      client: address === null ? null : fingerprint('client', address),
      network: address === null ? null : networkOf(address),
    });
  }

  /** No part of the decision came about: a route that fails open lets the request pass, with nothing said of its caller. */
  #undecided(error: unknown, head: RequestHead, route: Judgement['route'], { compiled, state }: Arm, nowMs: number): Ruling {
    const decision: Decision = { outcome: 'allow', objections: [], allowedBy: null, standings: [] };
    const judgement: Judgement = { head, route, caller: noCaller, decision, tickets: [], bodyBytes: 0, body: null };
    const ruling = this.#ruling(judgement, compiled, nowMs, null, state);
    this.#passUndecided(error, ruling, 'protocol.fail-open', 'The request could not be judged.');
    return ruling;
  }

  /** Each request that passes undecided is evidence. @throws the error again where the route fails closed: the door then refuses */
  #passUndecided(error: unknown, { failMode, head }: Ruling, rule: string, what: string): void {
    if (failMode !== 'open') throw error;
    const reason = `${what} The route fails open, so it passed.`;
    this.broken({ atMs: this.#parts.now(), rule, reason, clientAddress: head.clientAddress, count: 1 });
  }

  #judge(
    head: RequestHead,
    route: Judgement['route'],
    caller: CallerOutcome,
    { compiled, cedar, state }: Pick<GuardParts, 'compiled' | 'cedar' | 'state'>,
    nowMs: number,
  ): Ruling {
    const { params, template, routeId } = route;
    const external = cedar ? { external: () => cedar.objections({ head, caller, params, template, routeId }) } : {};
    const judgement = decideHead({ head, route, caller, nowMs, ...external }, compiled, state);
    if (judgement.decision.standings.length > 0) this.#parts.onLimits?.(nowMs);
    return this.#ruling(judgement, compiled, nowMs, null, state);
  }

  #ruling(judgement: Judgement, compiled: GuardPolicy, startedMs: number, before: GuardRuling | null, state: DecideState): GuardRuling {
    const { head, route, decision, caller } = judgement;
    const incident = before?.incident ?? (decision.outcome === 'allow' ? null : newIncident());
    const answerBytes = before?.answerBytes ?? wantedAnswerBytes(route, compiled.policy, this.#parts.chance);
    const standingFields = limitFields(decision.standings);
    return {
      head,
      judgement,
      compiled,
      state,
      decision,
      caller,
      incident,
      startedMs,
      bodyBytes: judgement.bodyBytes,
      bodyBytesMax: route.settings.bodyBytesMax ?? Number.MAX_SAFE_INTEGER,
      answerBytes,
      failMode: route.settings.failMode ?? 'closed',
      refusal: decision.outcome === 'block' ? refusal(decision.objections, incident, standingFields) : null,
      answerHeaders: standingFields,
      upstreamHeaders: answerBytes === 0 ? callerFields(caller) : [...callerFields(caller), ...answerRequestFields(answerBytes)],
      answerObjections: [],
    };
  }

  #observation(guard: GuardRuling, end: ExchangeEnd): Observation {
    const { head, judgement } = guard;
    const json = judgement.body?.json;
    return record(
      {
        ...emptyExchange,
        atMs: end.atMs,
        method: head.method,
        scheme: head.scheme,
        host: head.host,
        path: head.path,
        query: head.query,
        status: end.status,
        durationMs: end.durationMs,
        requestBytes: end.requestBytes,
        responseBytes: end.responseBytes,
        clientAddress: head.clientAddress,
        userAgent: header(head.headers, 'user-agent'),
        principal: judgement.caller.kind === 'proven' ? judgement.caller.caller.subject : null,
        requestHeaders: head.headers,
        responseHeaders: end.answerHeaders,
        requestBody: json === undefined ? null : { mediaType: judgement.body?.mediaType ?? null, text: null, json },
        service: judgement.route.service,
        tlsVersion: head.tlsVersion,
      },
      this.#parts,
    );
  }

  #record(guard: GuardRuling, objections: readonly Objection[], end: ExchangeEnd): DecisionRecord {
    const { fingerprint, segment } = this.#parts;
    const { head, judgement, decision } = guard;
    const [first] = objections;
    const isRefused = end.failure === 'overload' || guard.answerObjections.some((objection) => objection.mode === 'block');
    return {
      atMs: end.atMs,
      incident: guard.incident ?? newIncident(),
      outcome: isRefused ? 'block' : decision.outcome === 'allow' && decision.allowedBy === null ? 'would-block' : decision.outcome,
      section: first?.section ?? 'rules',
      rule: first?.rule ?? 'rules.unknown',
      reason: first?.reason ?? '',
      place: first?.place ?? null,
      alsoRules: objections.slice(1).map((objection) => objection.rule),
      method: head.method,
      template:
        judgement.route.template ??
        `/${segment(head.path)
          .segments.map((part) => part.text)
          .join('/')}`,
      service: judgement.route.service,
      host: head.host,
      status: end.status,
      client: head.clientAddress === null ? null : fingerprint('client', head.clientAddress),
      network: head.clientAddress === null ? null : networkOf(head.clientAddress),
      principal: judgement.caller.kind === 'proven' ? fingerprint('principal', judgement.caller.caller.subject) : null,
      agent: agentProduct(header(head.headers, 'user-agent')),
      policyVersion: guard.compiled.policy.version,
      allowedBy: decision.allowedBy,
      count: 1,
    };
  }
}

function emptyCounts(): TrialCounts {
  return { present: { requests: 0, refused: 0 }, candidate: { requests: 0, refused: 0 } };
}

function refusal(objections: readonly Objection[], incident: string | null, fields: HeaderList): Refusal | null {
  const blocking = objections.filter((objection) => objection.mode === 'block');
  const [first, ...rest] = blocking;
  return first === undefined ? null : refusalOf([first, ...rest], incident ?? newIncident(), fields);
}

/** What the upstream is told of a proven caller; the same fields from outside never reach it. */
function callerFields(caller: CallerOutcome): HeaderList {
  if (caller.kind !== 'proven') return nobody;
  const { subject, tenant, scopes, provider } = caller.caller;
  return [
    { name: 'x-stance-subject', value: encodeURIComponent(subject) },
    { name: 'x-stance-tenant', value: tenant === null ? '' : encodeURIComponent(tenant) },
    { name: 'x-stance-scopes', value: scopes.map(encodeURIComponent).join(' ') },
    { name: 'x-stance-provider', value: provider },
  ];
}

const nobody: HeaderList = ['x-stance-subject', 'x-stance-tenant', 'x-stance-scopes', 'x-stance-provider'].map((name) => ({
  name,
  value: '',
}));
