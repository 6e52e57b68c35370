/** Declarations for tests: everything unsaid, but what the test names. */
import type { DeclaredApi, DeclaredOperation } from './declaration.ts';

export function declaredOperation(method: string, template: string, more: Partial<DeclaredOperation> = {}): DeclaredOperation {
  return {
    method,
    template,
    kind: 'rest',
    operationId: null,
    summary: null,
    tags: [],
    deprecated: false,
    sunset: null,
    security: null,
    parameters: [],
    requestFields: [],
    responseFields: [],
    statuses: [],
    limit: null,
    bodyBytesMax: null,
    tlsRequired: null,
    docsUrl: null,
    place: { file: 'spec.yaml', line: 1 },
    ...more,
  };
}

export function declaredApi(service: string, operations: readonly DeclaredOperation[], more: Partial<DeclaredApi> = {}): DeclaredApi {
  return {
    format: 'openapi-3.0',
    place: { file: `${service}.yaml`, line: null },
    digest: service,
    service,
    title: service,
    version: null,
    hosts: [],
    basePaths: ['/'],
    owner: null,
    docsUrl: null,
    operations,
    findings: [],
    ...more,
  };
}
