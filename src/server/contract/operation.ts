import { z } from 'zod';
import { storedDecision } from './decision.ts';
import { authSeen, declaredField, declaredLimit, fieldSeen, noiseReason, securityAlternative, sourcePlace } from './declaration.ts';
import { finding, severity } from './finding.ts';
import { countByName, instant, instantText, list, nameText, page, pageLimit, several, yesNo } from './list.ts';

export const operationState = z.enum(['active', 'shadow', 'zombie', 'silent', 'unused', 'declared']);

function sourced<T extends z.ZodType>(value: T) {
  return z.strictObject({ value, from: z.string(), confidence: z.number() });
}

const traffic = z
  .strictObject({
    count: z.number(),
    ok: z.number(),
    statusMix: countByName,
    clients: z.number(),
    perDay: z.number(),
    latencyMs: z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
    requestBytesMean: z.number().nullable(),
    responseBytesMean: z.number().nullable(),
    firstMs: instant,
    lastMs: instant,
    daily: list(z.number()),
    peakPerCallerMinute: z.number().nullable(),
  })
  .meta({ id: 'OperationTraffic' });

const auth = z
  .strictObject({
    declared: list(securityAlternative).nullable(),
    seen: z.partialRecord(authSeen, z.number()),
    judged: z.number(),
    okWithout: z.number(),
    okJudged: z.number(),
    deniedWithout: z.number().exactOptional(),
  })
  .meta({ id: 'OperationAuth' });

const drift = z
  .strictObject({
    kind: z.enum([
      'auth-removed',
      'auth-optional',
      'write-method-undeclared',
      'field-undeclared',
      'status-undeclared',
      'parameter-undeclared',
      'limit-missing',
      'docs-missing',
      'spec-rival',
      'not-routed',
      'plain-http',
    ]),
    severity,
    text: z.string(),
    between: list(z.enum(['spec', 'traffic', 'docs', 'gateway'])),
  })
  .meta({ id: 'Drift' });

export const environmentKind = z.enum(['production', 'test', 'development', 'staging']);
export const audience = z.enum(['public', 'partner', 'private', 'consumed']);
export const dataLevel = z.enum(['public', 'internal', 'confidential', 'restricted']);

export const operation = z
  .strictObject({
    id: z.string(),
    service: z.string(),
    method: z.string(),
    template: z.string(),
    kind: z.enum(['rest', 'graphql', 'grpc', 'websocket']),
    state: operationState,
    orphan: z.boolean(),
    templateBasis: z.enum(['pinned', 'spec', 'route', 'gateway', 'learned']),
    confidence: z.number(),
    because: z.string(),
    hosts: list(z.string()),
    environments: list(z.strictObject({ name: z.string(), kind: environmentKind })),
    audience: sourced(audience).nullable(),
    owner: sourced(z.string()).nullable(),
    dataLevel: sourced(dataLevel).nullable(),
    version: z.string().nullable(),
    deprecated: z.boolean(),
    sunset: z.string().nullable(),
    docsUrl: z.string().nullable(),
    summary: z.string().nullable(),
    auth,
    limit: sourced(declaredLimit).nullable(),
    traffic: traffic.nullable(),
    declared: list(z.strictObject({ format: z.string(), place: sourcePlace, document: z.string() })),
    fieldsDeclared: z.strictObject({ request: list(declaredField), response: list(declaredField) }),
    fieldsSeen: z.strictObject({ request: list(fieldSeen), response: list(fieldSeen) }).nullable(),
    queryNames: list(z.string()),
    statusesDeclared: list(z.string()),
    statusesSeen: list(z.number()),
    credentialInUrl: z.number(),
    plainHttp: z.number(),
    overTls: z.number().exactOptional(),
    drift: list(drift),
    sources: list(z.string()),
    graphql: z.string().nullable(),
  })
  .meta({ id: 'Operation' });

export const operationPage = page(operation);

const operationFilter = {
  state: several.optional(),
  service: several.optional(),
  method: several.optional(),
  owner: nameText.optional(),
  auth: nameText.optional(),
  audience: nameText.optional(),
  environment: nameText.optional(),
  text: nameText.optional(),
  drift: yesNo.optional(),
  /** First called at this instant or later, milliseconds since the epoch. */
  firstFromMs: instantText.optional(),
};

export const operationFilterQuery = z.strictObject(operationFilter);

export const operationQuery = z.strictObject({
  ...operationFilter,
  sort: z.enum(['template', 'service', 'perDay', 'clients', 'lastSeen', 'state', 'gaps']).optional(),
  desc: yesNo.optional(),
  after: nameText.optional(),
  limit: pageLimit.optional(),
});

const facet = z.strictObject({ value: z.string(), count: z.number() }).meta({ id: 'Facet' });

export const operationFacets = z
  .strictObject({
    state: list(facet),
    service: list(facet),
    method: list(facet),
    owner: list(facet),
    auth: list(facet),
    audience: list(facet),
    environment: list(facet),
  })
  .meta({ id: 'OperationFacets' });

export const operationDetail = z
  .strictObject({
    operation,
    findings: list(finding),
    documents: list(z.strictObject({ file: z.string(), line: z.number().nullable(), format: z.string() })),
    decisions: list(storedDecision),
  })
  .meta({ id: 'OperationDetail' });

export const exchangeRow = z
  .strictObject({
    atMs: instant,
    pathId: z.number(),
    status: z.number().nullable(),
    durationMs: z.number().nullable(),
    responseBytes: z.number().nullable(),
    client: z.string().nullable(),
    principal: z.string().nullable(),
    auth: z.string(),
    agent: z.string().nullable(),
    sourceId: z.string(),
    line: z.number(),
  })
  .meta({ id: 'ExchangeRow' });

export const exchangeQuery = z.strictObject({ before: instantText.optional(), limit: pageLimit.optional() });
/** `next` is the instant to ask before for older rows, null when there are none. */
export const exchangePage = z.strictObject({ rows: list(exchangeRow), next: instant.nullable() });

export const hourQuery = z.strictObject({ from: instantText.optional() });
export const hourRows = z.strictObject({
  rows: list(
    z.strictObject({
      hourMs: instant,
      count: z.number(),
      s1: z.number(),
      s2: z.number(),
      s3: z.number(),
      s4: z.number(),
      s5: z.number(),
      unanswered: z.number(),
    }),
  ),
});

export const foldedPath = z
  .strictObject({
    id: z.string(),
    service: z.string(),
    method: z.string(),
    path: z.string(),
    reason: noiseReason,
    count: z.number(),
    statuses: countByName,
    firstMs: instant,
    lastMs: instant,
  })
  .meta({ id: 'FoldedPath' });

export const foldedPage = page(foldedPath);
export const foldedQuery = z.strictObject({
  reason: nameText.optional(),
  text: nameText.optional(),
  after: nameText.optional(),
  limit: pageLimit.optional(),
});

export const inventorySummary = z
  .strictObject({
    operations: z.number(),
    services: z.number(),
    byState: z.record(operationState, z.number()),
    orphans: z.number(),
    pathsSeen: z.number(),
    pathsInTemplates: z.number(),
    pathsFolded: countByName,
    completeness: z
      .strictObject({
        bySpec: z.number(),
        byTraffic: z.number(),
        both: z.number(),
        estimate: z.number(),
        low: z.number(),
        high: z.number(),
        lowerShare: z.number(),
      })
      .nullable(),
  })
  .meta({ id: 'InventorySummary' });

export const inventoryView = z.strictObject({ summary: inventorySummary.nullable(), builtMs: instant.nullable() });

/** Who answers for the operation's API; written to `stance.yaml`. */
export const ownerChange = z.strictObject({ owner: z.string().trim().min(1).max(200) });
