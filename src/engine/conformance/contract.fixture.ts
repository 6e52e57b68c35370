/** Contracts and requests for the tests of this folder, from as little as each test is about. */
import type { HeaderList } from '../http/headers.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { type CompiledOperation, compileContract } from './compile-contract.ts';
import type { ApiContract, MediaContract, OperationContract, ParameterContract, Schema } from './contract.ts';
import type { RouteFacts, ValidationSettings } from './validate-head.ts';

export const strict: ValidationSettings = { undeclared: 'block', unknownFields: 'block', unknownParameters: 'block', depthMax: 32 };

export function contractOf(operation: Partial<OperationContract>, schemas: Readonly<Record<string, Schema>> = {}): ApiContract {
  const whole: OperationContract = {
    method: 'POST',
    template: '/things/{id}',
    basePaths: [''],
    operationId: null,
    deprecated: false,
    parameters: [],
    body: null,
    responses: {},
    security: null,
    bodyBytesMax: null,
    ...operation,
  };
  return {
    service: 'things',
    title: 'Things',
    hosts: [],
    basePaths: ['/'],
    digest: '',
    operations: [whole],
    credentials: [{ in: 'query', name: 'api_key' }],
    schemas,
    gaps: [],
  };
}

export function operationOf(operation: Partial<OperationContract>, schemas: Readonly<Record<string, Schema>> = {}): CompiledOperation {
  const [compiled] = compileContract(contractOf(operation, schemas)).operations;
  if (compiled === undefined) throw new Error('a contract of one operation has one');
  return compiled;
}

/** An operation with one parameter. */
export function withParameter(parameter: Partial<ParameterContract>): CompiledOperation {
  const place = parameter.in ?? 'query';
  const style = place === 'query' || place === 'cookie' ? 'form' : 'simple';
  const whole: ParameterContract = {
    in: place,
    name: 'p',
    required: false,
    style,
    explode: (parameter.style ?? style) === 'form',
    schema: true,
    contentType: null,
    ...parameter,
  };
  return operationOf({ parameters: [whole] });
}

/** An operation that takes this schema as JSON. */
export function withBody(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>> = {},
  mediaType = 'application/json',
): CompiledOperation {
  const media: MediaContract = { schema, encoding: {} };
  return operationOf({ body: { required: true, byMediaType: { [mediaType]: media } } }, schemas);
}

export function headOf(head: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'POST',
    scheme: 'https',
    host: 'things.example',
    path: '/things/1',
    query: null,
    headers: [],
    clientAddress: null,
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
    ...head,
  };
}

export function routeOf(route: Partial<RouteFacts> = {}): RouteFacts {
  return { params: {}, contract: {}, otherMethodTemplate: null, ...route };
}

export function jsonBody(json: ParsedBody['json'], more: Partial<ParsedBody> = {}): ParsedBody {
  return {
    kind: 'json',
    mediaType: 'application/json',
    json,
    form: null,
    parts: null,
    text: null,
    isWhole: true,
    bytes: 10,
    malformed: null,
    ...more,
  };
}

export function headers(fields: Readonly<Record<string, string>>): HeaderList {
  return Object.entries(fields).map(([name, value]) => ({ name, value }));
}
