import { describe, expect, test } from 'vitest';
import { declaredApi, declaredOperation } from '../engine/evidence/declaration.fixture.ts';
import type { SecurityAlternative } from '../engine/evidence/declaration.ts';
import { emptySettings } from '../engine/evidence/settings.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import { contractChanges, contractLines } from './contract-change.ts';

const key: readonly SecurityAlternative[] = [{ schemes: [{ name: 'key', kind: 'apiKey', scopes: [] }] }];
const field = (path: string) => ({ path, type: 'string', required: false, dataClass: null });
const api = (service: string, operations: Parameters<typeof declaredApi>[1], file = `${service}.yaml`) =>
  declaredApi(service, operations, { basePaths: ['/v1'], place: { file, line: null } });
const none = { settings: emptySettings, waived: new Set<string>() };

describe('contract changes', () => {
  const before = [api('orders', [declaredOperation('GET', '/v1/orders/{id}', { security: key })])];
  const after = [
    api('orders', [declaredOperation('GET', '/v1/orders/{orderId}', { security: [], deprecated: true }), declaredOperation('POST', '/v1')]),
  ];

  test('are worst first, under the full names of the operations, and only a protection that went may fail the gate', () => {
    expect(contractChanges(before, after, none).map(({ severity, kind, operation, gates }) => [severity, kind, operation, gates])).toEqual([
      ['critical', 'auth-removed', 'GET /v1/orders/{orderId}', true],
      ['medium', 'write-operation-added', 'POST /v1', false],
      ['info', 'deprecated', 'GET /v1/orders/{orderId}', false],
    ]);
  });

  test('are accepted where stance.yaml declares the operation open, and waived by their own id', () => {
    const settings = readSettings('apis: { orders: { public-operations: ["GET /v1/orders/{any}"] } }', {
      file: 'stance.yaml',
      variables: {},
    });
    const [open] = contractChanges(before, after, { ...none, settings });
    expect(open).toMatchObject({ kind: 'auth-removed', status: 'accepted' });
    const [removed] = contractChanges(before, after, none);
    const [waived] = contractChanges(before, after, { ...none, waived: new Set([removed?.id ?? '']) });
    expect(waived).toMatchObject({ id: removed?.id, status: 'waived' });
  });

  test('compare documents by file, then by API; what has no other side came or went as a whole', () => {
    const one = declaredOperation('GET', '/v1/a');
    const kinds = (old: typeof before, now: typeof before) =>
      contractChanges(old, now, none).map(({ kind, operation }) => `${kind} ${operation}`);
    expect(kinds([api('a', [one], 'old/a.yaml')], [api('a', [one], 'new/a.yaml')])).toEqual([]);
    expect(kinds([api('a', [one], 'x.yaml')], [api('renamed', [one], 'x.yaml')])).toEqual([]);
    expect(kinds([], [api('a', [one])])).toEqual(['operation-added GET /v1/a']);
    expect(kinds([api('a', [one])], [])).toEqual(['operation-removed GET /v1/a']);
  });

  test('that say the same read as one line, each that may fail the gate apart when asked', () => {
    const names = ['/v1/a', '/v1/b', '/v1/c'];
    const old = [
      api(
        'a',
        names.map((name) => declaredOperation('GET', name, { security: key })),
      ),
    ];
    const fields = [field('$.iban'), field('$.phone')];
    const now = [
      api(
        'a',
        names.map((name) => declaredOperation('GET', name, { security: [], responseFields: fields })),
      ),
    ];
    const changes = contractChanges(old, now, none);
    expect(changes).toHaveLength(9);
    expect(contractLines(changes, { isEachGating: false }).map(({ text, operations, count }) => [text, operations.length, count])).toEqual([
      ['authentication removed', 3, 3],
      ['answers with more: $.iban, $.phone', 3, 6],
    ]);
    expect(contractLines(changes, { isEachGating: true })).toHaveLength(4);
  });
});
