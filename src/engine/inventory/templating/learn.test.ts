import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KnownTemplate, TemplateDecision } from '../template.ts';
import { statsOf, templatesOf } from './learn.fixture.ts';
import { learnTemplates } from './learn.ts';

describe('what is folded into one parameter', () => {
  const rows: [string, string[], string[]][] = [
    ['whole numbers', ['/orders/1', '/orders/2'], ['GET /orders/{orderId}']],
    ['one uuid seen once', ['/orders/6f1c2a34-8d2e-4a7b-9c11-2f3e4d5c6b7a'], ['GET /orders/{orderId}']],
    ['kinds of id side by side', ['/files/17', '/files/01HZX3V9K7Q2M4N6P8R0S2T4V6', '/files/fil_9aK2mQ7xLp'], ['GET /files/{fileId}']],
    [
      'given names under a collection',
      ['/members/rosalind', '/members/ottoline', '/members/thaddeus', '/members/winifred'],
      ['GET /members/{memberName}'],
    ],
    ['one unfamiliar word below a plural', ['/warehouses/bremerhaven'], ['GET /warehouses/{warehouseName}']],
    [
      'what client bugs put in the place of an id',
      ['/users/7', '/users/8', '/users/undefined 400', '/users/null 404', '/users/NaN', '/users/[object%20Object] 400'],
      ['GET /users/{userId}'],
    ],
    [
      'odd spellings of one path',
      ['/orders/5', '//orders/5', '/orders/5/', '/%6frders/6', '/orders;v=1/6', '/x/../orders/7'],
      ['GET /orders/{orderId}'],
    ],
    ['an id that ends in a format', ['/invoices/811.json', '/invoices/812.json'], ['GET /invoices/{invoiceId}.json']],
    [
      'a date, an e-mail, an address',
      ['/days/2024-03-01', '/people/ann%40mail.example', '/hosts/10.2.3.4'],
      ['GET /days/{date}', 'GET /hosts/{ip}', 'GET /people/{email}'],
    ],
  ];
  test.each(rows)('%s', (_, lines, expected) => {
    expect(templatesOf(lines)).toEqual(expected);
  });
  test('every row ran', () => {
    expect(rows.length).toBe(9);
  });
});

describe('what is not folded', () => {
  const rows: [string, string[], string[]][] = [
    [
      'collections of one service',
      ['/v1/orders', '/v1/invoices', '/v1/skus', '/v1/payouts'],
      ['GET /v1/invoices', 'GET /v1/orders', 'GET /v1/payouts', 'GET /v1/skus'],
    ],
    ['a search beside ids', ['/orders/1', '/orders/2', '/orders/search'], ['GET /orders/search', 'GET /orders/{orderId}']],
    [
      'custom verbs',
      ['POST /orders/1:cancel', 'POST /orders/2:cancel', 'POST /orders/3:refund'],
      ['POST /orders/{orderId}:cancel', 'POST /orders/{orderId}:refund'],
    ],
    [
      'calls by name',
      ['POST /api/channels.list', 'POST /api/channels.join', 'POST /api/users.info'],
      ['POST /api/channels.join', 'POST /api/channels.list', 'POST /api/users.info'],
    ],
    [
      'a version, also one written as a date',
      ['/2010-04-01/accounts', '/1.0/accounts', '/v2/accounts'],
      ['GET /1.0/accounts', 'GET /2010-04-01/accounts', 'GET /v2/accounts'],
    ],
    ['what a spec and wrong method meet', ['/orders/1', 'DELETE /orders/1 405'], ['GET /orders/{orderId}']],
    ['an endpoint called once', ['/orders', '/settings/billing'], ['GET /orders', 'GET /settings/billing']],
  ];
  test.each(rows)('%s', (_, lines, expected) => {
    expect(templatesOf(lines)).toEqual(expected);
  });
  test('every row ran', () => {
    expect(rows.length).toBe(7);
  });
});

test('probes, typing errors, pages, health checks and preflights become no operation, and each is accounted for', () => {
  const stats = statsOf([
    '/orders/1 x9',
    '/orders/2',
    '/orders/pending x4',
    '/orders/pendign 404',
    '/ORDERS/1 404',
    '/wp-login.php 404',
    '/.env 403',
    '/actuator/env 404',
    '/healthz',
    '/assets/app.3f2.js',
    '/index.html',
    'OPTIONS /orders/1 204',
  ]);
  const learned = learnTemplates(stats, [], []);
  expect(learned.templates.map((template) => template.template)).toEqual(['/orders/pending', '/orders/{orderId}']);
  const folded = Object.fromEntries(
    learned.folded.map(({ path, reason }) => [`${stats[path]?.method} /${stats[path]?.segments.join('/')}`, reason]),
  );
  expect(folded).toEqual({
    'GET /orders/pendign': 'never-answered',
    'GET /ORDERS/{int}': 'never-answered',
    'GET /wp-login.php': 'scanner',
    'GET /.env': 'scanner',
    'GET /actuator/env': 'scanner',
    'GET /healthz': 'health',
    'GET /assets/{alnum}.js': 'static',
    'GET /index.html': 'page',
    'OPTIONS /orders/{int}': 'preflight',
  });
});

test('an operation that only refused is shown when the refusal proves that something is there', () => {
  expect(templatesOf(['/orders/1', 'POST /orders/1 422', '/orders/1/lines 403', '/nowhere/at/all 403'])).toEqual([
    'GET /orders/{orderId}',
    'GET /orders/{orderId}/lines',
    'POST /orders/{orderId}',
  ]);
});

test('a declared template wins over what traffic suggests', () => {
  const known: KnownTemplate[] = [{ method: 'GET', template: '/orders/{number}', basis: 'spec' }];
  const learned = learnTemplates(statsOf(['/orders/search', '/orders/4']), known, []);
  expect(learned.templates.map(({ template, basis }) => [template, basis])).toEqual([['/orders/{number}', 'spec']]);
});

test('each path is on exactly one template or folded', () => {
  const stats = statsOf(['/a/1', '/a/2', '/b', '/b 404', '/c/x-y 404', 'OPTIONS /b 204', '/d 500']);
  const learned = learnTemplates(stats, [], []);
  const seen = [...learned.templates.flatMap((template) => template.paths), ...learned.folded.map((entry) => entry.path)].sort(
    (a, b) => a - b,
  );
  expect(seen).toEqual(stats.map((_, index) => index));
});

test('a literal folded into a parameter is reported, so that its text can be replaced by a print', () => {
  const stats = statsOf(['/members/rosalind', '/members/ottoline', '/members/thaddeus']);
  const learned = learnTemplates(stats, [], []);
  expect(learned.foldedLiterals.map((literal) => literal.text).sort()).toEqual(['ottoline', 'rosalind', 'thaddeus']);
});

test('the order of paths does not matter', () => {
  const lines = [
    '/orders/1',
    '/orders/2',
    '/orders/search',
    '/users/ann',
    '/users/bea',
    '/users/ann/keys',
    '/users/bea/keys',
    '/v1/x',
    'POST /users',
    '/users/undefined 400',
    '/zzz 404',
  ];
  const stats = statsOf(lines);
  const expected = learnTemplates(stats, [], []).templates.map(({ method, template, confidence }) => [method, template, confidence]);
  fc.assert(
    fc.property(fc.shuffledSubarray(stats, { minLength: stats.length, maxLength: stats.length }), (shuffled) => {
      const learned = learnTemplates(shuffled, [], []);
      expect(learned.templates.map(({ method, template, confidence }) => [method, template, confidence])).toEqual(expected);
    }),
    { numRuns: 50, seed: 7 },
  );
});

describe('decisions survive re-learning', () => {
  const early = ['/reports/2', '/reports/3', '/reports/weekly', '/reports/monthly'];
  const late = [...early, '/reports/4', '/reports/yearly', 'DELETE /reports/9'];
  const decide = (decision: TemplateDecision) => [templatesOf(early, [], [decision]), templatesOf(late, [], [decision])];

  test('merge', () => {
    const [first, then] = decide({
      kind: 'merge',
      service: 'shop',
      templates: ['/reports/weekly', '/reports/monthly', '/reports/{reportId}'],
      into: '/reports/{period}',
    });
    expect(first).toEqual(['GET /reports/{period}']);
    expect(then).toEqual(['DELETE /reports/{period}', 'GET /reports/{period}']);
  });
  test('split', () => {
    const lines = ['/users/ottoline', '/users/thaddeus', '/users/winifred', '/users/rosalind'];
    const split: TemplateDecision = { kind: 'split', service: 'shop', template: '/users/{userName}', values: ['rosalind'] };
    expect(templatesOf(lines, [], [split])).toEqual(['GET /users/rosalind', 'GET /users/{userName}']);
    expect(templatesOf([...lines, '/users/marmaduke', '/users/5'], [], [split])).toContain('GET /users/rosalind');
  });
  test('rename', () => {
    const [first, then] = decide({ kind: 'rename', service: 'shop', template: '/reports/{reportId}', into: '/reports/{number}' });
    expect(first).toContain('GET /reports/{number}');
    expect(then).toContain('GET /reports/{number}');
  });
  test('pin', () => {
    const [first, then] = decide({ kind: 'pin', service: 'shop', template: '/reports/{any}' });
    expect(first).toEqual(['GET /reports/{any}']);
    expect(then).toEqual(['DELETE /reports/{any}', 'GET /reports/{any}']);
  });
  test('exclude', () => {
    const stats = statsOf(late);
    const learned = learnTemplates(
      stats,
      [],
      [{ kind: 'exclude', service: 'shop', method: 'GET', template: '/reports/{id}', reason: 'old' }],
    );
    expect(learned.templates.map((template) => `${template.method} ${template.template}`)).toContain('DELETE /reports/{reportId}');
    expect(learned.templates.map((template) => `${template.method} ${template.template}`)).not.toContain('GET /reports/{reportId}');
    expect(
      learned.folded.filter((entry) => entry.reason === 'excluded-by-you').map((entry) => stats[entry.path]?.segments.join('/')),
    ).toEqual(['reports/{int}']);
  });
});

test('very many paths are learned from a part of them: one template, nothing lost, the rare word kept', () => {
  const names: string[] = [];
  for (let i = 0; i < 23_000; i++) {
    let n = i + 1;
    let name = 'zo';
    while (n > 0) {
      name += 'bdfgklmnprstvz'[n % 14] ?? '';
      name += 'aeiou'[Math.floor(n / 14) % 5] ?? '';
      n = Math.floor(n / 70);
    }
    names.push(name);
  }
  const plain = statsOf(['/members/search', '/members/17/orders']);
  const [sample] = statsOf(['/members/zobado']);
  if (sample === undefined) throw new Error('no sample');
  const stats = [...plain, ...[...new Set(names)].map((name) => ({ ...sample, segments: ['members', name] }))];
  const learned = learnTemplates(stats, [], []);
  expect(learned.templates.map((template) => template.template)).toEqual([
    '/members/search',
    '/members/{memberName}',
    '/members/{memberName}/orders',
  ]);
  expect(learned.templates.reduce((sum, template) => sum + template.paths.length, 0)).toBe(stats.length);
  expect(learned.foldedLiterals.length).toBe(stats.length - 2);
});
