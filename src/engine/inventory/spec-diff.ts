/**
 * What changed between two versions of a declared API, by what it means for security before anything else. Operations are
 * the same when method and template agree, parameter names and the base path of the document aside.
 */
import { type DeclaredApi, type DeclaredOperation, type DeclaredParameter, declaredFieldsMax } from '../evidence/declaration.ts';
import { type Severity, severityOrder } from '../evidence/finding.ts';

export type SpecChangeKind =
  | 'operation-added'
  | 'write-operation-added'
  | 'open-operation-added'
  | 'operation-removed'
  | 'auth-removed'
  | 'auth-optional'
  | 'auth-weakened'
  | 'auth-added'
  | 'scopes-changed'
  | 'tls-dropped'
  | 'limit-removed'
  | 'limit-raised'
  | 'body-limit-raised'
  | 'response-field-added'
  | 'response-field-removed'
  | 'request-field-added'
  | 'request-field-required'
  | 'request-field-removed'
  | 'data-class-changed'
  | 'parameter-added'
  | 'required-parameter-added'
  | 'parameter-removed'
  | 'status-added'
  | 'status-removed'
  | 'deprecated'
  | 'undeprecated'
  | 'sunset-changed';

/** How much a change matters to those who guard the API; breaking its callers is another matter. */
const severityOf: Readonly<Record<SpecChangeKind, Severity>> = {
  'auth-removed': 'critical',
  'open-operation-added': 'high',
  'auth-optional': 'high',
  'tls-dropped': 'high',
  'auth-weakened': 'medium',
  'write-operation-added': 'medium',
  'limit-removed': 'medium',
  'response-field-added': 'medium',
  'data-class-changed': 'medium',
  'scopes-changed': 'medium',
  'request-field-added': 'low',
  'limit-raised': 'low',
  'body-limit-raised': 'low',
  'operation-added': 'low',
  'operation-removed': 'low',
  'sunset-changed': 'low',
  'required-parameter-added': 'info',
  'parameter-added': 'info',
  'parameter-removed': 'info',
  'request-field-required': 'info',
  'request-field-removed': 'info',
  'response-field-removed': 'info',
  'status-added': 'info',
  'status-removed': 'info',
  'auth-added': 'info',
  deprecated: 'info',
  undeprecated: 'info',
};

export interface SpecChange {
  readonly kind: SpecChangeKind;
  readonly severity: Severity;
  /** `GET /orders/{}`: without base path, parameters unnamed. */
  readonly operation: string;
  /** What is added, removed or changed: a parameter (`query:limit`), field, status; null for the operation as a whole. */
  readonly what: string | null;
  /** The side that shows it: after for what came or changed, before for what went. */
  readonly place: DeclaredOperation['place'];
}

/** Changes kept of one comparison. */
const changesMax = 20_000;

const writing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Changes from `before` to `after`, gravest first, then by operation and kind; the same for any order of operations. */
export function specDiff(before: DeclaredApi, after: DeclaredApi): SpecChange[] {
  const old = byShape(before);
  const now = byShape(after);
  const changes: SpecChange[] = [];
  for (const [shape, operation] of now) {
    const known = old.get(shape);
    if (known === undefined) changes.push(change(addedKind(operation), { shape, operation, what: null }));
    else changes.push(...operationChanges(shape, known, operation));
  }
  for (const [shape, operation] of old) if (!now.has(shape)) changes.push(change('operation-removed', { shape, operation, what: null }));
  return changes.sort(byGravity).slice(0, changesMax);
}

function byShape(api: DeclaredApi): Map<string, DeclaredOperation> {
  // The longest base first, so that `/v1` does not cut `/v1/beta`.
  const bases = api.basePaths.filter((base) => base !== '/' && base !== '').sort((one, other) => other.length - one.length);
  return new Map(api.operations.map((operation) => [shapeOf(operation, bases), operation]));
}

function shapeOf({ method, template }: DeclaredOperation, bases: readonly string[]): string {
  const base = bases.find((candidate) => template === candidate || template.startsWith(`${candidate}/`)) ?? '';
  return `${method} ${template.slice(base.length).replace(/\{[^}]*\}/g, '{}') || '/'}`;
}

function addedKind(operation: DeclaredOperation): SpecChangeKind {
  if (operation.security !== null && isOpen(operation)) return 'open-operation-added';
  return writing.has(operation.method) ? 'write-operation-added' : 'operation-added';
}

interface ChangeParts {
  readonly shape: string;
  readonly operation: DeclaredOperation;
  readonly what: string | null;
}

function change(kind: SpecChangeKind, { shape, operation, what }: ChangeParts): SpecChange {
  return { kind, severity: severityOf[kind], operation: shape, what, place: operation.place };
}

function byGravity(one: SpecChange, other: SpecChange): number {
  return (
    severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity) ||
    compare(one.operation, other.operation) ||
    compare(one.kind, other.kind) ||
    compare(one.what ?? '', other.what ?? '')
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function operationChanges(shape: string, before: DeclaredOperation, after: DeclaredOperation): SpecChange[] {
  const now = (kind: SpecChangeKind, what: string | null = null) => change(kind, { shape, operation: after, what });
  const gone = (kind: SpecChangeKind, what: string | null = null) => change(kind, { shape, operation: before, what });
  const changes = securityChanges(before, after).map(({ kind, what }) => now(kind, what));
  if (before.tlsRequired === true && after.tlsRequired === false) changes.push(now('tls-dropped'));
  changes.push(...ceilingKinds(before, after).map((kind) => now(kind)));
  if (!before.deprecated && after.deprecated) changes.push(now('deprecated'));
  if (before.deprecated && !after.deprecated) changes.push(now('undeprecated'));
  if (before.sunset !== after.sunset) changes.push(now('sunset-changed', `${before.sunset ?? 'none'} to ${after.sunset ?? 'none'}`));
  const parameters = differences(parameterNames(before), parameterNames(after));
  for (const name of parameters.added)
    changes.push(now(parameterNames(after).get(name)?.required === true ? 'required-parameter-added' : 'parameter-added', name));
  for (const name of parameters.removed) changes.push(gone('parameter-removed', name));
  const statuses = differences(
    new Map(before.statuses.map((status) => [status, status])),
    new Map(after.statuses.map((status) => [status, status])),
  );
  for (const status of statuses.added) changes.push(now('status-added', status));
  for (const status of statuses.removed) changes.push(gone('status-removed', status));
  for (const { kind, what, isNew } of fieldChanges(before, after)) changes.push(isNew ? now(kind, what) : gone(kind, what));
  return changes;
}

interface Differences {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function differences(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Differences {
  return { added: [...after.keys()].filter((name) => !before.has(name)), removed: [...before.keys()].filter((name) => !after.has(name)) };
}

/** Path parameters are in the template, where their names do not matter. */
function parameterNames({ parameters }: DeclaredOperation): Map<string, DeclaredParameter> {
  const named = parameters.filter((parameter) => parameter.in !== 'path');
  return new Map(
    named.map((parameter) => [`${parameter.in}:${parameter.in === 'header' ? parameter.name.toLowerCase() : parameter.name}`, parameter]),
  );
}

interface FieldChange {
  readonly kind: SpecChangeKind;
  readonly what: string;
  readonly isNew: boolean;
}

function fieldChanges(before: DeclaredOperation, after: DeclaredOperation): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const side of ['request', 'response'] as const) {
    const old = new Map(fieldsOf(before, side).map((field) => [field.path, field]));
    const now = new Map(fieldsOf(after, side).map((field) => [field.path, field]));
    const { added, removed } = differences(old, now);
    // A list that was cut says nothing of what it lacks.
    if (old.size < declaredFieldsMax)
      changes.push(...tops(added).map((what): FieldChange => ({ kind: `${side}-field-added`, what, isNew: true })));
    if (now.size < declaredFieldsMax)
      changes.push(...tops(removed).map((what): FieldChange => ({ kind: `${side}-field-removed`, what, isNew: false })));
    for (const [path, field] of now) {
      const known = old.get(path);
      if (known === undefined) continue;
      if (known.dataClass !== field.dataClass) changes.push({ kind: 'data-class-changed', what: path, isNew: true });
      if (side === 'request' && !known.required && field.required)
        changes.push({ kind: 'request-field-required', what: path, isNew: true });
    }
  }
  return changes;
}

/** The outermost of the fields: one that came with everything below it is one change. */
function tops(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return paths.filter((path) => {
    for (let at = path.length - 1; at > 1; at--) if ((path[at] === '.' || path[at] === '[') && all.has(path.slice(0, at))) return false;
    return true;
  });
}

function fieldsOf(operation: DeclaredOperation, side: 'request' | 'response'): DeclaredOperation['requestFields'] {
  return side === 'request' ? operation.requestFields : operation.responseFields;
}

function ceilingKinds(before: DeclaredOperation, after: DeclaredOperation): SpecChangeKind[] {
  const kinds: SpecChangeKind[] = [];
  if (before.limit !== null && after.limit === null) kinds.push('limit-removed');
  if (before.limit !== null && after.limit !== null && perSecond(after.limit) > perSecond(before.limit)) kinds.push('limit-raised');
  if (before.bodyBytesMax !== null && (after.bodyBytesMax ?? Number.POSITIVE_INFINITY) > before.bodyBytesMax)
    kinds.push('body-limit-raised');
  return kinds;
}

function perSecond({ requests, windowSeconds }: { readonly requests: number; readonly windowSeconds: number }): number {
  return requests / windowSeconds;
}

interface SecurityChange {
  readonly kind: SpecChangeKind;
  readonly what: string | null;
}

/** No requirement, and a list of none, both let anyone in. */
function isOpen({ security }: DeclaredOperation): boolean {
  return security === null || security.length === 0;
}

function isOptional({ security }: DeclaredOperation): boolean {
  return security !== null && security.length > 0 && security.some(({ schemes }) => schemes.length === 0);
}

function securityChanges(before: DeclaredOperation, after: DeclaredOperation): SecurityChange[] {
  if (!isOpen(before) && isOpen(after)) return [{ kind: 'auth-removed', what: null }];
  if (isOpen(before)) return isOpen(after) ? [] : [{ kind: 'auth-added', what: null }];
  if (!isOptional(before) && isOptional(after)) return [{ kind: 'auth-optional', what: null }];
  const changes: SecurityChange[] = [];
  // A way in that was not there is a weakening unless it asks for all that some known way asks for.
  const old = before.security ?? [];
  const easier = (after.security ?? []).filter(
    ({ schemes }) =>
      schemes.length > 0 &&
      !old.some((known) => known.schemes.every(({ name, kind }) => schemes.some((scheme) => scheme.name === name || scheme.kind === kind))),
  );
  for (const { schemes } of easier) changes.push({ kind: 'auth-weakened', what: schemes.map(({ name }) => name).join(' and ') });
  const scopes = differences(scopeNames(before), scopeNames(after));
  if (easier.length === 0 && scopes.added.length + scopes.removed.length > 0) {
    changes.push({
      kind: 'scopes-changed',
      what: [...scopes.removed.map((scope) => `-${scope}`), ...scopes.added.map((scope) => `+${scope}`)].join(' '),
    });
  }
  return changes;
}

function scopeNames({ security }: DeclaredOperation): Map<string, true> {
  return new Map((security ?? []).flatMap(({ schemes }) => schemes.flatMap(({ scopes }) => scopes.map((scope) => [scope, true] as const))));
}
