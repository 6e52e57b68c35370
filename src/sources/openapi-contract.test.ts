import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StanceError } from '../errors.ts';
import { inputOfBytes } from './input.ts';
import { readContract } from './openapi-contract.ts';

const read = (document: unknown, beside?: (name: string) => Promise<Uint8Array>) =>
  readContract(inputOfBytes('api.json', Buffer.from(JSON.stringify(document)), beside));

const operation = (schema: unknown, more: object = {}) => ({
  openapi: '3.0.3',
  info: { title: 'Shop' },
  servers: [{ url: 'https://api.shop.example/v1' }],
  paths: { '/orders': { post: { requestBody: { content: { 'application/json': { schema } } }, responses: {}, ...more } } },
});

async function bodySchema(schema: unknown, version = '3.0.3') {
  const contract = await read({ ...operation(schema), openapi: version });
  return contract.operations[0]?.body?.byMediaType['application/json']?.schema;
}

test('the dialect of 3.0 becomes JSON Schema 2020-12', async () => {
  expect(await bodySchema({ type: 'string', nullable: true, enum: ['a'] })).toEqual({ type: ['string', 'null'], enum: ['a', null] });
  expect(await bodySchema({ type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false })).toEqual({
    type: 'number',
    exclusiveMinimum: 1,
    maximum: 9,
  });
  expect(await bodySchema({ nullable: true, allOf: [{ type: 'object' }] })).toEqual({
    anyOf: [{ allOf: [{ type: 'object' }] }, { type: 'null' }],
  });
});

test('what is no schema keyword of its type is left out, not carried into validation', async () => {
  expect(await bodySchema({ type: 'String', required: true, maxLength: '10', minimum: null, enum: 'x', example: 'secret' })).toEqual({
    maxLength: 10,
  });
});

test('a text enumeration that YAML read as numbers accepts the text', async () => {
  expect(await bodySchema({ type: 'string', enum: [1, true, 'a'] })).toEqual({ type: 'string', enum: [1, '1', true, 'true', 'a'] });
});

test('a schema that contains itself stays finite, and equal names of two files stay apart', async () => {
  const beside = async (name: string) => {
    expect(name).toBe('parts.json');
    return Buffer.from(JSON.stringify({ defs: { Node: { type: 'integer' } } }));
  };
  const document = {
    ...operation({ type: 'array', items: [{ $ref: '#/components/schemas/Node' }] }),
    components: {
      schemas: { Node: { properties: { next: { $ref: '#/components/schemas/Node' }, size: { $ref: 'parts.json#/defs/Node' } } } },
    },
  };
  const contract = await read(document, beside);
  expect(contract.operations[0]?.body?.byMediaType['application/json']?.schema).toEqual({
    type: 'array',
    prefixItems: [{ $ref: '#/$defs/Node' }],
  });
  expect({ ...contract.schemas }).toEqual({
    Node: { properties: { next: { $ref: '#/$defs/Node' }, size: { $ref: '#/$defs/Node_2' } } },
    Node_2: { type: 'integer' },
  });
});

test('a reference that leads nowhere is a gap that is said, and accepts anything', async () => {
  const contract = await read(operation({ $ref: '#/components/schemas/Nowhere' }));
  expect(contract.operations[0]?.body?.byMediaType['application/json']?.schema).toBe(true);
  expect(contract.gaps).toEqual(['`#/components/schemas/Nowhere` leads nowhere; what it stands for is not checked.']);
});

test('templates are without base path, which stands apart', async () => {
  const contract = await read({ ...operation(true), servers: [{ url: 'https://a.example/v1/' }, { url: '/v2' }] });
  expect(contract.operations[0]).toMatchObject({ method: 'POST', template: '/orders', basePaths: ['/v1', '/v2'] });
});

test('Swagger 2.0 bodies, forms and list formats are said in the words of 3.x', async () => {
  const contract = await read({
    swagger: '2.0',
    info: { title: 'Old' },
    consumes: ['application/json; charset=utf-8'],
    paths: {
      '/a': {
        post: {
          parameters: [
            { in: 'body', name: 'body', required: true, schema: { $ref: '#/definitions/A' } },
            { in: 'query', name: 'ids', type: 'array', items: { type: 'integer' }, collectionFormat: 'multi' },
            { in: 'query', name: 'tags', type: 'array', items: { type: 'string' }, collectionFormat: 'pipes' },
          ],
          responses: { 200: { schema: { type: 'string' } }, default: {} },
        },
        put: {
          parameters: [
            { in: 'formData', name: 'file', type: 'file', required: true },
            { in: 'formData', name: 'note', type: 'string' },
          ],
        },
      },
    },
    definitions: { A: { type: 'object' } },
  });
  const [post, put] = contract.operations;
  expect(post?.parameters.map(({ name, style, explode }) => ({ name, style, explode }))).toEqual([
    { name: 'ids', style: 'form', explode: true },
    { name: 'tags', style: 'pipeDelimited', explode: false },
  ]);
  expect(post?.body).toMatchObject({ required: true, byMediaType: { 'application/json': { schema: { $ref: '#/$defs/A' } } } });
  expect(post?.responses).toMatchObject({ 200: { byMediaType: { '*/*': { type: 'string' } } }, default: { byMediaType: {} } });
  expect(put?.body?.byMediaType['multipart/form-data']?.schema).toEqual({
    type: 'object',
    properties: { file: {}, note: { type: 'string' } },
    required: ['file'],
  });
});

test('a discriminator names the choice for each value, stated or by the name of the schema', async () => {
  const document = {
    ...operation({
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
      discriminator: { propertyName: 'kind', mapping: { meow: '#/components/schemas/Cat' } },
    }),
    components: { schemas: { Cat: { type: 'object' }, Dog: { type: 'object' } } },
  };
  const contract = await read(document);
  expect(contract.operations[0]?.body?.byMediaType['application/json']?.schema).toMatchObject({
    discriminator: { propertyName: 'kind', mapping: { meow: '#/$defs/Cat', Cat: '#/$defs/Cat', Dog: '#/$defs/Dog' } },
  });
});

test('a document without operations is refused with what to do next', async () => {
  await expect(read({ openapi: '3.1.0', info: { title: 'Empty' }, paths: {} })).rejects.toMatchObject({ code: 'input-unknown-format' });
});

test('a document of any shape is read or refused in words, never thrown out of', async () => {
  const words = [
    '$ref',
    'schema',
    'type',
    'properties',
    'parameters',
    'content',
    'application/json',
    'in',
    'name',
    'items',
    'allOf',
    'enum',
    'responses',
    '200',
  ];
  const node = fc.object({
    key: fc.constantFrom(...words),
    values: [fc.constantFrom('#/components/schemas/A', '#/paths', 'query', 'body', 'object', 5, true, null, '../x.yaml#/a')],
    maxDepth: 4,
  });
  await fc.assert(
    fc.asyncProperty(node, node, fc.constantFrom('2.0', '3.0.0', '3.1.0'), async (operation, schema, version) => {
      const document = {
        ...(version === '2.0' ? { swagger: version } : { openapi: version }),
        info: { title: 'Any' },
        paths: { '/a/{b}': { post: { ...operation, requestBody: operation, parameters: [operation, schema] }, parameters: schema } },
        components: { schemas: { A: schema } },
        definitions: { A: schema },
      };
      try {
        JSON.stringify(await read(document));
      } catch (error) {
        expect(error).toBeInstanceOf(StanceError);
      }
    }),
    { numRuns: 300, seed: 5 },
  );
}, 30_000);
