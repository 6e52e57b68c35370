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

/** Exact routes are found by their segments; prefix routes (`/orders/**`) by walking up the path. */
export function gatewayLookup(documents: readonly DeclaredApi[]): GatewayLookup {
  const perDocument = documents.map((document) => {
    const entries = document.operations.map(
      (operation): RouteEntry => ({ document, operation, method: operation.method, template: operation.template }),
    );
    const prefixes = new Map<string, RouteEntry[]>();
    for (const entry of entries) {
      if (!entry.template.endsWith('/**')) continue;
      const prefix = unnamed(entry.template.slice(0, -3));
      prefixes.set(prefix, [...(prefixes.get(prefix) ?? []), entry]);
    }
    return { document, match: templateMatcher(entries.filter((entry) => !entry.template.endsWith('/**'))), prefixes };
  });
  return (hosts, method, template) => {
    let best: RouteEntry | null = null;
    for (const { document, match, prefixes } of perDocument) {
      if (!onSameHost(document, hosts)) continue;
      const found = match(method, template) ?? longestPrefix(prefixes, method, template);
      if (found !== null && (best === null || found.template.length > best.template.length)) best = found;
    }
    return best;
  };
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

function onSameHost(document: DeclaredApi, hosts: readonly string[]): boolean {
  return (
    document.hosts.length === 0 ||
    hosts.length === 0 ||
    document.hosts.some((host) => hosts.includes(host) || (host.startsWith('*.') && hosts.some((seen) => seen.endsWith(host.slice(1)))))
  );
}
