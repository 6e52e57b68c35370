/** A HAR 1.2 recording of the phone app with bodies: the only source of the sample that shows fields and GraphQL. */
import type { Chance } from './chance.ts';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly request?: unknown;
  readonly response: unknown;
  readonly isSignedIn: boolean;
}

/** Forty minutes before `nowMs`, a developer recorded an hour of clicking. All values are invented. */
export function recording(nowMs: number, chance: Chance): string {
  const startMs = nowMs - 40 * 60_000;
  const entries = Array.from({ length: 6 }, (_, round) => steps(chance, round)).flat();
  const log = {
    version: '1.2',
    creator: { name: 'shop sample generator', version: '1' },
    entries: entries.map((step, index) => entry(step, startMs + index * 17_000 + chance.int(0, 4_000), chance)),
  };
  return `${JSON.stringify({ log }, null, 1)}\n`;
}

function steps(chance: Chance, round: number): readonly Step[] {
  const customerId = `cust_${1400 + round}`;
  const order = chance.int(100_000, 180_000);
  return [
    {
      method: 'POST',
      path: '/v2/sessions',
      status: 201,
      isSignedIn: false,
      request: { email: `sample${round}@mail.example`, password: 'not-a-real-password' },
      response: { token: 'sample', expiresIn: 3600 },
    },
    {
      // The specification promises id, name and e-mail; the answer holds more.
      method: 'GET',
      path: '/v2/customers/me',
      status: 200,
      isSignedIn: true,
      response: {
        id: customerId,
        name: 'Sample Customer',
        email: `sample${round}@mail.example`,
        birthDate: '1990-01-01',
        internalRiskScore: 0.2,
      },
    },
    {
      method: 'POST',
      path: '/graphql',
      status: 200,
      isSignedIn: true,
      request: { operationName: 'Wishlist', query: 'query Wishlist { wishlist { items { product { id title } } } }' },
      response: { data: { wishlist: { items: [{ product: { id: `prd_${chance.token(8)}`, title: 'Blue mug' } }] } } },
    },
    {
      method: 'POST',
      path: '/graphql',
      status: 200,
      isSignedIn: true,
      request: {
        operationName: 'AddToWishlist',
        query: 'mutation AddToWishlist($id: ID!) { addToWishlist(productId: $id) { count } }',
        variables: { id: `prd_${chance.token(8)}` },
      },
      response: { data: { addToWishlist: { count: round + 1 } } },
    },
    {
      method: 'GET',
      path: `/v2/orders/${order}`,
      status: 200,
      isSignedIn: true,
      response: {
        id: order,
        status: 'shipped',
        items: [{ productId: `prd_${chance.token(8)}`, quantity: 1 }],
        total: 3900,
        currency: 'EUR',
      },
    },
  ];
}

function entry(step: Step, atMs: number, chance: Chance): unknown {
  const header = (name: string, value: string) => ({ name, value });
  const text = JSON.stringify(step.response);
  const time = chance.latencyMs(60);
  return {
    startedDateTime: new Date(atMs).toISOString(),
    time,
    request: {
      method: step.method,
      url: `https://api.shop.example${step.path}`,
      httpVersion: 'HTTP/2',
      headers: [
        header('user-agent', 'ShopApp/5.5.0-dev (iPhone; iOS 19.1)'),
        ...(step.isSignedIn ? [header('authorization', 'Bearer REDACTED')] : []),
        ...(step.request === undefined ? [] : [header('content-type', 'application/json')]),
      ],
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: step.request === undefined ? 0 : JSON.stringify(step.request).length,
      ...(step.request === undefined ? {} : { postData: { mimeType: 'application/json', text: JSON.stringify(step.request) } }),
    },
    response: {
      status: step.status,
      statusText: '',
      httpVersion: 'HTTP/2',
      headers: [header('content-type', 'application/json')],
      cookies: [],
      content: { size: text.length, mimeType: 'application/json', text },
      redirectURL: '',
      headersSize: -1,
      bodySize: text.length,
    },
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
  };
}
