import { describe, expect, it } from 'vitest';
import type { DeclaredApi, DeclaredField, DeclaredOperation, SecurityAlternative } from '../evidence/declaration.ts';
import { specDiff } from './spec-diff.ts';

const token: readonly SecurityAlternative[] = [{ schemes: [{ name: 'token', kind: 'bearer', scopes: ['read'] }] }];
const field = (path: string, parts: Partial<DeclaredField> = {}): DeclaredField => ({
  path,
  type: 'string',
  required: false,
  dataClass: null,
  ...parts,
});

function operation(method: string, template: string, parts: Partial<DeclaredOperation> = {}): DeclaredOperation {
  return {
    method,
    template,
    kind: 'rest',
    operationId: null,
    summary: null,
    tags: [],
    deprecated: false,
    sunset: null,
    security: token,
    parameters: [],
    requestFields: [],
    responseFields: [],
    statuses: ['200'],
    limit: null,
    bodyBytesMax: null,
    tlsRequired: true,
    docsUrl: null,
    place: { file: 'a.yaml', line: 1 },
    ...parts,
  };
}

function api(operations: readonly DeclaredOperation[], basePaths: readonly string[] = []): DeclaredApi {
  return {
    format: 'openapi-3.1',
    place: { file: 'a.yaml', line: 1 },
    digest: '',
    service: 'a',
    title: 'a',
    version: null,
    hosts: [],
    basePaths,
    owner: null,
    docsUrl: null,
    operations,
    findings: [],
  };
}

/** Changes of one operation between two states of it. */
function changed(before: Partial<DeclaredOperation>, after: Partial<DeclaredOperation>) {
  return specDiff(api([operation('GET', '/a', before)]), api([operation('GET', '/a', after)])).map(({ kind, what }) =>
    what === null ? kind : `${kind} ${what}`,
  );
}

describe('spec diff', () => {
  it('finds nothing between equal documents, whatever base path and parameter names they use', () => {
    const before = api([operation('GET', '/v1/orders/{id}'), operation('PUT', '/v1/orders/{id}')], ['/v1']);
    const after = api([operation('PUT', '/v2/orders/{orderId}'), operation('GET', '/v2/orders/{orderId}')], ['/v2']);
    expect(specDiff(before, after)).toEqual([]);
  });

  it('names operations that came and went, open and writing ones first', () => {
    const after = api([operation('GET', '/b'), operation('POST', '/b'), operation('GET', '/c', { security: [] })]);
    expect(specDiff(api([operation('GET', '/a')]), after).map(({ kind, severity, operation: name }) => [severity, kind, name])).toEqual([
      ['high', 'open-operation-added', 'GET /c'],
      ['medium', 'write-operation-added', 'POST /b'],
      ['low', 'operation-removed', 'GET /a'],
      ['low', 'operation-added', 'GET /b'],
    ]);
  });

  it.each([
    ['auth-removed', token, []],
    ['auth-removed', token, null],
    ['auth-added', null, token],
    ['auth-optional', token, [...token, { schemes: [] }]],
    ['auth-weakened key', token, [{ schemes: [{ name: 'key', kind: 'api-key-query', scopes: [] }] }]],
    ['auth-weakened key', token, [...token, { schemes: [{ name: 'key', kind: 'api-key-query', scopes: [] }] }]],
    ['scopes-changed -read +all', token, [{ schemes: [{ name: 'token', kind: 'bearer', scopes: ['all'] }] }]],
  ] as const)('tells %s', (expected, before, after) => {
    expect(changed({ security: before }, { security: after })).toEqual([expected]);
  });

  it('does not take a second factor, or nothing that stays nothing, for a change', () => {
    const both = [{ schemes: [...(token[0]?.schemes ?? []), { name: 'mtls', kind: 'mtls', scopes: [] }] }];
    expect(changed({ security: token }, { security: both })).toEqual([]);
    expect(changed({ security: null }, { security: [] })).toEqual([]);
  });

  it('tells parameters, statuses, deprecation, TLS and ceilings', () => {
    const query = (name: string, required = false) => ({ in: 'query' as const, name, required, type: null, format: null });
    expect(changed({ parameters: [query('a')] }, { parameters: [query('b'), query('c', true)] })).toEqual([
      'parameter-added query:b',
      'parameter-removed query:a',
      'required-parameter-added query:c',
    ]);
    expect(changed({}, { statuses: ['201'] })).toEqual(['status-added 201', 'status-removed 200']);
    expect(changed({}, { deprecated: true, sunset: '2027-01-01' })).toEqual(['sunset-changed none to 2027-01-01', 'deprecated']);
    expect(changed({}, { tlsRequired: false })).toEqual(['tls-dropped']);
    const limit = { requests: 10, windowSeconds: 1, by: null };
    expect(changed({ limit, bodyBytesMax: 10 }, {})).toEqual(['limit-removed', 'body-limit-raised']);
    expect(changed({ limit }, { limit: { ...limit, requests: 11 } })).toEqual(['limit-raised']);
  });

  it('tells fields, the outermost only, and labels that changed', () => {
    const before = { requestFields: [field('$.a')], responseFields: [field('$.x', { dataClass: 'personal' })] };
    const after = {
      requestFields: [field('$.a', { required: true }), field('$.admin')],
      responseFields: [field('$.x'), field('$.card'), field('$.card.number'), field('$.cards[]')],
    };
    expect(changed(before, after)).toEqual([
      'data-class-changed $.x',
      'response-field-added $.card',
      'response-field-added $.cards[]',
      'request-field-added $.admin',
      'request-field-required $.a',
    ]);
  });

  it('does not take what a cut list lacks for a change', () => {
    const many = Array.from({ length: 300 }, (_, at) => field(`$.f${at}`));
    expect(changed({ responseFields: many }, { responseFields: [...many.slice(1), field('$.new')] })).toEqual([]);
  });
});
