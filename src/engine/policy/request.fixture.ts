/** Requests for tests, written short. */
import type { CallerOutcome } from '../access/caller.ts';
import type { RequestHead } from '../http/request.ts';

/** `GET /orders?x=1`, with whatever else differs. */
export function headOf(line: string, parts: Partial<RequestHead> = {}): RequestHead {
  const [method = 'GET', target = '/'] = line.split(' ');
  const mark = target.indexOf('?');
  return {
    method,
    scheme: 'http',
    host: 'api.example.com',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? null : target.slice(mark + 1),
    headers: [],
    clientAddress: '203.0.113.7',
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
    ...parts,
  };
}

export function callerOf(subject: string, tenant: string | null = null): CallerOutcome {
  const base = { provider: 'test', kind: 'jwt', scopes: [], roles: [], claims: {}, expiresMs: null, credentialPrint: 'p' } as const;
  return { kind: 'proven', caller: { ...base, subject, tenant } };
}
