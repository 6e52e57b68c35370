/** Requests, bodies and callers for the tests of access. */
import type { JsonValue } from '../http/exchange.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import type { AccessInput } from './access-input.ts';
import type { Caller, CallerOutcome } from './caller.ts';

export function headOf(parts: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: '/orders/42',
    query: null,
    headers: [],
    clientAddress: '203.0.113.9',
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
    ...parts,
  };
}

export function bodyOf(json: JsonValue, parts: Partial<ParsedBody> = {}): ParsedBody {
  const text = JSON.stringify(json);
  return {
    kind: 'json',
    mediaType: 'application/json',
    json,
    form: null,
    parts: null,
    text,
    isWhole: true,
    bytes: text.length,
    malformed: null,
    ...parts,
  };
}

export function formOf(fields: readonly (readonly [string, string])[]): ParsedBody {
  const form = fields.map(([name, value]) => ({ name, value }));
  const text = form.map((field) => `${field.name}=${field.value}`).join('&');
  return { ...bodyOf(null), kind: 'form', mediaType: 'application/x-www-form-urlencoded', json: undefined, form, text, bytes: text.length };
}

export function callerOf(parts: Partial<Caller> = {}): CallerOutcome & { readonly kind: 'proven' } {
  const caller: Caller = {
    provider: 'main',
    kind: 'jwt',
    subject: 'ann',
    tenant: 't1',
    scopes: [],
    roles: [],
    claims: { sub: 'ann' },
    expiresMs: null,
    credentialPrint: 'p',
    ...parts,
  };
  return { kind: 'proven', caller };
}

export function inputOf(parts: Partial<AccessInput> = {}): AccessInput {
  return { head: headOf(), params: {}, caller: callerOf(), body: null, ...parts };
}
