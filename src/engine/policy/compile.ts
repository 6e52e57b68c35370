/** A policy made fast: the settings that hold for a request in a few table look-ups, whatever the number of routes. */
import type { CallerOutcome } from '../access/caller.ts';
import { lowestMode, type Mode, type Objection, type Section, sections } from '../evidence/decision.ts';
import { hasParameters, type PathPattern, parsePathPattern, readParameters } from '../http/path-pattern.ts';
import { type SplitPath, splitPath } from '../http/path-template.ts';
import type { RequestHead } from '../http/request.ts';
import { type DeclaredCall, DeclaredOperations, type RoutedContract } from './declared-operation.ts';
import { MatchIndex, MatchSubject } from './match.ts';
import { otherReadings, pathDoubt, type Reading } from './other-reading.ts';
import type { ListEntry, MatchRule, Policy, RoutePolicy, RouteSettings } from './policy.ts';

/** Combinations of matching routes whose merged settings are remembered; a policy has few, whatever its traffic. */
const mergesMax = 4096;

export interface ResolvedRoute<C extends RoutedContract = RoutedContract> {
  /** The last route that matches, whose settings won; null = the defaults alone. */
  readonly routeId: string | null;
  /** All that match, in the order of the policy. */
  readonly routeIds: readonly string[];
  readonly service: string | null;
  readonly contract: C | null;
  /** null = no operation is declared for this method and path. */
  readonly operation: C['operations'][number] | null;
  /** Of the declared operation, base path included; null without one. */
  readonly template: string | null;
  /** Template under which this path is declared for other methods; null when `template` is set or the path is not declared at all. */
  readonly otherMethodTemplate: string | null;
  /** Percent-decoded path parameters, by the names of the declared operation and of the routes' own paths (which win). */
  readonly params: Readonly<Record<string, string>>;
  readonly path: SplitPath;
  /** How else a server behind could read method and path; almost always none. */
  readonly otherReadings: readonly Reading[];
  /** Why it cannot be told which resource is asked for, so that no route can be trusted to be the right one; null = it can. */
  readonly doubt: string | null;
  /** Defaults, then the matching routes, later over earlier; `modes` merged by section. */
  readonly settings: RouteSettings;
  /** What a check of this section may do here at most. */
  mode(section: Section): Mode;
}

/** What lists and rules say of a request. */
export interface ListVerdict {
  /** Id of the allow-list entry that lets it pass whatever else objects; null = none. */
  readonly allowedBy: string | null;
  /** Deny-list entries (`list.<id>`) and match rules (`rules.<id>`) that object. */
  readonly objections: readonly Objection[];
  /** Objections to leave out, by exceptions: `attacks.sqli`, `attacks.sqli@query.q`. */
  readonly exceptions: ReadonlySet<string>;
}

interface Merged {
  readonly routeId: string | null;
  readonly routeIds: readonly string[];
  readonly settings: RouteSettings;
  readonly modes: Readonly<Record<Section, Mode>>;
  readonly mode: (section: Section) => Mode;
  /** For each route with parameters in its paths: those paths, of which the first that fits is read. */
  readonly patterns: readonly (readonly PathPattern[])[];
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});
const noExceptions: ReadonlySet<string> = new Set();
const noObjections: ListVerdict = { allowedBy: null, objections: [], exceptions: noExceptions };

export class CompiledPolicy<C extends RoutedContract = RoutedContract> {
  readonly policy: Policy;
  readonly contracts: readonly C[];
  readonly #operations: DeclaredOperations<C>;
  readonly #routes: MatchIndex<RoutePolicy>;
  readonly #allow: MatchIndex<ListEntry>;
  readonly #deny: MatchIndex<ListEntry>;
  readonly #rules: MatchIndex<MatchRule>;
  readonly #exceptions: MatchIndex<MatchRule>;
  readonly #order: ReadonlyMap<RoutePolicy, number>;
  readonly #merges = new Map<string, Merged>();
  readonly #defaults: Merged;

  constructor(policy: Policy, contracts: readonly C[]) {
    this.policy = policy;
    this.contracts = contracts;
    this.#operations = new DeclaredOperations(contracts);
    this.#order = new Map(policy.routes.map((route, at) => [route, at]));
    const restricting = { isCaseExact: false };
    const relaxing = { isCaseExact: true };
    this.#routes = new MatchIndex(indexed(policy.routes), restricting);
    this.#allow = new MatchIndex(indexed(policy.lists.allow), relaxing);
    this.#deny = new MatchIndex(indexed(policy.lists.deny), restricting);
    this.#rules = new MatchIndex(indexed(policy.rules.filter(({ except }) => except === undefined)), restricting);
    this.#exceptions = new MatchIndex(indexed(policy.rules.filter(({ except }) => except !== undefined)), relaxing);
    this.#defaults = merge(policy, []);
  }

  resolve(head: RequestHead): ResolvedRoute<C> {
    const path = splitPath(head.path);
    const call = this.#operations.find({ method: head.method, host: head.host, segments: path.decoded });
    const contract = call?.contract ?? this.#operations.contractOf(head.host, path.decoded);
    const service = contract?.service ?? null;
    const merged = this.#merged(new MatchSubject({ head, segments: path.decoded, service, caller: null }));
    const readings = otherReadings(head, path.decoded);
    const isDeclared = call !== null && call.operation !== null;
    return {
      routeId: merged.routeId,
      routeIds: merged.routeIds,
      service,
      contract,
      operation: call?.operation ?? null,
      template: isDeclared ? call.template : null,
      otherMethodTemplate: call !== null && !isDeclared ? call.template : null,
      params: this.#paramsOf(call?.params ?? noParams, merged, path.decoded),
      path,
      otherReadings: readings,
      doubt: pathDoubt(head.path) ?? this.#readingDoubt(head, readings, service, merged),
      settings: merged.settings,
      mode: merged.mode,
    };
  }

  /**
   * What the lists and rules say. Asked before authentication with `caller` null it answers for everything but entries
   * about callers; asked again once the caller is known it answers for all.
   */
  lists(head: RequestHead, route: ResolvedRoute<C>, caller: CallerOutcome | null, nowMs: number): ListVerdict {
    if (this.#allow.size + this.#deny.size + this.#rules.size + this.#exceptions.size === 0) return noObjections;
    const parts = { head, segments: route.path.decoded, service: route.service, caller };
    const subjects = [parts, ...route.otherReadings.map((reading) => ({ ...parts, ...readAs(head, reading) }))].map(
      (each) => new MatchSubject(each),
    );
    const allowed = inAll(this.#allow, subjects).find((entry) => isInForce(entry, nowMs)) ?? null;
    const objections: Objection[] = [];
    for (const entry of inAny(this.#deny, subjects)) if (isInForce(entry, nowMs)) objections.push(denial(entry));
    for (const rule of inAny(this.#rules, subjects)) if (isInForce(rule, nowMs)) objections.push(refusal(rule));
    const exceptions = inAll(this.#exceptions, subjects).filter((rule) => isInForce(rule, nowMs));
    return {
      allowedBy: allowed?.id ?? null,
      objections,
      exceptions: exceptions.length === 0 ? noExceptions : new Set(exceptions.flatMap(({ except }) => except ?? [])),
    };
  }

  /** Settings of routes found otherwise than by a request, in the order of the policy. */
  settle(routes: readonly RoutePolicy[]): Pick<ResolvedRoute, 'routeId' | 'routeIds' | 'settings' | 'mode'> {
    return this.#mergedOf(routes);
  }

  /** The declared operation for decoded or masked segments; `segments` as `splitPath` gives them. */
  declared(call: { readonly method: string; readonly host: string | null; readonly segments: readonly string[] }): DeclaredCall<C> | null {
    return this.#operations.find(call);
  }

  /** The contract that speaks for a path, declared or not; null = none. */
  contractOf(host: string | null, segments: readonly string[]): C | null {
    return this.#operations.contractOf(host, segments);
  }

  /** A reading under which the policy asks for more, or under which the route is no longer open to anyone. */
  #readingDoubt(head: RequestHead, readings: readonly Reading[], service: string | null, merged: Merged): string | null {
    for (const reading of readings) {
      const other = this.#merged(new MatchSubject({ ...readAs(head, reading), service, caller: null }));
      const isOpened = merged.settings.public === true && other.settings.public !== true;
      if (isOpened || other.routeIds.some((id) => !merged.routeIds.includes(id)))
        return 'A server behind could read the method or path as one that another route is about.';
    }
    return null;
  }

  #paramsOf(
    declared: Readonly<Record<string, string>>,
    { patterns }: Merged,
    segments: readonly string[],
  ): Readonly<Record<string, string>> {
    if (patterns.length === 0) return declared;
    const params: Record<string, string> = Object.assign(Object.create(null), declared);
    for (const alternatives of patterns) alternatives.some((pattern) => readParameters(pattern, segments, params));
    return params;
  }

  #merged(subject: MatchSubject): Merged {
    return this.#mergedOf(this.#routes.find(subject));
  }

  #mergedOf(routes: readonly RoutePolicy[]): Merged {
    if (routes.length === 0) return this.#defaults;
    let key = '';
    for (const route of routes) key += `${this.#order.get(route)},`;
    const known = this.#merges.get(key);
    if (known !== undefined) return known;
    const merged = merge(this.policy, routes);
    if (this.#merges.size < mergesMax) this.#merges.set(key, merged);
    return merged;
  }
}

export function compilePolicy<C extends RoutedContract>(policy: Policy, contracts: readonly C[]): CompiledPolicy<C> {
  return new CompiledPolicy(policy, contracts);
}

/** Whether an exception leaves this objection out: by section, rule or first part of a rule (`attacks.sqli`), each alone or at one place. */
export function isExcepted(exceptions: ReadonlySet<string>, { rule, place }: Objection): boolean {
  if (exceptions.size === 0) return false;
  for (let end = rule.length; end > 0; end = rule.lastIndexOf('.', end - 1)) {
    const name = rule.slice(0, end);
    if (exceptions.has(name) || (place !== null && exceptions.has(`${name}@${place}`))) return true;
  }
  return false;
}

function readAs(head: RequestHead, { method, segments }: Reading): { readonly head: RequestHead; readonly segments: readonly string[] } {
  return { head: method === head.method ? head : { ...head, method }, segments };
}

function inAny<T>(index: MatchIndex<T>, [subject, ...others]: readonly MatchSubject[]): readonly T[] {
  const found = subject === undefined ? [] : index.find(subject);
  return others.length === 0 ? found : [...new Set([...found, ...others.flatMap((other) => index.find(other))])];
}

function inAll<T>(index: MatchIndex<T>, [subject, ...others]: readonly MatchSubject[]): readonly T[] {
  const found = subject === undefined ? [] : index.find(subject);
  return others.length === 0 ? found : found.filter((value) => others.every((other) => index.find(other).includes(value)));
}

function indexed<T extends ListEntry | RoutePolicy>(entries: readonly T[]): { readonly match: T['match']; readonly value: T }[] {
  return entries.map((value) => ({ match: value.match, value }));
}

function isInForce({ untilMs }: ListEntry, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs;
}

function denial({ id, because }: ListEntry): Objection {
  return { section: 'list', rule: `list.${id}`, mode: 'block', status: 403, reason: `On the deny list: ${because}`, place: null };
}

function refusal({ id, because, mode, status }: MatchRule): Objection {
  return { section: 'rules', rule: `rules.${id}`, mode, status, reason: because, place: null };
}

function merge(policy: Policy, routes: readonly RoutePolicy[]): Merged {
  let settings: RouteSettings = policy.defaults;
  for (const { id: _id, match: _match, ...route } of routes) {
    const modes = settings.modes === undefined ? route.modes : { ...settings.modes, ...route.modes };
    settings = { ...settings, ...route, ...(modes === undefined ? {} : { modes }) };
  }
  const modes = Object.fromEntries(
    sections.map((section) => [section, lowestMode(policy.mode, policy.modes[section], settings.mode, settings.modes?.[section])]),
  ) as Record<Section, Mode>;
  return {
    routeId: routes.at(-1)?.id ?? null,
    routeIds: routes.map(({ id }) => id),
    settings,
    modes,
    mode: (section) => modes[section],
    patterns: routes
      .map(({ match }) => (match.paths ?? []).flatMap((text) => parsePathPattern(text) ?? []))
      .filter((patterns) => patterns.some(hasParameters)),
  };
}
