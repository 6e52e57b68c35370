/** What the policy in force says of one API or one operation: which routes hold there, and from where each setting comes. */
import { type Mode, sections } from '../engine/evidence/decision.ts';
import { splitPath } from '../engine/http/path-template.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { type Fit, MaskedMatch } from '../engine/policy/masked-match.ts';
import { type ModeOrigin, modeOrigin } from '../engine/policy/mode-origin.ts';
import type { LimitPolicy, ListEntry, Policy, RequestMatch } from '../engine/policy/policy.ts';
import { settingsFrom } from './policy-explanation.ts';
import { PolicyVersions } from './policy-versions.ts';
import type { Workspace } from './use-cases.ts';

export interface Place {
  readonly service: string;
  /** null = the API as a whole. */
  readonly method: string | null;
  readonly template: string | null;
}

/** `unknown` = it depends on what only a request can tell. */
type Fits = Exclude<Fit, 'no'>;

export interface PolicyPlace {
  readonly policyVersion: string;
  readonly routes: readonly { readonly id: string; readonly fit: Fits }[];
  readonly sections: readonly ModeOrigin[];
  readonly settings: readonly { readonly name: string; readonly value: string; readonly from: string }[];
  readonly limits: readonly Pick<LimitPolicy, 'name' | 'by' | 'requests' | 'windowSeconds' | 'window' | 'mode'>[];
  readonly validation: readonly { readonly what: string; readonly mode: Mode }[];
  readonly entries: readonly PolicyEntry[];
}

export interface PolicyEntry {
  readonly kind: 'rule' | 'exception' | 'allow' | 'deny';
  readonly id: string;
  readonly mode: 'log' | 'block' | null;
  readonly because: string;
  readonly untilMs: number | null;
  readonly fit: Fits;
}

export async function policyAt(workspace: Workspace, place: Place, now: () => number): Promise<PolicyPlace> {
  const policy = (await new PolicyVersions(workspace.store, now).policies()).active ?? defaultPolicy;
  const fitOf = (match: RequestMatch) => placeFit(match, place, workspace, now());
  const held = policy.routes.flatMap((route) => {
    const fit = fitOf(route.match);
    return fit === 'no' ? [] : [{ route, fit }];
  });
  const routes = held.map(({ route }) => route);
  const settings = settingsFrom(policy, routes);
  const named = settings.find(({ name }) => name === 'limits')?.value;
  const entry = (kind: PolicyEntry['kind'], { id, match, because, untilMs }: ListEntry, mode: PolicyEntry['mode']): PolicyEntry[] => {
    const fit = fitOf(match);
    return fit === 'no' || (untilMs !== null && untilMs <= now()) ? [] : [{ kind, id, mode, because, untilMs, fit }];
  };
  return {
    policyVersion: policy.version,
    routes: held.map(({ route, fit }) => ({ id: route.id, fit })),
    sections: sections.map((section) => modeOrigin(policy, routes, section)),
    settings: settings.map(({ name, value, from }) => ({ name, value: JSON.stringify(value), from })),
    limits: policy.limits
      .filter(({ name }) => Array.isArray(named) && named.includes(name))
      .map(({ name, by, requests, windowSeconds, window, mode }) => ({ name, by, requests, windowSeconds, window, mode })),
    validation: validationOf(policy),
    entries: [
      ...policy.rules.flatMap((rule) => entry(rule.except === undefined ? 'rule' : 'exception', rule, rule.mode)),
      ...policy.lists.allow.flatMap((one) => entry('allow', one, null)),
      ...policy.lists.deny.flatMap((one) => entry('deny', one, null)),
    ],
  };
}

/** An API as a whole is some of its paths and methods: what asks for particular ones may hold for part of it. */
function placeFit(match: RequestMatch, { service, method, template }: Place, { fingerprint }: Workspace, atMs: number): Fit {
  const { paths, methods, ...rest } = match;
  const isWhole = method === null || template === null;
  const fit = new MaskedMatch(isWhole ? rest : match, fingerprint).fits({
    ...{ atMs, service, method: method ?? '', segments: template === null ? [] : splitPath(template).decoded },
    ...{ status: null, client: null, principal: null, auth: 'unknown', agent: null },
  });
  return isWhole && fit === 'yes' && (paths !== undefined || methods !== undefined) ? 'unknown' : fit;
}

function validationOf({ validation }: Policy): PolicyPlace['validation'] {
  return [
    { what: 'operations that no specification declares', mode: validation.undeclared },
    { what: 'fields that are not declared', mode: validation.unknownFields },
    { what: 'parameters that are not declared', mode: validation.unknownParameters },
    { what: 'harmless faults: left out, out of bounds, a plain value of another type', mode: validation.harmlessFaults ?? 'block' },
  ];
}
