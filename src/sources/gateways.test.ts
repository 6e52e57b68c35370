import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import { apisixConfig } from './apisix-config.ts';
import { declaredFormats } from './declared-formats.ts';
import { envoyConfig } from './envoy-config.ts';
import { kongDeclarative } from './kong-declarative.ts';
import { gatewayApi, kubernetesIngress } from './kubernetes-routes.ts';
import { readText } from './read-text.fixture.ts';
import { traefikConfig } from './traefik-config.ts';

function routes(apis: readonly DeclaredApi[]) {
  return apis.flatMap(({ service, operations }) =>
    operations.map(({ method, template, place }) => `${service} ${method} ${template} :${place.line}`),
  );
}

function rulesWithLines(apis: readonly DeclaredApi[]): Record<string, (number | null)[]> {
  return Object.fromEntries(apis.flatMap(({ findings }) => findings.map(({ rule, places }) => [rule, places.map(({ line }) => line)])));
}

const kong = `_format_version: "3.0"
plugins:
  - { name: cors, config: { origins: ["*"], credentials: true } }
services:
  - name: orders
    url: https://orders.internal
    plugins:
      - { name: jwt, config: { anonymous: guest } }
    routes:
      - name: read
        hosts: [API.example]
        paths: [/v1/orders, "~/v1/orders/(?<id>\\\\d+)$"]
        methods: [get]
        protocols: [https]
        plugins:
          - { name: rate-limiting, config: { minute: 60, limit_by: ip } }
          - { name: request-size-limiting, config: { allowed_payload_size: 2 } }
      - name: open
        paths: [/v1/open]
        plugins:
          - { name: rate-limiting, config: { second: 5, policy: redis } }
          - { name: jwt, enabled: false }
  - name: users
    url: http://users.internal
    routes:
      - { name: all, paths: [/users], protocols: [https] }
consumers:
  - { username: a, keyauth_credentials: [{ key: super-secret-key }] }
`;

const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/limit-rps: "5"
    nginx.ingress.kubernetes.io/auth-url: http://auth/check
    nginx.ingress.kubernetes.io/proxy-body-size: "0"
    nginx.ingress.kubernetes.io/enable-cors: "true"
spec:
  tls: [{ hosts: [api.example] }]
  rules:
    - host: api.example
      http:
        paths:
          - { path: /v1/orders, pathType: Prefix, backend: { service: { name: orders, port: { number: 80 } } } }
    - host: old.example
      http:
        paths:
          - { path: /v1/exact, pathType: Exact, backend: { service: { name: orders } } }
---
apiVersion: v1
kind: Service
metadata: { name: orders }
`;

const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  listeners:
    - { name: web, protocol: HTTP, port: 80 }
    - { name: secure, protocol: HTTPS, port: 443 }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: orders }
spec:
  parentRefs: [{ name: edge, sectionName: secure }]
  hostnames: [api.example]
  rules:
    - matches:
        - { path: { type: PathPrefix, value: /v1/orders }, method: GET }
        - { path: { type: Exact, value: /v1/health } }
      backendRefs: [{ name: orders, port: 80 }]
      filters: [{ type: CORS, cors: { allowOrigins: ["*"] } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: rpc }
spec:
  parentRefs: [{ name: edge, sectionName: web }]
  rules:
    - matches: [{ method: { service: shop.Orders, method: Get } }]
      backendRefs: [{ name: rpc }]
`;

const envoy = `admin: { address: { socket_address: { address: 0.0.0.0, port_value: 9901 } } }
static_resources:
  listeners:
    - name: edge
      filter_chains:
        - transport_socket: { typed_config: { common_tls_context: { tls_params: { tls_minimum_protocol_version: TLSv1_0 } } } }
          filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: edge
                route_config:
                  virtual_hosts:
                    - name: api
                      domains: ["api.example:443", "*"]
                      routes:
                        - match: { prefix: /v1/orders, headers: [{ name: ":method", string_match: { exact: POST } }] }
                          route: { cluster: orders }
                          typed_per_filter_config:
                            envoy.filters.http.local_ratelimit: { token_bucket: { max_tokens: 10, tokens_per_fill: 10, fill_interval: 60s } }
                        - match: { path: /health }
                          route: { cluster: orders }
                          typed_per_filter_config:
                            envoy.filters.http.ext_authz: { disabled: true }
                        - match: { prefix: / }
                          redirect: { https_redirect: true }
                http_filters:
                  - name: envoy.filters.http.ext_authz
                    typed_config: { failure_mode_allow: true }
                  - name: envoy.filters.http.ratelimit
                    typed_config: { domain: edge }
                  - name: envoy.filters.http.router
  clusters:
    - { name: orders, connect_timeout: 1s, load_assignment: { cluster_name: orders } }
`;

const traefik = `http:
  routers:
    orders:
      rule: "Host(\`api.example\`) && (PathPrefix(\`/v1/orders\`) || Path(\`/v1/health\`)) && Method(\`GET\`)"
      service: orders
      entryPoints: [websecure]
      middlewares: [all@file]
    old:
      rule: "PathPrefix(\`/old\`)"
      service: old
      entryPoints: [web]
  middlewares:
    all: { chain: { middlewares: [limit, users] } }
    limit: { rateLimit: { average: 100, period: 1m } }
    users: { basicAuth: { users: ["a:$apr1$hash"] } }
    cors: { headers: { accessControlAllowOriginList: ["*"] } }
  serversTransports:
    skip: { insecureSkipVerify: true }
tls:
  options:
    default: { minVersion: VersionTLS10 }
`;

const apisix = `routes:
  - uri: /v1/orders/*
    name: orders
    methods: [GET, POST]
    host: api.example
    upstream: { scheme: https, nodes: { "orders.internal:443": 1 } }
    plugins:
      limit-count: { count: 100, time_window: 60 }
      forward-auth: { uri: http://auth, allow_degradation: true }
      cors: {}
  - uri: /v1/users/:id
    upstream: { nodes: { "users:80": 1 } }
    plugins:
      key-auth: {}
      limit-req: { rate: 5, burst: 1, key: consumer_name, policy: redis, rejected_code: 429 }
consumers:
  - { username: a, plugins: { key-auth: { key: super-secret-key } } }
deployment:
  admin:
    allow_admin: [0.0.0.0/0]
#END
`;

describe('Kong', () => {
  it('reads routes with the plugins in force on each', async () => {
    const { apis } = await readText(kongDeclarative, { name: 'kong.yaml', text: kong });
    expect(routes(apis)).toEqual([
      'orders GET /v1/orders/** :10',
      'orders GET /v1/orders/{id} :10',
      'orders * /v1/open/** :18',
      'users * /users/** :26',
    ]);
    expect(apis[0]?.operations[0]).toMatchObject({
      hosts: ['api.example'],
      security: [{ schemes: [{ name: 'jwt', kind: 'jwt' }] }, { schemes: [] }],
      limit: { requests: 60, windowSeconds: 60, by: 'address' },
      bodyBytesMax: 2 * 1024 * 1024,
      tlsRequired: true,
    });
    // A switched-off plugin does not replace the one of the service.
    expect(apis[0]?.operations[2]).toMatchObject({ limit: { requests: 5, windowSeconds: 1, by: 'identity' }, tlsRequired: false });
    expect(apis[1]?.operations[0]).toMatchObject({ security: null, limit: null });
  });

  it('reports local counters, failing open, anonymous access, wildcard origins and credentials in the file', async () => {
    const { apis } = await readText(kongDeclarative, { name: 'kong.yaml', text: kong });
    expect(rulesWithLines(apis)).toMatchObject({
      'gateway.counter-per-node': [16],
      'gateway.limit-by-address': [16],
      'gateway.limit-fails-open': [21],
      'gateway.auth-optional': [8, 8],
      'gateway.plain-http': [18],
      'gateway.upstream-unverified': [5],
      'gateway.upstream-plain': [23],
      'gateway.limit-absent': [26],
      'gateway.secret-in-file': [28],
    });
    expect(JSON.stringify(apis)).not.toContain('super-secret-key');
  });
});

describe('Kubernetes', () => {
  it('reads Ingress paths with annotations, and counts other manifests as left out', async () => {
    const { apis, items } = await readText(kubernetesIngress, { name: 'shop.yaml', text: ingress });
    expect(routes(apis)).toEqual(['orders * /v1/orders/** :16', 'orders * /v1/exact :20']);
    expect(apis[0]?.operations[0]).toMatchObject({
      limit: { requests: 5, windowSeconds: 1, by: 'address' },
      security: [{ schemes: [{ kind: 'other' }] }],
      bodyBytesMax: null,
      tlsRequired: true,
    });
    expect(apis[0]?.operations[1]?.tlsRequired).toBe(false);
    expect(rulesWithLines(apis)).toMatchObject({
      'gateway.counter-per-node': [6],
      'gateway.body-unbounded': [8],
      'gateway.cors-wildcard': [9],
      'gateway.plain-http': [20],
    });
    expect(items.filter(({ kind }) => kind === 'excluded')).toEqual([{ kind: 'excluded', line: 22, reason: 'manifest of kind Service' }]);
  });

  it('reads Gateway API routes, their listeners deciding on TLS', async () => {
    const { apis } = await readText(gatewayApi, { name: 'gw.yaml', text: gateway });
    expect(routes(apis)).toEqual(['orders GET /v1/orders/** :17', 'orders * /v1/health :18', 'rpc POST /shop.Orders/Get :28']);
    expect(apis.map(({ operations }) => operations[0]?.tlsRequired)).toEqual([true, false]);
    expect(apis[1]?.operations[0]?.kind).toBe('grpc');
    expect(rulesWithLines(apis)['gateway.cors-wildcard']).toEqual([20]);
  });
});

describe('Envoy', () => {
  it('reads routes of virtual hosts with the filters in force', async () => {
    const { apis } = await readText(envoyConfig, { name: 'envoy.yaml', text: envoy });
    expect(routes(apis)).toEqual(['orders POST /v1/orders/** :17', 'orders * /health :21']);
    expect(apis[0]?.operations[0]).toMatchObject({
      hosts: ['api.example'],
      limit: { requests: 10, windowSeconds: 60 },
      security: [{ schemes: [{ name: 'ext_authz' }] }],
      tlsRequired: true,
    });
    expect(apis[0]?.operations[1]).toMatchObject({ security: null, limit: null });
  });

  it('reports filters that let pass when they fail, old TLS, an open admin interface and plain upstreams', async () => {
    const { apis } = await readText(envoyConfig, { name: 'envoy.yaml', text: envoy });
    expect(rulesWithLines(apis)).toMatchObject({
      'gateway.admin-open': [1],
      'gateway.tls-old': [6],
      'gateway.auth-fails-open': [29],
      'gateway.limit-fails-open': [31],
      'gateway.upstream-plain': [34],
    });
  });
});

describe('Traefik', () => {
  it('reads routers, opening alternatives and chains', async () => {
    const { apis } = await readText(traefikConfig, { name: 'dynamic.yaml', text: traefik });
    expect(routes(apis)).toEqual(['orders GET /v1/orders/** :3', 'orders GET /v1/health :3', 'old * /old/** :8']);
    expect(apis[0]?.operations[0]).toMatchObject({
      hosts: ['api.example'],
      limit: { requests: 100, windowSeconds: 60, by: 'address' },
      security: [{ schemes: [{ kind: 'basic' }] }],
      tlsRequired: true,
    });
    expect(rulesWithLines(apis)).toMatchObject({
      'gateway.counter-per-node': [14],
      'gateway.secret-in-file': [15],
      'gateway.cors-wildcard': [16],
      'gateway.upstream-unverified': [18],
      'gateway.tls-old': [21],
      'gateway.plain-http': [8],
    });
  });

  it('reads labels of a compose file, and IngressRoute objects with their middlewares', async () => {
    const compose =
      'services:\n  shop:\n    labels:\n      - traefik.http.routers.shop.rule=PathPrefix(`/shop`)\n      - traefik.http.routers.shop.middlewares=limit\n      - traefik.http.middlewares.limit.ratelimit.average=10\n';
    const labels = await readText(traefikConfig, { name: 'compose.yaml', text: compose });
    expect(routes(labels.apis)).toEqual(['shop * /shop/** :2']);
    expect(labels.api.operations[0]?.limit).toEqual({ requests: 10, windowSeconds: 1, by: 'address' });
    const object =
      'kind: Middleware\nmetadata: {name: auth}\nspec: {forwardAuth: {address: http://a}}\n---\nkind: IngressRoute\nmetadata: {name: r}\nspec:\n  entryPoints: [websecure]\n  routes:\n    - match: Host(`a.example`) && PathPrefix(`/x`)\n      middlewares: [{name: auth}]\n      services: [{name: x}]\n';
    const crd = await readText(traefikConfig, { name: 'r.yaml', text: object });
    expect(routes(crd.apis)).toEqual(['x * /x/** :10']);
    expect(crd.api.operations[0]).toMatchObject({ security: [{ schemes: [{ name: 'forwardAuth' }] }], tlsRequired: true });
  });

  it('reports an insecure dashboard', async () => {
    const { apis } = await readText(traefikConfig, {
      name: 'traefik.yml',
      text: 'entryPoints: {web: {address: ":80"}}\napi:\n  insecure: true\n',
    });
    expect(rulesWithLines(apis)['gateway.admin-open']).toEqual([3]);
  });
});

describe('APISIX', () => {
  it('reads routes with plugins', async () => {
    const { apis } = await readText(apisixConfig, { name: 'apisix.yaml', text: apisix });
    expect(routes(apis)).toEqual([
      'orders-internal GET /v1/orders/** :2',
      'orders-internal POST /v1/orders/** :2',
      'users * /v1/users/{id} :11',
    ]);
    expect(apis[0]?.operations[0]).toMatchObject({
      limit: { requests: 100, windowSeconds: 60, by: 'address' },
      security: [{ schemes: [{ name: 'forward-auth' }] }],
    });
    expect(apis[1]?.operations[0]).toMatchObject({
      limit: { requests: 5, windowSeconds: 1, by: 'identity' },
      security: [{ schemes: [{ kind: 'api-key-header' }] }],
    });
  });

  it('reports defaults that nobody chose, and degradation that opens', async () => {
    const { apis } = await readText(apisixConfig, { name: 'apisix.yaml', text: apisix });
    expect(rulesWithLines(apis)).toMatchObject({
      'gateway.counter-per-node': [8],
      'gateway.limit-by-address': [8],
      'gateway.limit-answers-503': [8],
      'gateway.auth-fails-open': [9],
      'gateway.cors-wildcard': [10],
      'gateway.upstream-unverified': [2],
      'gateway.secret-in-file': [17],
      'gateway.admin-open': [20],
    });
    expect(JSON.stringify(apis)).not.toContain('super-secret-key');
  });
});

describe('gateway formats', () => {
  const samples = [
    ['kong-declarative', kong],
    ['kubernetes-ingress', ingress],
    ['gateway-api', gateway],
    ['envoy-config', envoy],
    ['traefik-config', traefik],
    ['apisix-config', apisix],
  ] as const;

  it.each(samples)('%s is recognised before any other declared format', (id, text) => {
    const scores = declaredFormats
      .map((format) => ({ id: format.id, score: format.detect(text, 'file.yaml') }))
      .toSorted((one, other) => other.score - one.score);
    expect(scores[0]?.id).toBe(id);
    expect(scores[0]?.score).toBeGreaterThan(scores[1]?.score ?? 0);
  });

  it.each(samples)('%s never throws on damaged text', async (id, text) => {
    const format = declaredFormats.find((candidate) => candidate.id === id);
    if (format === undefined) throw new Error(`${id} is not offered`);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length }),
        fc.nat({ max: 80 }),
        fc.string({ unit: fc.constantFrom(...'{}[]:-,#&*!"\'\n ax0'), maxLength: 6 }),
        async (at, cut, put) => {
          await readText(format, { name: 'x.yaml', text: text.slice(0, at) + put + text.slice(at + cut) });
        },
      ),
      { numRuns: 120, seed: 13 },
    );
  });
});
