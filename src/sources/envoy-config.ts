/** Envoy configuration: the routes of every HTTP connection manager, with filters in force and what they do when they fail. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import { durationSeconds } from './declared-limit.ts';
import type { DocumentNode } from './document-node.ts';
import { counted } from './finding-list.ts';
import { anonymous, type GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import { exactTemplate, expressionTemplate, prefixTemplate } from './route-template.ts';
import type { SourceFormat, SourceItem } from './source.ts';
import { readStructuredGateway } from './structured-gateway.ts';

export const envoyConfig: SourceFormat = {
  id: 'envoy-config',
  title: 'Envoy configuration',
  kind: 'declaration',
  detect: (head) =>
    /type\.googleapis\.com\/envoy\./.test(head) || (/"?static_resources"?\s*:/.test(head) && /"?(?:listeners|clusters)"?\s*:/.test(head))
      ? 0.97
      : /"?virtual_hosts"?\s*:/.test(head) && /"?domains"?\s*:/.test(head)
        ? 0.9
        : 0,
  read: (input) => readStructuredGateway({ format: 'envoy-config', title: 'Envoy', readDocuments }, input),
};

/** Nesting in which connection managers are looked for. */
const depthMax = 60;

interface Filters {
  readonly nodes: ReadonlyMap<string, DocumentNode>;
  readonly tlsRequired: boolean | null;
}

function readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): SourceItem[] {
  for (const root of roots) {
    judgeAdmin(root.child('admin'), reading);
    const chains = collect(root, (node) => node.has('filters') && (node.has('transport_socket') || node.child('filters').isList));
    const managers = new Set<unknown>();
    for (const chain of chains) {
      const socket = chain.child('transport_socket');
      judgeTls(socket, reading);
      for (const manager of collect(chain, isManager)) {
        managers.add(manager.value);
        readManager(manager, socket.exists, reading);
      }
    }
    // A file of routes alone (RDS), or a manager outside of any chain.
    for (const manager of collect(root, isManager)) if (!managers.has(manager.value)) readManager(manager, null, reading);
    if (managers.size === 0)
      for (const table of collect(root, (node) => node.has('virtual_hosts')))
        readRoutes(table, { nodes: new Map(), tlsRequired: null }, reading);
    for (const cluster of collect(root, (node) => node.has('load_assignment') || node.has('connect_timeout')))
      judgeCluster(cluster, reading);
  }
  return [];
}

function isManager(node: DocumentNode): boolean {
  return node.has('http_filters') || ((node.has('route_config') || node.has('rds')) && node.has('stat_prefix'));
}

/** Maps that hold a test, in document order; each value once, so that shared anchors are not walked again. */
function collect(from: DocumentNode, test: (node: DocumentNode) => boolean): DocumentNode[] {
  const found: DocumentNode[] = [];
  const seen = new Set<unknown>();
  const visit = (node: DocumentNode, depth: number): void => {
    if (node.value === null || typeof node.value !== 'object' || depth > depthMax || seen.has(node.value)) return;
    seen.add(node.value);
    if (node.isMap && test(node)) found.push(node);
    for (const child of [...node.members(), ...node.items()]) visit(child, depth + 1);
  };
  visit(from, 0);
  return found;
}

function readManager(manager: DocumentNode, isTls: boolean | null, reading: GatewayReading): void {
  const nodes = new Map<string, DocumentNode>();
  for (const filter of manager.child('http_filters').items()) {
    const config = filter.has('typed_config') ? filter.child('typed_config') : filter.child('config');
    const type = `${filter.child('name').text ?? ''} ${config.child('@type').text ?? ''}`;
    const kind = /ext_authz|jwt_authn|local_ratelimit|ratelimit|rbac|cors|oauth2|basic_auth|api_key_auth|buffer/.exec(type)?.[0];
    if (kind !== undefined && !nodes.has(kind) && filter.get('disabled') !== true) nodes.set(kind, config.exists ? config : filter);
  }
  const filters = { nodes, tlsRequired: isTls };
  judgeFilters(filters, reading);
  readRoutes(manager.child('route_config'), filters, reading);
}

function judgeFilters({ nodes }: Filters, reading: GatewayReading): void {
  const authorisation = nodes.get('ext_authz');
  if (authorisation?.get('failure_mode_allow') === true) {
    reading.find(gatewayRules.authFailsOpen, {
      detail: 'failure_mode_allow is true on ext_authz: while the authorisation service is away, every call passes.',
      at: authorisation.child('failure_mode_allow').place,
    });
  }
  const limit = nodes.get('ratelimit');
  if (limit !== undefined && limit.get('failure_mode_deny') !== true) {
    reading.find(gatewayRules.limitFailsOpen, {
      detail: `failure_mode_deny is ${limit.has('failure_mode_deny') ? 'false' : 'not set, which means false'}: while the rate limit service is away, nothing is limited.`,
      at: limit.place,
    });
  }
  const local = nodes.get('local_ratelimit');
  if (local !== undefined)
    reading.find(gatewayRules.counterPerNode, { detail: 'local_ratelimit counts in each Envoy for itself.', at: local.place });
  for (const requirement of collectRequirements(nodes.get('jwt_authn'))) {
    reading.find(gatewayRules.authOptional, {
      cause: requirement.key,
      detail: (count) => `${requirement.key} in ${counted(count, 'rule')} of jwt_authn: calls without a token pass.`,
      at: requirement.place,
    });
  }
}

function collectRequirements(filter: DocumentNode | undefined): DocumentNode[] {
  if (filter === undefined) return [];
  const holders = collect(filter, (node) => node.has('allow_missing') || node.has('allow_missing_or_failed'));
  return holders.flatMap((holder) =>
    ['allow_missing', 'allow_missing_or_failed'].map((name) => holder.child(name)).filter((node) => node.exists),
  );
}

function readRoutes(table: DocumentNode, filters: Filters, reading: GatewayReading): void {
  for (const host of table.child('virtual_hosts').items()) {
    const hosts = host
      .child('domains')
      .texts()
      .filter((domain) => domain !== '*')
      .map((domain) => domain.toLowerCase().replace(/:(?:80|443|\*)$/, ''));
    const redirects = host.child('require_tls').text === 'ALL';
    judgeCors(host, reading);
    for (const route of host.child('routes').items()) {
      const target = route.child('route');
      if (!target.isMap) continue;
      judgeCors(route, reading);
      judgeCors(target, reading);
      reading.route({
        service:
          target.child('cluster').text ??
          target.at('weighted_clusters', 'clusters', '0', 'name').text ??
          host.child('name').text ??
          'envoy',
        name: route.child('name').text,
        hosts: [...new Set(hosts)],
        methods: methodsOf(route.child('match')),
        templates: [templateOf(route.child('match'))],
        kind: route.at('match', 'grpc').exists ? 'grpc' : 'rest',
        security: securityOf(route, { host, filters }),
        limit: limitOf(route, { host, filters }),
        bodyBytesMax: filters.nodes.get('buffer')?.child('max_request_bytes').number ?? null,
        tlsRequired: redirects ? true : filters.tlsRequired,
        place: route.place,
      });
    }
  }
}

function templateOf(match: DocumentNode): string {
  const text = (name: string) => match.child(name).text;
  const exact = text('path');
  if (exact !== null) return exactTemplate(exact);
  const prefix = text('path_separated_prefix') ?? text('prefix');
  if (prefix !== null) return prefixTemplate(prefix);
  const expression = match.at('safe_regex', 'regex').text ?? text('regex');
  if (expression !== null) return expressionTemplate(`^${expression.replace(/^\^|\$$/g, '')}$`);
  const template = match.at('path_match_policy', 'typed_config', 'path_template').text;
  return template === null
    ? '/**'
    : template
        .replace(/\{(\w+)=[^}]*\}/g, '{$1}')
        .replace(/\/\*\*$/, '/**')
        .replace(/\/\*(?=\/|$)/g, '/{any}');
}

function methodsOf(match: DocumentNode): string[] {
  const header = match
    .child('headers')
    .items()
    .find((candidate) => candidate.child('name').text === ':method');
  if (header === undefined || header.get('invert_match') === true) return [];
  const exact = header.child('exact_match').text ?? header.at('string_match', 'exact').text;
  const expression = header.at('safe_regex_match', 'regex').text ?? header.at('string_match', 'safe_regex', 'regex').text;
  const words = exact !== null ? [exact] : (expression ?? '').replace(/[\^$()]/g, '').split('|');
  return words.filter((word) => /^[A-Z]+$/.test(word));
}

interface RouteScope {
  readonly host: DocumentNode;
  readonly filters: Filters;
}

/** Per-route settings of a filter, route before virtual host. */
function perRoute(route: DocumentNode, host: DocumentNode, kind: string): DocumentNode | null {
  for (const owner of [route, host]) {
    const found = owner
      .child('typed_per_filter_config')
      .members()
      .find(({ key }) => key.includes(kind));
    if (found !== undefined) return found;
  }
  return null;
}

const authFilters: Readonly<Record<string, string>> = {
  jwt_authn: 'jwt',
  ext_authz: 'other',
  oauth2: 'oauth2',
  basic_auth: 'basic',
  api_key_auth: 'api-key-header',
};

function securityOf(route: DocumentNode, { host, filters }: RouteScope): SecurityAlternative[] | null {
  const found: SecurityAlternative[] = [];
  for (const [kind, scheme] of Object.entries(authFilters)) {
    const filter = filters.nodes.get(kind);
    if (filter === undefined || perRoute(route, host, kind)?.get('disabled') === true) continue;
    if (kind === 'jwt_authn' && !jwtCovers(filter, route.child('match'))) continue;
    found.push(oneScheme(kind, scheme));
    if (kind === 'jwt_authn' && collectRequirements(filter).length > 0) found.push(anonymous);
  }
  return found.length === 0 ? null : found;
}

/** Whether a rule of jwt_authn asks for a token where the route leads: prefixes that overlap. */
function jwtCovers(filter: DocumentNode, match: DocumentNode): boolean {
  const path = match.child('prefix').text ?? match.child('path').text ?? match.child('path_separated_prefix').text ?? '/';
  const rules = filter.child('rules').items();
  const rule = rules.find((candidate) => {
    const prefix =
      candidate.at('match', 'prefix').text ?? candidate.at('match', 'path').text ?? candidate.at('match', 'path_separated_prefix').text;
    return prefix === null || path.startsWith(prefix);
  });
  return rule !== undefined && (rule.has('requires') || rule.has('requirement_name'));
}

function limitOf(route: DocumentNode, { host, filters }: RouteScope): DeclaredLimit | null {
  const own = perRoute(route, host, 'local_ratelimit') ?? filters.nodes.get('local_ratelimit') ?? null;
  const bucket = own?.child('token_bucket');
  const requests = bucket?.child('tokens_per_fill').number ?? bucket?.child('max_tokens').number ?? null;
  const windowSeconds = bucket === undefined ? null : durationSeconds(bucket.child('fill_interval'));
  return requests !== null && windowSeconds !== null && requests > 0 && windowSeconds > 0 ? { requests, windowSeconds, by: 'route' } : null;
}

function judgeCors(owner: DocumentNode, reading: GatewayReading): void {
  const stated = owner.child('cors').isMap
    ? owner.child('cors')
    : owner
        .child('typed_per_filter_config')
        .members()
        .find(({ key }) => key.includes('cors'));
  if (stated === undefined) return;
  const origins = stated.child('allow_origin_string_match').items();
  const isWild = origins.some(
    (origin) =>
      origin.child('exact').text === '*' ||
      origin.child('prefix').text === '' ||
      origin.child('prefix').text === '*' ||
      /^\.[*+]$/.test(origin.at('safe_regex', 'regex').text ?? ''),
  );
  if (isWild)
    reading.find(gatewayRules.corsWildcard, {
      detail: (count) => `Any origin is allowed in ${counted(count, 'place')}.`,
      at: stated.place,
      ...(stated.get('allow_credentials') === true ? { severity: 'high' as const } : {}),
    });
}

function judgeTls(socket: DocumentNode, reading: GatewayReading): void {
  const parameters = socket.at('typed_config', 'common_tls_context', 'tls_params', 'tls_minimum_protocol_version');
  if (/^TLSv1_[01]$/.test(parameters.text ?? ''))
    reading.find(gatewayRules.tlsOld, { detail: `tls_minimum_protocol_version is ${parameters.text}.`, at: parameters.place });
}

function judgeCluster(cluster: DocumentNode, reading: GatewayReading): void {
  const socket = cluster.child('transport_socket');
  const at = { at: cluster.place };
  if (!socket.isMap) {
    if (cluster.has('load_assignment'))
      reading.find(gatewayRules.upstreamPlain, {
        detail: (count) => `${counted(count, 'cluster', { one: 'is', many: 'are' })} reached without TLS.`,
        ...at,
      });
    return;
  }
  const context = socket.at('typed_config', 'common_tls_context');
  if (
    !context.has('validation_context') &&
    !context.has('validation_context_sds_secret_config') &&
    !context.has('combined_validation_context')
  ) {
    reading.find(gatewayRules.upstreamUnverified, {
      detail: (count) => `${counted(count, 'cluster')} use TLS without a validation_context.`,
      ...at,
    });
  }
}

function judgeAdmin(admin: DocumentNode, reading: GatewayReading): void {
  const address = admin.at('address', 'socket_address', 'address');
  if (address.text !== null && !/^(?:127\.|::1$|localhost$)/.test(address.text)) {
    reading.find(gatewayRules.adminOpen, {
      detail: `The admin interface listens on ${address.text}: it shows keys' names and stops the process.`,
      at: address.place,
    });
  }
}
