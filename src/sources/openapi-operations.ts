/** The operations of an OpenAPI document, each complete in itself: path-level and root-level parts are worked in. */
import type { DeclaredLimit, DeclaredOperation, DeclaredParameter, SecurityAlternative } from '../engine/evidence/declaration.ts';
import type { FindingPlace } from '../engine/evidence/finding.ts';
import { limitExtension } from './declared-limit.ts';
import type { DocumentNode } from './document-node.ts';
import { OpenapiFields } from './openapi-fields.ts';
import type { OpenapiFiles } from './openapi-files.ts';
import { type DeclaredScheme, schemesOf, securityOf } from './openapi-security.ts';
import { type DeclaredServer, serversOf, swaggerServersOf, tlsOf } from './openapi-servers.ts';
import { sunsetOf } from './openapi-sunset.ts';

/** An operation as declared, with the nodes it was read from, for those who judge it. */
export interface ReadOperation {
  readonly declared: DeclaredOperation;
  readonly node: DocumentNode;
  readonly pathItem: DocumentNode;
  readonly parameters: readonly DocumentNode[];
  readonly requestSchemas: readonly DocumentNode[];
  readonly responseSchemas: readonly DocumentNode[];
}

/** The place of an operation, named as people name it. */
export function operationPlace({ declared, node }: ReadOperation, at: DocumentNode = node): () => FindingPlace {
  return () => ({ ...at.place, operation: `${declared.method} ${declared.template}` });
}

export interface OpenapiContext {
  readonly files: OpenapiFiles;
  readonly root: DocumentNode;
  readonly isSwagger: boolean;
  readonly fields: OpenapiFields;
  readonly schemes: ReadonlyMap<string, DeclaredScheme>;
  readonly servers: readonly DeclaredServer[];
  readonly security: readonly SecurityAlternative[] | null;
  readonly limit: DeclaredLimit | null;
  readonly sunset: string | null;
}

/** Methods a path item may name; `query` since 3.2. */
const methods: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']);

/** Parameters and responses read of one operation. */
const partsMax = 500;

export function openapiContext(files: OpenapiFiles, root: DocumentNode): OpenapiContext {
  const isSwagger = root.has('swagger');
  const schemes = schemesOf(root, files);
  return {
    files,
    root,
    isSwagger,
    schemes,
    fields: new OpenapiFields(files),
    servers: isSwagger ? swaggerServersOf(root) : serversOf(root),
    security: securityOf(root, schemes),
    limit: limitExtension(root) ?? limitExtension(root.child('info')),
    sunset: sunsetOf(root) ?? sunsetOf(root.child('info')),
  };
}

/** Operations in document order. Path items and operations of the wrong shape are left to the structure rules. */
export function* readOperations(context: OpenapiContext): Generator<ReadOperation> {
  for (const stated of context.root.child('paths').members()) {
    if (stated.key.startsWith('x-')) continue;
    const pathItem = context.files.resolve(stated).node;
    if (pathItem === null) continue;
    for (const member of pathItem.members()) {
      if (methods.has(member.key.toLowerCase()) && member.isMap) yield readOperation(context, { path: stated.key, pathItem, node: member });
    }
    for (const member of pathItem.child('additionalOperations').members()) {
      if (member.isMap) yield readOperation(context, { path: stated.key, pathItem, node: member });
    }
  }
}

interface OperationParts {
  readonly path: string;
  readonly pathItem: DocumentNode;
  readonly node: DocumentNode;
}

function readOperation(context: OpenapiContext, parts: OperationParts): ReadOperation {
  const { node, pathItem } = parts;
  const parameters = parametersOf(context, parts);
  const servers = [serversOf(node), serversOf(pathItem), context.servers].find((list) => list.length > 0) ?? [];
  const requestSchemas = context.isSwagger ? swaggerBody(parameters) : contentSchemas(context, node.child('requestBody'));
  const responseSchemas = successSchemas(context, node);
  const schemes = node.child('schemes').texts();
  const template = joinPath(servers[0]?.basePath ?? '', parts.path);
  const declared: DeclaredOperation = {
    method: node.key.toUpperCase(),
    template,
    kind: kindOf(template, servers),
    operationId: node.child('operationId').text,
    summary: firstLine(node.child('summary').text ?? pathItem.child('summary').text ?? node.child('description').text),
    tags: node.child('tags').texts().slice(0, 50),
    deprecated: isDeprecated(node) || isDeprecated(pathItem),
    sunset: sunsetOf(node) ?? sunsetOf(pathItem) ?? context.sunset,
    security: securityOf(node, context.schemes) ?? context.security,
    parameters: parameters.flatMap((parameter) => declaredParameter(context, parameter)),
    requestFields: context.isSwagger
      ? swaggerRequestFields(context, parameters)
      : context.fields.of(requestSchemas[0] ?? absent(node), 'request'),
    responseFields: context.fields.of(responseSchemas[0] ?? absent(node), 'response'),
    statuses: node
      .child('responses')
      .members()
      .map(({ key }) => key)
      .filter((key) => !key.startsWith('x-'))
      .slice(0, partsMax),
    limit: limitExtension(node) ?? limitExtension(pathItem) ?? context.limit,
    bodyBytesMax: bodyBytesMax(context, { node, pathItem, schema: requestSchemas[0] }),
    tlsRequired: schemes.length > 0 ? schemes.every((scheme) => scheme === 'https' || scheme === 'wss') : tlsOf(servers),
    docsUrl: node.at('externalDocs', 'url').text,
    place: node.place,
  };
  return { declared, node, pathItem, parameters, requestSchemas, responseSchemas };
}

/** A node that holds nothing, for a schema that is not there. */
function absent(node: DocumentNode): DocumentNode {
  return node.child('\0');
}

/** Operation-level parameters override path-level ones of the same place and name. */
function parametersOf(context: OpenapiContext, { node, pathItem }: OperationParts): DocumentNode[] {
  const byName = new Map<string, DocumentNode>();
  for (const stated of [...pathItem.child('parameters').items(), ...node.child('parameters').items()].slice(0, partsMax)) {
    const parameter = context.files.resolve(stated).node;
    if (parameter === null || !parameter.isMap) continue;
    byName.set(`${parameter.child('in').text} ${parameter.child('name').text}`, parameter);
  }
  return [...byName.values()];
}

function declaredParameter(context: OpenapiContext, parameter: DocumentNode): DeclaredParameter[] {
  const place = parameter.child('in').text;
  const name = parameter.child('name').text;
  if (name === null || (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')) return [];
  const schema = parameterSchema(context, parameter);
  const required = place === 'path' || parameter.child('required').value === true;
  return [{ in: place, name, required, type: schema?.child('type').texts()[0] ?? null, format: schema?.child('format').text ?? null }];
}

/** The schema of a parameter: its own in 3.x (or that of its one media type), itself in 2.0. */
export function parameterSchema(context: OpenapiContext, parameter: DocumentNode): DocumentNode | null {
  if (context.isSwagger) return parameter;
  const stated = parameter.has('schema') ? parameter.child('schema') : parameter.child('content').members()[0]?.child('schema');
  return stated === undefined ? null : context.files.resolve(stated).node;
}

function swaggerBody(parameters: readonly DocumentNode[]): DocumentNode[] {
  return parameters.filter((parameter) => parameter.child('in').value === 'body').map((parameter) => parameter.child('schema'));
}

function swaggerRequestFields(context: OpenapiContext, parameters: readonly DocumentNode[]): DeclaredOperation['requestFields'] {
  const body = swaggerBody(parameters)[0];
  if (body !== undefined) return context.fields.of(body, 'request');
  return parameters
    .filter((parameter) => parameter.child('in').value === 'formData')
    .map((parameter) => ({
      path: `$.${parameter.child('name').text ?? ''}`,
      type: parameter.child('type').text ?? 'any',
      required: parameter.child('required').value === true,
      dataClass: null,
    }));
}

/** Schemas of a request body or response by media type, JSON first. */
function contentSchemas(context: OpenapiContext, stated: DocumentNode): DocumentNode[] {
  const holder = context.files.resolve(stated).node;
  if (holder === null) return [];
  const media = holder.child('content').members().slice(0, partsMax);
  const ranked = media.toSorted((one, other) => Number(isJson(other.key)) - Number(isJson(one.key)));
  return ranked.map((type) => (type.has('itemSchema') ? type.child('itemSchema') : type.child('schema'))).filter(({ isMap }) => isMap);
}

function isJson(mediaType: string): boolean {
  return /[/+]json\b/i.test(mediaType);
}

/** Schemas of the answers that mean success; those of `default` when no success is declared. */
function successSchemas(context: OpenapiContext, operation: DocumentNode): DocumentNode[] {
  const responses = operation.child('responses').members().slice(0, partsMax);
  const success = responses.filter(({ key }) => /^2(?:\d\d|XX)$/i.test(key));
  const chosen = success.length > 0 ? success : responses.filter(({ key }) => key === 'default');
  return chosen.flatMap((response) => {
    if (!context.isSwagger) return contentSchemas(context, response);
    const node = context.files.resolve(response).node;
    return node?.child('schema').isMap === true ? [node.child('schema')] : [];
  });
}

function isDeprecated(node: DocumentNode): boolean {
  return node.get('deprecated') === true || node.get('x-deprecated') === true || node.child('x-deprecated').isMap;
}

function kindOf(template: string, servers: readonly DeclaredServer[]): DeclaredOperation['kind'] {
  if (/\/graphql\/?$/i.test(template)) return 'graphql';
  const schemes = servers.map(({ scheme }) => scheme);
  return schemes.length > 0 && schemes.every((scheme) => scheme === 'ws' || scheme === 'wss') ? 'websocket' : 'rest';
}

const bodyLimitNames = ['x-body-limit', 'x-max-body-size', 'x-max-body-bytes', 'x-body-bytes-max', 'x-max-request-size'];

function bodyBytesMax(
  context: OpenapiContext,
  parts: { node: DocumentNode; pathItem: DocumentNode; schema: DocumentNode | undefined },
): number | null {
  for (const owner of [parts.node, parts.node.child('requestBody'), parts.pathItem, context.root]) {
    if (!owner.hasExtensions) continue;
    for (const name of bodyLimitNames) {
      const bytes = bytesOf(owner.child(name).text);
      if (bytes !== null) return bytes;
    }
  }
  const schema = parts.schema === undefined ? null : context.files.resolve(parts.schema).node;
  return schema?.child('type').value === 'string' ? schema.child('maxLength').number : null;
}

/** Bytes of `1048576`, `10m`, `512kB`, `1 MiB`, `2Gi`; null when it is none of these. Prefixes are powers of 1024. */
export function bytesOf(text: string | null): number | null {
  const match = text === null ? null : /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(text);
  if (match === null) return null;
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Math.round(Number(match[1]) * 1024 ** power);
}

function firstLine(text: string | null): string | null {
  const line = text?.trim().split('\n', 1)[0]?.trim() ?? '';
  return line === '' ? null : line.slice(0, 200);
}

/** Base path and path as one template; a query or fragment some documents write into the path is left out. */
export function joinPath(base: string, path: string): string {
  const bare = path.replace(/[?#].*$/s, '');
  return `${base}${bare.startsWith('/') ? bare : `/${bare}`}`;
}
