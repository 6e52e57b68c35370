/** Which route of a gateway configuration leads to an operation: the longest path that fits, on a host that fits. */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import { splitPath, templateMatcher, unnamed } from './template-match.ts';

export interface GatewayRoute {
  readonly document: DeclaredApi;
  readonly operation: DeclaredOperation;
}

export type GatewayLookup = (hosts: readonly string[], method: string, template: string) => GatewayRoute | null;

interface RouteEntry extends GatewayRoute {
  readonly method: string;
  readonly template: string;
}

/** Routes of one document that lead from the same hosts. Exact routes are found by their segments. */
interface RouteGroup {
  /** [] = every host. */
  readonly hosts: readonly string[];
  readonly match: (method: string, template: string) => RouteEntry | null;
  /** Prefix routes (`/orders/**`) by their path, found by walking up. */
  readonly prefixes: ReadonlyMap<string, readonly RouteEntry[]>;
}

export function gatewayLookup(documents: readonly DeclaredApi[]): GatewayLookup {
  const groups = documents.flatMap(groupsOf);
  return (hosts, method, template) => {
    let best: RouteEntry | null = null;
    let bestNamesHost = false;
    for (const { hosts: routed, match, prefixes } of groups) {
      if (!onSameHost(routed, hosts)) continue;
      const found = match(method, template) ?? longestPrefix(prefixes, method, template);
      if (found === null) continue;
      const longer = found.template.length - (best?.template.length ?? -1);
      const namesHost = routed.length > 0;
      // Of equal paths the one for this host, as gateways decide.
      if (longer < 0 || (longer === 0 && (bestNamesHost || !namesHost))) continue;
      best = found;
      bestNamesHost = namesHost;
    }
    return best;
  };
}

/** Two routes may share method and path on different hosts, so each set of hosts is looked up apart. */
function groupsOf(document: DeclaredApi): RouteGroup[] {
  const byHosts = new Map<string, { readonly hosts: readonly string[]; readonly entries: RouteEntry[] }>();
  for (const operation of document.operations) {
    const hosts = operation.hosts ?? document.hosts;
    const key = [...hosts].sort().join(' ');
    const group = byHosts.get(key) ?? { hosts, entries: [] };
    group.entries.push({ document, operation, method: operation.method, template: operation.template });
    byHosts.set(key, group);
  }
  return [...byHosts.values()].map(({ hosts, entries }) => {
    const prefixes = new Map<string, RouteEntry[]>();
    for (const entry of entries) {
      if (!entry.template.endsWith('/**')) continue;
      const prefix = unnamed(entry.template.slice(0, -3));
      prefixes.set(prefix, [...(prefixes.get(prefix) ?? []), entry]);
    }
    return { hosts, match: templateMatcher(entries.filter((entry) => !entry.template.endsWith('/**'))), prefixes };
  });
}

function longestPrefix(prefixes: ReadonlyMap<string, readonly RouteEntry[]>, method: string, template: string): RouteEntry | null {
  const segments = splitPath(unnamed(template));
  for (let length = segments.length; length >= 0; length--) {
    const entries = prefixes.get(length === 0 ? '' : `/${segments.slice(0, length).join('/')}`);
    const found = entries?.find((entry) => entry.method === method) ?? entries?.find((entry) => entry.method === '*');
    if (found !== undefined) return found;
  }
  return null;
}

function onSameHost(routed: readonly string[], hosts: readonly string[]): boolean {
  return (
    routed.length === 0 ||
    hosts.length === 0 ||
    routed.some((host) => hosts.includes(host) || (host.startsWith('*.') && hosts.some((seen) => seen.endsWith(host.slice(1)))))
  );
}
