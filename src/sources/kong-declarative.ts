/** Kong declarative configuration (`_format_version`): services, routes and the plugins in force on each. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import { limitedBy } from './declared-limit.ts';
import type { DocumentNode } from './document-node.ts';
import { counted } from './finding-list.ts';
import { anonymous, type GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import { expressionTemplate, prefixTemplate } from './route-template.ts';
import type { SourceFormat, SourceItem } from './source.ts';
import { readStructuredGateway } from './structured-gateway.ts';

export const kongDeclarative: SourceFormat = {
  id: 'kong-declarative',
  title: 'Kong declarative configuration',
  kind: 'declaration',
  detect: (head) => (/^\s*"?_format_version"?\s*:/m.test(head) || /[{,]\s*"_format_version"\s*:/.test(head) ? 1 : 0),
  read: (input) => readStructuredGateway({ format: 'kong-declarative', title: 'Kong', readDocuments }, input),
};

/** Credential checks by plugin, with the kind of scheme each looks for. */
const authPlugins: Readonly<Record<string, string>> = {
  jwt: 'jwt',
  'key-auth': 'api-key-header',
  'key-auth-enc': 'api-key-header',
  'basic-auth': 'basic',
  oauth2: 'oauth2',
  'oauth2-introspection': 'oauth2',
  'openid-connect': 'openid-connect',
  'hmac-auth': 'signature',
  'ldap-auth': 'basic',
  'mtls-auth': 'mtls',
  'jwt-signer': 'jwt',
  session: 'cookie',
};

const limitPlugins: ReadonlySet<string> = new Set(['rate-limiting', 'rate-limiting-advanced', 'response-ratelimiting']);
const windows: readonly (readonly [string, number])[] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['month', 2_592_000],
  ['year', 31_536_000],
];

interface Plugin {
  readonly name: string;
  readonly node: DocumentNode;
}

function readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): SourceItem[] {
  const excluded: SourceItem[] = [];
  for (const root of roots) {
    const shared = root.child('plugins').items().filter(isOn);
    const global = shared.filter((node) => !node.has('service') && !node.has('route') && !node.has('consumer'));
    // A service or route is named by its name or id where a plugin or route refers to it from outside.
    const outside = (kind: string, owner: DocumentNode) => shared.filter((plugin) => refers(plugin.child(kind), owner));
    const routes = root.child('routes').items();
    for (const service of root.child('services').items()) {
      const onService = [...global, ...outside('service', service), ...service.child('plugins').items().filter(isOn)];
      judgeService(service, reading);
      for (const route of [
        ...service.child('routes').items(),
        ...routes.filter((candidate) => refers(candidate.child('service'), service)),
      ]) {
        readRoute(
          { route, service, plugins: [...onService, ...outside('route', route), ...route.child('plugins').items().filter(isOn)] },
          reading,
        );
      }
    }
    for (const route of routes.filter((candidate) => !candidate.has('service')))
      excluded.push({ kind: 'excluded', line: route.place.line, reason: 'route without service' });
    judgeConsumers(root, reading);
  }
  return excluded;
}

function isOn(plugin: DocumentNode): boolean {
  return plugin.get('enabled') !== false;
}

function refers(reference: DocumentNode, owner: DocumentNode): boolean {
  const name = reference.text ?? reference.child('name').text ?? reference.child('id').text;
  return name !== null && (name === owner.child('name').text || name === owner.child('id').text);
}

interface RouteParts {
  readonly route: DocumentNode;
  readonly service: DocumentNode;
  readonly plugins: readonly DocumentNode[];
}

function readRoute({ route, service, plugins }: RouteParts, reading: GatewayReading): void {
  const inForce = pluginsInForce(plugins);
  const paths = route.child('paths').texts();
  const protocols = route.child('protocols').texts();
  const secure = protocols.filter((protocol) => /^(?:https|grpcs|wss|tls)$/.test(protocol));
  const templates = (paths.length === 0 ? ['/'] : paths).map((path) =>
    path.startsWith('~') ? expressionTemplate(`^${path.slice(1).replace(/^\^/, '')}`) : prefixTemplate(path),
  );
  for (const plugin of inForce) judgePlugin(plugin, { route, template: templates[0] ?? '/**' }, reading);
  reading.route({
    service: service.child('name').text ?? service.child('host').text ?? 'kong',
    name: route.child('name').text,
    hosts: route
      .child('hosts')
      .texts()
      .map((host) => host.toLowerCase()),
    methods: route
      .child('methods')
      .texts()
      .map((method) => method.toUpperCase()),
    templates,
    kind: protocols.some((protocol) => protocol.startsWith('grpc'))
      ? 'grpc'
      : protocols.length > 0 && protocols.every((protocol) => protocol.startsWith('ws'))
        ? 'websocket'
        : 'rest',
    tags: route.child('tags').texts(),
    security: securityOf(inForce),
    limit: limitOf(inForce),
    bodyBytesMax: bodyBytesMax(inForce),
    // Kong's default is both; `https_redirect_status_code` other than 426 sends plain calls on to TLS.
    tlsRequired: protocols.length > 0 && secure.length === protocols.length,
    place: route.place,
  });
}

/** The plugin nearest to the route wins over one of the same name further out. */
function pluginsInForce(plugins: readonly DocumentNode[]): Plugin[] {
  const byName = new Map<string, Plugin>();
  for (const node of plugins) {
    const name = node.child('name').text;
    if (name !== null) byName.set(name, { name, node });
  }
  return [...byName.values()];
}

function securityOf(plugins: readonly Plugin[]): SecurityAlternative[] | null {
  const checks = plugins.filter(({ name }) => Object.hasOwn(authPlugins, name));
  if (checks.length === 0) return null;
  const found = checks.map(({ name, node }) => oneScheme(name, keyPlace(name, node) ?? authPlugins[name] ?? 'unknown'));
  return checks.some(({ node }) => isAnonymous(node)) ? [...found, anonymous] : found;
}

function keyPlace(name: string, node: DocumentNode): string | null {
  const config = node.child('config');
  return name.startsWith('key-auth') && config.get('key_in_header') === false && config.get('key_in_query') !== false
    ? 'api-key-query'
    : null;
}

function isAnonymous(plugin: DocumentNode): boolean {
  const { value } = plugin.at('config', 'anonymous');
  return value !== undefined && value !== null && value !== '';
}

function limitOf(plugins: readonly Plugin[]): DeclaredLimit | null {
  const plugin = plugins.find(({ name }) => limitPlugins.has(name));
  if (plugin === undefined) return null;
  const config = plugin.node.child('config');
  const by = limitedBy(config.child('limit_by').text ?? config.child('identifier').text ?? 'consumer');
  for (const [name, windowSeconds] of windows) {
    const requests = config.child(name).number;
    if (requests !== null && requests > 0) return { requests, windowSeconds, by };
  }
  const requests = config.child('limit').items()[0]?.number ?? null;
  const windowSeconds = config.child('window_size').items()[0]?.number ?? null;
  return requests !== null && windowSeconds !== null && requests > 0 && windowSeconds > 0 ? { requests, windowSeconds, by } : null;
}

const sizeUnits: Readonly<Record<string, number>> = { bytes: 1, kilobytes: 1024, megabytes: 1024 ** 2 };

function bodyBytesMax(plugins: readonly Plugin[]): number | null {
  const config = plugins.find(({ name }) => name === 'request-size-limiting')?.node.child('config');
  if (config === undefined) return null;
  return (config.child('allowed_payload_size').number ?? 128) * (sizeUnits[config.child('size_unit').text ?? 'megabytes'] ?? 1024 ** 2);
}

function judgePlugin(
  { name, node }: Plugin,
  { route, template }: { route: DocumentNode; template: string },
  reading: GatewayReading,
): void {
  const config = node.child('config');
  const at = { at: node.place, route: `${route.child('methods').texts()[0] ?? '*'} ${template}` };
  if (limitPlugins.has(name)) {
    const policy = config.child('policy').text ?? config.child('strategy').text ?? 'local';
    if (policy === 'local')
      reading.find(gatewayRules.counterPerNode, {
        detail: (count) =>
          `The policy is local${config.has('policy') || config.has('strategy') ? '' : ', which is the default,'} on ${counted(count, 'route')}: with three nodes a caller has three times the limit.`,
        ...at,
      });
    const failsOpen = config.get('fault_tolerant') !== false && policy !== 'local' && name !== 'rate-limiting-advanced';
    const isStated = config.get('fault_tolerant') === true;
    if (failsOpen || isStated) {
      reading.find(gatewayRules.limitFailsOpen, {
        detail: (count) =>
          `fault_tolerant is true${isStated ? '' : ' by default'} on ${counted(count, 'route')}: while the counter's store is away, nothing is limited.`,
        ...at,
      });
    }
    if (limitedBy(config.child('limit_by').text) === 'address')
      reading.find(gatewayRules.limitByAddress, { detail: (count) => `limit_by is ip on ${counted(count, 'route')}.`, ...at });
  }
  if (Object.hasOwn(authPlugins, name) && isAnonymous(node)) {
    reading.find(gatewayRules.authOptional, {
      cause: name,
      detail: (count) => `${name} has an anonymous consumer on ${counted(count, 'route')}: calls without a credential pass as that one.`,
      ...at,
    });
  }
  if (name === 'cors') judgeCors(config, at, reading);
}

function judgeCors(config: DocumentNode, at: { at: { file: string; line: number }; route: string }, reading: GatewayReading): void {
  const origins = config.child('origins').texts();
  if (origins.length > 0 && !origins.includes('*')) return;
  const credentials = config.get('credentials') === true;
  reading.find(gatewayRules.corsWildcard, {
    detail: (count) => `origins is ${origins.length === 0 ? 'not set, which means ' : ''}* on ${counted(count, 'route')}.`,
    ...(credentials ? { severity: 'high' as const } : {}),
    ...at,
  });
}

function judgeService(service: DocumentNode, reading: GatewayReading): void {
  const url = service.child('url').text ?? '';
  const protocol = service.child('protocol').text ?? /^[a-z]+(?=:)/.exec(url)?.[0] ?? 'http';
  if (protocol === 'http' || protocol === 'grpc')
    reading.find(gatewayRules.upstreamPlain, {
      detail: (count) => `${counted(count, 'service', { one: 'is', many: 'are' })} reached without TLS.`,
      at: service.place,
    });
  if (protocol === 'https' && service.get('tls_verify') !== true) {
    reading.find(gatewayRules.upstreamUnverified, {
      detail: (count) => `tls_verify is not true for ${counted(count, 'service')}, and the node's default is off.`,
      at: (service.has('tls_verify') ? service.child('tls_verify') : service).place,
    });
  }
}

const credentialLists = ['keyauth_credentials', 'basicauth_credentials', 'jwt_secrets', 'hmacauth_credentials', 'oauth2_credentials'];

/** Says that a credential stands there; never which. References to a vault (`{vault://...}`) are what they should be. */
function judgeConsumers(root: DocumentNode, reading: GatewayReading): void {
  const owners = [root, ...root.child('consumers').items()];
  for (const credential of owners.flatMap((owner) => credentialLists.flatMap((list) => owner.child(list).items()))) {
    const secret = ['key', 'password', 'secret', 'client_secret']
      .map((name) => credential.child(name))
      .find((node) => node.text !== null && !/^\{vault:|^\$\{/.test(node.text));
    if (secret !== undefined)
      reading.find(gatewayRules.secretInFile, {
        detail: (count) => `${counted(count, 'credential')} of consumers stand in the file.`,
        at: secret.place,
      });
  }
}
