/** Security rules over a read OpenAPI document. Each rule is one cause; the operations it touches are its places. */
import type { FindingPlace } from '../engine/evidence/finding.ts';
import type { DocumentNode } from './document-node.ts';
import { counted, type FindingList } from './finding-list.ts';
import { lintBounds } from './openapi-bounds.ts';
import { type OpenapiContext, operationPlace, type ReadOperation } from './openapi-operations.ts';
import { openapiRules } from './openapi-rules.ts';
import { isPlain } from './openapi-servers.ts';

/** Methods that change something. */
const writing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function lintOpenapi(context: OpenapiContext, operations: readonly ReadOperation[], findings: FindingList): void {
  lintServers(context, findings);
  lintSchemes(context, operations, findings);
  lintAuthentication(context, operations, findings);
  for (const operation of operations) {
    lintAddress(operation, findings);
    lintAnswers(operation, findings);
  }
  lintNames(operations, findings);
  lintBounds(context, operations, findings);
}

function documentPlace(node: DocumentNode): () => FindingPlace {
  return () => ({ ...node.place, operation: null });
}

function lintServers({ servers }: OpenapiContext, findings: FindingList): void {
  const secure = new Set(servers.filter(({ scheme }) => scheme === 'https').flatMap(({ hosts }) => hosts));
  for (const server of servers.filter(isPlain)) {
    const name = server.hosts[0] ?? 'its host';
    // Without a host of its own the document describes software that somebody else will put behind an edge.
    const isCertain = server.hosts.length > 0 && !name.includes('{');
    const also = secure.has(name) ? ' The same host is declared with TLS too.' : '';
    findings.add(openapiRules.plainHttp, {
      cause: name,
      detail: `Calls to ${name} are declared over plain HTTP: anyone on the way reads and changes them.${also}`,
      place: documentPlace(server.node),
      ...(also === '' && isCertain ? {} : { severity: 'medium' as const }),
    });
  }
}

function lintSchemes({ schemes }: OpenapiContext, operations: readonly ReadOperation[], findings: FindingList): void {
  for (const { name, kind, node } of schemes.values()) {
    const report = { cause: name, place: documentPlace(node) };
    if (kind === 'api-key-query') {
      findings.add(openapiRules.authKeyInQuery, {
        ...report,
        detail: `The scheme \`${name}\` takes the key from the query parameter \`${node.child('name').text ?? ''}\`.`,
      });
    }
    if (kind === 'basic') findings.add(openapiRules.authBasic, { ...report, detail: `The scheme \`${name}\` is HTTP Basic.` });
    const flows = [
      ...node
        .child('flows')
        .members()
        .map(({ key }) => key),
      node.child('flow').text,
    ];
    for (const flow of flows.filter((flow) => flow === 'implicit' || flow === 'password')) {
      findings.add(openapiRules.authOldFlow, {
        ...report,
        cause: `${name} ${flow}`,
        detail: `The scheme \`${name}\` offers the ${flow} flow.`,
      });
    }
    const addresses = [node, ...node.child('flows').members()].flatMap((holder) => [
      holder.child('authorizationUrl'),
      holder.child('tokenUrl'),
    ]);
    for (const address of [...addresses, node.child('openIdConnectUrl')]) {
      if (address.text?.startsWith('http://') !== true || /^http:\/\/(?:localhost|127\.)/.test(address.text)) continue;
      findings.add(openapiRules.authPlainUrl, {
        ...report,
        place: documentPlace(address),
        detail: `The scheme \`${name}\` sends people or secrets to an address without TLS.`,
      });
    }
  }
  const used = operations.some(({ declared }) => (declared.security?.length ?? 0) > 0);
  const first = [...schemes.values()][0];
  if (first !== undefined && !used && operations.length > 0) {
    findings.add(openapiRules.authUnused, {
      detail: `${counted(schemes.size, 'security scheme')} and ${counted(operations.length, 'operation')}, of which none requires one.`,
      place: documentPlace(first.node),
    });
  }
}

function lintAuthentication({ schemes }: OpenapiContext, operations: readonly ReadOperation[], findings: FindingList): void {
  const missing = operations.filter(({ declared }) => declared.security === null && declared.method !== 'OPTIONS');
  const asParameter = missing.filter(({ declared }) => declared.parameters.some(isCredential));
  for (const operation of asParameter) {
    findings.add(openapiRules.authAsParameter, {
      detail: (count) =>
        `${counted(count, 'operation')} of ${operations.length} take a credential as a parameter and state no security requirement.`,
      place: operationPlace(operation),
    });
  }
  const bare = missing.filter((operation) => !asParameter.includes(operation));
  const writes = bare.filter(({ declared }) => writing.has(declared.method)).length;
  for (const operation of bare) {
    findings.add(openapiRules.authMissing, {
      detail: (count) =>
        `${counted(count, 'operation')} of ${operations.length} state no security requirement and inherit none; ${writes} of them change data.`,
      severity: writes > 0 ? 'high' : 'medium',
      place: operationPlace(operation),
    });
  }
  for (const operation of operations) lintRequirement(operation, { schemes, findings });
}

function lintRequirement(
  operation: ReadOperation,
  { schemes, findings }: Pick<OpenapiContext, 'schemes'> & { findings: FindingList },
): void {
  const { security, method } = operation.declared;
  if (security === null) return;
  const place = operationPlace(operation);
  if (security.length === 0) {
    const rule = writing.has(method) ? openapiRules.authOpenWrite : openapiRules.authOpen;
    findings.add(rule, {
      detail: (count) => `${counted(count, 'operation', { one: 'says', many: 'say' })} that no credential is needed.`,
      place,
    });
    return;
  }
  if (security.some((alternative) => alternative.schemes.length === 0)) {
    findings.add(openapiRules.authOptional, {
      detail: (count) => `${counted(count, 'operation', { one: 'also accepts', many: 'also accept' })} calls without a credential.`,
      place,
    });
  }
  const names = security.flatMap((alternative) => alternative.schemes.map(({ name }) => name));
  for (const name of new Set(names)) {
    if (schemes.has(name)) continue;
    findings.add(openapiRules.authUndefined, {
      cause: name,
      detail: (count) =>
        `${counted(count, 'operation', { one: 'asks for', many: 'ask for' })} \`${name}\`, which the document does not define.`,
      place,
    });
  }
}

function isCredential({ in: place, name }: { in: string; name: string }): boolean {
  if (place === 'header') return /^(?:authorization|x-api-key|api-?key|x-auth-token|x-access-token|.*-token)$/i.test(name);
  return place === 'query' && /^(?:token|api_?key|access_?token|auth_?token)$/i.test(name);
}

const secretName =
  /^(?:pass(?:word|wd|phrase)?|pwd|(?:client_?|app_?)?secret(?:_?key)?|access_?token|auth_?token|refresh_?token|id_?token|private_?key|api_?key|token|ssn|social_?security(?:_?number)?|card_?number|cvv2?|cvc2?)$/i;
/** In a path these are mostly names of things (`/tokens/{token}`), often single-use; in a query they are credentials. */
const lessInPath = /token|key/i;

function lintAddress(operation: ReadOperation, findings: FindingList): void {
  for (const parameter of operation.parameters) {
    const name = parameter.child('name').text;
    const place = parameter.child('in').text;
    if (name === null || (place !== 'query' && place !== 'path') || !secretName.test(name)) continue;
    if (place === 'path' && lessInPath.test(name)) continue;
    findings.add(openapiRules.secretInUrl, {
      cause: name,
      detail: (count) => `The ${place} parameter \`${name}\` of ${counted(count, 'operation')} carries a secret.`,
      place: operationPlace(operation, parameter),
    });
  }
}

function lintAnswers(operation: ReadOperation, findings: FindingList): void {
  const { statuses } = operation.declared;
  if (statuses.some((status) => status === 'default' || /^[45]/.test(status))) return;
  findings.add(openapiRules.errorsUndeclared, {
    detail: (count) => `${counted(count, 'operation', { one: 'declares', many: 'declare' })} neither a 4xx, a 5xx nor a default answer.`,
    place: operationPlace(operation),
  });
}

/** Path and operation names that readers trip over. */
function lintNames(operations: readonly ReadOperation[], findings: FindingList): void {
  const templates = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const operation of operations) {
    const { declared } = operation;
    const path = declared.template;
    // Paths that differ by a query or fragment are reported as such, not as rivals.
    const shape = `${declared.method} ${path.replace(/\{[^}]*\}/g, '{}')}${queryOf(operation.pathItem.key)}`;
    const rival = templates.get(shape);
    if (rival !== undefined) {
      const cause = shape.slice(shape.indexOf(' ') + 1);
      findings.add(openapiRules.templateClash, {
        cause,
        detail: `\`${rival}\` and \`${path}\` match the same calls.`,
        place: operationPlace(operation),
      });
    } else templates.set(shape, path);
    lintPathParameters(operation, findings);
    if (declared.operationId === null) continue;
    const owner = ids.get(declared.operationId);
    if (owner !== undefined && owner !== `${declared.method} ${path}`) {
      findings.add(openapiRules.operationIdClash, {
        cause: declared.operationId,
        detail: `\`${declared.operationId}\` names ${owner} and others.`,
        place: operationPlace(operation),
      });
    } else ids.set(declared.operationId, `${declared.method} ${path}`);
  }
}

function queryOf(path: string): string {
  const at = path.search(/[?#]/);
  return at < 0 ? '' : path.slice(at);
}

function lintPathParameters(operation: ReadOperation, findings: FindingList): void {
  if (!operation.pathItem.key.includes('{')) return;
  const declared = new Set(operation.declared.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name));
  for (const match of operation.pathItem.key.matchAll(/\{([^}]*)\}/g)) {
    const name = (match[1] ?? '').replace(/^[.;/?&+#]|[*]$/g, '');
    if (declared.has(name)) continue;
    findings.add(openapiRules.pathParameter, {
      detail: (count) =>
        `${counted(count, 'path parameter', { one: 'stands', many: 'stand' })} in a path and are declared nowhere, such as \`${name}\`.`,
      place: operationPlace(operation),
    });
  }
}
