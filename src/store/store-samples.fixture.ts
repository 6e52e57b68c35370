/** Made-up rows of every kind the store keeps, for its contract, its crash test and its bench. Deterministic. */
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { Finding } from '../engine/evidence/finding.ts';
import type { SourceRecord } from '../engine/evidence/source-account.ts';
import type { FoldedPath, Operation } from '../engine/inventory/operation.ts';
import { emptyTally } from '../engine/inventory/path-tally.ts';
import type { Assessment, Band } from '../engine/posture/assessment.ts';
import type { ExchangeRow, ImportBatch, InventorySnapshot, PathRow, RollupRow } from './store.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
/** 2026-01-01. */
export const START_MS = 1_767_225_600_000;

export function sampleSource(id: string, changes: Partial<SourceRecord> = {}): SourceRecord {
  return {
    id,
    name: `${id}.log`,
    format: 'nginx-combined',
    kind: 'traffic',
    state: 'running',
    bytes: 1000,
    account: { seen: 10, read: 9, folded: {}, excluded: {}, malformed: 1, malformedLines: [{ line: 3, message: 'no status' }] },
    importedMs: START_MS,
    firstMs: START_MS,
    lastMs: START_MS + HOUR_MS,
    sight: {
      exchanges: 9,
      withClientAddress: 1,
      distinctClients: 4,
      withCredentialInfo: 0,
      withHeaders: 0,
      withBodies: 0,
      withDuration: 0.5,
      withHost: 1,
      inFuture: 0,
      outOfOrder: 0,
      largestGapMs: 1000,
    },
    ...changes,
  };
}

export function samplePath(id: number, changes: Partial<PathRow> = {}): PathRow {
  const segments = ['v1', `things${id}`, '{int}'];
  return {
    id,
    key: `shop GET /${segments.join('/')}`,
    stat: {
      service: 'shop',
      method: 'GET',
      segments,
      count: 10 + id,
      ok: 9,
      statuses: { 200: 9 + id, 404: 1 },
      firstMs: START_MS,
      lastMs: START_MS + HOUR_MS,
      values: segments.map((segment) => ({ prints: [`p${segment}`, `q${id}`], estimate: 2 })),
      echoes: [{}, {}, { id: 3 }],
      responseShapes: { abc: 4 },
      responseTypes: { 'application/json': 9 },
      routes: {},
      callers: { prints: Array.from({ length: 20 }, (_, at) => `caller${at}${id}`), estimate: 20 },
      noise: {},
    },
    tally: { ...emptyTally(), hosts: { 'shop.example': 10 }, latency: { zero: 0, buckets: { 30: 4, 31: 6 }, max: 30 }, sources: ['a'] },
    ...changes,
  };
}

export function sampleRollup(pathId: number, hourMs: number, count = 2): RollupRow {
  return { pathId, hourMs, count, s1: 0, s2: count, s3: 0, s4: 0, s5: 0, unanswered: 0, responseBytes: 100 * count };
}

export function sampleExchange(at: number, changes: Partial<ExchangeRow> = {}): ExchangeRow {
  return {
    atMs: START_MS + at * 1000,
    pathId: at % 500,
    status: at % 7 === 0 ? 404 : 200,
    durationMs: (at * 37) % 900,
    responseBytes: (at * 131) % 20_000,
    client: `fp_client_${(at * 7) % 300}`,
    principal: at % 3 === 0 ? `fp_user_${at % 90}` : null,
    auth: at % 3 === 0 ? 'jwt' : 'none',
    agent: `agent/${at % 12}`,
    sourceId: 'a',
    line: at + 1,
    ...changes,
  };
}

export function sampleBatch(changes: Partial<ImportBatch> = {}): ImportBatch {
  return { source: sampleSource('a'), checkpoint: null, paths: [], rollups: [], exchanges: [], documents: [], ...changes };
}

export function sampleDocument(file: string, service: string, title = 'Shop'): DeclaredApi {
  return {
    format: 'openapi-3.1',
    place: { file, line: 1 },
    digest: 'd'.repeat(64),
    service,
    title,
    version: '1',
    hosts: ['shop.example'],
    basePaths: ['/v1'],
    owner: null,
    docsUrl: null,
    operations: [],
    findings: [],
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
const STATES = ['active', 'shadow', 'active', 'zombie', 'active', 'silent', 'unused'] as const;
const AUTHS = [{ jwt: 40 }, { none: 40 }, { jwt: 30, none: 10 }, { 'api-key': 40 }, {}];

/** The n-th of a large, mixed inventory: 150 services, 40 owners, every state; about 2 KB as JSON. */
export function sampleOperation(at: number, changes: Partial<Operation> = {}): Operation {
  const state = STATES[at % STATES.length] ?? 'active';
  const seen = AUTHS[at % AUTHS.length] ?? {};
  const judged = Object.keys(seen).length === 0 ? 0 : 40;
  const called = state !== 'unused';
  const service = `service-${at % 150}`;
  return {
    id: `op_${String(at).padStart(6, '0')}`,
    kind: 'rest',
    service,
    method: METHODS[at % METHODS.length] ?? 'GET',
    template: `/v${at % 3}/area-${at % 97}/things-${at}/{thingId}/parts`,
    state,
    orphan: at % 4 === 0,
    templateBasis: 'learned',
    confidence: 0.97,
    because: `97 % sure: ${at} values, all integers`,
    hosts: [`${service}.example`],
    environments: at % 6 === 0 ? [] : [{ name: at % 2 === 0 ? 'prod' : 'test', kind: at % 2 === 0 ? 'production' : 'test' }],
    audience: at % 5 === 0 ? null : { value: at % 2 === 0 ? 'public' : 'private', from: 'stance.yaml', confidence: 1 },
    owner: at % 4 === 0 ? null : { value: `Team ${at % 40}`, from: 'stance.yaml', confidence: 1 },
    dataLevel: null,
    version: '1.0',
    deprecated: state === 'zombie',
    sunset: null,
    docsUrl: null,
    summary: 'Parts of one thing',
    auth: { declared: null, seen, judged, okWithout: at % AUTHS.length === 1 ? 40 : 0, okJudged: judged },
    limit: null,
    traffic: called
      ? {
          count: 40,
          ok: 38,
          statusMix: { '2xx': 38, '4xx': 2 },
          clients: at % 60,
          perDay: (at * 7919) % 10_007,
          latencyMs: { p50: 12, p95: 80, p99: 120 },
          requestBytesMean: null,
          responseBytesMean: 812,
          firstMs: START_MS,
          lastMs: START_MS + ((at * 6151) % 100_000) * 1000,
          daily: Array.from({ length: 30 }, (_, day) => (at * day) % 50),
          peakPerCallerMinute: 3,
        }
      : null,
    declared: [{ format: 'openapi-3.1', place: { file: 'specs/shop.yaml', line: at }, document: 'shop' }],
    fieldsDeclared: {
      request: [],
      response: Array.from({ length: 8 }, (_, field) => ({
        path: `$.items[].field${field}`,
        type: 'string',
        required: true,
        dataClass: null,
      })),
    },
    fieldsSeen: null,
    queryNames: ['page', 'size'],
    statusesDeclared: ['200', '404'],
    statusesSeen: [200, 404],
    credentialInUrl: 0,
    plainHttp: 0,
    drift:
      at % 10 === 0
        ? [{ kind: 'status-undeclared', severity: 'low', text: 'Answered 409, which no document names.', between: ['spec', 'traffic'] }]
        : [],
    sources: ['a'],
    graphql: null,
    ...changes,
  };
}

export function sampleFolded(at: number, changes: Partial<FoldedPath> = {}): FoldedPath {
  return {
    id: `fold_${at}`,
    service: 'shop',
    method: 'GET',
    path: `/wp-login-${at}.php`,
    reason: 'scanner',
    count: at,
    statuses: { 404: at },
    firstMs: START_MS,
    lastMs: START_MS,
    ...changes,
  };
}

export function sampleFinding(id: string, title = 'No limit'): Finding {
  return {
    id,
    rule: 'gateway.limit-missing',
    severity: 'medium',
    title,
    detail: 'Nothing limits it.',
    fix: 'Add a limit.',
    subject: 'shop',
    places: [],
    evidence: [],
    controls: ['TEC-18'],
  };
}

export function sampleSnapshot(operations: readonly Operation[], changes: Partial<InventorySnapshot> = {}): InventorySnapshot {
  return {
    builtMs: START_MS,
    operations,
    folded: [],
    findings: [],
    assignments: [],
    summary: {
      operations: operations.length,
      services: 1,
      byState: { active: operations.length, shadow: 0, zombie: 0, silent: 0, unused: 0, declared: 0 },
      orphans: 0,
      pathsSeen: 1,
      pathsInTemplates: 1,
      pathsFolded: {},
      completeness: null,
    },
    ...changes,
  };
}

export function sampleAssessment(atMs: number, proven: number): Assessment {
  const band: Band = { proven, possible: proven + 20, attested: 0, failing: 10, unknown: 20, weight: 1, notApplicableShare: 0 };
  return {
    model: 'posture-1',
    atMs,
    total: band,
    pillars: { people: band, processes: band, technology: band },
    letter: { value: 'C', cappedBy: null },
    controls: [],
    candidates: [],
    next: null,
    notes: [],
    memory: { sources: [], lost: [], pick: null },
  };
}
