/**
 * Door 2: a request, the policy, what is remembered and the time in; a decision out. The same functions serve the guard in
 * the path, every door beside another gateway, `policy test`, `policy explain` and replay.
 *
 * Checks go from cheap to dear and stop at the first objection that blocks; what is only logged never stops them.
 */
import { authorize, type CompiledAccess, compileAccess } from './access/authorize.ts';
import type { CallerOutcome } from './access/caller.ts';
import { type CompiledContract, compileContract } from './conformance/compile-contract.ts';
import type { ApiContract } from './conformance/contract.ts';
import type { LearnedTraffic } from './conformance/learned-traffic.ts';
import { placeHints } from './conformance/place-hints.ts';
import { validateBody } from './conformance/validate-body.ts';
import { validateHead } from './conformance/validate-head.ts';
import { type Decision, type LimitStanding, lowestMode, type Mode, type Objection, type Section } from './evidence/decision.ts';
import { clientShape } from './http/client-shape.ts';
import { header } from './http/headers.ts';
import { parseBody } from './http/parsed-body.ts';
import type { ParsedBody, RequestBody, RequestHead } from './http/request.ts';

import { graphqlCost } from './limits/graphql-cost.ts';
import type { LimitSubject } from './limits/limit-subject.ts';
import type { LimitCheck, Limiter, LimitTickets } from './limits/limiter.ts';
import { type CompiledPolicy, compilePolicy, isExcepted, type ResolvedRoute } from './policy/compile.ts';
import type { Policy, RouteSettings } from './policy/policy.ts';
import { accountNamed } from './threats/account-named.ts';
import type { ClientWatch } from './threats/client-watch.ts';
import { type InspectOptions, inspectBody, inspectHead } from './threats/inspect.ts';
import type { ThreatHit } from './threats/recogniser.ts';

export { type ScopedCall, ScopeUse, type ScopeUseRow, scopesNeeded } from './access/scope-use.ts';
export type { ApiContract } from './conformance/contract.ts';
export { readLearnedState } from './conformance/learned-state.ts';
export { LearnedTraffic } from './conformance/learned-traffic.ts';
export { judgeAnswer } from './conformance/validate-response.ts';
export { FairGate, type GateFigures, type GateRequest } from './limits/fair-gate.ts';
export { Familiarity } from './limits/familiarity.ts';
export { limitFields, retryAfterSeconds } from './limits/limit-fields.ts';
export { type LimitDelta, Limiter } from './limits/limiter.ts';
export { isInCanary } from './policy/canary.ts';
export { defaultPolicy } from './policy/default-policy.ts';
export { ClientWatch, type WatchEvent } from './threats/client-watch.ts';

/** A policy and the specifications it is enforced with, made fast. */
export type GuardPolicy = CompiledPolicy<CompiledContract>;
export type GuardRoute = ResolvedRoute<CompiledContract>;

/** @throws StanceError `config-invalid` for rules that do not read */
export function compileGuard(policy: Policy, contracts: readonly ApiContract[]): GuardPolicy {
  // A rule that does not read is told when the policy is loaded, not when a request meets it.
  for (const settings of [policy.defaults, ...policy.routes]) compileAccess(settings);
  return compilePolicy(policy, contracts.map(compileContract));
}

/** What is remembered between requests. One per process; replay makes one of its own. */
export interface DecideState {
  readonly limiter: Limiter | null;
  readonly watch: ClientWatch | null;
  /** What is usual at operations that no specification declares; absent = nothing is learned. */
  readonly learned?: LearnedTraffic | null;
}

/** A decision on the way: what the head came to, to be gone on with once the body is there. */
export interface Judgement {
  readonly head: RequestHead;
  readonly route: GuardRoute;
  readonly caller: CallerOutcome;
  readonly decision: Decision;
  /** Of limits on what runs at once; to be released when the exchange ends. */
  readonly tickets: readonly LimitTickets[];
  /** Bytes of the body that the next step wants to see; 0 = none. */
  readonly bodyBytes: number;
  /** Parsed by `decideBody`; null before. */
  readonly body: ParsedBody | null;
}

/** Over these an allow-list entry does not reach: who somebody is and what they may do is not a question of false alarms. */
const beyondAllowLists: ReadonlySet<Section> = new Set<Section>(['protocol', 'authentication', 'authorization']);

const accessOf = new WeakMap<RouteSettings, CompiledAccess>();
const inspection = new WeakMap<GuardPolicy, InspectOptions>();

function pathDoubt(reason: string): Objection {
  return { section: 'protocol', rule: 'protocol.path-ambiguous', mode: 'block', status: 400, reason, place: 'path' };
}

/** Whether the lists refuse this request whoever sent it; asked before a credential costs anything. */
export function refusedByList(head: RequestHead, route: GuardRoute, compiled: GuardPolicy, nowMs: number): boolean {
  const verdict = compiled.lists(head, route, null, nowMs);
  return verdict.allowedBy === null && verdict.objections.some((objection) => effectiveMode(objection, route) === 'block');
}

/** Everything that can be said before the body is read. */
export function decideHead(
  input: {
    readonly head: RequestHead;
    readonly route: GuardRoute;
    readonly caller: CallerOutcome;
    readonly nowMs: number;
    /** Objections from outside the engine, such as those of a Cedar policy; asked when the access rules have none that block. */
    readonly external?: () => readonly Objection[];
  },
  compiled: GuardPolicy,
  state: DecideState,
): Judgement {
  const { head, route, caller, nowMs } = input;
  const lists = compiled.lists(head, route, caller, nowMs);
  const gathered = new Gathered(route, lists.exceptions, lists.allowedBy, []);
  gathered.add(lists.objections);
  if (route.doubt !== null) gathered.add([pathDoubt(route.doubt)]);
  const access = accessFor(route.settings);
  // Without a body to wait for, rules about the body are judged now: leaving the body out must not leave them out.
  const isBodyNext = bodyMayFollow(head) && (route.settings.inspectBytesMax ?? 0) > 0;
  const stage = isBodyNext ? ({ stage: 'head' } as const) : {};
  if (!gathered.isBlocked) gathered.add(authorize(access, { head, params: route.params, caller, body: null, ...stage }));
  if (!gathered.isBlocked && input.external !== undefined && route.mode('authorization') !== 'off') gathered.add(input.external());
  const limits = gathered.isBlocked ? null : checkLimits(head, route, caller, undefined, nowMs, state);
  if (limits !== null) gathered.add(limits.objections);
  if (!gathered.isBlocked && state.watch !== null && route.mode('behaviour') !== 'off')
    gathered.add(state.watch.checkHead(head, caller, compiled.policy.behaviour, nowMs));
  let isValid = false;
  if (!gathered.isBlocked && route.mode('validation') !== 'off') {
    const faults = validateHead(route.operation, head, route, compiled.policy.validation);
    isValid = faults.length === 0;
    gathered.add(faults);
    // A body that comes is judged with the head, once it is there.
    if (!bodyMayFollow(head)) gathered.add(unusual(input, null, compiled, state));
  }
  if (!gathered.isBlocked && route.mode('attacks') !== 'off') {
    const hits = inspectHead(head, inspectOptions(compiled, route, null, isValid));
    gathered.add(attackObjections(hits, compiled));
    if (hits.length > 0) state.watch?.probed(head, caller, hits, nowMs);
  }
  const wantsBody = !gathered.isBlocked && bodyMayFollow(head) && looksAtBody(route, caller, access, state);
  return {
    head,
    route,
    caller,
    decision: gathered.decision(limits?.standings ?? []),
    tickets: limits === null || limits.tickets === null ? [] : [limits.tickets],
    bodyBytes: wantsBody ? (route.settings.inspectBytesMax ?? 0) : 0,
    body: null,
  };
}

/**
 * Goes on with the body: never less strict than what the head came to.
 * @param external objections that a door found in the body itself, such as a signature that does not cover it
 */
export function decideBody(
  before: Judgement,
  raw: RequestBody,
  external: readonly Objection[],
  nowMs: number,
  compiled: GuardPolicy,
  state: DecideState,
): Judgement {
  const { head, route, caller } = before;
  const lists = compiled.lists(head, route, caller, nowMs);
  const gathered = new Gathered(route, lists.exceptions, lists.allowedBy, before.decision.objections);
  const body = parseBody(head.headers, raw);
  gathered.add(external);
  const access = accessFor(route.settings);
  if (access.needsBody && !gathered.isBlocked) gathered.add(authorize(access, { head, params: route.params, caller, body, stage: 'body' }));
  const limits = gathered.isBlocked ? null : checkLimits(head, route, caller, body, nowMs, state);
  if (limits !== null) gathered.add(limits.objections);
  if (!gathered.isBlocked && state.watch !== null && route.mode('behaviour') !== 'off')
    gathered.add(state.watch.checkBody(head, body, caller, compiled.policy.behaviour, nowMs));
  let isValid = false;
  if (!gathered.isBlocked && route.mode('validation') !== 'off') {
    const faults = validateBody(route.operation, head, body, compiled.policy.validation);
    isValid = faults.length === 0 && isJudgedWhole(body);
    gathered.add(faults);
    gathered.add(unusual(before, body, compiled, state));
  }
  if (!gathered.isBlocked && route.mode('attacks') !== 'off')
    gathered.add(attackObjections(inspectBody(head, body, inspectOptions(compiled, route, body.mediaType, isValid)), compiled));
  const standings =
    limits === null || limits.standings.length === 0 ? before.decision.standings : [...before.decision.standings, ...limits.standings];
  const tickets = limits === null || limits.tickets === null ? before.tickets : [...before.tickets, limits.tickets];
  return { ...before, decision: gathered.decision(standings), tickets, bodyBytes: 0, body };
}

/** Both steps at once, for a request that is all there. */
export function decide(
  input: { readonly head: RequestHead; readonly caller: CallerOutcome; readonly body: RequestBody | null; readonly nowMs: number },
  compiled: GuardPolicy,
  state: DecideState,
): Judgement {
  const route = compiled.resolve(input.head);
  const judgement = decideHead({ ...input, route }, compiled, state);
  if (input.body === null || judgement.bodyBytes === 0) return judgement;
  const bytes = input.body.bytes.subarray(0, judgement.bodyBytes);
  return decideBody(
    judgement,
    { bytes, isWhole: input.body.isWhole && bytes.length === input.body.bytes.length },
    [],
    input.nowMs,
    compiled,
    state,
  );
}

/** Collects objections with their effective mode, and what they come to. */
class Gathered {
  readonly #route: GuardRoute;
  readonly #exceptions: ReadonlySet<string>;
  readonly #allowedBy: string | null;
  readonly #objections: Objection[];
  isBlocked = false;
  #usedAllow = false;

  constructor(route: GuardRoute, exceptions: ReadonlySet<string>, allowedBy: string | null, before: readonly Objection[]) {
    this.#route = route;
    this.#exceptions = exceptions;
    this.#allowedBy = allowedBy;
    this.#objections = [...before];
    this.isBlocked = before.some((objection) => this.#blocks(objection));
  }

  add(objections: readonly Objection[]): void {
    for (const objection of objections) {
      if (isExcepted(this.#exceptions, objection)) continue;
      const mode = effectiveMode(objection, this.#route);
      if (mode === 'off') continue;
      const effective = this.#failsOpen(objection)
        ? { ...objection, mode: 'log' as const, rule: 'authentication.fail-open' }
        : mode === objection.mode
          ? objection
          : { ...objection, mode };
      this.#objections.push(effective);
      if (this.#blocks(effective)) this.isBlocked = true;
    }
  }

  /** Who calls cannot be asked, and the route says to let pass then; that it did is evidence. */
  #failsOpen(objection: Objection): boolean {
    return objection.rule === 'authentication.unavailable' && this.#route.settings.failMode === 'open';
  }

  decision(standings: readonly LimitStanding[]): Decision {
    const blocks = this.#objections.filter((objection) => this.#blocks(objection));
    const others = this.#objections.filter((objection) => !this.#blocks(objection));
    // What a list lets pass is allowed, with its objections written down.
    const outcome = blocks.length > 0 ? 'block' : others.length > 0 && !this.#usedAllow ? 'would-block' : 'allow';
    return { outcome, objections: [...blocks, ...others], allowedBy: this.#usedAllow ? this.#allowedBy : null, standings };
  }

  #blocks(objection: Objection): boolean {
    if (objection.mode !== 'block') return false;
    if (this.#allowedBy === null || beyondAllowLists.has(objection.section)) return true;
    this.#usedAllow = true;
    return false;
  }
}

function effectiveMode(objection: Objection, route: GuardRoute): Mode {
  return lowestMode(route.mode(objection.section), objection.mode);
}

function attackObjections(hits: readonly ThreatHit[], compiled: GuardPolicy): Objection[] {
  return hits.flatMap((hit) => {
    const mode = compiled.policy.attacks.categories[hit.category] ?? 'block';
    if (mode === 'off') return [];
    return [
      {
        section: 'attacks',
        rule: `attacks.${hit.category}.${hit.rule}`,
        mode,
        status: 403,
        reason: `${hit.place === '' ? 'The request' : hit.place}: ${hit.reason}`,
        place: hit.place === '' ? null : hit.place,
      } satisfies Objection,
    ];
  });
}

/** What the learned model objects to, where no specification says what is right. */
function unusual(
  { head, route, caller }: Pick<Judgement, 'head' | 'route' | 'caller'>,
  body: ParsedBody | null,
  { policy }: GuardPolicy,
  { learned }: DecideState,
): readonly Objection[] {
  const mode = policy.validation.learned ?? 'off';
  if (mode === 'off' || learned == null || route.operation !== null) return [];
  return learned.judge({ head, service: route.service, params: route.params, subject: subjectName(caller), body }, mode);
}

/** Learns from an exchange that was let through and answered below 400, where no specification says what is right. */
export function learnAnswered(judgement: Judgement, status: number, { policy }: GuardPolicy, { learned }: DecideState): void {
  const { head, route, caller, body, decision } = judgement;
  if (learned == null || status >= 400 || route.operation !== null || (policy.validation.learned ?? 'off') === 'off') return;
  if (route.mode('validation') === 'off' || (body === null && bodyMayFollow(head))) return;
  // What another check would have refused is no example either; what is merely new is.
  if (decision.objections.some(({ section }) => section !== 'validation')) return;
  learned.learn({ head, service: route.service, params: route.params, subject: subjectName(caller), body });
}

function subjectName(caller: CallerOutcome): string | null {
  return caller.kind === 'proven' ? caller.caller.subject : null;
}

/** Whether the schema saw every value that the recognisers will: not so of a body cut off, or with fields of one name twice. */
function isJudgedWhole({ isWhole, texts, mediaType }: ParsedBody): boolean {
  const isRead =
    /[/+]json$/.test(mediaType ?? '') || mediaType === 'application/x-www-form-urlencoded' || mediaType === 'multipart/form-data';
  return isWhole && isRead && (texts === undefined || texts.length === 0);
}

/** @param isValid the schema had no objection: places that it leaves no room in are then not looked at */
function inspectOptions(compiled: GuardPolicy, { operation }: GuardRoute, mediaType: string | null, isValid: boolean): InspectOptions {
  const options = baseOptions(compiled);
  if (operation === null) return options;
  const hints = placeHints(operation, mediaType);
  if (isValid) return { ...options, kinds: hints };
  const told = (place: string) => {
    const hint = hints.get(place);
    return hint === 'validated' ? undefined : hint;
  };
  return { ...options, kinds: { get: told } };
}

function baseOptions(compiled: GuardPolicy): InspectOptions {
  let options = inspection.get(compiled);
  if (options === undefined) {
    const { categories, threshold } = compiled.policy.attacks;
    options = { categories, threshold };
    inspection.set(compiled, options);
  }
  return options;
}

function accessFor(settings: RouteSettings): CompiledAccess {
  let access = accessOf.get(settings);
  if (access === undefined) {
    access = compileAccess(settings);
    accessOf.set(settings, access);
  }
  return access;
}

/** HTTP/2 frames a body without any field, so whoever read the frames tells. */
function bodyMayFollow(head: RequestHead): boolean {
  if (head.hasBody !== undefined) return head.hasBody;
  const length = header(head.headers, 'content-length');
  return length !== null
    ? length !== '0'
    : header(head.headers, 'transfer-encoding') !== null || (head.httpVersion === '2' && head.method !== 'GET' && head.method !== 'HEAD');
}

function looksAtBody(route: GuardRoute, caller: CallerOutcome, access: CompiledAccess, state: DecideState): boolean {
  return (
    access.needsBody ||
    (caller.kind === 'proven' && caller.caller.kind === 'hmac') ||
    (route.settings.cost === 'graphql' && state.limiter !== null) ||
    (state.limiter?.bodyNames(route.settings.limits ?? []).length ?? 0) > 0 ||
    route.mode('attacks') !== 'off' ||
    route.mode('behaviour') !== 'off' ||
    (route.operation !== null && route.mode('validation') !== 'off')
  );
}

/** `body` undefined = not read yet: limits by account, and costs that stand in the body, wait for it. */
function checkLimits(
  head: RequestHead,
  route: GuardRoute,
  caller: CallerOutcome,
  body: ParsedBody | undefined,
  nowMs: number,
  state: DecideState,
): LimitCheck | null {
  const names = route.settings.limits;
  if (state.limiter === null || names === undefined || names.length === 0 || route.mode('limits') === 'off') return null;
  const isByBody = route.settings.cost === 'graphql' && bodyMayFollow(head);
  if (isByBody && body === undefined) return null;
  if (body !== undefined && !isByBody && state.limiter.bodyNames(names).length === 0) return null;
  const account = body === undefined ? undefined : accountNamed(body, state.limiter.accountField(names));
  const subject = subjectOf(head, route, caller, account);
  const { cost } = route.settings;
  if (!isByBody) return state.limiter.check(subject, names, typeof cost === 'number' ? cost : 1, nowMs);
  // Nothing was counted at the head, so all of them are counted now, by what the query asks for.
  const units = graphqlCost(body?.json);
  const counted = state.limiter.check({ ...subject, accountPrint: undefined }, names, units, nowMs);
  const byAccount = state.limiter.bodyNames(names).length === 0 ? null : state.limiter.check(subject, names, units, nowMs);
  if (byAccount === null) return counted;
  return {
    objections: [...counted.objections, ...byAccount.objections],
    standings: [...counted.standings, ...byAccount.standings],
    tickets: counted.tickets ?? byAccount.tickets,
  };
}

/** What a request counts by, for limits and for the fair queue. */
export function limitSubjectOf({ head, route, caller }: Pick<Judgement, 'head' | 'route' | 'caller'>): LimitSubject {
  return subjectOf(head, route, caller, null);
}

function subjectOf(head: RequestHead, route: GuardRoute, caller: CallerOutcome, accountPrint: string | null | undefined): LimitSubject {
  const proven = caller.kind === 'proven' ? caller.caller : null;
  return {
    subject: proven === null ? null : `${proven.provider} ${proven.subject}`,
    credentialPrint: proven?.credentialPrint ?? null,
    tenant: proven?.tenant ?? null,
    claims: proven?.claims ?? null,
    accountPrint,
    device: null,
    clientShape: clientShape(head),
    address: head.clientAddress,
    route: `${head.method} ${route.template ?? route.routeId ?? '*'}`,
  };
}
