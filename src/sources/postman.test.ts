import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postman } from './postman.ts';
import { readText } from './read-text.fixture.ts';

const collection = {
  info: { name: 'Orders', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
  variable: [
    { key: 'baseUrl', value: 'https://{{host}}/v1' },
    { key: 'host', value: 'API.example' },
    { key: 'orderId', value: '17' },
  ],
  auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}' }] },
  item: [
    {
      name: 'Orders',
      item: [
        {
          name: 'Read one',
          request: {
            method: 'GET',
            url: {
              raw: '{{baseUrl}}/orders/{{orderId}}?full=true',
              query: [
                { key: 'full', value: 'true' },
                { key: 'old', disabled: true },
              ],
            },
          },
          response: [
            { code: 200, body: '{"id": 1, "lines": [{"sku": "x"}]}' },
            { code: 404, body: 'none' },
          ],
        },
        { name: 'Read another', request: { method: 'GET', url: '{{baseUrl}}/orders/4711' } },
        {
          name: 'Make',
          request: {
            method: 'POST',
            auth: {
              type: 'apikey',
              apikey: [
                { key: 'in', value: 'query' },
                { key: 'value', value: 'a-real-key-123' },
              ],
            },
            url: '{{baseUrl}}/orders',
            body: { mode: 'raw', raw: '{"total": {{total}}, "to": "{{email}}"}' },
          },
        },
      ],
    },
    { name: 'Health', request: { auth: { type: 'noauth' }, method: 'GET', url: 'http://api.example:8080/health' } },
    { name: 'Graph', request: { method: 'POST', url: '{{unknown}}/graph', body: { mode: 'graphql', graphql: { query: '{a}' } } } },
    { name: 'Nowhere', request: { method: 'GET' } },
  ],
};
const text = JSON.stringify(collection, null, 1);

describe('postman', () => {
  it('reads requests in folders as operations, several of one as its examples', async () => {
    const { api, items } = await readText(postman, { name: 'orders.json', text });
    expect(api).toMatchObject({ format: 'postman-2.1', service: 'orders', hosts: ['api.example', 'api.example:8080'] });
    expect(api.operations.map(({ method, template, kind, tags }) => [method, template, kind, tags.join()])).toEqual([
      ['GET', '/v1/orders/{orderId}', 'rest', 'Orders'],
      ['POST', '/v1/orders', 'rest', 'Orders'],
      ['GET', '/health', 'rest', ''],
      ['POST', '/graph', 'graphql', ''],
    ]);
    expect(items.filter(({ kind }) => kind === 'excluded')).toEqual([
      { kind: 'excluded', line: expect.any(Number), reason: 'request without address' },
    ]);
  });

  it('lets requests inherit authorisation, override it, and turn it off', async () => {
    const { api } = await readText(postman, { name: 'orders.json', text });
    expect(api.operations.map(({ security }) => security?.[0]?.schemes[0]?.kind ?? security)).toEqual([
      'bearer',
      'api-key-query',
      [],
      'bearer',
    ]);
  });

  it('takes fields, statuses and query names from requests and examples, never their values', async () => {
    const { api } = await readText(postman, { name: 'orders.json', text });
    expect(api.operations[0]).toMatchObject({ statuses: ['200', '404'], parameters: [{ in: 'query', name: 'full' }], tlsRequired: true });
    expect(api.operations[0]?.responseFields.map(({ path }) => path)).toEqual(['$.id', '$.lines', '$.lines[]', '$.lines[].sku']);
    expect(api.operations[1]?.requestFields.map(({ path }) => path)).toEqual(['$.total', '$.to']);
    expect(api.operations[2]?.tlsRequired).toBe(false);
  });

  it('reports credentials that stand in the collection without repeating them', async () => {
    const { api } = await readText(postman, { name: 'orders.json', text });
    expect(api.findings.map(({ rule, places }) => [rule, places.length])).toEqual([['spec.secret-in-collection', 1]]);
    expect(JSON.stringify(api)).not.toContain('a-real-key-123');
  });

  it('never throws on damaged text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: text.length }), fc.nat({ max: 60 }), fc.string({ maxLength: 5 }), async (at, cut, put) => {
        await readText(postman, { name: 'x.json', text: text.slice(0, at) + put + text.slice(at + cut) });
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});
