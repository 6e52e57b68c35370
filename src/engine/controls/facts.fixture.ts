/** Facts for tests: complete by default, so that a row states only what it is about. */
import type { DeclaredApi, DeclaredOperation } from '../evidence/declaration.ts';
import { emptySettings, type Settings } from '../evidence/settings.ts';
import type { SourceRecord } from '../evidence/source-account.ts';
import type { Operation, OperationTraffic } from '../inventory/operation.ts';
import type { Facts } from './control.ts';
import { dayMs, hourMs } from './date.ts';

export const nowMs = Date.parse('2026-11-23T12:00:00Z');

export function factsWith(parts: Partial<Facts> & { readonly settings?: Settings } = {}): Facts {
  const operations = parts.operations ?? [];
  return {
    nowMs,
    settings: emptySettings,
    operations,
    inventory: {
      operations: operations.length,
      services: new Set(operations.map((one) => one.service)).size,
      byState: { active: operations.length, shadow: 0, zombie: 0, silent: 0, unused: 0, declared: 0 },
      orphans: 0,
      pathsSeen: 0,
      pathsInTemplates: 0,
      pathsFolded: {},
      completeness: null,
    },
    documents: [],
    sources: [],
    findings: [],
    owners: [],
    guard: null,
    ...parts,
  };
}

export function settingsWith(parts: Partial<Settings>): Settings {
  return { ...emptySettings, ...parts };
}

export function answersWith(parts: Partial<Settings['answers']>): Settings {
  return { ...emptySettings, answers: { ...emptySettings.answers, ...parts } };
}

export function apiWith(name: string, parts: Partial<Settings['apis'][number]> = {}): Settings['apis'][number] {
  return {
    name,
    hosts: [],
    paths: [],
    audience: null,
    owner: null,
    purpose: null,
    dataLevel: null,
    publicOperations: [],
    specs: [],
    docs: [],
    supplier: null,
    renewal: null,
    ...parts,
  };
}

export function trafficWith(parts: Partial<OperationTraffic> = {}): OperationTraffic {
  return {
    count: 1000,
    ok: 900,
    statusMix: { '2xx': 900, '4xx': 100 },
    clients: 20,
    perDay: 100,
    latencyMs: null,
    requestBytesMean: null,
    responseBytesMean: null,
    firstMs: nowMs - 40 * dayMs,
    lastMs: nowMs - hourMs,
    daily: [],
    peakPerCallerMinute: null,
    ...parts,
  };
}

export function operationWith(id: string, parts: Partial<Operation> = {}): Operation {
  return {
    id,
    kind: 'rest',
    service: 'orders',
    method: 'GET',
    template: `/v1/${id}`,
    state: 'active',
    orphan: false,
    templateBasis: 'spec',
    confidence: 1,
    because: 'declared',
    hosts: ['api.acme.example'],
    environments: [],
    audience: null,
    owner: null,
    dataLevel: null,
    version: null,
    deprecated: false,
    sunset: null,
    docsUrl: null,
    summary: null,
    auth: { declared: null, seen: {}, judged: 0, okWithout: 0, okJudged: 0 },
    limit: null,
    traffic: trafficWith(),
    declared: [],
    fieldsDeclared: { request: [], response: [] },
    fieldsSeen: null,
    queryNames: [],
    statusesDeclared: [],
    statusesSeen: [200],
    credentialInUrl: 0,
    plainHttp: 0,
    drift: [],
    sources: ['s1'],
    graphql: null,
    ...parts,
  };
}

export function declaredWith(method: string, template: string, parts: Partial<DeclaredOperation> = {}): DeclaredOperation {
  return {
    method,
    template,
    kind: 'rest',
    operationId: null,
    summary: null,
    tags: [],
    deprecated: false,
    sunset: null,
    security: [{ schemes: [{ name: 'bearerAuth', kind: 'http', scopes: [] }] }],
    parameters: [],
    requestFields: [],
    responseFields: [],
    statuses: ['200', '401'],
    limit: null,
    bodyBytesMax: null,
    tlsRequired: null,
    docsUrl: null,
    place: { file: 'openapi.yaml', line: 10 },
    ...parts,
  };
}

export function documentWith(file: string, parts: Partial<DeclaredApi> = {}): DeclaredApi {
  return {
    format: 'openapi-3.1',
    place: { file, line: null },
    digest: `digest-${file}`,
    service: 'orders',
    title: 'Orders',
    version: '1',
    hosts: ['api.acme.example'],
    basePaths: [],
    owner: null,
    docsUrl: null,
    operations: [],
    findings: [],
    ...parts,
  };
}

export function sourceWith(id: string, parts: Partial<SourceRecord> = {}): SourceRecord {
  return {
    id,
    name: `${id}.log`,
    format: 'json-log',
    kind: 'traffic',
    state: 'complete',
    bytes: 1000,
    account: { seen: 1000, read: 1000, folded: {}, excluded: {}, malformed: 0, malformedLines: [] },
    importedMs: nowMs - hourMs,
    firstMs: nowMs - 40 * dayMs,
    lastMs: nowMs - hourMs,
    sight: {
      exchanges: 1000,
      withClientAddress: 1,
      distinctClients: 20,
      withCredentialInfo: 1,
      withHeaders: 0,
      withBodies: 0,
      withDuration: 0,
      withHost: 1,
      inFuture: 0,
      outOfOrder: 0,
      largestGapMs: 0,
    },
    ...parts,
  };
}
