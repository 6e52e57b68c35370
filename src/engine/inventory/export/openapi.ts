/** The inventory as an OpenAPI document: what traffic and documents show, with the counts as extensions (`x-stance-…`). */
import type { FieldSeen } from '../../evidence/observation.ts';
import type { Operation } from '../operation.ts';

type Json = { [key: string]: unknown };

const methods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']);

/** Paths that OpenAPI cannot say (other methods, GraphQL operations) are listed under `x-stance-not-expressible`. */
export function openapiOf(
  operations: readonly Operation[],
  options: { readonly title: string; readonly version: '3.0' | '3.1'; readonly asOf: string },
): Json {
  const paths: Record<string, Json> = {};
  const left: string[] = [];
  const hosts = [...new Set(operations.flatMap((operation) => operation.hosts))].sort();
  const schemes = new Map<string, Json>();
  for (const operation of operations) {
    if (!methods.has(operation.method) || operation.graphql !== null) {
      left.push(`${operation.method} ${operation.template}${operation.graphql === null ? '' : ` ${operation.graphql}`}`);
      continue;
    }
    paths[operation.template] ??= {};
    Object.assign(paths[operation.template] as Json, {
      [operation.method.toLowerCase()]: operationOf(operation, options.version, schemes),
    });
  }
  return {
    openapi: options.version === '3.1' ? '3.1.0' : '3.0.3',
    info: {
      title: options.title,
      version: options.asOf,
      description: 'Drafted by Stance from declarations and observed traffic. Types are as seen; values were never kept.',
    },
    servers: hosts.map((host) => ({ url: `https://${host}` })),
    paths,
    ...(schemes.size === 0 ? {} : { components: { securitySchemes: Object.fromEntries(schemes) } }),
    ...(left.length === 0 ? {} : { 'x-stance-not-expressible': left }),
  };
}

function operationOf(operation: Operation, version: '3.0' | '3.1', schemes: Map<string, Json>): Json {
  const parameters: Json[] = [...operation.template.matchAll(/\{([^}]+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  for (const name of operation.queryNames)
    if (name !== '(more)' && name !== '{key}') parameters.push({ name, in: 'query', required: false, schema: { type: 'string' } });
  const statuses = [
    ...new Set([...operation.statusesSeen.filter((status) => status > 0).map(String), ...operation.statusesDeclared]),
  ].sort();
  const responses: Json = {};
  for (const status of statuses) {
    responses[status.toUpperCase()] = {
      description: operation.statusesSeen.map(String).includes(status) ? 'Seen in traffic.' : 'Declared.',
      ...(status === '200' && (operation.fieldsSeen?.response.length ?? 0) > 0
        ? { content: { 'application/json': { schema: schemaOf(operation.fieldsSeen?.response ?? [], version) } } }
        : {}),
    };
  }
  if (statuses.length === 0) responses.default = { description: 'No answer was seen or declared.' };
  const requestFields = operation.fieldsSeen?.request ?? [];
  const security = securityOf(operation, schemes);
  return {
    operationId: operation.id,
    ...(operation.summary === null ? {} : { summary: operation.summary }),
    ...(operation.deprecated ? { deprecated: true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestFields.length === 0 || operation.method === 'GET'
      ? {}
      : { requestBody: { content: { 'application/json': { schema: schemaOf(requestFields, version) } } } }),
    responses,
    ...(security === null ? {} : { security }),
    'x-stance-state': operation.state,
    'x-stance-confidence': operation.confidence,
    ...(operation.owner === null ? {} : { 'x-stance-owner': operation.owner.value }),
    ...(operation.traffic === null
      ? {}
      : {
          'x-stance-calls': operation.traffic.count,
          'x-stance-clients': operation.traffic.clients,
          'x-stance-first-seen': new Date(operation.traffic.firstMs).toISOString(),
          'x-stance-last-seen': new Date(operation.traffic.lastMs).toISOString(),
        }),
  };
}

const kinds: Readonly<Record<string, Json>> = {
  bearer: { type: 'http', scheme: 'bearer' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  basic: { type: 'http', scheme: 'basic' },
  digest: { type: 'http', scheme: 'digest' },
  'api-key': { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'session' },
};

/** Only what was seen: a mix of calls with and without a credential becomes "either", which is what the API does. */
function securityOf(operation: Operation, schemes: Map<string, Json>): Json[] | null {
  const seen = Object.entries(operation.auth.seen)
    .filter(([kind, count]) => count > 0 && kind in kinds)
    .map(([kind]) => kind);
  if (seen.length === 0) return operation.auth.okWithout > 0 ? [] : null;
  for (const kind of seen) schemes.set(kind, kinds[kind] as Json);
  return [...seen.map((kind) => ({ [kind]: [] as string[] })), ...(operation.auth.okWithout > 0 ? [{}] : [])];
}

/** A nested schema from `$.a[].b` paths. */
function schemaOf(fields: readonly FieldSeen[], version: '3.0' | '3.1'): Json {
  const root: Json = {};
  for (const field of fields) {
    let at = root;
    for (const step of field.path
      .replace(/^\$\.?/, '')
      .split('.')
      .filter((part) => part !== '')) {
      const name = step.replace(/(\[\])+$/, '');
      const arrays = (step.match(/\[\]/g) ?? []).length;
      if (name !== '') at = child(at, name);
      for (let depth = 0; depth < arrays; depth++) {
        at.type = 'array';
        at = under(at, 'items');
      }
    }
    addType(at, field.type, version);
  }
  return root;
}

function child(at: Json, name: string): Json {
  at.type = 'object';
  return name === '{key}' ? under(at, 'additionalProperties') : under(under(at, 'properties'), name);
}

/** The object under a key, made when it is missing. */
function under(at: Json, key: string): Json {
  at[key] ??= {};
  return at[key] as Json;
}

function addType(schema: Json, type: FieldSeen['type'], version: '3.0' | '3.1'): void {
  if (type === 'null') {
    if (version === '3.0') schema.nullable = true;
    else if (typeof schema.type === 'string') schema.type = [schema.type, 'null'];
    return;
  }
  const held = schema.type;
  if (held === undefined) schema.type = type;
  else if (held !== type && version === '3.1' && typeof held === 'string') schema.type = [held, type];
}
