/**
 * A policy over what is kept of past traffic. Kept evidence holds no values, so some checks can be answered (lists, what
 * is asked of callers, limits, undeclared operations), some by what the guard wrote down in log mode, and the rest stays
 * open: it is counted as unknown, never as passed.
 */

import { type DecisionRecord, lowestMode, type Mode, type Section } from '../evidence/decision.ts';
import type { FingerprintFn } from '../evidence/fingerprint.ts';
import type { AuthSeen } from '../evidence/observation.ts';
import { splitPath } from '../http/path-template.ts';
import { isShape } from '../http/segment.ts';
import { Limiter } from '../limits/limiter.ts';
import type { CompiledPolicy, ResolvedRoute } from './compile.ts';
import { type Fit, type MaskedExchange, MaskedMatch } from './masked-match.ts';
import type { LimitPolicy, ListEntry, MatchRule, ProviderPolicy, RoutePolicy } from './policy.ts';
import { type ReplayCheck, type ReplayedRequest, type ReplayReport, ReplayTally } from './replay-report.ts';

/** Sections that only the request itself, or the guard that saw it, can answer for. */
const seenByGuard = ['protocol', 'validation', 'attacks', 'behaviour', 'response'] as const satisfies readonly Section[];
type GuardSection = (typeof seenByGuard)[number];

const openBecause: Readonly<Record<GuardSection, string>> = {
  protocol: 'the bytes of the request were not kept',
  validation: 'values of parameters and bodies are not kept',
  attacks: 'values are not kept, so no pattern can be looked for',
  behaviour: 'what a client tries one after another is not kept in full',
  response: 'response bodies are not kept',
};

/** Which providers a credential of a kind could belong to; a kind that is not listed could belong to any. */
const vouchedBy: Readonly<Partial<Record<AuthSeen, readonly ProviderPolicy['kind'][]>>> = {
  jwt: ['jwt', 'introspection'],
  bearer: ['jwt', 'introspection', 'api-key'],
  basic: ['basic'],
  'api-key': ['api-key'],
  mtls: ['mtls'],
  signature: ['hmac'],
  digest: [],
};

/** Judged from every row, whether a guard saw it or not. */
const undeclaredRules: ReadonlySet<string> = new Set(['validation.undeclared-operation', 'validation.method']);

type Objections = ReplayedRequest['objections'][number][];
type Unknowns = ReplayedRequest['unknown'][number][];

export interface ReplayRow extends MaskedExchange {
  /** Sections that a guard looked at when this was recorded: its decision records tell what it found. */
  readonly watched: readonly Section[];
}

interface Prepared<T> {
  readonly value: T;
  readonly match: MaskedMatch;
}

export class MaskedReplay {
  readonly #compiled: CompiledPolicy;
  readonly #tally: ReplayTally;
  readonly #limiter: Limiter;
  readonly #limits: ReadonlyMap<string, LimitPolicy>;
  readonly #providers: ReadonlyMap<string, ProviderPolicy>;
  readonly #allow: readonly Prepared<ListEntry>[];
  readonly #deny: readonly Prepared<ListEntry>[];
  readonly #rules: readonly Prepared<MatchRule>[];
  readonly #routes: readonly Prepared<RoutePolicy>[];

  /** @param fingerprint of the workspace, by which single addresses and subjects are known again */
  constructor(compiled: CompiledPolicy, fingerprint: FingerprintFn) {
    const { policy } = compiled;
    const prepare = <T extends ListEntry | RoutePolicy>(entries: readonly T[]): Prepared<T>[] =>
      entries.map((value) => ({ value, match: new MaskedMatch(value.match, fingerprint) }));
    this.#compiled = compiled;
    this.#tally = new ReplayTally('masked', policy.version);
    this.#limiter = new Limiter(policy.limits, 0);
    this.#limits = new Map(policy.limits.map((limit) => [limit.name, limit]));
    this.#providers = new Map(policy.providers.map((provider) => [provider.name, provider]));
    this.#allow = prepare(policy.lists.allow);
    this.#deny = prepare(policy.lists.deny);
    this.#rules = prepare(policy.rules);
    this.#routes = prepare(policy.routes);
  }

  /** One exchange; the oldest first, because limits count in that order. */
  add(row: ReplayRow): void {
    const objections: Objections = [];
    const unknown: Unknowns = [];
    const route = this.#routeOf(row, unknown);
    const allowed = this.#askAllowList(row, unknown);
    if (allowed !== 'yes') this.#askLists(row, route, objections, unknown);
    this.#askCaller(row, route, objections, unknown);
    if (allowed !== 'yes') {
      const isRefused = objections.some(({ mode }) => mode === 'block');
      if (!isRefused) this.#askLimits(row, route, objections, unknown);
      this.#askDeclared(row, route, objections, unknown);
      this.#leaveValuesOpen(row, route, unknown);
    }
    const { atMs, client, service, method } = row;
    this.#tally.add({ atMs, client, service, method, template: this.#templateOf(row), isGood: isGood(row.status), objections, unknown });
  }

  /** What a guard wrote down of a request that was added: counted when this policy would still object. */
  addRecord(record: DecisionRecord): void {
    const { section, rule, method, service, client, atMs } = record;
    if (!(seenByGuard as readonly Section[]).includes(section) || undeclaredRules.has(rule)) return;
    const segments = splitPath(record.template).decoded;
    const row: ReplayRow = {
      ...{ atMs, service, method, segments, client },
      ...{ status: record.status, principal: record.principal, auth: 'unknown', agent: record.agent, watched: [] },
    };
    const route = this.#routeOf(row, []);
    const mode = lowestMode(route.mode(section), this.#modeOfRule(section, rule));
    if (mode === 'off' || record.allowedBy !== null || this.#isExcepted(row, rule, record.place)) return;
    const request = {
      atMs,
      client,
      service,
      method,
      template: record.template,
      isGood: record.outcome !== 'block' && isGood(record.status),
    };
    this.#tally.addObjections({ ...request, objections: [{ rule, section, mode }] }, record.count);
  }

  report(): ReplayReport {
    return this.#tally.report();
  }

  #routeOf(row: MaskedExchange, unknown: Unknowns): Pick<ResolvedRoute, 'settings' | 'mode'> {
    const routes: RoutePolicy[] = [];
    let isOpen = false;
    for (const { value, match } of this.#routes) {
      const fit = match.fits(row);
      if (fit === 'yes') routes.push(value);
      isOpen ||= fit === 'unknown';
    }
    if (isOpen) leaveOpen(unknown, 'route', 'a route asks for a host, a network or a part of the path that was masked');
    return this.#compiled.settle(routes);
  }

  #askAllowList(row: MaskedExchange, unknown: Unknowns): Fit {
    let best: Fit = 'no';
    for (const { value, match } of this.#allow) {
      if (value.untilMs !== null && row.atMs >= value.untilMs) continue;
      const fit = match.fits(row);
      if (fit === 'yes') return 'yes';
      if (fit === 'unknown') best = 'unknown';
    }
    if (best === 'unknown') leaveOpen(unknown, 'list', 'an entry asks for a network or another value that was not kept');
    return best;
  }

  #askLists(row: MaskedExchange, route: Pick<ResolvedRoute, 'mode'>, objections: Objections, unknown: Unknowns): void {
    for (const { value, match } of this.#deny)
      this.#askEntry(row, { value, match, section: 'list', mode: route.mode('list') }, objections, unknown);
    for (const { value, match } of this.#rules) {
      if (value.except !== undefined) continue;
      this.#askEntry(row, { value, match, section: 'rules', mode: lowestMode(route.mode('rules'), value.mode) }, objections, unknown);
    }
  }

  #askEntry(
    row: MaskedExchange,
    entry: { readonly value: ListEntry; readonly match: MaskedMatch; readonly section: 'list' | 'rules'; readonly mode: Mode },
    objections: Objections,
    unknown: Unknowns,
  ): void {
    const { value, match, section, mode } = entry;
    if (mode === 'off' || (value.untilMs !== null && row.atMs >= value.untilMs)) return;
    const fit = match.fits(row);
    if (fit === 'yes') objections.push({ section, rule: `${section}.${value.id}`, mode });
    else if (fit === 'unknown') leaveOpen(unknown, section, 'an entry asks for a network or another value that was not kept');
  }

  #askCaller(row: MaskedExchange, route: Pick<ResolvedRoute, 'settings' | 'mode'>, objections: Objections, unknown: Unknowns): void {
    const { settings } = route;
    const names = settings.public === true ? [] : (settings.authentication ?? []);
    const mode = route.mode('authentication');
    const hasRules = (settings.rules ?? []).length + Object.keys(settings.write ?? {}).length > 0;
    const asksGrants = settings.public !== true && (settings.scopes ?? []).length + (settings.roles ?? []).length > 0;
    if ((names.length > 0 || asksGrants) && mode !== 'off') {
      const kinds = names.flatMap((name) => this.#providers.get(name)?.kind ?? []);
      const takers = vouchedBy[row.auth];
      // Without a client certificate among the headers a source cannot see mutual TLS.
      const isMissing =
        row.auth === 'none' ? !kinds.includes('mtls') : takers !== undefined && !takers.some((kind) => kinds.includes(kind));
      if (isMissing) {
        objections.push({ section: 'authentication', rule: 'authentication.missing', mode });
        return;
      }
      leaveOpen(
        unknown,
        'authentication',
        row.auth === 'unknown' ? 'the source does not show credentials' : 'credentials are not kept, so none can be verified',
      );
    }
    if ((asksGrants || hasRules) && route.mode('authorization') !== 'off')
      leaveOpen(unknown, 'authorization', 'scopes, roles, claims and values are not kept');
  }

  #askLimits(row: MaskedExchange, route: Pick<ResolvedRoute, 'settings' | 'mode'>, objections: Objections, unknown: Unknowns): void {
    const mode = route.mode('limits');
    if (mode === 'off') return;
    const isIdentityKnown = row.principal !== null || row.auth === 'none';
    const names = (route.settings.limits ?? []).filter((name) => {
      const limit = this.#limits.get(name);
      if (limit === undefined) return false;
      const isKnown =
        limit.by === 'global' ||
        limit.by === 'route' ||
        (limit.by === 'address' ? row.client !== null : isIdentityKnown && ['identity', 'subject', 'key'].includes(limit.by));
      if (!isKnown) leaveOpen(unknown, 'limits', `what the limit ${name} counts by was not kept`);
      else if (limit.planClaim !== null && row.auth !== 'none')
        leaveOpen(unknown, 'limits', `the plan that the limit ${name} goes by was not kept`);
      return isKnown && (limit.planClaim === null || row.auth === 'none');
    });
    if (names.length === 0) return;
    const { cost } = route.settings;
    if (cost === 'graphql') leaveOpen(unknown, 'limits', 'the cost of a GraphQL query was not kept');
    const subject = {
      ...{ subject: row.principal, credentialPrint: null, tenant: null, claims: null, accountPrint: null, device: null, clientShape: null },
      ...{ address: row.client, route: `${row.method} ${this.#templateOf(row)}` },
    };
    const units = typeof cost === 'number' ? cost : 1;
    if (units <= 0) return;
    const check = this.#limiter.check(subject, names, units, row.atMs);
    // How long each took is not kept for all, so what runs at once is not counted here.
    this.#limiter.release(check.tickets);
    for (const objection of check.objections) {
      const effective = lowestMode(mode, objection.mode);
      if (effective !== 'off') objections.push({ section: 'limits', rule: objection.rule, mode: effective });
    }
  }

  #askDeclared(row: MaskedExchange, route: Pick<ResolvedRoute, 'mode'>, objections: Objections, unknown: Unknowns): void {
    const mode = lowestMode(route.mode('validation'), this.#compiled.policy.validation.undeclared);
    if (mode === 'off' || !this.#isCovered(row)) return;
    const call = this.#compiled.declared({ method: row.method, host: null, segments: row.segments });
    if (call !== null && call.operation !== null) return;
    if (row.segments.some((text) => isShape(text)) && call === null)
      leaveOpen(unknown, 'validation', 'a part of the path was masked that a declared path may spell out');
    else objections.push({ section: 'validation', rule: call === null ? 'validation.undeclared-operation' : 'validation.method', mode });
  }

  /** Whether a specification speaks for this request: where none does, nothing is undeclared. */
  #isCovered({ service, segments }: MaskedExchange): boolean {
    const { contracts } = this.#compiled;
    return contracts.some((contract) => contract.service === service) || this.#compiled.contractOf(null, segments) !== null;
  }

  #leaveValuesOpen(row: ReplayRow, route: Pick<ResolvedRoute, 'mode'>, unknown: Unknowns): void {
    for (const section of seenByGuard) {
      if (route.mode(section) === 'off' || row.watched.includes(section)) continue;
      if (section === 'validation' && this.#compiled.contracts.length === 0) continue;
      leaveOpen(unknown, section, openBecause[section]);
    }
  }

  #modeOfRule(section: Section, rule: string): Mode | undefined {
    const { attacks, behaviour, validation } = this.#compiled.policy;
    const [, name = ''] = rule.split('.');
    if (section === 'attacks') return attacks.categories[name as keyof typeof attacks.categories] ?? 'block';
    if (section === 'behaviour') return name === 'discovery' || name === 'guessing' || name === 'slow' ? behaviour[name] : undefined;
    if (section !== 'validation') return undefined;
    if (name === 'query-unknown') return validation.unknownParameters;
    return name === 'body-unknown' || name === 'body-read-only' ? validation.unknownFields : undefined;
  }

  #isExcepted(row: MaskedExchange, rule: string, place: string | null): boolean {
    return this.#rules.some(
      ({ value, match }) =>
        value.except?.some((name) => {
          const [named = '', at] = name.split('@', 2);
          return (rule === named || rule.startsWith(`${named}.`)) && (at === undefined || at === place);
        }) === true && match.fits(row) === 'yes',
    );
  }

  #templateOf({ method, segments }: MaskedExchange): string {
    return this.#compiled.declared({ method, host: null, segments })?.template ?? `/${segments.join('/')}`;
  }
}

/** Whether a credential of the kind that was seen could satisfy any of these providers. */
export function mayVouch(auth: AuthSeen, kinds: readonly ProviderPolicy['kind'][]): boolean {
  // Header fields do not show a client certificate.
  if (auth === 'none') return kinds.includes('mtls');
  const takers = vouchedBy[auth];
  return takers === undefined || takers.some((kind) => kinds.includes(kind));
}

function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 400;
}

function leaveOpen(unknown: Unknowns, check: ReplayCheck, because: string): void {
  if (!unknown.some((held) => held.check === check && held.because === because)) unknown.push({ check, because });
}
