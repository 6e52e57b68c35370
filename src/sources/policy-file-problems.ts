/** What a policy file says that fits its schema and still cannot be meant: names of nothing, and protection that protects nobody. */
import { sections } from '../engine/evidence/decision.ts';
import { nearestName } from './nearest-name.ts';
import type { PolicyFile, RouteFile } from './policy-schema.ts';
import { milliseconds, serviceAddress } from './policy-schema-values.ts';

export interface PolicyProblem {
  /** Keys from the root of the policy. */
  readonly at: readonly string[];
  readonly message: string;
}

const skewMsMax = 5 * 60_000;
const cacheMsMax = 15 * 60_000;
const windowMsMin = 1000;

export function policyProblems(file: PolicyFile): PolicyProblem[] {
  return [...providerProblems(file), ...limitProblems(file), ...entryProblems(file), ...routeProblems(file), ...boundProblems(file)];
}

function providerProblems({ providers }: PolicyFile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [name, stated] of Object.entries(providers ?? {})) {
    const add = (key: string, message: string) => problems.push({ at: ['providers', name, key], message });
    if ('clock-skew' in stated && stated['clock-skew'] !== undefined && milliseconds(stated['clock-skew']) > skewMsMax)
      add('clock-skew', 'expected at most 5m: a token would outlive its end by more');
    if (stated.kind === 'introspection' && stated.cache !== undefined && milliseconds(stated.cache) > cacheMsMax)
      add('cache', 'expected at most 15m: a token that was withdrawn would be believed for longer');
    if (stated.kind !== 'jwt') continue;
    const shared = stated.algorithms.filter((algorithm) => algorithm.startsWith('HS'));
    if (shared.length > 0 && shared.length < stated.algorithms.length)
      add('algorithms', 'expected algorithms of one kind: with both, a public key can be passed off as a shared secret');
    if (stated.jwks?.includes('://') === true && !serviceAddress.safeParse(stated.jwks).success)
      add('jwks', 'expected an https:// address (http:// only on this machine), or a file');
    if (stated.jwks === undefined && !serviceAddress.safeParse(stated.issuer).success)
      add('issuer', 'expected an https:// address, because without `jwks` the keys are asked for there');
  }
  return problems;
}

function limitProblems({ limits }: PolicyFile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [name, stated] of Object.entries(limits ?? {})) {
    const add = (key: string, message: string) => problems.push({ at: ['limits', name, key], message });
    if (stated.by === 'account' && stated['account-field'] === undefined)
      add('by', 'expected `account-field` beside it: the body field that names the account, such as $.username');
    if (stated.by !== 'account' && stated['account-field'] !== undefined) add('account-field', 'has a meaning with `by: account` only');
    if (stated.plans !== undefined && stated['plan-claim'] === undefined)
      add('plans', 'expected `plan-claim` beside it: the claim that names the plan');
    if (!['hour', 'day', 'month'].includes(stated.window) && milliseconds(stated.window) < windowMsMin)
      add('window', 'expected at least 1s');
  }
  return problems;
}

/** Lists and rules: each has a name of its own, matches something less than everything, and leaves out what exists. */
function entryProblems({ lists, rules }: PolicyFile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const groups = [
    { at: ['lists', 'allow'], entries: lists?.allow ?? [] },
    { at: ['lists', 'deny'], entries: lists?.deny ?? [] },
    { at: ['rules'], entries: rules ?? [] },
  ];
  for (const { at, entries } of groups) {
    problems.push(...doubleIds(at, entries));
    for (const [index, { match }] of entries.entries())
      if (Object.keys(match).length === 0)
        problems.push({ at: [...at, String(index), 'match'], message: 'expected something to match: it would fit every request' });
  }
  for (const [index, { except }] of (rules ?? []).entries()) {
    for (const [place, named] of (except ?? []).entries()) {
      const section = named.split(/[.@]/, 1)[0] ?? '';
      if ((sections as readonly string[]).includes(section)) continue;
      problems.push({ at: ['rules', String(index), 'except', String(place)], message: unknownName(section, 'kind of check', sections) });
    }
  }
  return problems;
}

function routeProblems(file: PolicyFile): PolicyProblem[] {
  const routes = file.routes ?? [];
  const named = routes.flatMap(({ id }) => (id === undefined ? [] : [{ id }]));
  const problems = doubleIds(
    ['routes'],
    named.length === routes.length ? named : routes.map(({ id }, at) => ({ id: id ?? `route-${at + 1}` })),
  );
  if (file.defaults !== undefined) problems.push(...settingsProblems(['defaults'], file.defaults, file));
  for (const [index, { match, ...settings }] of routes.entries()) {
    const at = ['routes', String(index)];
    if (Object.keys(match).length === 0)
      problems.push({ at: [...at, 'match'], message: 'expected something to match; what holds for every request is `defaults`' });
    problems.push(...settingsProblems(at, settings, file));
  }
  return problems;
}

function settingsProblems(at: readonly string[], settings: RouteFile, file: PolicyFile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const add = (key: string, message: string) => problems.push({ at: [...at, key], message });
  const providers = Object.keys(file.providers ?? {});
  for (const name of settings.authentication ?? [])
    if (!providers.includes(name)) add('authentication', unknownName(name, 'provider', providers));
  const limits = Object.keys(file.limits ?? {});
  for (const name of settings.limits ?? []) if (!limits.includes(name)) add('limits', unknownName(name, 'limit', limits));
  const demands = (['authentication', 'scopes', 'roles'] as const).filter((key) => (settings[key] ?? []).length > 0);
  const [demand] = demands;
  if (settings.public === true && demand !== undefined)
    add('public', `expected either this or \`${demand}\`: what is open to anyone asks nobody who they are`);
  if (providers.length === 0 && demand !== undefined && demand !== 'authentication')
    add(demand, 'expected `providers`: without one nobody can prove to have them');
  return problems;
}

function boundProblems({ overload, upstreams, canary }: PolicyFile): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const least = overload?.['concurrency-min'];
  const most = overload?.['concurrency-max'];
  if (least !== undefined && most !== undefined && least > most)
    problems.push({ at: ['overload', 'concurrency-min'], message: `expected at most \`concurrency-max\`, which is ${most}` });
  for (const [name, stated] of Object.entries(upstreams ?? {})) {
    for (const key of ['connect-timeout', 'answer-timeout'] as const) {
      const value = stated[key];
      if (value !== undefined && milliseconds(value) === 0)
        problems.push({ at: ['upstreams', name, key], message: 'expected more than nothing' });
    }
  }
  if (canary !== undefined && milliseconds(canary.for) === 0)
    problems.push({ at: ['canary', 'for'], message: 'expected more than nothing' });
  return problems;
}

function doubleIds(at: readonly string[], entries: readonly { readonly id: string }[]): PolicyProblem[] {
  const seen = new Set<string>();
  const problems: PolicyProblem[] = [];
  for (const [index, { id }] of entries.entries()) {
    if (seen.has(id)) problems.push({ at: [...at, String(index), 'id'], message: `expected a name of its own: ${id} is taken` });
    seen.add(id);
  }
  return problems;
}

function unknownName(name: string, noun: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== null) return `there is no ${noun} ${name}; did you mean \`${nearest}\`?`;
  return known.length === 0 ? `there is no ${noun} ${name}, nor any other` : `there is no ${noun} ${name}; known here: ${known.join(', ')}`;
}
