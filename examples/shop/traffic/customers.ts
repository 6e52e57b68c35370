/** The shop's customers: a few hundred people on phones and laptops who look, log in, order, and wait for parcels. */
import type { Call } from './call.ts';
import type { Chance } from './chance.ts';

export interface Customer {
  readonly id: string;
  readonly address: string;
  readonly agent: string;
  readonly device: 'ios' | 'android-old' | 'web';
}

/** Carriers put many phones behind one address: a limit by address would hit them all. */
const carrierAddresses = ['198.51.100.7', '198.51.100.8', '198.51.100.9'] as const;
const words = ['mug', 'lamp', 'rug', 'vase', 'chair', 'kettle', 'blanket', 'clock'] as const;
const agents = {
  ios: 'ShopApp/5.4.1 (iPhone; iOS 19.1)',
  'android-old': 'okhttp/3.12.1 ShopApp/2.9.0',
  web: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
};

export function customers(count: number, chance: Chance): readonly [Customer, ...Customer[]] {
  const one = (index: number): Customer => {
    const device = chance.isTrue(0.07) ? 'android-old' : chance.isTrue(0.5) ? 'ios' : 'web';
    const home = index % 2 === 0 ? `203.0.113.${(index % 250) + 2}` : `2001:db8:${(index % 97).toString(16)}::${index.toString(16)}`;
    return {
      id: `cust_${1000 + index}`,
      address: device !== 'web' && chance.isTrue(0.6) ? chance.pick(carrierAddresses) : home,
      agent: agents[device],
      device,
    };
  };
  return [one(0), ...Array.from({ length: count - 1 }, (_, index) => one(index + 1))];
}

/** One visit: 3 to 25 requests at human speed. Calls with `www` as host go to the web server's log. */
export function visit(customer: Customer, startMs: number, chance: Chance): readonly Call[] {
  const calls: Call[] = [];
  let atMs = startMs;
  const caller = { name: customer.id, header: 'authorization' } as const;
  const call = (service: string, method: string, path: string, status: number, more: Partial<Call> = {}) => {
    atMs += chance.int(400, 9_000);
    calls.push({ atMs, method, path, status: failing(chance, status), client: customer.address, agent: customer.agent, service, ...more });
  };
  const product = () => `prd_${chance.token(8)}`;

  if (customer.device === 'android-old') return oldAppVisit(call, chance, calls);
  if (customer.device === 'web') page(customer, startMs, chance, calls);

  call('storefront', 'GET', `/v2/products?page=${chance.int(1, 9)}&category=${chance.pick(words)}`, 200, {
    bytes: chance.int(9_000, 30_000),
  });
  for (let count = chance.int(1, 5); count > 0; count -= 1) {
    const id = product();
    call('storefront', 'GET', `/v2/products/${id}`, chance.isTrue(0.03) ? 404 : 200, { medianMs: 22 });
    if (chance.isTrue(0.4)) call('storefront', 'GET', `/v2/products/${id}/reviews`, 200);
  }
  if (chance.isTrue(0.35)) call('storefront', 'GET', `/v2/search?q=${chance.pick(words)}`, 200, { medianMs: 85 });
  // A bug of the phone app: it asks before it knows the product.
  if (customer.device === 'ios' && chance.isTrue(0.03)) call('storefront', 'GET', '/v2/products/undefined', 400);
  if (chance.isTrue(0.45)) return calls;

  const isWrong = chance.isTrue(0.06);
  if (isWrong) call('storefront', 'POST', '/v2/sessions', 401, { medianMs: 120 });
  call('storefront', 'POST', '/v2/sessions', 201, { medianMs: 120 });
  if (chance.isTrue(0.02)) call('storefront', 'POST', '/v2/password-resets', 202);
  call('storefront', 'GET', '/v2/customers/me', chance.isTrue(0.01) ? 401 : 200, { caller });
  if (chance.isTrue(0.08)) call('storefront', 'PATCH', '/v2/customers/me', 200, { caller });
  if (chance.isTrue(0.25)) call('storefront', 'POST', '/graphql', 200, { caller, medianMs: 60 });
  if (chance.isTrue(0.5)) {
    call('orders', 'GET', '/v2/orders?limit=20', 200, { caller, bytes: chance.int(2_000, 16_000) });
    const order = chance.int(100_000, 180_000);
    if (chance.isTrue(0.7)) call('orders', 'GET', `/v2/orders/${order}`, chance.isTrue(0.02) ? 403 : 200, { caller });
    // The link in the mail about a parcel opens without a log-in, though the specification asks for one.
    if (chance.isTrue(0.5)) call('orders', 'GET', `/v2/orders/${order}/tracking`, 200, chance.isTrue(0.4) ? {} : { caller });
    if (chance.isTrue(0.12)) call('orders', 'GET', `/v2/orders/${order}/invoice`, 200, { caller, bytes: 48_000, medianMs: 210 });
    // Nobody wrote this one down.
    if (chance.isTrue(0.1)) call('storefront', 'GET', `/v2/customers/${customer.id}/loyalty`, 200, { caller });
  }
  if (chance.isTrue(0.3)) buy(call, caller, chance, product);
  return calls;
}

type MakeCall = (service: string, method: string, path: string, status: number, more?: Partial<Call>) => void;

function buy(call: MakeCall, caller: NonNullable<Call['caller']>, chance: Chance, product: () => string): void {
  const cart = chance.uuid();
  call('orders', 'POST', '/v2/carts', 201, { caller });
  for (let count = chance.int(1, 3); count > 0; count -= 1) call('orders', 'POST', `/v2/carts/${cart}/items`, 201, { caller });
  if (chance.isTrue(0.2)) call('orders', 'DELETE', `/v2/carts/${cart}/items/${product()}`, 204, { caller, bytes: 0 });
  call('orders', 'GET', `/v2/carts/${cart}`, 200, { caller });
  if (chance.isTrue(0.3)) return;
  call('orders', 'POST', '/v2/orders', 201, { caller, medianMs: 180 });
  call('payments', 'POST', '/v2/payments', chance.isTrue(0.05) ? 402 : 201, { caller, medianMs: 420 });
  call('payments', 'GET', `/v2/payments/${chance.uuid()}`, 200, { caller });
  // In the app since summer, in no specification.
  if (chance.isTrue(0.15)) call('payments', 'POST', '/v2/gift-cards/redemptions', 200, { caller });
  if (chance.isTrue(0.05)) call('orders', 'POST', `/v2/orders/${chance.int(100_000, 180_000)}/cancellation`, 200, { caller });
}

/** Phones that were never updated still speak version 1, which ended last summer. */
function oldAppVisit(call: MakeCall, chance: Chance, calls: readonly Call[]): readonly Call[] {
  const ended = { deprecation: '@1751328000', sunset: 'Tue, 30 Jun 2026 23:59:59 GMT' };
  call('storefront', 'GET', '/v1/products', 200, { responseHeaders: ended });
  for (let count = chance.int(1, 4); count > 0; count -= 1) {
    call('storefront', 'GET', `/v1/products/${chance.int(1_000, 9_999)}`, 200, { responseHeaders: ended });
  }
  return calls;
}

/** What a browser fetches before the first API call. */
function page(customer: Customer, startMs: number, chance: Chance, calls: Call[]): void {
  const get = (path: string, status: number, bytes: number, referer?: string) =>
    calls.push({
      atMs: startMs + chance.int(0, 900),
      method: 'GET',
      path,
      status,
      client: customer.address,
      agent: customer.agent,
      host: 'www.shop.example',
      service: null,
      bytes,
      ...(referer === undefined ? {} : { referer }),
    });
  const from = 'https://www.shop.example/';
  get('/', 200, 18_344);
  get('/assets/app.3f9c1b.js', chance.isTrue(0.6) ? 304 : 200, 311_020, from);
  get('/assets/app.77aa02.css', chance.isTrue(0.6) ? 304 : 200, 48_110, from);
  if (chance.isTrue(0.3)) get('/favicon.ico', 200, 1_406, from);
  for (let count = chance.int(2, 5); count > 0; count -= 1)
    get(`/img/products/${chance.pick(words)}-${chance.int(1, 400)}.webp`, 200, chance.int(8_000, 60_000), from);
}

/** Services fail a little, everywhere. */
function failing(chance: Chance, status: number): number {
  if (!chance.isTrue(0.006)) return status;
  return chance.pick([500, 502, 503, 504]);
}
