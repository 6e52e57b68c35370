/**
 * Which service a path belongs to. Traffic knows hosts, documents know names; what joins them is, in this order: what a
 * source states, `stance.yaml`, the hosts a document names, and, where those fail, how many calls fit the document.
 */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import type { ApiSetting, Settings } from '../evidence/settings.ts';
import { templateMatcher } from './template-match.ts';

/** Where traffic was met: a stated service, a host, or neither. Held in `PathStat.service` until it is bound. */
export interface Scope {
  readonly service: string | null;
  readonly host: string | null;
}

/**
 * Two things must agree before a document and a scope are joined without a host: the scope's calls are explained by the
 * document, or most of the document is met; and by more than a chance likeness (`/health`, `/{id}`).
 */
const FIT_SHARE_MIN = 0.3;
const FIT_OPERATIONS_MIN = 2;
/** Name for traffic that names neither service nor host. */
export const NAMELESS = 'default';

export function scopeKey(scope: Scope): string {
  return scope.service !== null ? `service:${scope.service}` : scope.host !== null ? `host:${scope.host}` : '';
}

export function parseScope(key: string): Scope {
  if (key.startsWith('service:')) return { service: key.slice(8), host: null };
  if (key.startsWith('host:')) return { service: null, host: key.slice(5) };
  return { service: null, host: null };
}

export interface ScopedPath {
  /** Scope key. */
  readonly scope: string;
  readonly method: string;
  readonly path: string;
  readonly ok: number;
  readonly hosts: readonly string[];
}

type Matcher = ReturnType<typeof templateMatcher<DeclaredOperation>>;

/** Gives each path its service; pure, and the same for any order of paths. */
export function bindServices(
  paths: readonly ScopedPath[],
  documents: readonly DeclaredApi[],
  settings: Settings,
): (path: ScopedPath) => string {
  const specs = documents.filter((document) => isSpec(document));
  const known = new Set([...settings.apis.map((api) => api.name), ...specs.map((document) => document.service)]);
  const byScope = new Map<string, string[]>();
  for (const key of [...new Set(paths.map((path) => path.scope))].sort()) byScope.set(key, boundDocuments(key, paths, specs));
  const matchers = new Map<string, Matcher>();
  // Most paths have one candidate and need no matcher, which is costly to make of a large document.
  const fits = (service: string, path: ScopedPath): boolean => {
    let match = matchers.get(service);
    if (match === undefined) {
      match = templateMatcher(specs.filter((document) => document.service === service).flatMap((document) => document.operations));
      matchers.set(service, match);
    }
    return match(path.method, path.path) !== null || match('*', path.path) !== null;
  };
  return (path) => {
    const scope = parseScope(path.scope);
    const host = scope.host ?? path.hosts[0] ?? null;
    // A stated name that is known says more than the host, which may carry many services.
    if (scope.service !== null && known.has(scope.service)) return scope.service;
    const setting = apiSettingFor(settings.apis, host, path.path);
    if (setting !== null) return setting.name;
    const candidates = byScope.get(path.scope) ?? [];
    if (candidates.length === 1) return candidates[0] as string;
    const fitting = candidates.filter((name) => fits(name, path));
    if (fitting.length > 0) return fitting[0] as string;
    const based = candidates
      .map((name) => ({
        name,
        base: longestBase(
          specs.filter((document) => document.service === name),
          path.path,
        ),
      }))
      .filter((entry) => entry.base > 0)
      .sort((a, b) => b.base - a.base || (a.name < b.name ? -1 : 1));
    if (based[0] !== undefined) return based[0].name;
    return scope.service ?? host ?? NAMELESS;
  };
}

/** Documents that declare operations (specs, collections), not gateway routes. */
export function isSpec(document: DeclaredApi): boolean {
  return isSpecFormat(document.format);
}

export function isSpecFormat(format: string): boolean {
  return format.startsWith('openapi') || format === 'postman-2.1';
}

/** The `stance.yaml` entry that claims this host and path; the longest path prefix wins. */
export function apiSettingFor(apis: readonly ApiSetting[], host: string | null, path: string): ApiSetting | null {
  let best: { setting: ApiSetting; length: number } | null = null;
  for (const setting of apis) {
    if (setting.hosts.length > 0 && (host === null || !setting.hosts.includes(host))) continue;
    if (setting.hosts.length === 0 && setting.paths.length === 0) continue;
    const prefix =
      setting.paths.length === 0
        ? ''
        : setting.paths.filter((candidate) => underPrefix(path, candidate)).sort((a, b) => b.length - a.length)[0];
    if (prefix === undefined) continue;
    if (best === null || prefix.length > best.length) best = { setting, length: prefix.length };
  }
  return best?.setting ?? null;
}

export function underPrefix(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/\*{0,2}$/, '');
  return path === bare || path.startsWith(`${bare}/`) || bare === '';
}

function boundDocuments(key: string, paths: readonly ScopedPath[], specs: readonly DeclaredApi[]): string[] {
  const scope = parseScope(key);
  if (scope.service !== null && specs.some((document) => document.service === scope.service)) return [scope.service];
  const byHost = specs.filter((document) => scope.host !== null && document.hosts.some((host) => hostFits(host, scope.host as string)));
  if (byHost.length > 0) return unique(byHost.map((document) => document.service));
  // Hosts in a document are often those of another environment. Then the calls decide: which documents explain them?
  const answered = paths.filter((path) => path.scope === key && path.ok > 0);
  const calls = answered.reduce((sum, path) => sum + path.ok, 0);
  if (calls === 0) return [];
  const fits = unique(specs.map((document) => document.service)).map((service) => fitOf(service, specs, answered, calls));
  return fits
    .filter(
      (fit) =>
        fit.met >= Math.min(FIT_OPERATIONS_MIN, fit.operations) &&
        (fit.callShare >= FIT_SHARE_MIN || fit.met / fit.operations >= FIT_SHARE_MIN),
    )
    .sort((a, b) => b.callShare - a.callShare || (a.service < b.service ? -1 : 1))
    .map((fit) => fit.service);
}

interface Fit {
  readonly service: string;
  readonly operations: number;
  /** Operations of the document that at least one answered path meets. */
  readonly met: number;
  readonly callShare: number;
}

function fitOf(service: string, specs: readonly DeclaredApi[], answered: readonly ScopedPath[], calls: number): Fit {
  // A template without fixed text (`/{id}`) fits anything and proves nothing.
  const operations = specs
    .filter((document) => document.service === service)
    .flatMap((document) => document.operations)
    .filter((operation) => /\/[^{/]/.test(operation.template));
  const match = templateMatcher(operations);
  const met = new Set<string>();
  let fitting = 0;
  for (const path of answered) {
    const found = match(path.method, path.path);
    if (found === null) continue;
    met.add(`${found.method} ${found.template}`);
    fitting += path.ok;
  }
  return { service, operations: operations.length, met: met.size, callShare: fitting / calls };
}

/** A document host may hold `{variables}` or a leading wildcard. */
function hostFits(declared: string, seen: string): boolean {
  if (declared === seen) return true;
  if (!declared.includes('{') && !declared.startsWith('*.')) return false;
  const pattern = declared.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]*\}|\*/g, '[^./:]+');
  return new RegExp(`^${pattern}$`).test(seen);
}

function longestBase(documents: readonly DeclaredApi[], path: string): number {
  let longest = 0;
  for (const document of documents)
    for (const base of document.basePaths)
      if (base !== '/' && base !== '' && underPrefix(path, base)) longest = Math.max(longest, base.length);
  return longest;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
