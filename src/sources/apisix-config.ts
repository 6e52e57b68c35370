/** Apache APISIX: routes, services and plugins of a standalone file (`apisix.yaml`) or an Admin API export, and `config.yaml`. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import { limitedBy } from './declared-limit.ts';
import type { DocumentNode } from './document-node.ts';
import { counted } from './finding-list.ts';
import { anonymous, type GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import { colonTemplate } from './route-template.ts';
import type { SourceFormat, SourceItem } from './source.ts';
import { named, readStructuredGateway } from './structured-gateway.ts';

export const apisixConfig: SourceFormat = {
  id: 'apisix-config',
  title: 'Apache APISIX configuration',
  kind: 'declaration',
  detect: (head, name) => {
    if (/(?:^|[/\\])apisix[^/\\]*\.ya?ml$/i.test(name)) return 0.95;
    if (/^\s*apisix\s*:/m.test(head) && /^\s*(?:deployment|plugins|plugin_attr|nginx_config)\s*:/m.test(head)) return 0.93;
    return /"?routes"?\s*:/.test(head) && /"?(?:upstream|upstream_id|service_id)"?\s*:/.test(head) && /"?uris?"?\s*:/.test(head) ? 0.9 : 0;
  },
  read: (input) => readStructuredGateway({ format: 'apisix-config', title: 'APISIX', readDocuments }, input),
};

const authPlugins: Readonly<Record<string, string>> = {
  'jwt-auth': 'jwt',
  'key-auth': 'api-key-header',
  'basic-auth': 'basic',
  'openid-connect': 'openid-connect',
  'hmac-auth': 'signature',
  'forward-auth': 'other',
  'authz-keycloak': 'oauth2',
  'authz-casdoor': 'oauth2',
  'ldap-auth': 'basic',
  'wolf-rbac': 'other',
  opa: 'other',
  'multi-auth': 'other',
};
const limitPlugins: ReadonlySet<string> = new Set(['limit-count', 'limit-req', 'limit-conn']);
/** The key that every sample carries; prints of others are never compared. */
const sampleAdminKey = 'edd1c9f034335f136f87ad84b625c8f1';

function readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): SourceItem[] {
  for (const root of roots) {
    const services = new Map(
      named(root.child('services')).flatMap(({ name, node }) => [[name, node] as const, [node.child('id').text ?? name, node] as const]),
    );
    const configs = new Map(named(root.child('plugin_configs')).map(({ name, node }) => [node.child('id').text ?? name, node]));
    const upstreams = new Map(named(root.child('upstreams')).map(({ name, node }) => [node.child('id').text ?? name, node]));
    const shared = named(root.child('global_rules')).map(({ node }) => node.child('plugins'));
    for (const { node } of named(root.child('routes'))) {
      const route = unwrapped(node);
      const service = services.get(route.child('service_id').text ?? '') ?? null;
      const config = configs.get(route.child('plugin_config_id').text ?? '') ?? null;
      const upstream =
        [route.child('upstream'), service?.child('upstream'), upstreams.get(route.child('upstream_id').text ?? '')].find(
          (candidate) => candidate?.isMap === true,
        ) ?? null;
      readRoute(
        { route, service, upstream, plugins: [...shared, service?.child('plugins'), config?.child('plugins'), route.child('plugins')] },
        reading,
      );
    }
    judgeConsumers(root, reading);
    judgeProcess(root, reading);
  }
  return [];
}

/** The Admin API wraps an object as `{ key, value }`. */
function unwrapped(node: DocumentNode): DocumentNode {
  return node.has('key') && node.child('value').isMap ? node.child('value') : node;
}

interface RouteParts {
  readonly route: DocumentNode;
  readonly service: DocumentNode | null;
  readonly upstream: DocumentNode | null;
  readonly plugins: readonly (DocumentNode | undefined)[];
}

function readRoute({ route, service, upstream, plugins }: RouteParts, reading: GatewayReading): void {
  if (route.get('status') === 0) return;
  const inForce = new Map<string, DocumentNode>();
  for (const plugin of plugins.flatMap((group) => group?.members() ?? [])) {
    if (plugin.at('_meta', 'disable').value !== true && plugin.get('disable') !== true) inForce.set(plugin.key, plugin);
  }
  const uris = [...route.child('uri').texts(), ...route.child('uris').texts()];
  const templates = (uris.length === 0 ? ['/*'] : uris).map(colonTemplate);
  const label = { at: route.place, route: `${route.child('methods').texts()[0] ?? '*'} ${templates[0] ?? ''}` };
  for (const [name, plugin] of inForce) judgePlugin(name, { plugin, label, reading });
  if (upstream?.child('scheme').text === 'https' && upstream.at('tls', 'verify').value !== true) {
    reading.find(gatewayRules.upstreamUnverified, {
      detail: (count) => `tls.verify is not true on ${counted(count, 'route')}, which is the default.`,
      ...label,
    });
  }
  const redirect = inForce.get('redirect');
  reading.route({
    service:
      service?.child('name').text ??
      upstream?.child('name').text ??
      route.child('service_id').text ??
      upstreamHost(upstream) ??
      route.child('name').text ??
      'apisix',
    name: route.child('name').text ?? route.child('id').text,
    hosts: [...route.child('host').texts(), ...route.child('hosts').texts(), ...(service?.child('hosts').texts() ?? [])].map((host) =>
      host.toLowerCase(),
    ),
    methods: route
      .child('methods')
      .texts()
      .map((method) => method.toUpperCase()),
    templates,
    kind: inForce.has('grpc-transcode')
      ? 'rest'
      : upstream?.child('scheme').text?.startsWith('grpc') === true
        ? 'grpc'
        : route.get('enable_websocket') === true
          ? 'websocket'
          : 'rest',
    security: securityOf(inForce),
    limit: limitOf(inForce),
    bodyBytesMax: inForce.get('client-control')?.child('max_body_size').number ?? null,
    tlsRequired: redirect?.get('http_to_https') === true ? true : null,
    place: route.place,
  });
}

function upstreamHost(upstream: DocumentNode | null): string | null {
  const nodes = upstream?.child('nodes');
  const host = nodes?.members()[0]?.key ?? nodes?.items()[0]?.child('host').text ?? upstream?.child('service_name').text ?? null;
  const name = host?.split(':')[0] ?? null;
  return name === null || /^[\d.]+$/.test(name) ? null : name;
}

function securityOf(plugins: ReadonlyMap<string, DocumentNode>): SecurityAlternative[] | null {
  const checks = [...plugins].filter(([name]) => Object.hasOwn(authPlugins, name));
  if (checks.length === 0) return null;
  const found = checks.map(([name]) => oneScheme(name, authPlugins[name] ?? 'unknown'));
  return checks.some(([name, plugin]) => isOptional(name, plugin)) ? [...found, anonymous] : found;
}

function isOptional(name: string, plugin: DocumentNode): boolean {
  return (
    plugin.child('anonymous_consumer').text !== null ||
    (name === 'openid-connect' && /^pass$/.test(plugin.child('unauth_action').text ?? ''))
  );
}

function limitOf(plugins: ReadonlyMap<string, DocumentNode>): DeclaredLimit | null {
  const count = plugins.get('limit-count');
  const by = (plugin: DocumentNode) => limitedBy(plugin.child('key').text ?? 'remote_addr');
  const requests = count?.child('count').number ?? null;
  const window = count?.child('time_window').number ?? null;
  if (count !== undefined && requests !== null && window !== null && requests > 0 && window > 0)
    return { requests, windowSeconds: window, by: by(count) };
  const rated = plugins.get('limit-req');
  const rate = rated?.child('rate').number ?? null;
  return rated !== undefined && rate !== null && rate > 0 ? { requests: rate, windowSeconds: 1, by: by(rated) } : null;
}

interface PluginParts {
  readonly plugin: DocumentNode;
  readonly label: { readonly at: { readonly file: string; readonly line: number }; readonly route: string };
  readonly reading: GatewayReading;
}

function judgePlugin(name: string, { plugin, label, reading }: PluginParts): void {
  const about = { ...label, at: plugin.place };
  if (limitPlugins.has(name)) judgeLimit(name, { plugin, label: about, reading });
  if (name === 'forward-auth' || name === 'opa') {
    if (plugin.get('allow_degradation') === true)
      reading.find(gatewayRules.authFailsOpen, {
        cause: name,
        detail: (count) =>
          `allow_degradation is true on ${name} of ${counted(count, 'route')}: while the service that decides is away, every call passes.`,
        ...about,
      });
    if (plugin.get('ssl_verify') === false)
      reading.find(gatewayRules.upstreamUnverified, { cause: name, detail: `ssl_verify is false on ${name}.`, ...about });
  }
  if (Object.hasOwn(authPlugins, name) && isOptional(name, plugin)) {
    reading.find(gatewayRules.authOptional, {
      cause: name,
      detail: (count) => `${name} lets calls without a credential pass on ${counted(count, 'route')}.`,
      ...about,
    });
  }
  if (name === 'cors') {
    const origins = plugin.child('allow_origins').text ?? '*';
    const credentials = plugin.get('allow_credential') === true || origins === '**';
    if (origins === '*' || origins === '**')
      reading.find(gatewayRules.corsWildcard, {
        detail: (count) =>
          `allow_origins is ${plugin.has('allow_origins') ? '' : 'not set, which means '}${origins} on ${counted(count, 'route')}.`,
        ...about,
        ...(credentials ? { severity: 'high' as const } : {}),
      });
  }
}

function judgeLimit(name: string, { plugin, label, reading }: PluginParts): void {
  const policy = plugin.child('policy').text ?? 'local';
  if (policy === 'local')
    reading.find(gatewayRules.counterPerNode, {
      detail: (count) =>
        `The policy is local${plugin.has('policy') ? '' : ', which is the default,'} on ${counted(count, 'route')}: every node adds the whole limit again.`,
      ...label,
    });
  if (plugin.get('allow_degradation') === true)
    reading.find(gatewayRules.limitFailsOpen, {
      detail: (count) => `allow_degradation is true on ${counted(count, 'route')}: while the counter fails, nothing is limited.`,
      ...label,
    });
  if (limitedBy(plugin.child('key').text ?? 'remote_addr') === 'address')
    reading.find(gatewayRules.limitByAddress, {
      detail: (count) => `The key is remote_addr${plugin.has('key') ? '' : ', which is the default,'} on ${counted(count, 'route')}.`,
      ...label,
    });
  if ((plugin.child('rejected_code').number ?? 503) === 503)
    reading.find(gatewayRules.limitAnswers503, {
      detail: (count) =>
        `rejected_code is ${plugin.has('rejected_code') ? '' : 'not set, which means '}503 on ${name} of ${counted(count, 'route')}.`,
      ...label,
    });
}

function judgeConsumers(root: DocumentNode, reading: GatewayReading): void {
  for (const { node } of named(root.child('consumers'))) {
    for (const plugin of unwrapped(node).child('plugins').members()) {
      const secret = ['key', 'password', 'secret', 'secret_key']
        .map((name) => plugin.child(name))
        .find(({ text }) => text !== null && !/^\$(?:secret|env):|^\$\{/i.test(text));
      if (secret !== undefined)
        reading.find(gatewayRules.secretInFile, {
          detail: (count) => `${counted(count, 'credential')} of consumers stand in the file.`,
          at: secret.place,
        });
    }
  }
}

/** `config.yaml`: who may reach the Admin API, and which TLS versions are spoken. */
function judgeProcess(root: DocumentNode, reading: GatewayReading): void {
  const admin = root.at('deployment', 'admin').isMap ? root.at('deployment', 'admin') : root.child('apisix');
  const open = admin
    .child('allow_admin')
    .items()
    .find(({ text }) => text === '0.0.0.0/0' || text === '::/0');
  if (open !== undefined)
    reading.find(gatewayRules.adminOpen, {
      cause: 'allow_admin',
      detail: 'allow_admin admits every address to the Admin API.',
      at: open.place,
    });
  if (admin.get('admin_key_required') === false)
    reading.find(gatewayRules.adminOpen, {
      cause: 'admin_key_required',
      detail: 'The Admin API asks for no key.',
      at: admin.child('admin_key_required').place,
    });
  const sample = admin
    .child('admin_key')
    .items()
    .map((entry) => entry.child('key'))
    .find(({ text }) => text === sampleAdminKey);
  if (sample !== undefined)
    reading.find(gatewayRules.adminOpen, {
      cause: 'admin_key',
      detail: 'The Admin API takes the key that every published sample carries.',
      at: sample.place,
    });
  const protocols = root.at('apisix', 'ssl', 'ssl_protocols');
  if (/TLSv1(?:\.1)?(?:\s|$)/.test(protocols.text ?? ''))
    reading.find(gatewayRules.tlsOld, { detail: `ssl_protocols is "${protocols.text?.slice(0, 60)}".`, at: protocols.place });
}
