/** What the inventory is built from, and what is worked out once for all of it: services, specifications, routes, the end of the traffic. */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import type { FingerprintFn } from '../evidence/fingerprint.ts';
import type { Settings } from '../evidence/settings.ts';
import { type GatewayLookup, gatewayLookup } from './gateway-route.ts';
import type { OwnerRule } from './owner-pattern.ts';
import type { PathStat } from './path-stat.ts';
import type { PathTally } from './path-tally.ts';
import { bindServices, isSpec } from './service-binding.ts';
import type { TemplateDecision } from './template.ts';
import { unnamed } from './template-match.ts';

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

export interface BuildContext {
  readonly serviceOf: (path: ObservedPath) => string;
  readonly decisions: readonly TemplateDecision[];
  readonly trafficEndMs: number | null;
  readonly seenServices: ReadonlySet<string>;
  /** Sources that showed at least one credential: only they can show that one is missing. */
  readonly judgingSources: ReadonlySet<string>;
  readonly specs: ReadonlyMap<string, SpecIndex>;
  readonly gatewayRoute: GatewayLookup;
  /** Some gateway configuration was imported, so a missing route means something. */
  readonly gatewayKnown: boolean;
}

interface SpecIndex {
  readonly documents: readonly DeclaredApi[];
  readonly byKey: ReadonlyMap<string, readonly { readonly document: DeclaredApi; readonly operation: DeclaredOperation }[]>;
  readonly docsKnown: boolean;
}

export function buildContext(input: InventoryInput): BuildContext {
  const scoped = (path: ObservedPath) => ({
    scope: path.stat.service,
    method: path.stat.method,
    path: `/${withoutGraphql(path.stat).segments.join('/')}`,
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
    seenServices: new Set(input.paths.filter((path) => path.stat.ok > 0).map((path) => bind(scoped(path)))),
    judgingSources: judging,
    specs,
    gatewayRoute: gatewayLookup(input.documents.filter((document) => !isSpec(document))),
    gatewayKnown: input.documents.some((document) => !isSpec(document) && document.operations.length > 0),
  };
}

export function pathText(stat: PathStat): string {
  return `/${stat.segments.join('/')}`;
}

/** Smallest or largest of the finite values; null when there is none. */
export function extreme(values: readonly number[], pick: (a: number, b: number) => number): number | null {
  let best: number | null = null;
  for (const value of values) if (Number.isFinite(value)) best = best === null ? value : pick(best, value);
  return best;
}

/** GraphQL operations ride on a path segment of their own, `#query products`, which no path can hold. */
export function withoutGraphql(stat: PathStat): { segments: readonly string[]; graphql: string | null } {
  const last = stat.segments[stat.segments.length - 1];
  return last?.startsWith('#') === true
    ? { segments: stat.segments.slice(0, -1), graphql: last.slice(1) }
    : { segments: stat.segments, graphql: null };
}
