import { expect, test } from 'vitest';
import type { JsonValue } from '../http/exchange.ts';
import { headOf, jsonBody } from './contract.fixture.ts';
import { LearnedModel, type LearnedRequest, learnedPlacesMax, operationsMax } from './learned-model.ts';

/** Same value, same print; tells nothing. */
const fingerprint = (_purpose: string, value: string) => {
  let sum = 7;
  for (let at = 0; at < value.length; at++) sum = (sum * 31 + value.charCodeAt(at)) >>> 0;
  return sum.toString(36);
};

/** Deterministic chance. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function request(query: string | null, json?: JsonValue, client = 'a'): LearnedRequest {
  return {
    operation: 'GET /orders',
    head: headOf({ method: 'GET', path: '/orders', query }),
    params: {},
    body: json === undefined ? null : jsonBody(json),
    client,
  };
}

const clients = ['a', 'b', 'c', 'd'];

function learned(count: number, make: (at: number, random: () => number) => readonly [string | null, JsonValue?], seed = 1): LearnedModel {
  const model = new LearnedModel(fingerprint);
  const random = chance(seed);
  for (let at = 0; at < count; at++) {
    const [query, json] = make(at, random);
    model.learn(request(query, json, clients[at % clients.length]));
  }
  return model;
}

const number = (random: () => number) => Math.floor(random() * 900) + 100;
const words = ['lamp', 'big lamp', 'desk', 'Red chair', 'pen-holder', 'shelf 40'];
const orders = (_at: number, random: () => number) =>
  [
    `id=${number(random)}&sort=${random() < 0.5 ? 'asc' : 'desc'}&q=${encodeURIComponent(words[Math.floor(random() * words.length)] ?? '')}`,
  ] as const;

const rulesOf = (model: LearnedModel, query: string, json?: JsonValue) =>
  model.judge(request(query, json)).map(({ rule, place }) => `${rule.replace('validation.learned-', '')} ${place}`);

const fires: readonly (readonly [string, string, readonly string[]])[] = [
  ['an injection where numbers stood', "id=1'+or+1=1&sort=asc&q=lamp", ['shape query.id']],
  ['a word where one of two stood', 'id=123&sort=random&q=lamp', ['value query.sort']],
  ['brackets in a field of words', 'id=123&sort=asc&q=%3Cb%3E', ['characters query.q']],
  ['a text many times as long', `id=123&sort=asc&q=${'lamp'.repeat(50)}`, ['length query.q']],
  ['a field that never came', 'id=123&sort=asc&q=lamp&admin=1', ['unknown query.admin']],
  ['a field that always came is missing', 'sort=asc&q=lamp', ['missing query.id']],
];
const silent: readonly string[] = [
  'id=555&sort=desc&q=desk',
  'id=101&sort=asc&q=small%20lamp',
  'id=999&sort=asc&q=Blue%20lamps',
  'id=1000&sort=asc&q=lamp',
];

test.each(fires)('after enough requests: %s', (_what, query, expected) => {
  expect(rulesOf(learned(1500, orders), query)).toEqual(expected);
});

test.each(silent)('what goes on as before is not objected to: %s', (query) => {
  expect(rulesOf(learned(1500, orders), query)).toEqual([]);
});

test('both tables have all their rows', () => expect([fires.length, silent.length]).toEqual([6, 4]));

test.each(fires)('before enough requests nothing is said: %s', (_what, query) => {
  expect(rulesOf(learned(800, orders), query)).toEqual([]);
});

test('one caller alone teaches nothing', () => {
  const model = new LearnedModel(fingerprint);
  for (let at = 0; at < 5000; at++) model.learn(request('id=1', undefined, 'only'));
  expect(rulesOf(model, 'id=x')).toEqual([]);
});

test('a JSON type that never came is told', () => {
  const model = learned(1500, (_at, random) => [null, { size: number(random), tags: ['a'] }]);
  expect(rulesOf(model, '', { size: { $gt: 0 }, tags: ['a'] })).toContain('type body.$.size');
});

test('honest requests that vary stay within the budget of false alarms', () => {
  const vary = (_at: number, random: () => number) => {
    const text = Array.from({ length: 1 + Math.floor(random() * 4) }, () => words[Math.floor(random() * words.length)]).join(
      random() < 0.01 ? ', ' : ' ',
    );
    const tail = random() < 0.002 ? "'s" : '';
    return [
      `id=${Math.floor(random() ** 4 * 1e6)}&q=${encodeURIComponent(text + tail)}&page=${Math.floor(1 / (random() + 0.001))}`,
    ] as const;
  };
  let judged = 0;
  let objected = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const model = learned(1500, vary, seed);
    const random = chance(seed + 100);
    for (let at = 0; at < 1000; at++) {
      const next = request(vary(at, random)[0]);
      judged += 1;
      if (model.judge(next).length > 0) objected += 1;
      model.learn(next);
    }
  }
  expect(judged).toBe(10_000);
  expect(objected / judged).toBeLessThanOrEqual(0.01);
});

test('the state is plain data without a value, and a model goes on from it', () => {
  const model = learned(1500, (_at, random) => [`name=alice${number(random)}@example.com&token=s3cr3t-${number(random)}`]);
  const text = JSON.stringify(model.state);
  expect(text).not.toMatch(/alice|s3cr3t|example/);
  const again = new LearnedModel(fingerprint, JSON.parse(text));
  expect(rulesOf(again, 'name=1&token=s3cr3t-100&x=1')).toEqual(rulesOf(model, 'name=1&token=s3cr3t-100&x=1'));
  expect(rulesOf(again, 'name=1&token=s3cr3t-100&x=1')).toContain('unknown query.x');
});

test('memory is bounded in operations, places and prints', () => {
  const model = new LearnedModel(fingerprint);
  for (let at = 0; at < operationsMax + 50; at++) model.learn({ ...request('a=1'), operation: `GET /o${at}` });
  expect(Object.keys(model.state.operations)).toHaveLength(operationsMax);
  expect(model.state.dropped).toBe(50);
  const wide = new LearnedModel(fingerprint);
  const letters = 'abcdefghij';
  for (const one of letters) for (const two of letters) for (const three of 'xyz') wide.learn(request(`${one}${two}${three}=${one}`));
  const [operation] = Object.values(wide.state.operations);
  expect(Object.keys(operation?.places ?? {})).toHaveLength(learnedPlacesMax);
  expect(operation?.dropped).toBe(200);
});
