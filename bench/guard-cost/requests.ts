/** The three requests that the cost of a guard is told by: a GET, 2 KB and 20 KB of JSON, as an order API gets them. */
import type { RequestHead } from '../../src/engine/http/request.ts';

export const HOST = 'shop.example.test';
const BODY_SIZES = { 'POST 2 KB': 2_000, 'POST 20 KB': 20_000 } as const;

export interface LoadCase {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly target: string;
  /** JSON text; null = none. */
  readonly body: string | null;
}

export const loadCases: readonly LoadCase[] = [
  { name: 'GET', method: 'GET', target: '/v2/orders/70412?include=lines&page=3', body: null },
  ...Object.entries(BODY_SIZES).map(
    ([name, bytes]): LoadCase => ({ name, method: 'POST', target: '/v2/orders', body: orderOfSize(bytes) }),
  ),
];

/** Fields of a request as a client library sends them. @param token bearer token; null = none */
export function fieldsOf({ body }: LoadCase, token: string | null): Readonly<Record<string, string>> {
  return {
    host: HOST,
    'user-agent': 'order-client/4.2',
    accept: 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  };
}

export function headOf(load: LoadCase, token: string | null): RequestHead {
  const fields = Object.entries(fieldsOf(load, token));
  if (load.body !== null) fields.push(['content-length', String(Buffer.byteLength(load.body))]);
  const [path = '/', query] = load.target.split('?');
  return {
    method: load.method,
    scheme: 'http',
    host: HOST,
    path,
    query: query ?? null,
    headers: fields.map(([name, value]) => ({ name, value })),
    clientAddress: '127.0.0.1',
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
  };
}

function orderOfSize(bytes: number): string {
  const lines: object[] = [];
  const text = () =>
    JSON.stringify({
      customer: { id: 90_155, name: 'Ines Carvalho', email: 'ines.carvalho@example.com', city: 'Porto', postcode: '4050-253' },
      placedAt: '2026-05-11T16:40:09Z',
      delivery: { method: 'courier', window: 'morning', remarks: 'Second door on the left; ring twice.' },
      lines,
    });
  while (text().length < bytes) lines.push(lineOf(lines.length));
  return text();
}

function lineOf(at: number): object {
  const names = ['Paper filters, 100 pieces', 'Walnut shelf 80 cm', 'Rain jacket, green', 'Table lamp'];
  return {
    article: `A-${10_000 + ((at * 4_561) % 89_999)}`,
    name: names[at % names.length],
    count: 1 + (at % 4),
    price: { cents: 450 + at * 35, currency: 'EUR' },
    gift: at % 3 === 0,
    remark: at % 4 === 0 ? 'Wrap it separately, please.' : null,
  };
}
