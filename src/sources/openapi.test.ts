import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeclaredApi, DeclaredOperation } from '../engine/evidence/declaration.ts';
import { openapi } from './openapi.ts';
import { readText, type TextFile } from './read-text.fixture.ts';

function read(text: string, parts: Partial<TextFile> = {}) {
  return readText(openapi, { name: 'specs/shop.yaml', text, ...parts });
}

function operation(api: DeclaredApi, name: string): DeclaredOperation {
  const found = api.operations.find(({ method, template }) => `${method} ${template}` === name);
  if (found === undefined)
    throw new Error(`no ${name} among ${api.operations.map(({ method, template }) => `${method} ${template}`).join(', ')}`);
  return found;
}

function rules(api: DeclaredApi): string[] {
  return [...new Set(api.findings.map(({ rule }) => rule))].sort();
}

const shop = `openapi: 3.1.0
info: { title: Shop Orders (v2), version: 2.4.0, x-owner: team-orders }
externalDocs: { url: https://docs.example/orders }
servers:
  - url: https://{region}.api.example:443/{stage}/
    variables:
      region: { default: eu, enum: [eu, us] }
      stage: { default: v2 }
security: [{ token: [read] }]
paths:
  /orders:
    x-rate-limit: { limit: 100, period: 60s, by: api-key }
    parameters: [{ $ref: '#/components/parameters/tenant' }]
    get:
      operationId: listOrders
      summary: List orders
      tags: [orders]
      parameters: [{ name: limit, in: query, schema: { type: integer, format: int32 } }]
      responses:
        '200':
          content: { application/json: { schema: { $ref: '#/components/schemas/Page' } } }
        4XX: { description: no }
    post:
      deprecated: true
      x-sunset: 2027-01-31
      externalDocs: { url: https://docs.example/orders/create }
      security: []
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '201': { description: made }, default: { description: no } }
  /orders/{orderId}:
    servers: [{ url: /internal }]
    delete:
      security: [{}]
      parameters: [{ name: orderId, in: path, required: true, schema: { type: string, format: uuid } }]
      responses: { '204': { description: gone }, '404': { description: no } }
webhooks:
  orderShipped: { post: { responses: { '200': { description: ok } } } }
components:
  securitySchemes:
    token: { type: http, scheme: bearer, bearerFormat: JWT }
  parameters:
    tenant: { name: X-Tenant, in: header, required: true, schema: { type: string } }
  schemas:
    Page:
      type: object
      properties:
        items: { type: array, items: { $ref: '#/components/schemas/Order' } }
    Order:
      type: object
      required: [id, email]
      properties:
        id: { type: string, readOnly: true }
        email: { type: string, maxLength: 200, x-data-class: Personal }
        note: { type: [string, 'null'], maxLength: 100 }
        card: { type: string, writeOnly: true, maxLength: 19, x-pci: true }
        parent: { $ref: '#/components/schemas/Order' }
`;

describe('openapi', () => {
  it('reads title, version, owner, docs, hosts and base path of a document', async () => {
    const { api } = await read(shop);
    expect(api).toMatchObject({
      format: 'openapi-3.1',
      service: 'shop-orders-v2',
      title: 'Shop Orders (v2)',
      version: '2.4.0',
      owner: 'team-orders',
      docsUrl: 'https://docs.example/orders',
      hosts: ['{region}.api.example', 'eu.api.example', 'us.api.example'],
      basePaths: ['/v2'],
    });
    expect(api.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('puts the base path in front, and lets a path item have servers of its own', async () => {
    const { api } = await read(shop);
    expect(api.operations.map(({ method, template }) => `${method} ${template}`)).toEqual([
      'GET /v2/orders',
      'POST /v2/orders',
      'DELETE /internal/orders/{orderId}',
    ]);
  });

  it('gives each operation its line', async () => {
    const { api } = await read(shop);
    expect(api.operations.map(({ place }) => place.line)).toEqual([14, 23, 32]);
  });

  it('lets the operation override the security of the root, and tells open from unsaid', async () => {
    const { api } = await read(shop);
    expect(operation(api, 'GET /v2/orders').security).toEqual([{ schemes: [{ name: 'token', kind: 'jwt', scopes: ['read'] }] }]);
    expect(operation(api, 'POST /v2/orders').security).toEqual([]);
    expect(operation(api, 'DELETE /internal/orders/{orderId}').security).toEqual([]);
    const unsaid = await read(shop.replace('security: [{ token: [read] }]\n', ''));
    expect(operation(unsaid.api, 'GET /v2/orders').security).toBeNull();
  });

  it('works in path-level parameters, through references', async () => {
    const { api } = await read(shop);
    expect(operation(api, 'GET /v2/orders').parameters).toEqual([
      { in: 'header', name: 'X-Tenant', required: true, type: 'string', format: null },
      { in: 'query', name: 'limit', required: false, type: 'integer', format: 'int32' },
    ]);
  });

  it('flattens fields with labels, hides what the side does not carry, and opens a schema inside itself once', async () => {
    const { api } = await read(shop);
    expect(operation(api, 'POST /v2/orders').requestFields).toEqual([
      { path: '$.email', type: 'string', required: true, dataClass: 'personal' },
      { path: '$.note', type: 'string|null', required: false, dataClass: null },
      { path: '$.card', type: 'string', required: false, dataClass: 'pci' },
      { path: '$.parent', type: 'object', required: false, dataClass: null },
    ]);
    expect(operation(api, 'GET /v2/orders').responseFields.map(({ path }) => path)).toEqual([
      '$.items',
      '$.items[]',
      '$.items[].id',
      '$.items[].email',
      '$.items[].note',
      '$.items[].parent',
    ]);
  });

  it('reads limits, deprecation, sunset, docs and TLS', async () => {
    const { api } = await read(shop);
    expect(operation(api, 'POST /v2/orders')).toMatchObject({
      deprecated: true,
      sunset: '2027-01-31',
      docsUrl: 'https://docs.example/orders/create',
      limit: { requests: 100, windowSeconds: 60, by: 'key' },
      tlsRequired: true,
      statuses: ['201', 'default'],
    });
    expect(operation(api, 'DELETE /internal/orders/{orderId}').tlsRequired).toBeNull();
  });

  it('counts webhooks as excluded, not as operations', async () => {
    const { items } = await read(shop);
    expect(items.filter(({ kind }) => kind === 'excluded')).toEqual([{ kind: 'excluded', line: 37, reason: 'webhook' }]);
  });

  it('reads Swagger 2.0: basePath, schemes, body and form parameters, inherited security', async () => {
    const { api } = await read(
      JSON.stringify({
        swagger: '2.0',
        info: { title: 'Old', version: '1' },
        host: 'Old.example:80',
        basePath: '/api/',
        schemes: ['http'],
        securityDefinitions: { key: { type: 'apiKey', in: 'query', name: 'key' } },
        security: [{ key: [] }],
        paths: {
          '/a': {
            post: {
              parameters: [{ in: 'body', name: 'b', schema: { $ref: '#/definitions/A' } }],
              responses: { 200: { schema: { $ref: '#/definitions/A' } } },
            },
          },
          '/f': { post: { parameters: [{ in: 'formData', name: 'file', type: 'file', required: true }], responses: { 200: {} } } },
        },
        definitions: { A: { properties: { x: { type: 'string' } } } },
      }),
      { name: 'old.json' },
    );
    expect(api).toMatchObject({ format: 'openapi-2.0', hosts: ['old.example'], basePaths: ['/api'] });
    expect(operation(api, 'POST /api/a')).toMatchObject({
      requestFields: [{ path: '$.x' }],
      responseFields: [{ path: '$.x' }],
      tlsRequired: false,
    });
    expect(operation(api, 'POST /api/f').requestFields).toEqual([{ path: '$.file', type: 'file', required: true, dataClass: null }]);
    expect(rules(api)).toContain('transport.plain-http');
    expect(rules(api)).toContain('auth.key-in-query');
  });

  it('reads methods of 3.2 that a path item may add', async () => {
    const { api } = await read(
      'openapi: 3.2.0\ninfo: {title: t, version: 1.0.0}\npaths:\n  /x:\n    query: {responses: {}}\n    additionalOperations:\n      PURGE: {responses: {}}\n',
    );
    expect(api.format).toBe('openapi-3.2');
    expect(api.operations.map(({ method }) => method)).toEqual(['QUERY', 'PURGE']);
  });

  it('follows references into files beside it, and from there', async () => {
    const { api } = await read('openapi: 3.0.3\ninfo: {title: t, version: 1.0.0}\npaths:\n  /x: {$ref: paths/x.yaml}\n', {
      beside: {
        'paths/x.yaml': "get:\n  responses:\n    '200': {content: {application/json: {schema: {$ref: '../schemas.yaml#/Thing'}}}}\n",
        'schemas.yaml': 'Thing: {type: object, properties: {id: {type: string}}}\n',
      },
    });
    expect(operation(api, 'GET /x').responseFields.map(({ path }) => path)).toEqual(['$.id']);
    expect(operation(api, 'GET /x').place).toEqual({ file: 'specs/paths/x.yaml', line: 1 });
    expect(rules(api).filter((rule) => rule.startsWith('spec.'))).toEqual([]);
  });

  it('reports a missing file once, a missing part once a target, and a remote reference without fetching it', async () => {
    const { api } = await read(`openapi: 3.0.3
info: {title: t, version: 1.0.0}
paths:
  /a: {get: {responses: {200: {content: {application/json: {schema: {$ref: 'gone.yaml#/A'}}}}}}}
  /b: {get: {responses: {200: {content: {application/json: {schema: {$ref: 'gone.yaml#/B'}}}}}}}
  /c: {get: {responses: {200: {$ref: '#/components/responses/no'}, 201: {$ref: '#/components/responses/no'}}}}
  /d: {get: {responses: {200: {$ref: 'https://example.com/r.yaml#/x'}}}}
`);
    expect(api.operations).toHaveLength(4);
    const about = (rule: string) => api.findings.filter((finding) => finding.rule === rule);
    expect(about('spec.unreadable-reference')).toHaveLength(1);
    expect(about('spec.unreadable-reference')[0]?.places.map(({ line }) => line)).toEqual([4, 5]);
    expect(about('spec.dangling-reference').map(({ detail }) => detail)).toEqual([
      '2 references to `#/components/responses/no` cannot be followed.',
    ]);
    expect(about('spec.remote-reference')).toHaveLength(1);
  });

  it('takes a `$ref` inside an example for data', async () => {
    const { api } = await read(
      "openapi: 3.0.3\ninfo: {title: t, version: 1.0.0}\npaths:\n  /a: {get: {responses: {200: {content: {application/json: {example: {$ref: 'https://example.com/1'}}}}}}}\n",
    );
    expect(rules(api).filter((rule) => rule.startsWith('spec.'))).toEqual([]);
  });

  it('ends on references that lead only to each other, and reports them', async () => {
    const { api } = await read(`openapi: 3.0.3
info: {title: t, version: 1.0.0}
paths:
  /a: {get: {responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}
components:
  schemas:
    A: {$ref: '#/components/schemas/B'}
    B: {$ref: '#/components/schemas/A'}
`);
    expect(api.operations).toHaveLength(1);
    expect(rules(api)).toContain('spec.reference-cycle');
  });

  it('bounds schemas that compose each other over and over', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `S${at}`);
    const all = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
    const schemas = Object.fromEntries(names.map((name) => [name, { allOf: all, properties: { [name]: { anyOf: all } } }]));
    const document = {
      openapi: '3.0.3',
      info: { title: 't' },
      paths: { '/a': { get: { responses: { 200: { content: { 'application/json': { schema: all[0] } } } } } } },
      components: { schemas },
    };
    const started = performance.now();
    const { api } = await read(JSON.stringify(document));
    expect(api.operations[0]?.responseFields.length).toBeLessThanOrEqual(300);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('reads what is whole of a broken document, and says where it breaks', async () => {
    const cut = await read(shop.slice(0, shop.indexOf('    delete:') + 20));
    expect(cut.api.operations.map(({ method }) => method)).toEqual(['GET', 'POST']);
    const json = await read('{"openapi":"3.0.0","info":{"title":"t"},"paths":{"/a":{"get":{"responses":{}}},\n"/b":{"get":{"resp', {
      name: 'cut.json',
    });
    expect(json.api.operations.map(({ template }) => template)).toContain('/a');
    expect(json.api.findings.find(({ rule }) => rule === 'spec.syntax')?.places[0]?.line).toBe(2);
  });

  it('mends quoted text that goes on at too little indentation, keeps the lines, and says so', async () => {
    const { api } = await read(
      'openapi: 3.0.3\ninfo:\n    title: t\n    description: "first\n  second"\npaths:\n  /a:\n    get: {responses: {}}\n',
    );
    expect(operation(api, 'GET /a').place.line).toBe(8);
    expect(api.findings.find(({ rule }) => rule === 'spec.syntax')?.places[0]?.line).toBe(5);
  });

  it('never throws on a document of any shape', async () => {
    const seed = 20260101;
    const wild = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(
        fc.constantFrom(
          'get',
          'post',
          'parameters',
          '$ref',
          'schema',
          'content',
          'security',
          'servers',
          'url',
          '/a',
          'responses',
          '200',
          'x-sunset',
          '__proto__',
          'constructor',
          'type',
          'properties',
          'allOf',
          'items',
          'in',
          'name',
        ),
        tie('value'),
        { maxKeys: 5 },
      ),
    }));
    await fc.assert(
      fc.asyncProperty(wild.map, wild.value, wild.value, async (paths, servers, components) => {
        await read(JSON.stringify({ openapi: '3.1.0', info: servers, paths, servers, components, security: components, webhooks: paths }));
      }),
      { numRuns: 300, seed },
    );
  });

  it('never throws on a valid document with random damage', async () => {
    const json = JSON.stringify({
      openapi: '3.0.0',
      info: { title: 'a' },
      paths: { '/a/{b}': { get: { responses: { 200: { description: 'x' } } } } },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(shop, json),
        fc.nat(),
        fc.nat({ max: 40 }),
        fc.string({ maxLength: 5 }),
        async (text, at, cut, put) => {
          const from = at % text.length;
          await read(text.slice(0, from) + put + text.slice(from + cut));
        },
      ),
      { numRuns: 400, seed: 7 },
    );
  });

  it('recognises documents by their head, and not other JSON', () => {
    expect(openapi.detect(shop, 'x.yaml')).toBe(1);
    expect(openapi.detect('{"swagger":"2.0","info":{}}', 'x')).toBe(1);
    expect(openapi.detect('{"components":{"schemas":{"A":{"$ref":"#/components/schemas/B"}}', 'x.json')).toBeGreaterThan(0.6);
    expect(openapi.detect('{"method":"GET","path":"/a"}\n{"method":"GET"}', 'access.jsonl')).toBe(0);
    expect(openapi.detect('{"log":{"version":"1.2","entries":[]}}', 'x.har')).toBe(0);
  });

  it('finds what a security reader would: no security, open writes, undefined schemes, secrets in addresses, missing bounds', async () => {
    const { api } = await read(`openapi: 3.0.3
info: {title: t, version: 1.0.0}
servers: [{url: 'http://api.example'}]
paths:
  /a:
    get: {responses: {200: {content: {application/json: {schema: {type: array, items: {type: string}}}}}}}
    post: {requestBody: {content: {application/json: {schema: {type: object, properties: {t: {type: string}, l: {type: array, items: {type: integer}}}}}}}, responses: {}}
  /b:
    put: {security: [], parameters: [{in: query, name: api_key, schema: {type: string}}], responses: {4XX: {description: n}}}
    get: {security: [{nope: []}, {}], responses: {default: {description: n}}}
`);
    expect(rules(api)).toEqual([
      'auth.missing',
      'auth.open-write',
      'auth.optional',
      'auth.scheme-undefined',
      'bounds.input-list',
      'bounds.list',
      'bounds.text',
      'data.secret-in-url',
      'errors.undeclared',
      'transport.plain-http',
    ]);
    expect(api.findings.find(({ rule }) => rule === 'auth.missing')).toMatchObject({
      severity: 'high',
      places: [
        { line: 6, operation: 'GET /a' },
        { line: 7, operation: 'POST /a' },
      ],
    });
  });

  it('finds nothing of that in a document that says it all', async () => {
    const { api } = await read(`openapi: 3.0.3
info: {title: t, version: 1.0.0}
servers: [{url: 'https://api.example'}]
security: [{token: []}]
paths:
  /a/{id}:
    get:
      parameters: [{in: path, name: id, required: true, schema: {type: string, format: uuid}}]
      responses: {200: {content: {application/json: {schema: {type: array, maxItems: 50, items: {type: string}}}}}, 4XX: {description: n}}
    put:
      parameters: [{in: path, name: id, required: true, schema: {type: string, format: uuid}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {t: {type: string, maxLength: 10}}}}}}
      responses: {204: {description: ok}, default: {description: n}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
`);
    expect(rules(api)).toEqual([]);
  });

  it('reads a document of 100,000 paths inside its bounds', { timeout: 60_000 }, async () => {
    const paths: string[] = [];
    for (let at = 0; at < 100_000; at++)
      paths.push(
        `"/v1/t${at}/{id}":{"get":{"operationId":"g${at}","parameters":[{"name":"id","in":"path","required":true}],"responses":{"200":{"$ref":"#/components/responses/ok"}}}}`,
      );
    const text = `{"openapi":"3.0.3","info":{"title":"Big"},"paths":{\n${paths.join(',\n')}},"components":{"responses":{"ok":{"description":"ok"}}}}`;
    const { api } = await read(text);
    expect(api.operations).toHaveLength(100_000);
    expect(api.operations.at(-1)?.place.line).toBe(100_001);
    expect(api.findings.every(({ places }) => places.length <= 50)).toBe(true);
  });
});
