/** Kubernetes Ingress and Gateway API routes, of one file with any number of manifests. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import type { DocumentNode } from './document-node.ts';
import { counted } from './finding-list.ts';
import { type GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import { bytesOf } from './openapi-operations.ts';
import { exactTemplate, expressionTemplate, prefixTemplate } from './route-template.ts';
import type { SourceFormat, SourceItem } from './source.ts';
import { readStructuredGateway } from './structured-gateway.ts';

export const kubernetesIngress: SourceFormat = {
  id: 'kubernetes-ingress',
  title: 'Kubernetes Ingress',
  kind: 'declaration',
  detect: (head) => (/^\s*"?kind"?\s*:\s*"?Ingress"?\s*,?$/m.test(head) ? 0.95 : 0),
  read: (input) => readStructuredGateway({ format: 'kubernetes-ingress', title: 'Ingress', readDocuments }, input),
};

export const gatewayApi: SourceFormat = {
  id: 'gateway-api',
  title: 'Kubernetes Gateway API',
  kind: 'declaration',
  detect: (head) =>
    /gateway\.networking\.k8s\.io\//.test(head) && /^\s*"?kind"?\s*:\s*"?(?:HTTPRoute|GRPCRoute|Gateway)"?/m.test(head) ? 0.96 : 0,
  read: (input) => readStructuredGateway({ format: 'gateway-api', title: 'Gateway API', readDocuments }, input),
};

/** Both formats read both kinds: a folder's manifests stand in one file as often as not. */
function readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): SourceItem[] {
  const manifests = roots.flatMap((root) => (root.child('kind').text?.endsWith('List') === true ? root.child('items').items() : [root]));
  const gateways = manifests.filter((manifest) => manifest.child('kind').text === 'Gateway');
  const leftOut: SourceItem[] = [];
  for (const manifest of manifests) {
    const kind = manifest.child('kind').text;
    if (kind === 'Ingress') readIngress(manifest, reading);
    else if (kind === 'HTTPRoute' || kind === 'GRPCRoute') readHttpRoute(manifest, { gateways, reading });
    else if (kind === 'Gateway') judgeGateway(manifest, reading);
    else if (manifest.exists && manifest.value !== null)
      leftOut.push({ kind: 'excluded', line: manifest.place.line, reason: `manifest of kind ${kind?.slice(0, 60) ?? 'unknown'}` });
  }
  return leftOut;
}

/** Annotations of one manifest without the prefix of the controller that reads them. */
type Annotations = ReadonlyMap<string, DocumentNode>;

function annotationsOf(manifest: DocumentNode): Annotations {
  const all = manifest.at('metadata', 'annotations').members();
  return new Map(all.map((annotation) => [annotation.key.slice(annotation.key.indexOf('/') + 1), annotation]));
}

function readIngress(ingress: DocumentNode, reading: GatewayReading): void {
  const annotations = annotationsOf(ingress);
  const spec = ingress.child('spec');
  const secureHosts = spec
    .child('tls')
    .items()
    .flatMap((entry) => entry.child('hosts').texts());
  const hasTls = spec.child('tls').items().length > 0;
  const forced = annotations.get('force-ssl-redirect')?.text === 'true';
  const notRedirected = annotations.get('ssl-redirect')?.text === 'false' && !forced;
  judgeIngress(ingress, { annotations, reading });
  const isExpression = annotations.get('use-regex')?.text === 'true';
  const rules = spec.child('rules').items();
  const fallback = spec.has('defaultBackend') ? spec.child('defaultBackend') : spec.child('backend');
  for (const rule of rules) {
    const host = rule.child('host').text?.toLowerCase() ?? null;
    const isSecure = forced || (hasTls && (secureHosts.length === 0 || (host !== null && secureHosts.includes(host))));
    for (const path of rule.at('http', 'paths').items()) {
      const text = path.child('path').text ?? '/';
      const exact = path.child('pathType').text === 'Exact';
      reading.route({
        service: path.at('backend', 'service', 'name').text ?? path.at('backend', 'serviceName').text ?? ingressName(ingress),
        name: ingressName(ingress),
        hosts: host === null ? [] : [host],
        methods: [],
        templates: [
          isExpression ? expressionTemplate(text.startsWith('^') ? text : `^${text}`) : exact ? exactTemplate(text) : prefixTemplate(text),
        ],
        security: ingressSecurity(annotations),
        limit: ingressLimit(annotations),
        bodyBytesMax: positiveBytes(annotations.get('proxy-body-size')?.text ?? null),
        tlsRequired: isSecure && !notRedirected,
        place: path.place,
      });
    }
  }
  if (fallback.isMap) {
    const service = fallback.at('service', 'name').text ?? fallback.child('serviceName').text ?? ingressName(ingress);
    reading.route({
      service,
      hosts: [],
      methods: [],
      templates: ['/**'],
      security: ingressSecurity(annotations),
      limit: ingressLimit(annotations),
      tlsRequired: hasTls && !notRedirected,
      place: fallback.place,
    });
  }
}

function ingressName(manifest: DocumentNode): string {
  return manifest.at('metadata', 'name').text ?? 'ingress';
}

function positiveBytes(text: string | null): number | null {
  const bytes = bytesOf(text);
  return bytes === 0 ? null : bytes;
}

function ingressSecurity(annotations: Annotations): SecurityAlternative[] | null {
  const type = annotations.get('auth-type')?.text;
  if (type === 'basic' || type === 'digest') return [oneScheme('auth-type', type)];
  if (annotations.has('auth-url')) return [oneScheme('auth-url', 'other')];
  return annotations.has('auth-tls-secret') && annotations.get('auth-tls-verify-client')?.text !== 'off'
    ? [oneScheme('auth-tls-secret', 'mtls')]
    : null;
}

function ingressLimit(annotations: Annotations): DeclaredLimit | null {
  for (const [name, windowSeconds] of [
    ['limit-rps', 1],
    ['limit-rpm', 60],
  ] as const) {
    const requests = annotations.get(name)?.number ?? null;
    if (requests !== null && requests > 0) return { requests, windowSeconds, by: 'address' };
  }
  return null;
}

function judgeIngress(ingress: DocumentNode, { annotations, reading }: { annotations: Annotations; reading: GatewayReading }): void {
  const name = ingressName(ingress);
  const about = (node: DocumentNode | undefined) => ({ at: (node ?? ingress).place, route: name });
  const limited = annotations.get('limit-rps') ?? annotations.get('limit-rpm');
  if (limited !== undefined) {
    reading.find(gatewayRules.counterPerNode, {
      detail: (count) => `limit-rps and limit-rpm count in each controller pod for itself (${counted(count, 'Ingress object')}).`,
      ...about(limited),
    });
    reading.find(gatewayRules.limitByAddress, {
      detail: (count) => `limit-rps and limit-rpm count by client address (${counted(count, 'Ingress object')}).`,
      ...about(limited),
    });
    reading.find(gatewayRules.limitAnswers503, {
      detail: (count) => `The controller answers 503 unless its limit-req-status-code says 429 (${counted(count, 'Ingress object')}).`,
      ...about(limited),
    });
  }
  const cors = annotations.get('cors-allow-origin');
  if (annotations.get('enable-cors')?.text === 'true' && (cors === undefined || cors.texts().includes('*'))) {
    const withCredentials = annotations.get('cors-allow-credentials')?.text !== 'false';
    reading.find(gatewayRules.corsWildcard, {
      detail: `cors-allow-origin is ${cors === undefined ? 'not set, which means ' : ''}*${withCredentials ? ', and credentials are allowed unless that is turned off' : ''}.`,
      ...about(cors ?? annotations.get('enable-cors')),
    });
  }
  if (annotations.get('proxy-body-size')?.text === '0')
    reading.find(gatewayRules.bodyUnbounded, { detail: 'proxy-body-size is 0.', ...about(annotations.get('proxy-body-size')) });
  const verify = annotations.get('auth-tls-verify-client');
  if (verify?.text?.startsWith('optional') === true)
    reading.find(gatewayRules.authOptional, {
      detail: 'auth-tls-verify-client is optional: callers without a certificate pass.',
      ...about(verify),
    });
  if (/^https$|^grpcs$/i.test(annotations.get('backend-protocol')?.text ?? '') && annotations.get('proxy-ssl-verify')?.text !== 'on') {
    reading.find(gatewayRules.upstreamUnverified, {
      detail: 'backend-protocol is HTTPS and proxy-ssl-verify is not on.',
      ...about(annotations.get('backend-protocol')),
    });
  }
}

interface RouteContext {
  readonly gateways: readonly DocumentNode[];
  readonly reading: GatewayReading;
}

function readHttpRoute(route: DocumentNode, { gateways, reading }: RouteContext): void {
  const spec = route.child('spec');
  const hosts = spec
    .child('hostnames')
    .texts()
    .map((host) => host.toLowerCase());
  const isGrpc = route.child('kind').text === 'GRPCRoute';
  const tlsRequired = tlsOfParents(spec, gateways);
  for (const rule of spec.child('rules').items()) {
    const matches = rule.child('matches').items();
    const service = rule.child('backendRefs').items()[0]?.child('name').text ?? null;
    if (service === null) continue;
    for (const match of matches.length === 0 ? [rule] : matches) {
      const method = match.child('method');
      reading.route({
        service,
        name: rule.child('name').text ?? route.at('metadata', 'name').text,
        hosts,
        methods: isGrpc ? ['POST'] : method.text === null ? [] : [method.text.toUpperCase()],
        templates: [isGrpc ? grpcTemplate(method) : matchTemplate(match.child('path'))],
        kind: isGrpc ? 'grpc' : 'rest',
        tlsRequired,
        place: match.place,
      });
    }
    for (const filter of rule.child('filters').items()) judgeFilter(filter, reading);
  }
}

function matchTemplate(path: DocumentNode): string {
  const value = path.child('value').text ?? '/';
  const type = path.child('type').text ?? 'PathPrefix';
  return type === 'Exact'
    ? exactTemplate(value)
    : type === 'RegularExpression'
      ? expressionTemplate(value.startsWith('^') ? `${value}$` : `^${value}$`)
      : prefixTemplate(value);
}

function grpcTemplate(method: DocumentNode): string {
  const service = method.child('service').text;
  const name = method.child('method').text;
  return service === null ? '/**' : name === null ? `/${service}/**` : `/${service}/${name}`;
}

/** Whether every listener that the route may be attached to speaks TLS; null when the Gateway is not in the file. */
function tlsOfParents(spec: DocumentNode, gateways: readonly DocumentNode[]): boolean | null {
  const parents = spec.child('parentRefs').items();
  const listeners = parents.flatMap((parent) => {
    const gateway = gateways.find((candidate) => candidate.at('metadata', 'name').text === parent.child('name').text);
    const section = parent.child('sectionName').text;
    return (
      gateway
        ?.at('spec', 'listeners')
        .items()
        .filter((listener) => section === null || listener.child('name').text === section) ?? []
    );
  });
  if (listeners.length === 0) return null;
  return listeners.every((listener) => /^(?:HTTPS|TLS)$/.test(listener.child('protocol').text ?? ''));
}

function judgeFilter(filter: DocumentNode, reading: GatewayReading): void {
  const cors = filter.child('cors');
  if (cors.child('allowOrigins').texts().includes('*')) {
    reading.find(gatewayRules.corsWildcard, {
      detail: 'allowOrigins names *.',
      at: cors.place,
      ...(cors.get('allowCredentials') === true ? { severity: 'high' as const } : {}),
    });
  }
}

function judgeGateway(gateway: DocumentNode, reading: GatewayReading): void {
  for (const listener of gateway.at('spec', 'listeners').items()) {
    if (
      listener
        .at('tls', 'options')
        .members()
        .some((option) => /1[._]?[01]$/.test(option.text ?? '') && /min/i.test(option.key))
    ) {
      reading.find(gatewayRules.tlsOld, {
        detail: `The listener ${listener.child('name').text ?? ''} accepts TLS below 1.2.`,
        at: listener.place,
      });
    }
    if (listener.at('tls', 'frontendValidation', 'mode').text === 'AllowInsecureFallback') {
      reading.find(gatewayRules.authOptional, {
        detail: 'frontendValidation falls back to callers without a certificate.',
        at: listener.place,
      });
    }
  }
}
