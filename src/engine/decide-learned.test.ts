import { expect, test } from 'vitest';
import { contractOf } from './conformance/contract.fixture.ts';
import type { ApiContract } from './conformance/contract.ts';
import { LearnedTraffic, settledRequests } from './conformance/learned-traffic.ts';
import { compileGuard, decide, defaultPolicy, learnAnswered } from './decide.ts';
import type { Mode } from './evidence/decision.ts';
import { pathSegmenter } from './http/path-segmenter.ts';
import { headOf } from './policy/request.fixture.ts';

const print = (purpose: string, value: string) => `${purpose}-${value}`;
const traffic = () => new LearnedTraffic(print, pathSegmenter(print), null);

function guard(learned: LearnedTraffic, mode: Mode = 'log', contracts: readonly ApiContract[] = []) {
  const compiled = compileGuard({ ...defaultPolicy, validation: { ...defaultPolicy.validation, learned: mode } }, contracts);
  const state = { limiter: null, watch: null, learned };
  const ask = (line: string, at = 0, status = 200, json: string | null = null) => {
    const headers = json === null ? [] : ['content-type: application/json', `content-length: ${json.length}`];
    const fields = headers.map((field) => ({ name: field.split(': ')[0] ?? '', value: field.split(': ')[1] ?? '' }));
    const head = headOf(line, { clientAddress: `203.0.113.${at % 7}`, headers: fields });
    const body = json === null ? null : { bytes: new TextEncoder().encode(json), isWhole: true };
    const judgement = decide({ head, caller: { kind: 'none' }, body, nowMs: 0 }, compiled, state);
    if (judgement.decision.outcome !== 'block') learnAnswered(judgement, status, compiled, state);
    return judgement.decision;
  };
  return ask;
}

test('what is unlike all that went well is written down, or refused when the policy says so', () => {
  const learned = traffic();
  const ask = guard(learned);
  for (let at = 0; at < 700; at++) expect(ask(`GET /list?page=${at}&size=20`, at).outcome).toBe('allow');
  expect(ask('GET /list?page=abc&size=20', 0, 500)).toMatchObject({ outcome: 'would-block', objections: [{ mode: 'log' }] });
  expect(guard(learned, 'block')('GET /list?page=abc&size=20').outcome).toBe('block');
  expect(guard(learned, 'off')('GET /list?page=abc&size=20').outcome).toBe('allow');
});

test('a body is judged and learned with its head, never the head alone', () => {
  const learned = traffic();
  const ask = guard(learned);
  for (let at = 0; at < 1_300; at++) ask('POST /orders', at, 201, `{"count":${at},"kind":"a"}`);
  expect(learned.learned).toBe(1_300);
  expect(ask('POST /orders', 0, 500, '{"count":"many","kind":"a"}').objections.map(({ rule }) => rule)).toEqual([
    'validation.learned-type',
  ]);
});

test('what failed, what another check objects to, and what a specification declares teach nothing', () => {
  const learned = traffic();
  guard(learned)('GET /list?page=1', 0, 404);
  guard(learned)("GET /list?page=1'%20or%20'1'='1");
  guard(learned, 'off')('GET /list?page=1');
  guard(learned, 'log', [contractOf({ method: 'GET', template: '/list' })])('GET /list?page=1');
  expect(learned.learned).toBe(0);
});

const search = contractOf({
  method: 'GET',
  template: '/search',
  parameters: (['id', 'q'] as const).map((name) => ({
    ...{ name, in: 'query', required: false, style: 'form', explode: true, allowReserved: false, contentType: null },
    schema: name === 'id' ? { type: 'string', enum: ["1' or '1'='1", 'b'] } : { type: 'string' },
  })),
} as Partial<ApiContract['operations'][number]>);

test('a value that its schema names is no attack, unless anything else of the request broke the schema', () => {
  const ask = guard(traffic(), 'off', [search]);
  const odd = "1'%20or%20'1'='1";
  expect(ask(`GET /search?id=${odd}`).outcome).toBe('allow');
  expect(ask(`GET /search?q=${odd}`).outcome).toBe('block');
  expect(ask(`GET /search?id=${odd}&other=1`).outcome).toBe('block');
});

test('an operation that is well known is learned from now and then only', () => {
  const learned = traffic();
  const call = { head: headOf('GET /list?page=1'), service: null, params: {}, subject: null, body: null };
  for (let at = 0; at < settledRequests + 800; at++) learned.learn(call);
  expect(learned.learned).toBe(settledRequests + 100);
});
