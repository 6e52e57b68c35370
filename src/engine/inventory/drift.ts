/** Where specification, traffic, documentation and gateway disagree about one operation, worst meaning first. */
import type { DeclaredLimit, SecurityAlternative } from '../evidence/declaration.ts';
import { severityOrder } from '../evidence/finding.ts';
import type { Drift, Operation } from './operation.ts';

/** Fields, statuses and parameters are compared only when enough answers were seen to mean something. */
const SAMPLE_MIN = 3;

export interface DriftFacts {
  readonly operation: Omit<Operation, 'drift'>;
  /** Security the gateway route states, null = no route or nothing said. */
  readonly gatewaySecurity: readonly SecurityAlternative[] | null;
  readonly gatewayRouted: boolean | null;
  readonly gatewayLimit: DeclaredLimit | null;
  readonly specDocuments: readonly { readonly file: string; readonly digest: string }[];
  readonly declaredQuery: ReadonlySet<string>;
  /** Whether any document of this service has a docs link at all. */
  readonly docsKnown: boolean;
}

const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function driftOf(facts: DriftFacts): Drift[] {
  const { operation } = facts;
  const found: Drift[] = [];
  const inSpec = facts.specDocuments.length > 0;
  const traffic = operation.traffic;
  const auth = operation.auth;
  const protectedBySpec =
    auth.declared !== null && auth.declared.length > 0 && auth.declared.every((alternative) => alternative.schemes.length > 0);

  if (protectedBySpec && auth.okWithout > 0) {
    found.push({
      kind: 'auth-removed',
      severity: 'critical',
      between: ['spec', 'traffic'],
      text: `The spec asks for a credential; ${count(auth.okWithout, 'call')} of ${auth.okJudged} answered 2xx carried none.`,
    });
  }
  if (protectedBySpec && facts.gatewaySecurity?.some((alternative) => alternative.schemes.length === 0)) {
    found.push({
      kind: 'auth-optional',
      severity: 'high',
      between: ['spec', 'gateway'],
      text: 'The spec asks for a credential; the gateway route lets calls through without one.',
    });
  }
  if (!inSpec && traffic !== null && traffic.ok > 0 && writes.has(operation.method) && operation.state === 'shadow') {
    found.push({
      kind: 'write-method-undeclared',
      severity: 'high',
      between: ['spec', 'traffic'],
      text: `${operation.method} changes data, was answered well ${count(traffic.ok, 'time')}, and no spec declares it.`,
    });
  }
  if (operation.plainHttp > 0) {
    found.push({
      kind: 'plain-http',
      severity: 'high',
      between: ['traffic'],
      text: `${count(operation.plainHttp, 'call')} came over plain HTTP.`,
    });
  }
  if (
    inSpec &&
    operation.fieldsSeen !== null &&
    traffic !== null &&
    traffic.ok >= SAMPLE_MIN &&
    operation.fieldsDeclared.response.length > 0
  ) {
    const declared = new Set(operation.fieldsDeclared.response.map((field) => normal(field.path)));
    const open = operation.fieldsDeclared.response.some((field) => field.path.endsWith('.*') || field.path.endsWith('{key}'));
    const extra = open
      ? []
      : [...new Set(operation.fieldsSeen.response.map((field) => field.path))].filter(
          (path) => !declared.has(normal(path)) && !isUnder(path, declared),
        );
    if (extra.length > 0) {
      found.push({
        kind: 'field-undeclared',
        severity: 'medium',
        between: ['spec', 'traffic'],
        text: `${count(extra.length, 'response field')} not in the spec: ${extra.slice(0, 5).join(', ')}${extra.length > 5 ? ', …' : ''}.`,
      });
    }
  }
  if (inSpec && traffic !== null && operation.statusesDeclared.length > 0 && !operation.statusesDeclared.includes('default')) {
    const extra = operation.statusesSeen.filter(
      (status) =>
        status > 0 && status !== 304 && status < 500 && !operation.statusesDeclared.some((declared) => statusFits(declared, status)),
    );
    if (extra.length > 0)
      found.push({
        kind: 'status-undeclared',
        severity: 'low',
        between: ['spec', 'traffic'],
        text: `Answered ${extra.join(', ')}, which the spec does not list.`,
      });
  }
  if (inSpec && facts.declaredQuery.size > 0) {
    const extra = operation.queryNames.filter((name) => !facts.declaredQuery.has(name) && name !== '(more)' && name !== '{key}');
    if (extra.length > 0)
      found.push({
        kind: 'parameter-undeclared',
        severity: 'low',
        between: ['spec', 'traffic'],
        text: `Query ${extra.length === 1 ? 'parameter' : 'parameters'} not in the spec: ${extra.slice(0, 5).join(', ')}${extra.length > 5 ? ', …' : ''}.`,
      });
  }
  if (facts.gatewayRouted === false && traffic !== null) {
    found.push({
      kind: 'not-routed',
      severity: 'medium',
      between: ['gateway', 'traffic'],
      text: 'Calls are answered, and no route of the gateway configuration leads here: another way in exists.',
    });
  }
  if (facts.gatewayRouted === true && facts.gatewayLimit === null && operation.limit === null && operation.audience?.value !== 'private') {
    found.push({ kind: 'limit-missing', severity: 'medium', between: ['gateway'], text: 'The gateway route states no rate limit.' });
  }
  if (facts.specDocuments.length > 1 && new Set(facts.specDocuments.map((document) => document.digest)).size > 1) {
    found.push({
      kind: 'spec-rival',
      severity: 'medium',
      between: ['spec'],
      text: `Declared by ${facts.specDocuments.length} documents: ${facts.specDocuments
        .map((document) => document.file)
        .slice(0, 3)
        .join(', ')}.`,
    });
  }
  if (inSpec && facts.docsKnown && operation.docsUrl === null) {
    found.push({
      kind: 'docs-missing',
      severity: 'info',
      between: ['spec', 'docs'],
      text: 'Other operations of this API link their documentation; this one does not.',
    });
  }
  return found.sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity));
}

export function statusFits(declared: string, status: number): boolean {
  return declared === String(status) || declared === 'default' || (/^[1-5]XX$/i.test(declared) && declared[0] === String(status)[0]);
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Array marks differ between writers (`$[]`, `$.items[]`); names decide. */
function normal(path: string): string {
  return path.replaceAll('[]', '');
}

/** A declared object without listed fields, or a map, covers what lies under it. */
function isUnder(path: string, declared: ReadonlySet<string>): boolean {
  const parts = normal(path).split('.');
  for (let end = parts.length - 1; end > 1; end--) {
    const parent = parts.slice(0, end).join('.');
    if (declared.has(`${parent}.*`) || declared.has(`${parent}.{key}`)) return true;
    if (declared.has(parent)) return ![...declared].some((other) => other.startsWith(`${parent}.`));
  }
  return false;
}
