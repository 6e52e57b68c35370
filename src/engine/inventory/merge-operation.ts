/** One operation, merged from documents, traffic, gateway and settings, each field with where it came from. */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import { shortHash } from '../evidence/finding.ts';
import type { FieldSeen } from '../evidence/observation.ts';
import type { EnvironmentSetting } from '../evidence/settings.ts';
import { type BuildContext, extreme, type InventoryInput, type ObservedPath } from './build-context.ts';
import { driftOf } from './drift.ts';
import { latencyQuantiles } from './latency-sketch.ts';
import { stateOf } from './lifecycle.ts';
import type { Operation, OperationTraffic } from './operation.ts';
import { ownerOf } from './ownership.ts';
import type { PathTally } from './path-tally.ts';
import { apiSettingFor } from './service-binding.ts';
import type { Template } from './template.ts';
import { unnamed } from './template-match.ts';
import { emptyCount, mergeCount } from './value-count.ts';

const DAY_MS = 86_400_000;

export interface OperationParts {
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

/** One operation from every source that knows it. */
export function mergeOperation(parts: OperationParts, input: InventoryInput, context: BuildContext): Operation {
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
    kind: parts.graphql !== null ? 'graphql' : (first?.kind ?? (isGrpc(parts.members) ? 'grpc' : 'rest')),
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
      deniedWithout: judges ? (tally?.deniedWithout ?? 0) : 0,
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
    overTls: tally?.overTls ?? 0,
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
  const callers = emptyCount();
  for (const { stat } of members) mergeCount(callers, stat.callers);
  const quantiles = latencyQuantiles(tally.latency, [0.5, 0.95, 0.99]);
  const days = Math.max(1, ((context.trafficEndMs ?? lastMs) - firstMs) / DAY_MS);
  return {
    count,
    ok,
    statusMix,
    clients: callers.estimate,
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

export function operationId(service: string, method: string, template: string, graphql: string | null): string {
  return `op_${shortHash(`${service}\n${method}\n${unnamed(template)}\n${graphql ?? ''}`)}`;
}

/** gRPC says so in the type of its answers (`application/grpc`, `application/grpc-web+proto`). */
function isGrpc(members: readonly ObservedPath[]): boolean {
  return members.some(({ stat }) => Object.keys(stat.responseTypes).some((type) => type.startsWith('application/grpc')));
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

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
