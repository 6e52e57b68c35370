/** Gathers what guards are, run and decided, as facts for the controls. Reads the weakest setting that may hold, never a stronger one. */
import { type GuardedOperation, type GuardFacts, type GuardSettings, guardSeenMs, weaker } from '../engine/controls/guard-facts.ts';
import { type Mode, type Section, sections } from '../engine/evidence/decision.ts';
import type { DecisionGroup } from '../engine/evidence/decision-group.ts';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import { isSpec } from '../engine/inventory/service-binding.ts';
import { type CompiledPolicy, compilePolicy } from '../engine/policy/compile.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { ListEntry, Policy, RequestMatch } from '../engine/policy/policy.ts';
import type { GuardWorker, Store } from '../store/store.ts';
import { guardOverview } from './guard-status.ts';
import { PolicyVersions } from './policy-versions.ts';
import { operationFinder } from './threats-findings.ts';

const WINDOW_MS = 7 * 86_400_000;
/** Operations looked up one by one; beyond, the less called ones stay unknown. */
const OPERATIONS_MAX = 500;
/** Newest calls of an operation among which one of a guard is looked for. */
const ROWS_MAX = 20;
/** Hosts of an operation that a policy is asked for. */
const HOSTS_MAX = 5;
const VERSIONS_LOOKED_AT = 50;
/** Stands for any value in a path; no policy names it. */
const ANY_VALUE = 'stance-any-value';

export async function gatherGuardFacts(
  store: Store,
  {
    operations,
    documents,
    nowMs,
  }: { readonly operations: readonly Operation[]; readonly documents: readonly DeclaredApi[]; readonly nowMs: number },
): Promise<GuardFacts | null> {
  const workers = await store.listGuardWorkers();
  if (workers.length === 0) return null;
  const overview = await guardOverview(store, nowMs);
  const recent = workers.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
  const span = { fromMs: nowMs - WINDOW_MS };
  const limited = { section: ['limits', 'overload'], outcome: ['block'] };
  const [totals, refused, refusedProven, groups, policies] = await Promise.all([
    store.decisionTotals(span),
    store.decisionTotals({ ...span, only: limited }),
    store.decisionTotals({ ...span, only: limited, not: { principal: [''] } }),
    store.decisionGroups(span),
    runningPolicies(
      store,
      workers.filter((worker) => overview.workers.some(({ id, isAlive }) => id === worker.id && isAlive)),
      nowMs,
    ),
  ]);
  const readings = policies === null ? null : policies.flatMap((policy) => readingsOf(policy, documents));
  return {
    alive: overview.alive,
    heardMs: Math.max(...workers.map(({ atMs }) => atMs)),
    doors: overview.doors,
    versions: overview.policyVersions,
    requests: recent.reduce((sum, { status }) => sum + status.requests, 0),
    lost: recent.reduce((sum, { status }) => sum + status.lostObservations + status.lostDecisions, 0),
    policy:
      policies === null
        ? null
        : {
            overload: weakest(policies.map((policy) => below(policy, 'overload', policy.overload.mode))),
            slow: weakest(policies.map((policy) => below(policy, 'behaviour', policy.behaviour.slow))),
          },
    operations: await guardedOperations(store, { operations, groups, readings, nowMs }),
    throttled: {
      requests: totals.request,
      refused: refused.block,
      refusedProven: refusedProven.block,
    },
  };
}

/** Every policy that some worker runs, each with the mode it runs in; null = one of them is not kept here. */
async function runningPolicies(store: Store, alive: readonly GuardWorker[], nowMs: number): Promise<readonly Policy[] | null> {
  const versions = new PolicyVersions(store, () => nowMs);
  const found = new Map<string, Policy>();
  for (const { status } of alive) {
    const { policyVersion, mode } = status;
    const key = `${policyVersion} ${mode ?? ''}`;
    if (found.has(key)) continue;
    const policy = await policyNamed(versions, policyVersion);
    // A guard can be told on its command line to enforce less than its policy says: without its word nothing is known.
    if (policy === null || mode === undefined) return null;
    found.set(key, { ...policy, mode });
  }
  const { candidate } = await versions.policies();
  const policies = [...found.values()];
  return policies.length === 0 ? null : candidate === null ? policies : [...policies, candidate];
}

async function policyNamed(versions: PolicyVersions, name: string): Promise<Policy | null> {
  if (name === defaultPolicy.version) return defaultPolicy;
  const number = /^p(\d+)$/.exec(name)?.[1] ?? (await versions.list(VERSIONS_LOOKED_AT)).find(({ digest }) => digest === name)?.number;
  if (number === undefined) return null;
  return versions.policyOf(Number(number)).then(
    ({ policy }) => policy,
    () => null,
  );
}

interface Reading {
  readonly compiled: CompiledPolicy;
  readonly policy: Policy;
}

/** A worker may know other specifications than this workspace, and senders can differ: each combination is one reading. */
function readingsOf(policy: Policy, documents: readonly DeclaredApi[]): readonly Reading[] {
  const contracts = documents
    .filter(isSpec)
    .map(({ service, hosts, basePaths, operations }) => ({ service, hosts, basePaths, operations }));
  const forAnySender = {
    ...policy,
    routes: policy.routes.map((route) => ({ ...route, match: anySender(route.match) })),
    lists: { ...policy.lists, allow: policy.lists.allow.filter(({ match }) => !isAboutSender(match)) },
    rules: policy.rules.filter(({ match }) => !isAboutSender(match)),
  };
  return [policy, forAnySender].flatMap((one) => [[], contracts].map((known) => ({ policy: one, compiled: compilePolicy(one, known) })));
}

function anySender({ addresses: _addresses, agents: _agents, ...rest }: RequestMatch): RequestMatch {
  return rest;
}

function isAboutSender(match: ListEntry['match']): boolean {
  return [match.addresses, match.agents, match.subjects, match.tenants, match.authenticated].some((part) => part !== undefined);
}

async function guardedOperations(
  store: Store,
  parts: {
    readonly operations: readonly Operation[];
    readonly groups: readonly DecisionGroup[];
    readonly readings: readonly Reading[] | null;
    readonly nowMs: number;
  },
): Promise<ReadonlyMap<string, GuardedOperation>> {
  const { operations, groups, readings, nowMs } = parts;
  const guards = new Set((await store.listSources()).filter(({ format }) => format === 'guard').map(({ id }) => id));
  const decided = new Map<string, DecisionGroup[]>();
  const operationOf = operationFinder(operations);
  for (const group of groups) {
    const id = operationOf(group);
    if (id === null) continue;
    const known = decided.get(id);
    if (known === undefined) decided.set(id, [group]);
    else known.push(group);
  }
  const wanted = operations
    .filter((operation) => decided.has(operation.id) || operation.sources.some((id) => guards.has(id)))
    .sort((a, b) => (b.traffic?.count ?? 0) - (a.traffic?.count ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, OPERATIONS_MAX);
  const found = new Map<string, GuardedOperation>();
  for (const operation of wanted) {
    const own = decided.get(operation.id) ?? [];
    const passedMs = await lastPassed(store, operation, guards);
    const seenMs = own.reduce((newest, { lastMs }) => Math.max(newest, lastMs), passedMs);
    if (nowMs - seenMs > guardSeenMs) continue;
    found.set(operation.id, {
      seenMs,
      settings: readings === null ? null : settingsOf(readings, operation, nowMs),
      decided: own.map(({ section, rule, outcome, count, lastMs, incident }) => ({ section, rule, outcome, count, lastMs, incident })),
    });
  }
  return found;
}

/** Newest call of an operation that a guard let through. */
async function lastPassed(store: Store, operation: Operation, guards: ReadonlySet<string>): Promise<number> {
  if (!operation.sources.some((id) => guards.has(id))) return 0;
  const pathIds = await store.pathIdsOf(operation.id);
  if (pathIds.length === 0) return 0;
  const rows = await store.listExchanges({ pathIds, limit: ROWS_MAX });
  return rows.find(({ sourceId }) => guards.has(sourceId))?.atMs ?? 0;
}

function settingsOf(readings: readonly Reading[], operation: Operation, nowMs: number): GuardSettings | null {
  const hosts = operation.hosts.length === 0 ? [null] : operation.hosts.slice(0, HOSTS_MAX);
  let all: GuardSettings | null = null;
  for (const reading of readings) {
    for (const host of hosts) {
      const one = settingsIn(reading, headOf(operation, host), nowMs);
      all = all === null ? one : weaker(all, one);
    }
  }
  return all;
}

function settingsIn({ compiled, policy }: Reading, head: RequestHead, nowMs: number): GuardSettings {
  const route = compiled.resolve(head);
  const { settings } = route;
  const lists = compiled.lists(head, route, null, nowMs);
  const mode = (section: Section): Mode => {
    // An entry that lets everybody pass, or an exception for all of it, leaves nothing of the mode.
    const isLifted =
      lists.exceptions.has(section) || (lists.allowedBy !== null && section !== 'authentication' && section !== 'authorization');
    return isLifted ? 'off' : route.mode(section);
  };
  const asked = [settings.authentication, settings.scopes, settings.roles].some((names) => (names ?? []).length > 0);
  const names = new Set(settings.limits ?? []);
  return {
    modes: Object.fromEntries(sections.map((section) => [section, mode(section)])) as Record<Section, Mode>,
    isPublic: settings.public === true,
    asksForCaller: settings.public !== true && asked,
    providers: policy.providers.filter(({ name }) => (settings.authentication ?? []).includes(name)),
    limits: policy.limits.filter(({ name }) => names.has(name) && !lists.exceptions.has(`limits.${name}`)),
    guessing: weakest([mode('behaviour'), policy.behaviour.guessing]),
    weakCategories: Object.entries(policy.attacks.categories)
      .filter(([, own]) => own !== 'block')
      .map(([category]) => category),
    bodyBytesMax: settings.bodyBytesMax ?? null,
    depthMax: policy.validation.depthMax,
    failMode: settings.failMode ?? 'closed',
  };
}

function headOf(operation: Operation, host: string | null): RequestHead {
  return {
    method: operation.method,
    scheme: 'https',
    host,
    path: operation.template.replace(/\{[^}]*\}/g, ANY_VALUE),
    query: null,
    headers: [],
    clientAddress: null,
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
  };
}

/** A mode of its own under those of the policy and of its section. */
function below(policy: Policy, section: Section, own: Mode): Mode {
  return weakest([
    policy.mode,
    policy.modes[section] ?? 'block',
    policy.defaults.mode ?? 'block',
    policy.defaults.modes?.[section] ?? 'block',
    own,
  ]);
}

function weakest(modes: readonly Mode[]): Mode {
  return modes.includes('off') ? 'off' : modes.includes('log') ? 'log' : 'block';
}
