/**
 * "Make rule from this filter": the decisions a person has in view, said as a rule of the policy. It begins in log mode;
 * what a rule cannot say is named, not left out in silence.
 */
import { parseDocument, stringify } from 'yaml';
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import { shortHash } from '../engine/evidence/finding.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { RequestMatch } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { checkPolicy, readPolicy } from '../sources/policy-file.ts';
import { type DecisionField, type DecisionFilter, type DecisionQuery, decisionFields, type Store } from '../store/store.ts';
import { spanned } from './threats-queries.ts';

/** Networks a rule names when they were not filtered by but seen. */
const NETWORKS_MAX = 20;
const REFUSED_STATUS = 403;

export interface RuleFromFilter {
  readonly id: string;
  /** `rules:` with the one rule, ready to stand in a policy. */
  readonly yaml: string;
  readonly match: Pick<RequestMatch, 'hosts' | 'paths' | 'methods' | 'services' | 'addresses' | 'agents'>;
  /** Parts of the filter that a rule cannot say. */
  readonly leftOut: readonly { readonly field: string; readonly because: string }[];
  /** What the filter shows now: the requests that the rule is about, and the records that stand for them. */
  readonly seen: { readonly records: number; readonly requests: number };
}

/** What of a decision is known of a request before it is decided, by the field of a match that holds it. */
const sayable: Readonly<Partial<Record<DecisionField, keyof RequestMatch>>> = {
  method: 'methods',
  template: 'paths',
  service: 'services',
  host: 'hosts',
  network: 'addresses',
  agent: 'agents',
};

const unsayable: Readonly<Partial<Record<DecisionField, string>>> = {
  client: 'the address itself is not kept: the rule takes the networks these requests came from',
  principal: 'the subject itself is not kept: the rule takes the networks these requests came from',
  outcome: 'it is what became of a request, not what it is: the rule takes the networks these requests came from',
  section: 'it is what became of a request, not what it is: the rule takes the networks these requests came from',
  rule: 'it is what became of a request, not what it is: the rule takes the networks these requests came from',
  status: 'it is what became of a request, not what it is: the rule takes the networks these requests came from',
};

/** @throws StanceError `usage` when nothing of the filter could be said by a rule */
export async function ruleFromFilter(store: Store, query: DecisionQuery, nowMs: number): Promise<RuleFromFilter> {
  const span = spanned(query, nowMs);
  const only = query.only ?? {};
  const match: Record<string, readonly string[]> = {};
  const leftOut: { field: string; because: string }[] = [];
  for (const field of decisionFields) {
    const wanted = only[field];
    const name = sayable[field];
    const because = unsayable[field];
    if (wanted !== undefined && name !== undefined) {
      const known = wanted.filter((value) => value !== '');
      if (known.length > 0) match[name] = known;
      else leftOut.push({ field, because: 'what is not known cannot be matched' });
    } else if (wanted !== undefined && because !== undefined) leftOut.push({ field, because });
    if (query.not?.[field] !== undefined)
      leftOut.push({ field: `not.${field}`, because: 'a rule says what fits; make an exception or an allow-list entry' });
  }
  const [facets, page, totals] = await Promise.all([
    store.decisionFacets(span),
    store.listDecisionRecords({ ...span, limit: 1 }),
    store.decisionTotals(span),
  ]);
  if (match.addresses === undefined && needsNetworks(only)) {
    const networks = facets.network.map(({ value }) => value).filter((value) => value !== '');
    if (networks.length > 0 && networks.length <= NETWORKS_MAX) match.addresses = networks;
    else
      leftOut.push({
        field: 'network',
        because: networks.length === 0 ? 'no network is known of these requests' : `they come from more than ${NETWORKS_MAX} networks`,
      });
  }
  if (Object.keys(match).length === 0)
    throw new StanceError('usage', {
      message: 'Nothing of this filter can be said by a rule.',
      unchanged: 'No rule was made.',
      next: 'Filter by network, path, method, service, host or user agent as well.',
    });
  const id = `from-filter-${shortHash(JSON.stringify(match)).slice(0, 6)}`;
  const rule = {
    id,
    match,
    because: `Made from ${totals.block + totals['would-block'] + totals.allow} decisions seen between ${day(span.fromMs)} and ${day(span.toMs)}.`,
    mode: 'log',
    status: REFUSED_STATUS,
  };
  const yaml = stringify({ rules: [rule] });
  // A value seen in traffic need not be one that a policy takes; better said now than when it is applied.
  readPolicy(yaml, { file: 'the rule of this filter', base: defaultPolicy });
  return {
    id,
    yaml,
    match,
    leftOut,
    seen: { records: page.total, requests: totals.block + totals['would-block'] + totals.allow },
  };
}

/** Kinds of decision that an exception can lift for one place, and leave in force everywhere else. */
const liftable: ReadonlySet<string> = new Set(['attacks', 'validation', 'behaviour', 'rules', 'list']);

/** The undo of one decision: an exception for what was objected to, where it was. null = no exception reaches it. */
export function exceptionFor(decision: DecisionRecord): { readonly title: string; readonly yaml: string } | null {
  const { section, rule, place, method, template } = decision;
  // A record that stands for many paths says too little of the one request that was good.
  if (!liftable.has(section) || method === '' || template === '/**' || place?.includes('{key}') === true) return null;
  const what = section === 'attacks' ? rule.split('.').slice(0, 2).join('.') : rule;
  const except = place === null ? what : `${what}@${place}`;
  const exception = {
    id: `except-${shortHash(`${method} ${template} ${except}`).slice(0, 6)}`,
    match: { methods: [method], paths: [template] },
    because: `Incident ${decision.incident} was a good request.`,
    mode: 'log',
    except: [except],
  };
  const yaml = stringify({ rules: [exception] });
  return checkPolicy(yaml, { file: 'exception', base: defaultPolicy }).policy === null
    ? null
    : { title: `Leave out ${except} for ${method} ${template}`, yaml };
}

/** A policy text with one rule more, its comments kept; the same rule made again replaces the one before. */
export function withRule(policyText: string, { id, yaml }: Pick<RuleFromFilter, 'id' | 'yaml'>): string {
  const document = parseDocument(policyText);
  const made = (parseDocument(yaml).toJS() as { readonly rules: readonly unknown[] }).rules[0];
  const value: unknown = document.toJS();
  const rules = typeof value === 'object' && value !== null ? (value as { readonly rules?: unknown }).rules : undefined;
  if (!Array.isArray(rules)) {
    if (value === null || value === undefined) return policyText.trim() === '' ? yaml : `${policyText.trimEnd()}\n${yaml}`;
    document.set('rules', document.createNode([made]));
    return document.toString();
  }
  const at = rules.findIndex((rule) => typeof rule === 'object' && rule !== null && (rule as { readonly id?: unknown }).id === id);
  if (at < 0) document.addIn(['rules'], document.createNode(made));
  else document.setIn(['rules', at], document.createNode(made));
  return document.toString();
}

/** Filters on what became of requests, or on who sent them, speak of those who sent them. */
function needsNetworks(only: DecisionFilter): boolean {
  return decisionFields.some((field) => only[field] !== undefined && unsayable[field] !== undefined);
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
