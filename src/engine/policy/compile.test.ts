import { expect, test } from 'vitest';
import { compilePolicy, isExcepted } from './compile.ts';
import { defaultPolicy } from './default-policy.ts';
import type { ListEntry, MatchRule, Policy, RoutePolicy } from './policy.ts';
import { callerOf, headOf } from './request.fixture.ts';

const shop = {
  service: 'shop',
  hosts: ['api.example.com'],
  basePaths: ['/v1'],
  operations: [
    { method: 'GET', template: '/orders/{orderId}' },
    { method: 'GET', template: '/orders/latest' },
    { method: 'POST', template: '/orders' },
    { method: 'GET', template: '/files/{name}.json' },
    { method: 'GET', template: '/compare/{base}...{head}' },
    { method: 'GET', template: '/static/{path+}' },
  ],
};

function policyOf(parts: Partial<Policy>): Policy {
  return { ...defaultPolicy, ...parts };
}

function route(id: string, parts: Omit<RoutePolicy, 'id'>): RoutePolicy {
  return { id, ...parts };
}

function entry(id: string, match: ListEntry['match'], untilMs: number | null = null): ListEntry {
  return { id, match, because: 'test', untilMs };
}

test('a request finds its declared operation and its decoded path parameters', () => {
  const compiled = compilePolicy(defaultPolicy, [shop]);
  const found = (line: string, host = 'api.example.com') => {
    const { template, params, service, operation } = compiled.resolve(headOf(line, { host }));
    return [template, { ...params }, service, operation?.method ?? null];
  };
  expect(found('GET /v1/orders/a%20b')).toEqual(['/v1/orders/{orderId}', { orderId: 'a b' }, 'shop', 'GET']);
  expect(found('GET /v1/orders/latest')).toEqual(['/v1/orders/latest', {}, 'shop', 'GET']);
  expect(found('HEAD /v1/orders/latest')).toEqual(['/v1/orders/latest', {}, 'shop', 'GET']);
  expect(found('GET /v1/files/report.json')).toEqual(['/v1/files/{name}.json', { name: 'report' }, 'shop', 'GET']);
  expect(found('GET /v1/compare/main...topic')).toEqual(['/v1/compare/{base}...{head}', { base: 'main', head: 'topic' }, 'shop', 'GET']);
  expect(found('GET /v1/static/css/a.css')).toEqual(['/v1/static/{path+}', { path: 'css/a.css' }, 'shop', 'GET']);
  expect(found('DELETE /v1/orders')).toEqual([null, {}, 'shop', null]);
  expect(found('GET /v1/nothing')).toEqual([null, {}, 'shop', null]);
});

test('a path declared for other methods says so', () => {
  const compiled = compilePolicy(defaultPolicy, [shop]);
  expect(compiled.resolve(headOf('DELETE /v1/orders')).otherMethodTemplate).toBe('/v1/orders');
  expect(compiled.resolve(headOf('GET /v1/orders/7')).otherMethodTemplate).toBeNull();
  expect(compiled.resolve(headOf('GET /v1/none')).otherMethodTemplate).toBeNull();
});

test('a specification for another host or base path still holds, after those that name this host', () => {
  const other = { ...shop, service: 'other', hosts: ['*.internal.example'], basePaths: [] };
  const compiled = compilePolicy(defaultPolicy, [shop, other]);
  const service = (line: string, host: string) => compiled.resolve(headOf(line, { host })).service;
  expect(service('GET /v1/orders/1', '127.0.0.1:7788')).toBe('shop');
  expect(service('GET /orders/1', 'api.example.com:8443')).toBe('shop');
  expect(service('GET /orders/1', 'a.internal.example')).toBe('other');
  expect(service('GET /orders/1', 'internal.example')).not.toBe(null);
});

test('an operation is found under each of its own base paths, and a host variable stands for any name', () => {
  const operations = [{ method: 'GET', template: '/x/{id}', basePaths: ['/a', '/b/'] }];
  const compiled = compilePolicy(defaultPolicy, [{ service: 's', hosts: ['{tenant}.example.com'], basePaths: ['/a', '/b/'], operations }]);
  const template = (line: string) => compiled.resolve(headOf(line, { host: 'acme.example.com' })).template;
  expect(template('GET /a/x/1')).toBe('/a/x/{id}');
  expect(template('GET /b/x/1')).toBe('/b/x/{id}');
  expect(template('GET /c/x/1')).toBeNull();
});

test('a parameter called like something of the language is only a parameter', () => {
  const odd = { service: 'odd', hosts: [], basePaths: [], operations: [{ method: 'GET', template: '/{__proto__}/{constructor}' }] };
  const { params } = compilePolicy(defaultPolicy, [odd]).resolve(headOf('GET /a/b'));
  expect(Object.entries(params)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

test('parameters that a route names in its own paths are there, with and without a specification', () => {
  const routes = [route('accounts', { match: { paths: ['/v1/none/{x}', '/v1/orders/{accountId}/**'] } })];
  const params = (contracts: (typeof shop)[]) => ({
    ...compilePolicy(policyOf({ routes }), contracts).resolve(headOf('GET /v1/orders/a%201')).params,
  });
  expect(params([])).toEqual({ accountId: 'a 1' });
  expect(params([shop])).toEqual({ accountId: 'a 1', orderId: 'a 1' });
});

test('routes merge in order over the defaults, modes by section', () => {
  const policy = policyOf({
    defaults: { ...defaultPolicy.defaults, modes: { attacks: 'log' } },
    routes: [
      route('all-orders', { match: { paths: ['/v1/orders/**'] }, scopes: ['orders'], modes: { validation: 'log' } }),
      route('one-order', { match: { paths: ['/v1/orders/{id}'], methods: ['get'] }, scopes: ['orders:read'], bodyBytesMax: 5 }),
      route('elsewhere', { match: { hosts: ['other.example.com'] }, public: true }),
    ],
  });
  const compiled = compilePolicy(policy, [shop]);
  const one = compiled.resolve(headOf('GET /v1/orders/7'));
  expect(one.routeIds).toEqual(['all-orders', 'one-order']);
  expect(one.routeId).toBe('one-order');
  expect(one.settings).toMatchObject({
    scopes: ['orders:read'],
    bodyBytesMax: 5,
    failMode: 'closed',
    modes: { attacks: 'log', validation: 'log' },
  });
  expect(compiled.resolve(headOf('POST /v1/orders')).settings.scopes).toEqual(['orders']);
  expect(compiled.resolve(headOf('GET /v1/ordersmith')).routeId).toBeNull();
  expect(compiled.resolve(headOf('GET /', { host: 'other.example.com:80' })).settings.public).toBe(true);
});

test('a level only lowers the mode above it', () => {
  const policy = policyOf({
    modes: { attacks: 'log' },
    routes: [
      route('loud', { match: { paths: ['/loud'] }, mode: 'block', modes: { attacks: 'block' } }),
      route('quiet', { match: { paths: ['/quiet'] }, mode: 'log', modes: { limits: 'off' } }),
    ],
  });
  const compiled = compilePolicy(policy, []);
  const modes = (line: string) => {
    const { mode } = compiled.resolve(headOf(line));
    return [mode('attacks'), mode('validation'), mode('limits')];
  };
  expect(modes('GET /loud')).toEqual(['log', 'block', 'block']);
  expect(modes('GET /quiet')).toEqual(['log', 'log', 'off']);
  expect(
    compilePolicy(policyOf({ mode: 'off' }), [])
      .resolve(headOf('GET /loud'))
      .mode('attacks'),
  ).toBe('off');
});

test('a route that protects cannot be passed by spelling its path otherwise', () => {
  const policy = policyOf({ routes: [route('admin', { match: { paths: ['/admin/**'] }, scopes: ['admin'] })] });
  const compiled = compilePolicy(policy, []);
  for (const path of ['/admin', '/admin/', '/ADMIN/users', '//admin/x', '/x/../admin', '/./admin', '/%61dmin/x', '/admin;a=b/x'])
    expect([path, compiled.resolve(headOf(`GET ${path}`)).routeId]).toEqual([path, 'admin']);
  expect(compiled.resolve(headOf('GET /administrator')).routeId).toBeNull();
});

test('an allow-list entry lets through exactly what it names, until it ends', () => {
  const allow = [entry('probe', { addresses: ['10.0.0.0/8'], paths: ['/Health'] }, 1000), entry('partner', { subjects: ['acme'] })];
  const compiled = compilePolicy(policyOf({ lists: { allow, deny: [] } }), []);
  const allowed = (line: string, clientAddress: string, nowMs: number, subject?: string) => {
    const head = headOf(line, { clientAddress });
    return compiled.lists(head, compiled.resolve(head), subject === undefined ? null : callerOf(subject), nowMs).allowedBy;
  };
  expect(allowed('GET /Health', '10.1.2.3', 0)).toBe('probe');
  expect(allowed('GET /Health', '::ffff:10.1.2.3', 0)).toBe('probe');
  expect(allowed('GET /Health', '10.1.2.3', 1000)).toBeNull();
  expect(allowed('GET /health', '10.1.2.3', 0)).toBeNull();
  expect(allowed('GET /Health', '11.1.2.3', 0)).toBeNull();
  expect(allowed('GET /x', '11.1.2.3', 0, 'acme')).toBe('partner');
  expect(allowed('GET /x', '11.1.2.3', 0, 'other')).toBeNull();
});

test('deny-list entries and rules object with their id, their reason and their status', () => {
  const rule: MatchRule = {
    ...entry('old-client', { agents: ['curl'], methods: ['POST'] }),
    mode: 'log',
    status: 410,
    because: 'Too old.',
  };
  const compiled = compilePolicy(
    policyOf({ lists: { allow: [], deny: [entry('net', { addresses: ['2001:db8::/32'] })] }, rules: [rule] }),
    [],
  );
  const head = headOf('POST /x', { clientAddress: '2001:db8::5', headers: [{ name: 'user-agent', value: 'curl/8.1' }] });
  const { objections } = compiled.lists(head, compiled.resolve(head), null, 0);
  expect(objections).toEqual([
    { section: 'list', rule: 'list.net', mode: 'block', status: 403, reason: 'On the deny list: test', place: null },
    { section: 'rules', rule: 'rules.old-client', mode: 'log', status: 410, reason: 'Too old.', place: null },
  ]);
  const other = headOf('GET /x', { clientAddress: '2001:db9::5', headers: [{ name: 'user-agent', value: 'curl/8.1' }] });
  expect(compiled.lists(other, compiled.resolve(other), null, 0).objections).toEqual([]);
});

test('an exception leaves out the rule or the rule at one place, for what it matches only', () => {
  const rule: MatchRule = {
    ...entry('notes', { paths: ['/notes'] }),
    mode: 'block',
    status: 403,
    except: ['attacks.sqli@query.q', 'attacks.xss'],
  };
  const compiled = compilePolicy(policyOf({ rules: [rule] }), []);
  const verdict = (line: string) => {
    const head = headOf(line);
    return compiled.lists(head, compiled.resolve(head), null, 0);
  };
  const objection = (ruleId: string, place: string) =>
    ({ section: 'attacks', rule: ruleId, mode: 'block', status: 403, reason: '', place }) as const;
  const { exceptions, objections } = verdict('GET /notes');
  expect(objections).toEqual([]);
  expect(isExcepted(exceptions, objection('attacks.sqli', 'query.q'))).toBe(true);
  expect(isExcepted(exceptions, objection('attacks.sqli.union-select', 'query.q'))).toBe(true);
  expect(isExcepted(exceptions, objection('attacks.sqli', 'query.r'))).toBe(false);
  expect(isExcepted(exceptions, objection('attacks.sql', 'query.q'))).toBe(false);
  expect(isExcepted(exceptions, objection('attacks.xss', 'query.r'))).toBe(true);
  expect(verdict('GET /other').exceptions.size).toBe(0);
});

test('an entry whose list is empty names nobody', () => {
  const deny = [entry('nobody', { addresses: [] }), entry('no-path', { paths: [] }), entry('no-agent', { agents: [] })];
  const compiled = compilePolicy(policyOf({ lists: { allow: [], deny } }), []);
  const head = headOf('GET /x');
  expect(compiled.lists(head, compiled.resolve(head), null, 0).objections).toEqual([]);
});
