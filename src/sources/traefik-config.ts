/** Traefik: routers of a dynamic configuration file, IngressRoute objects, and the labels of a compose file; static settings too. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import { durationSeconds } from './declared-limit.ts';
import type { DocumentNode } from './document-node.ts';
import { counted } from './finding-list.ts';
import { type GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import type { SourceFormat, SourceItem } from './source.ts';
import { readStructuredGateway } from './structured-gateway.ts';
import { expandLabels } from './traefik-labels.ts';
import { readTraefikRule } from './traefik-rule.ts';

export const traefikConfig: SourceFormat = {
  id: 'traefik-config',
  title: 'Traefik configuration',
  kind: 'declaration',
  detect: (head) => {
    if (/kind:\s*IngressRoute\b/.test(head) && /traefik/.test(head)) return 0.97;
    if (/^\s*"?http"?\s*:/m.test(head) && /"?routers"?\s*:/.test(head) && /(?:PathPrefix|Host|Path|HostRegexp|PathRegexp)\(/.test(head))
      return 0.96;
    if (/traefik\.http\.routers\./.test(head)) return 0.92;
    return /^entryPoints\s*:/m.test(head) && /^(?:providers|api|certificatesResolvers)\s*:/m.test(head) ? 0.9 : 0;
  },
  read: (input) => readStructuredGateway({ format: 'traefik-config', title: 'Traefik', readDocuments }, input),
};

function readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): SourceItem[] {
  const objects = roots.filter((root) => root.child('kind').text === 'Middleware');
  const middlewareObjects = new Map(objects.map((root) => [root.at('metadata', 'name').text ?? '', root.child('spec')]));
  const leftOut: SourceItem[] = [];
  for (const root of roots) {
    const kind = root.child('kind').text;
    if (kind === 'IngressRoute') readIngressRoute(root, { middlewares: middlewareObjects, reading });
    else if (kind === null) {
      readDynamic(root, reading);
      for (const service of root.child('services').members()) readDynamic(expandLabels(service), reading);
      judgeStatic(root, reading);
    } else if (kind !== 'Middleware')
      leftOut.push({ kind: 'excluded', line: root.place.line, reason: `manifest of kind ${kind.slice(0, 60)}` });
  }
  return leftOut;
}

interface Context {
  readonly middlewares: ReadonlyMap<string, DocumentNode>;
  readonly reading: GatewayReading;
}

function readDynamic(root: DocumentNode, reading: GatewayReading): void {
  const http = root.child('http');
  const middlewares = new Map(
    http
      .child('middlewares')
      .members()
      .map((node) => [node.key, node]),
  );
  for (const middleware of middlewares.values()) judgeMiddleware(middleware, reading);
  for (const router of http.child('routers').members()) {
    addRouter(
      {
        rule: router.child('rule').text ?? '',
        service: router.child('service').text ?? router.key,
        name: router.key,
        middlewareNames: router.child('middlewares').texts(),
        tls: isTls(router),
        node: router,
      },
      { middlewares, reading },
    );
  }
  for (const transport of http.child('serversTransports').members()) {
    if (transport.get('insecureSkipVerify') === true)
      reading.find(gatewayRules.upstreamUnverified, {
        detail: (count) => `insecureSkipVerify is true in ${counted(count, 'transport')}.`,
        at: transport.place,
      });
  }
  for (const option of root.at('tls', 'options').members()) {
    const version = option.child('minVersion');
    if (/^VersionTLS1[01]$/.test(version.text ?? ''))
      reading.find(gatewayRules.tlsOld, { detail: `minVersion is ${version.text}.`, at: version.place });
    if (/^(?:VerifyClientCertIfGiven|RequestClientCert|RequireAnyClientCert)$/.test(option.at('clientAuth', 'clientAuthType').text ?? '')) {
      reading.find(gatewayRules.authOptional, {
        cause: option.key,
        detail: `clientAuthType of ${option.key} does not ask for a verified certificate.`,
        at: option.child('clientAuth').place,
      });
    }
  }
}

/** Plain when the router has no TLS and names no entry point that is known for it. */
function isTls(router: DocumentNode): boolean | null {
  const tls = router.child('tls');
  if (tls.isMap || tls.text === 'true') return true;
  const entries = router.child('entryPoints').texts();
  return entries.length > 0 && entries.every((entry) => /^(?:websecure|https)$/i.test(entry))
    ? true
    : entries.some((entry) => /^(?:web|http)$/i.test(entry))
      ? false
      : null;
}

interface Router {
  readonly rule: string;
  readonly service: string;
  readonly name: string;
  readonly middlewareNames: readonly string[];
  readonly tls: boolean | null;
  readonly node: DocumentNode;
}

function addRouter(router: Router, { middlewares, reading }: Context): void {
  const inForce = router.middlewareNames.flatMap((name) => chainOf(name, middlewares, 0));
  const redirects = inForce.some((middleware) => middleware.at('redirectScheme', 'scheme').text === 'https');
  for (const match of readTraefikRule(router.rule)) {
    reading.route({
      service: router.service.replace(/@.*$/, ''),
      name: router.name,
      hosts: match.hosts,
      methods: match.methods,
      templates: match.templates,
      security: securityOf(inForce),
      limit: limitOf(inForce),
      bodyBytesMax:
        inForce
          .map((middleware) => middleware.at('buffering', 'maxRequestBodyBytes').number)
          .find((bytes) => bytes !== null && bytes > 0) ?? null,
      tlsRequired: redirects ? true : router.tls,
      place: router.node.place,
    });
  }
}

/** A middleware by name (`auth@file`, `default-auth@kubernetescrd`), chains opened, at most eight deep. */
function chainOf(name: string, middlewares: ReadonlyMap<string, DocumentNode>, depth: number): DocumentNode[] {
  const middleware = middlewares.get(name.replace(/@.*$/, ''));
  if (middleware === undefined || depth > 8) return [];
  const inner = middleware.at('chain', 'middlewares');
  const names = [...inner.texts(), ...inner.items().flatMap((item) => item.child('name').text ?? [])];
  return names.length === 0 ? [middleware] : names.slice(0, 50).flatMap((next) => chainOf(next, middlewares, depth + 1));
}

const authMiddlewares: Readonly<Record<string, string>> = {
  basicAuth: 'basic',
  digestAuth: 'digest',
  forwardAuth: 'other',
  jwt: 'jwt',
  oidc: 'openid-connect',
  apiKey: 'api-key-header',
  hmac: 'signature',
};

function securityOf(middlewares: readonly DocumentNode[]): SecurityAlternative[] | null {
  const found = Object.entries(authMiddlewares).filter(([name]) => middlewares.some((middleware) => middleware.child(name).isMap));
  return found.length === 0 ? null : [{ schemes: found.flatMap(([name, kind]) => oneScheme(name, kind).schemes) }];
}

function limitOf(middlewares: readonly DocumentNode[]): DeclaredLimit | null {
  const limit = middlewares.map((middleware) => middleware.child('rateLimit')).find(({ isMap }) => isMap);
  const requests = limit?.child('average').number ?? null;
  if (limit === undefined || requests === null || requests <= 0) return null;
  const criterion = limit.child('sourceCriterion');
  const by = criterion.has('requestHeaderName') ? 'key' : criterion.get('requestHost') === true ? 'route' : 'address';
  return { requests, windowSeconds: durationSeconds(limit.child('period')) ?? 1, by };
}

function judgeMiddleware(middleware: DocumentNode, reading: GatewayReading): void {
  const limit = middleware.child('rateLimit');
  if (limit.isMap) {
    if (!limit.child('redis').isMap)
      reading.find(gatewayRules.counterPerNode, {
        detail: (count) => `${counted(count, 'rateLimit middleware')} count in each instance for itself.`,
        at: limit.place,
      });
    if (!limit.child('sourceCriterion').isMap || limit.at('sourceCriterion', 'ipStrategy').exists)
      reading.find(gatewayRules.limitByAddress, {
        detail: (count) => `${counted(count, 'rateLimit middleware')} count by client address, which is the default.`,
        at: limit.place,
      });
  }
  const origins = middleware.at('headers', 'accessControlAllowOriginList');
  if (origins.texts().includes('*')) {
    const credentials = middleware.at('headers', 'accessControlAllowCredentials').value === true;
    reading.find(gatewayRules.corsWildcard, {
      detail: 'accessControlAllowOriginList names *.',
      at: origins.place,
      ...(credentials ? { severity: 'high' as const } : {}),
    });
  }
  if (middleware.at('forwardAuth', 'tls', 'insecureSkipVerify').value === true)
    reading.find(gatewayRules.upstreamUnverified, {
      cause: middleware.key,
      detail: 'The certificate of the forwardAuth service is not checked.',
      at: middleware.child('forwardAuth').place,
    });
  const users = [...middleware.at('basicAuth', 'users').items(), ...middleware.at('digestAuth', 'users').items()];
  if (users.some(({ text }) => text !== null && !text.startsWith('${')))
    reading.find(gatewayRules.secretInFile, {
      detail: (count) => `Password hashes stand in ${counted(count, 'middleware')}.`,
      at: middleware.place,
    });
}

function readIngressRoute(object: DocumentNode, context: Context): void {
  const spec = object.child('spec');
  for (const route of spec.child('routes').items()) {
    addRouter(
      {
        rule: route.child('match').text ?? '',
        service: route.child('services').items()[0]?.child('name').text ?? object.at('metadata', 'name').text ?? 'traefik',
        name: object.at('metadata', 'name').text ?? 'ingressroute',
        middlewareNames: route
          .child('middlewares')
          .items()
          .flatMap((item) => item.child('name').text ?? []),
        tls: isTls(spec),
        node: route,
      },
      context,
    );
  }
  for (const middleware of context.middlewares.values()) judgeMiddleware(middleware, context.reading);
}

function judgeStatic(root: DocumentNode, reading: GatewayReading): void {
  const insecure = root.at('api', 'insecure');
  if (insecure.value === true)
    reading.find(gatewayRules.adminOpen, {
      detail: 'api.insecure is true: the dashboard and API answer to anyone who reaches the port.',
      at: insecure.place,
    });
  const skip = root.at('serversTransport', 'insecureSkipVerify');
  if (skip.value === true)
    reading.find(gatewayRules.upstreamUnverified, {
      cause: 'serversTransport',
      detail: 'insecureSkipVerify is true for every service.',
      at: skip.place,
    });
}
