/**
 * From observed paths, documents and settings to the inventory: services bound, templates learned, operations merged
 * from every source. Pure: the same stored paths and decisions always give the same inventory, whatever came first.
 */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import { type Finding, shortHash } from '../evidence/finding.ts';
import type { FingerprintFn } from '../evidence/fingerprint.ts';
import type { FieldSeen, NoiseReason } from '../evidence/observation.ts';
import type { EnvironmentSetting, Settings } from '../evidence/settings.ts';
import { PathStats } from './aggregate.ts';
import { estimateCompleteness } from './completeness.ts';
import { driftOf } from './drift.ts';
import { type GatewayLookup, gatewayLookup } from './gateway-route.ts';
import { inventoryFindings } from './inventory-findings.ts';
import { latencyQuantiles } from './latency-sketch.ts';
import { stateOf } from './lifecycle.ts';
import {
  type FoldedPath,
  type InventorySummary,
  type Operation,
  type OperationState,
  type OperationTraffic,
  operationStates,
} from './operation.ts';
import { type OwnerRule, ownerOf } from './ownership.ts';
import { foldedKey, type PathStat } from './path-stat.ts';
import { emptyTally, mergeTally, type PathTally } from './path-tally.ts';
import { apiSettingFor, bindServices, isSpec } from './service-binding.ts';
import type { KnownTemplate, Template, TemplateDecision } from './template.ts';
import { unnamed } from './template-match.ts';
import { learnTemplates } from './templating/learn.ts';

const DAY_MS = 86_400_000;
/** Operations listed as folded, per reason; the rest are counted. */
const FOLDED_LISTED_MAX = 20_000;

export interface ObservedPath {
  readonly id: number;
  readonly stat: PathStat;
  readonly tally: PathTally;
}

export interface InventoryInput {
  readonly paths: readonly ObservedPath[];
  readonly documents: readonly DeclaredApi[];
  readonly settings: Settings;
  /** Decisions made in the page or CLI; those in `stance.yaml` are added here. */
  readonly decisions: readonly TemplateDecision[];
  readonly owners: readonly OwnerRule[];
  /** Calls a day of one path for the 30 days up to the newest observation, oldest first. */
  readonly daily: (pathId: number) => readonly number[] | null;
  /** Finds values that a person named in data whose literals are gone. */
  readonly fingerprint: FingerprintFn;
}

export interface BuiltInventory {
  readonly operations: readonly Operation[];
  readonly folded: readonly FoldedPath[];
  readonly summary: InventorySummary;
  readonly findings: readonly Finding[];
  readonly assignments: readonly { readonly pathId: number; readonly operationId: string }[];
  /** Literals that turned out to be values: the store replaces them by their prints. */
  readonly foldedLiterals: readonly { readonly pathId: number; readonly segment: number }[];
}

interface ServiceGroup {
  readonly service: string;
  readonly stats: PathStat[];
  /** For each stat, the observed paths (one per host) behind it. */
  readonly members: ObservedPath[][];
}

export function buildInventory(input: InventoryInput): BuiltInventory {
  const context = buildContext(input);
  const operations = new Map<string, Operation>();
  const folded: FoldedPath[] = [];
  const assignments: { pathId: number; operationId: string }[] = [];
  const foldedLiterals: { pathId: number; segment: number }[] = [];
  const foldedCounts: Record<string, number> = {};
  let pathsInTemplates = 0;

  for (const group of groupByService(input, context)) {
    const learned = learnTemplates(group.stats, knownTemplates(group.service, input.documents), context.decisions, {
      fingerprint: input.fingerprint,
    });
    for (const template of learned.templates) {
      for (const { graphql, members } of byGraphql(template, group)) {
        const operation = observedOperation(group.service, template, graphql, members, input, context);
        operations.set(operation.id, operation);
        pathsInTemplates += members.length;
        for (const member of members)
          for (const pathId of [member.id, ...(member.tally.formerIds ?? [])]) assignments.push({ pathId, operationId: operation.id });
      }
    }
    for (const literal of learned.foldedLiterals)
      for (const member of group.members[literal.path] ?? []) foldedLiterals.push({ pathId: member.id, segment: literal.segment });
    for (const fold of learned.folded) {
      for (const member of group.members[fold.path] ?? []) {
        foldedCounts[fold.reason] = (foldedCounts[fold.reason] ?? 0) + 1;
        if (folded.length < FOLDED_LISTED_MAX) folded.push(foldedPath(group.service, fold.reason, member));
      }
    }
  }
  for (const operation of declaredOnly(input, context, operations)) operations.set(operation.id, operation);

  const rows = [...operations.values()].sort(
    (a, b) => compare(a.service, b.service) || compare(a.template, b.template) || compare(a.method, b.method) || compare(a.id, b.id),
  );
  const summary = summarise(rows, input.paths.length, pathsInTemplates, foldedCounts);
  const findings = [...input.documents.flatMap((document) => document.findings), ...inventoryFindings(rows)];
  return { operations: rows, folded, summary, findings: uniqueFindings(findings), assignments, foldedLiterals };
}

interface BuildContext {
  readonly serviceOf: (path: ObservedPath) => string;
  readonly decisions: readonly TemplateDecision[];
  readonly trafficEndMs: number | null;
  readonly trafficStartMs: number | null;
  readonly seenServices: ReadonlySet<string>;
  /** Sources that showed at least one credential: only they can show that one is missing. */
  readonly judgingSources: ReadonlySet<string>;
  readonly specs: ReadonlyMap<string, SpecIndex>;
  /** null when no gateway configuration is known. */
  readonly gatewayRoute: GatewayLookup;
  readonly gatewayKnown: boolean;
}

interface SpecIndex {
  readonly documents: readonly DeclaredApi[];
  readonly byKey: ReadonlyMap<string, readonly { readonly document: DeclaredApi; readonly operation: DeclaredOperation }[]>;
  readonly docsKnown: boolean;
}

function buildContext(input: InventoryInput): BuildContext {
  const scoped = (path: ObservedPath) => ({
    scope: path.stat.service,
    method: path.stat.method,
    path: pathText(path.stat),
    ok: path.stat.ok,
    hosts: Object.keys(path.tally.hosts),
  });
  const bind = bindServices(input.paths.map(scoped), input.documents, input.settings);
  const judging = new Set<string>();
  for (const { tally } of input.paths) {
    const credentialed = Object.entries(tally.auth).some(([kind, count]) => kind !== 'none' && kind !== 'unknown' && count > 0);
    if (credentialed) for (const source of tally.sources) judging.add(source);
  }
  const specs = new Map<string, SpecIndex>();
  for (const service of new Set(input.documents.filter(isSpec).map((document) => document.service))) {
    const documents = input.documents.filter((document) => document.service === service && isSpec(document));
    const byKey = new Map<string, { document: DeclaredApi; operation: DeclaredOperation }[]>();
    for (const document of documents) {
      for (const operation of document.operations) {
        const key = `${operation.method} ${unnamed(operation.template)}`;
        byKey.set(key, [...(byKey.get(key) ?? []), { document, operation }]);
      }
    }
    specs.set(service, {
      documents,
      byKey,
      docsKnown: documents.some((document) => document.operations.some((operation) => operation.docsUrl !== null)),
    });
  }
  return {
    serviceOf: (path) => bind(scoped(path)),
    decisions: [...input.settings.templates, ...input.decisions],
    trafficEndMs: extreme(
      input.paths.map((path) => path.stat.lastMs),
      Math.max,
    ),
    trafficStartMs: extreme(
      input.paths.map((path) => path.stat.firstMs),
      Math.min,
    ),
    seenServices: new Set(input.paths.filter((path) => path.stat.ok > 0).map((path) => bind(scoped(path)))),
    judgingSources: judging,
    specs,
    gatewayRoute: gatewayLookup(input.documents.filter((document) => !isSpec(document))),
    gatewayKnown: input.documents.some((document) => !isSpec(document) && document.operations.length > 0),
  };
}

/** Paths of one service, with those that differ only in host joined. */
function groupByService(input: InventoryInput, context: BuildContext): ServiceGroup[] {
  const services = new Map<string, Map<string, ObservedPath[]>>();
  for (const path of input.paths) {
    const service = context.serviceOf(path);
    let keys = services.get(service);
    if (keys === undefined) {
      keys = new Map();
      services.set(service, keys);
    }
    const key = `${path.stat.method} ${foldedKey({ ...path.stat, segments: withoutGraphql(path.stat).segments })}`;
    const held = keys.get(key);
    if (held === undefined) keys.set(key, [path]);
    else held.push(path);
  }
  return [...services]
    .sort((a, b) => compare(a[0], b[0]))
    .map(([service, keys]) => {
      const ordered = [...keys].sort((a, b) => compare(a[0], b[0]));
      return { service, stats: ordered.map(([, members]) => joinStats(service, members)), members: ordered.map(([, members]) => members) };
    });
}

function joinStats(service: string, members: readonly ObservedPath[]): PathStat {
  const renamed = members.map(({ stat }) => {
    const { segments } = withoutGraphql(stat);
    return { ...stat, service, segments, values: stat.values.slice(0, segments.length), echoes: stat.echoes.slice(0, segments.length) };
  });
  if (renamed.length === 1) return renamed[0] as PathStat;
  const stats = new PathStats();
  for (const stat of renamed) stats.mergeStat(stat);
  return stats.list()[0] as PathStat;
}

/** GraphQL operations ride on a path segment of their own, `#query products`, which no path can hold. */
function withoutGraphql(stat: PathStat): { segments: readonly string[]; graphql: string | null } {
  const last = stat.segments[stat.segments.length - 1];
  return last?.startsWith('#') === true
    ? { segments: stat.segments.slice(0, -1), graphql: last.slice(1) }
    : { segments: stat.segments, graphql: null };
}

function byGraphql(template: Template, group: ServiceGroup): { graphql: string | null; members: ObservedPath[] }[] {
  const parts = new Map<string | null, ObservedPath[]>();
  for (const index of template.paths) {
    for (const member of group.members[index] ?? []) {
      const { graphql } = withoutGraphql(member.stat);
      parts.set(graphql, [...(parts.get(graphql) ?? []), member]);
    }
  }
  return [...parts].map(([graphql, members]) => ({ graphql, members }));
}

function knownTemplates(service: string, documents: readonly DeclaredApi[]): KnownTemplate[] {
  return documents
    .filter((document) => document.service === service)
    .flatMap((document) =>
      document.operations
        .filter((operation) => !operation.template.includes('**'))
        .map(
          (operation): KnownTemplate => ({
            method: operation.method === '*' ? null : operation.method,
            template: operation.template,
            basis: isSpec(document) ? 'spec' : 'gateway',
          }),
        ),
    );
}

function observedOperation(
  service: string,
  template: Template,
  graphql: string | null,
  members: readonly ObservedPath[],
  input: InventoryInput,
  context: BuildContext,
): Operation {
  const tally = emptyTally();
  for (const member of members) mergeTally(tally, member.tally);
  const declared = context.specs.get(service)?.byKey.get(`${template.method} ${unnamed(template.template)}`) ?? [];
  return mergeOperation(
    {
      service,
      method: template.method,
      template: template.template,
      basis: template.basis,
      confidence: template.confidence,
      because: template.because,
      graphql,
      declared,
      tally,
      members,
    },
    input,
    context,
  );
}

/** Operations that documents declare and no observed template met. */
function* declaredOnly(input: InventoryInput, context: BuildContext, known: ReadonlyMap<string, Operation>): Generator<Operation> {
  for (const [service, index] of context.specs) {
    for (const [, declared] of index.byKey) {
      const first = declared[0]?.operation;
      if (first === undefined || known.has(operationId(service, first.method, first.template, null))) continue;
      // A GraphQL endpoint is met through its operations.
      if (first.kind === 'graphql' && [...known.values()].some((operation) => operation.service === service && operation.graphql !== null))
        continue;
      yield mergeOperation(
        {
          service,
          method: first.method,
          template: first.template,
          basis: 'spec',
          confidence: 1,
          because: `Declared in ${first.place.file}.`,
          graphql: null,
          declared,
          tally: null,
          members: [],
        },
        input,
        context,
      );
    }
  }
}

interface Parts {
  readonly service: string;
  readonly method: string;
  readonly template: string;
  readonly basis: Template['basis'];
  readonly confidence: number;
  readonly because: string;
  readonly graphql: string | null;
  readonly declared: readonly { readonly document: DeclaredApi; readonly operation: DeclaredOperation }[];
  readonly tally: PathTally | null;
  readonly members: readonly ObservedPath[];
}

function mergeOperation(parts: Parts, input: InventoryInput, context: BuildContext): Operation {
  const { service, method, template, tally } = parts;
  const first = parts.declared[0]?.operation ?? null;
  const hosts =
    tally === null
      ? unique(parts.declared.flatMap(({ document }) => document.hosts)).slice(0, 8)
      : Object.keys(tally.hosts).filter((host) => host !== '(more)');
  const setting = input.settings.apis.find((api) => api.name === service) ?? apiSettingFor(input.settings.apis, hosts[0] ?? null, template);
  const route = context.gatewayRoute(hosts, method, template);
  const traffic = tally === null ? null : trafficOf(parts.members, tally, input, context);
  const deprecated = parts.declared.some(({ operation }) => operation.deprecated) || (tally?.deprecation ?? null) !== null;
  const sunset = parts.declared.map(({ operation }) => operation.sunset).find((date) => date !== null) ?? tally?.sunset ?? null;
  const state = stateOf({
    declared: parts.declared.length > 0,
    deprecated,
    sunset,
    lastMs: traffic?.lastMs ?? null,
    trafficEndMs: context.trafficEndMs,
    serviceSeen: context.seenServices.has(service),
    silentAfterMs: input.settings.silentAfterDays * DAY_MS,
  });
  const owner = ownerOf(
    setting,
    parts.declared.map(({ document }) => document),
    input.owners,
    input.settings,
  );
  const judges = tally?.sources.some((source) => context.judgingSources.has(source)) ?? false;
  const limit = first?.limit ?? route?.operation.limit ?? null;
  const isPublic =
    setting?.publicOperations.some((open) => open === `${method} ${template}` || unnamed(open) === `${method} ${unnamed(template)}`) ??
    false;
  const merged: Omit<Operation, 'drift'> = {
    id: operationId(service, method, template, parts.graphql),
    kind: parts.graphql !== null ? 'graphql' : (first?.kind ?? (isGrpc(tally, template) ? 'grpc' : 'rest')),
    service,
    method,
    template,
    state,
    orphan: owner === null,
    templateBasis: parts.basis,
    confidence: parts.confidence,
    because: parts.because,
    hosts,
    environments: environmentsOf(hosts, tally, input.settings.environments),
    audience: setting?.audience != null ? { value: setting.audience, from: 'stance.yaml', confidence: 1 } : null,
    owner,
    dataLevel: setting?.dataLevel != null ? { value: setting.dataLevel, from: 'stance.yaml', confidence: 1 } : null,
    version: versionOf(template) ?? parts.declared[0]?.document.version ?? null,
    deprecated,
    sunset,
    docsUrl: first?.docsUrl ?? parts.declared[0]?.document.docsUrl ?? setting?.docs[0] ?? null,
    summary: first?.summary ?? null,
    auth: {
      declared: isPublic ? [] : (first?.security ?? null),
      seen: tally?.auth ?? {},
      judged: judges ? (tally?.judged ?? 0) : 0,
      okJudged: judges ? (tally?.okJudged ?? 0) : 0,
      okWithout: judges ? (tally?.okWithout ?? 0) : 0,
    },
    limit: limit === null ? null : { value: limit, from: first?.limit != null ? 'spec' : 'gateway', confidence: 0.9 },
    traffic,
    declared: [...parts.declared, ...(route === null ? [] : [route])].map(({ document, operation }) => ({
      format: document.format,
      place: operation.place,
      document: document.digest,
    })),
    fieldsDeclared: { request: first?.requestFields ?? [], response: first?.responseFields ?? [] },
    fieldsSeen:
      tally === null || (tally.requestFields === null && tally.responseFields === null)
        ? null
        : { request: fieldsSeen(tally.requestFields), response: fieldsSeen(tally.responseFields) },
    queryNames: tally === null ? [] : Object.keys(tally.queryNames).sort(),
    statusesDeclared: first?.statuses ?? [],
    statusesSeen: unique(parts.members.flatMap((member) => Object.keys(member.stat.statuses).map(Number))).sort((a, b) => a - b),
    credentialInUrl: tally?.credentialInUrl ?? 0,
    plainHttp: tally?.plainHttp ?? 0,
    sources: tally?.sources ?? [],
    graphql: parts.graphql,
  };
  const drift = driftOf({
    operation: merged,
    gatewaySecurity: route?.operation.security ?? null,
    gatewayRouted: context.gatewayKnown ? route !== null : null,
    gatewayLimit: route?.operation.limit ?? null,
    specDocuments: parts.declared
      .filter(({ document }) => document.format.startsWith('openapi'))
      .map(({ document }) => ({ file: document.place.file, digest: document.digest })),
    declaredQuery: new Set(
      parts.declared.flatMap(({ operation }) =>
        operation.parameters.filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name.replace(/\[\]$/, '.')),
      ),
    ),
    isPublic,
    docsKnown: context.specs.get(service)?.docsKnown ?? false,
  });
  return { ...merged, drift };
}

function trafficOf(members: readonly ObservedPath[], tally: PathTally, input: InventoryInput, context: BuildContext): OperationTraffic {
  const statusMix: Record<string, number> = {};
  let count = 0;
  let ok = 0;
  const daily = new Array<number>(30).fill(0);
  for (const { id, stat } of members) {
    count += stat.count;
    ok += stat.ok;
    for (const [status, calls] of Object.entries(stat.statuses)) {
      const kind = status === '0' ? 'none' : `${status[0]}xx`;
      statusMix[kind] = (statusMix[kind] ?? 0) + calls;
    }
    input.daily(id)?.forEach((calls, day) => {
      daily[day] = (daily[day] ?? 0) + calls;
    });
  }
  const firstMs =
    extreme(
      members.map((member) => member.stat.firstMs),
      Math.min,
    ) ?? 0;
  const lastMs =
    extreme(
      members.map((member) => member.stat.lastMs),
      Math.max,
    ) ?? 0;
  const stats = new PathStats();
  for (const { stat } of members) stats.mergeStat({ ...stat, service: '', method: '', segments: [], values: [], echoes: [] });
  const quantiles = latencyQuantiles(tally.latency, [0.5, 0.95, 0.99]);
  const days = Math.max(1, ((context.trafficEndMs ?? lastMs) - firstMs) / DAY_MS);
  return {
    count,
    ok,
    statusMix,
    clients: stats.list()[0]?.callers.estimate ?? 0,
    perDay: count / days,
    latencyMs: quantiles === null ? null : { p50: quantiles[0] ?? 0, p95: quantiles[1] ?? 0, p99: quantiles[2] ?? 0 },
    requestBytesMean: tally.requestBytesCount === 0 ? null : tally.requestBytes / tally.requestBytesCount,
    responseBytesMean: tally.responseBytesCount === 0 ? null : tally.responseBytes / tally.responseBytesCount,
    firstMs,
    lastMs,
    daily,
    peakPerCallerMinute: tally.peakPerCallerMinute,
  };
}

function environmentsOf(
  hosts: readonly string[],
  tally: PathTally | null,
  environments: readonly EnvironmentSetting[],
): Operation['environments'] {
  const named = environments.filter(
    (environment) =>
      hosts.some((host) => environment.hosts.some((pattern) => hostIn(pattern, host))) ||
      (tally !== null && environment.name in tally.environments),
  );
  return named.map(({ name, kind }) => ({ name, kind }));
}

function hostIn(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}

function foldedPath(service: string, reason: NoiseReason, member: ObservedPath): FoldedPath {
  return {
    id: `path_${member.id}`,
    service,
    method: member.stat.method,
    path: pathText(member.stat),
    reason,
    count: member.stat.count,
    statuses: Object.fromEntries(Object.entries(member.stat.statuses)),
    firstMs: member.stat.firstMs,
    lastMs: member.stat.lastMs,
  };
}

function summarise(
  operations: readonly Operation[],
  pathsSeen: number,
  pathsInTemplates: number,
  pathsFolded: Record<string, number>,
): InventorySummary {
  const byState = Object.fromEntries(operationStates.map((state) => [state, 0])) as Record<OperationState, number>;
  for (const operation of operations) byState[operation.state]++;
  // Only services that both lists cover can be compared.
  const seen = new Set(operations.filter((operation) => operation.traffic !== null).map((operation) => operation.service));
  const specified = new Set(
    operations.filter((operation) => operation.declared.some((entry) => isSpecFormat(entry.format))).map((operation) => operation.service),
  );
  const comparable = operations.filter(
    (operation) => seen.has(operation.service) && specified.has(operation.service) && operation.graphql === null,
  );
  const bySpec = comparable.filter((operation) => operation.declared.some((entry) => isSpecFormat(entry.format))).length;
  const byTraffic = comparable.filter((operation) => operation.traffic !== null).length;
  const both = comparable.filter(
    (operation) => operation.traffic !== null && operation.declared.some((entry) => isSpecFormat(entry.format)),
  ).length;
  return {
    operations: operations.length,
    services: new Set(operations.map((operation) => operation.service)).size,
    byState,
    orphans: operations.filter((operation) => operation.orphan).length,
    pathsSeen,
    pathsInTemplates,
    pathsFolded,
    completeness: estimateCompleteness(bySpec, byTraffic, both),
  };
}

export function operationId(service: string, method: string, template: string, graphql: string | null): string {
  return `op_${shortHash(`${service}\n${method}\n${unnamed(template)}\n${graphql ?? ''}`)}`;
}

function isSpecFormat(format: string): boolean {
  return format.startsWith('openapi') || format === 'postman-2.1';
}

function isGrpc(tally: PathTally | null, template: string): boolean {
  return tally !== null && 'grpc' in tally.agents && /^\/[\w.]+\.[\w]+\/\w+$/.test(template);
}

function versionOf(template: string): string | null {
  return /(?:^|\/)(v\d+(?:[._-]?\w+)?|\d{4}-\d{2}-\d{2})(?=\/|$)/.exec(template)?.[1] ?? null;
}

function fieldsSeen(counts: Record<string, number> | null): FieldSeen[] {
  return Object.keys(counts ?? {})
    .filter((key) => key !== '(more)')
    .sort()
    .map((key) => {
      const space = key.lastIndexOf(' ');
      return { path: key.slice(0, space), type: key.slice(space + 1) as FieldSeen['type'] };
    });
}

function pathText(stat: PathStat): string {
  return `/${stat.segments.join('/')}`;
}

function uniqueFindings(findings: readonly Finding[]): Finding[] {
  const byId = new Map<string, Finding>();
  for (const finding of findings) {
    const held = byId.get(finding.id);
    byId.set(finding.id, held === undefined ? finding : { ...held, places: [...held.places, ...finding.places].slice(0, 200) });
  }
  return [...byId.values()];
}

function extreme(values: readonly number[], pick: (a: number, b: number) => number): number | null {
  let best: number | null = null;
  for (const value of values) if (Number.isFinite(value)) best = best === null ? value : pick(best, value);
  return best;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
