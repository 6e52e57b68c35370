/** What a change to specs means for those who guard the API, in words, and what of it may fail the gate. */
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import { findingId, type Severity, severityOrder } from '../engine/evidence/finding.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import { type SpecChange, type SpecChangeKind, specDiff } from '../engine/inventory/spec-diff.ts';
import { unnamed } from '../engine/inventory/template-match.ts';

/** `operation` is named in full here: `GET /v1/orders/{orderId}`. */
export interface ContractChange extends SpecChange {
  /** Stable, for a waiver: `F-` and a short hash of kind, API, operation and what changed. */
  readonly id: string;
  /** accepted = stance.yaml declares the operation open to anyone. */
  readonly status: 'new' | 'accepted' | 'waived';
  /** Whether it may fail the gate: a protection that was declared before is no longer. What is added, findings judge. */
  readonly gates: boolean;
}

export interface ContractDecisions {
  readonly settings: Settings;
  /** Ids that a waiver in force covers. */
  readonly waived: ReadonlySet<string>;
}

const gating: ReadonlySet<SpecChangeKind> = new Set(['auth-removed', 'auth-optional', 'tls-dropped']);
const opening: ReadonlySet<SpecChangeKind> = new Set(['auth-removed', 'auth-optional', 'open-operation-added']);

/** Documents are the same by their file, else by their API; one without a former version is all new. Worst first. */
export function contractChanges(
  before: readonly DeclaredApi[],
  after: readonly DeclaredApi[],
  decisions: ContractDecisions,
): ContractChange[] {
  const left = new Set(before);
  const former = new Map<DeclaredApi, DeclaredApi>();
  for (const isSame of [sameFile, sameService]) {
    for (const document of after) {
      if (former.has(document)) continue;
      const found = [...left].find((candidate) => isSame(candidate, document));
      if (found === undefined) continue;
      former.set(document, found);
      left.delete(found);
    }
  }
  const pairs: (readonly [DeclaredApi, DeclaredApi])[] = [
    ...after.map((document) => [former.get(document) ?? { ...document, operations: [] }, document] as const),
    ...[...left].map((document) => [document, { ...document, operations: [] }] as const),
  ];
  return pairs
    .flatMap(([old, now]) => {
      const names = namesOf(old, now);
      return specDiff(old, now).map((change) => judged({ ...change, operation: names(change.operation) }, now, decisions));
    })
    .sort((one, other) => severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity));
}

function sameFile(one: DeclaredApi, other: DeclaredApi): boolean {
  return one.place.file === other.place.file;
}

function sameService(one: DeclaredApi, other: DeclaredApi): boolean {
  return one.service === other.service;
}

/** The full name of an operation that is known without base path and parameter names: `GET /v1/orders/{orderId}`. */
function namesOf(old: DeclaredApi, now: DeclaredApi): (shape: string) => string {
  const names = new Map<string, string>();
  for (const { operations } of [old, now])
    for (const { method, template } of operations) names.set(`${method} ${unnamed(template)}`, `${method} ${template}`);
  const bases = [...now.basePaths, ...old.basePaths, ''].map((base) => unnamed(base.replace(/\/$/, '')));
  return (shape) => {
    const [method = '', path = ''] = shape.split(' ');
    // The root of a base path is written without its slash.
    const paths = path === '/' ? ['/', ''] : [path];
    const known = bases.flatMap((base) => paths.map((end) => names.get(`${method} ${base}${end}`)));
    return known.find((name) => name !== undefined) ?? shape;
  };
}

function judged(change: SpecChange, { service }: DeclaredApi, { settings, waived }: ContractDecisions): ContractChange {
  const id = findingId(ruleOf(change), `${service} ${unnamed(change.operation)} ${change.what ?? ''}`);
  const isAccepted = opening.has(change.kind) && isDeclaredOpen(change.operation, service, settings);
  return { ...change, id, status: waived.has(id) ? 'waived' : isAccepted ? 'accepted' : 'new', gates: gating.has(change.kind) };
}

function isDeclaredOpen(operation: string, service: string, { apis }: Settings): boolean {
  return apis.some(
    ({ name, publicOperations }) => name === service && publicOperations.some((open) => unnamed(open) === unnamed(operation)),
  );
}

/** `contract.auth-removed`. */
export function ruleOf({ kind }: Pick<SpecChange, 'kind'>): string {
  return `contract.${kind}`;
}

const meanings: Readonly<Record<SpecChangeKind, string>> = {
  'auth-removed': 'authentication removed',
  'auth-optional': 'authentication became optional',
  'auth-weakened': 'another way in',
  'auth-added': 'authentication added',
  'open-operation-added': 'new, and open to anyone',
  'write-operation-added': 'new, and changes data',
  'operation-added': 'new',
  'operation-removed': 'removed',
  'scopes-changed': 'scopes changed',
  'tls-dropped': 'TLS no longer required',
  'limit-removed': 'rate limit removed',
  'limit-raised': 'rate limit raised',
  'body-limit-raised': 'larger bodies allowed',
  'response-field-added': 'answers with more',
  'response-field-removed': 'no longer answers',
  'request-field-added': 'takes more',
  'request-field-required': 'now requires in the body',
  'request-field-removed': 'no longer takes',
  'data-class-changed': 'data class changed',
  'parameter-added': 'new parameter',
  'required-parameter-added': 'new required parameter',
  'parameter-removed': 'parameter removed',
  'status-added': 'new status',
  'status-removed': 'status removed',
  deprecated: 'deprecated',
  undeprecated: 'no longer deprecated',
  'sunset-changed': 'end date changed',
};

/** Changes that read as one line: of one kind, of the same things, or of the same operation. */
export interface ContractLine {
  readonly severity: Severity;
  readonly status: ContractChange['status'];
  readonly operations: readonly string[];
  /** `answers with more: $.iban, $.phone`. */
  readonly text: string;
  /** The first of them. */
  readonly first: ContractChange;
  readonly count: number;
}

/**
 * In the order of the changes: those of one operation and kind together, then operations with the same change together.
 * @param isEachGating keeps what may fail the gate one line an operation, each with the id to waive it by
 */
export function contractLines(changes: readonly ContractChange[], { isEachGating }: { readonly isEachGating: boolean }): ContractLine[] {
  const ofOperation = grouped(changes, ({ kind, status, operation, place }) => [kind, status, operation, place.file].join('\n'));
  const lines = ofOperation.map((group) => ({ group, text: textOf(group) }));
  return grouped(lines, ({ group: [first], text }) => [first.status, text, isEachGating && first.gates ? first.id : ''].join('\n')).map(
    (same) => ({
      severity: same[0].group[0].severity,
      status: same[0].group[0].status,
      operations: same.map(({ group }) => group[0].operation),
      text: same[0].text,
      first: same[0].group[0],
      count: same.reduce((sum, { group }) => sum + group.length, 0),
    }),
  );
}

type Group<T> = readonly [T, ...T[]];

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Group<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Names written out in one line. */
const namesMax = 4;

function textOf(changes: Group<ContractChange>): string {
  const names = changes.flatMap(({ what }) => (what === null ? [] : [what]));
  const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
  return `${meanings[changes[0].kind]}${names.length === 0 ? '' : `: ${names.slice(0, namesMax).join(', ')}${more}`}`;
}
