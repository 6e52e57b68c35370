/**
 * From observed paths, documents and settings to the inventory: services bound, templates learned, operations merged
 * from every source. Pure: the same stored paths and decisions always give the same inventory, whatever came first.
 */
import type { DeclaredApi } from '../evidence/declaration.ts';
import type { Finding } from '../evidence/finding.ts';
import type { NoiseReason } from '../evidence/observation.ts';
import { PathStats } from './aggregate.ts';
import { type BuildContext, buildContext, type InventoryInput, type ObservedPath, pathText, withoutGraphql } from './build-context.ts';
import { estimateCompleteness } from './completeness.ts';
import { inventoryFindings } from './inventory-findings.ts';
import { mergeOperation, operationId } from './merge-operation.ts';
import { type FoldedPath, type InventorySummary, type Operation, type OperationState, operationStates } from './operation.ts';
import { foldedKey, type PathStat } from './path-stat.ts';
import { emptyTally, mergeTally } from './path-tally.ts';
import { isSpec, isSpecFormat } from './service-binding.ts';
import type { KnownTemplate, Template } from './template.ts';
import { unnamed } from './template-match.ts';
import { learnTemplates } from './templating/learn.ts';

/** Operations listed as folded, per reason; the rest are counted. */
const FOLDED_LISTED_MAX = 20_000;

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
        for (const member of members) assignments.push({ pathId: member.id, operationId: operation.id });
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
    (a, b) =>
      compare(a.service, b.service) ||
      compare(a.template, b.template) ||
      compare(a.method, b.method) ||
      compare(a.graphql ?? '', b.graphql ?? ''),
  );
  const summary = summarise(rows, input.paths.length, pathsInTemplates, foldedCounts);
  const findings = [...input.documents.flatMap((document) => document.findings), ...inventoryFindings(rows)];
  return { operations: rows, folded, summary, findings: uniqueFindings(findings), assignments, foldedLiterals };
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

function uniqueFindings(findings: readonly Finding[]): Finding[] {
  const byId = new Map<string, Finding>();
  for (const finding of findings) {
    const held = byId.get(finding.id);
    byId.set(finding.id, held === undefined ? finding : { ...held, places: [...held.places, ...finding.places].slice(0, 200) });
  }
  return [...byId.values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
