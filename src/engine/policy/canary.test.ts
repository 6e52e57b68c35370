import { expect, test } from 'vitest';
import { isInCanary, judgeCanary } from './canary.ts';

const canary = { share: 0.1, refusedShareMax: 0.01, forSeconds: 3600 };

/** Deterministic chance for the simulations. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

/** Asks after every 50 requests, as a supervisor does. */
function run(seed: number, presentShare: number, candidateShare: number, requests = 20_000) {
  const next = chance(seed);
  const present = { requests: 0, refused: 0 };
  const candidate = { requests: 0, refused: 0 };
  for (let at = 1; at <= requests; at++) {
    for (let more = 0; more < 9; more++) {
      present.requests++;
      if (next() < presentShare) present.refused++;
    }
    candidate.requests++;
    if (next() < candidateShare) candidate.refused++;
    if (at % 50 !== 0) continue;
    const verdict = judgeCanary({ present, candidate, forSeconds: at === requests ? 3600 : 0 }, canary);
    if (verdict.kind !== 'go-on') return { kind: verdict.kind, after: at };
  }
  return { kind: 'go-on', after: requests };
}

test('a client always gets the same policy, and the share is kept', () => {
  const prints = Array.from({ length: 20_000 }, (_, at) => `print-${at}`);
  const inside = prints.filter((print) => isInCanary(print, 'p2', 0.1));
  expect(inside.length / prints.length).toBeGreaterThan(0.09);
  expect(inside.length / prints.length).toBeLessThan(0.11);
  expect(inside.every((print) => isInCanary(print, 'p2', 0.1) && isInCanary(print, 'p2', 0.5))).toBe(true);
  const again = inside.filter((print) => isInCanary(print, 'p3', 0.1)).length;
  expect(again / inside.length).toBeLessThan(0.15);
  expect(prints.some((print) => isInCanary(print, 'p2', 0))).toBe(false);
});

test('a candidate that refuses far too much is taken back within a few hundred requests', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { kind, after } = run(seed, 0.02, 0.3);
    expect([seed, kind]).toEqual([seed, 'roll-back']);
    expect(after).toBeLessThanOrEqual(300);
  }
});

test('a candidate at twice the harm allowed is taken back, one within the bound is not, however often one asks', () => {
  const kinds = (share: number) => Array.from({ length: 60 }, (_, seed) => run(seed, 0.02, share).kind);
  expect(kinds(0.05).filter((kind) => kind === 'roll-back').length).toBeGreaterThanOrEqual(58);
  expect(kinds(0.02).filter((kind) => kind === 'roll-back').length).toBe(0);
  expect(kinds(0.02).filter((kind) => kind === 'promote').length).toBeGreaterThanOrEqual(58);
});

test('too little traffic neither promotes nor takes back', () => {
  const few = { present: { requests: 5000, refused: 0 }, candidate: { requests: 20, refused: 20 }, forSeconds: 9999 };
  expect(judgeCanary(few, canary).kind).toBe('go-on');
  const quiet = { present: { requests: 5000, refused: 0 }, candidate: { requests: 150, refused: 0 }, forSeconds: 9999 };
  expect(judgeCanary(quiet, canary).kind).toBe('go-on');
});

test('a bound of nothing still tells chance from harm', () => {
  const zero = { ...canary, refusedShareMax: 0 };
  const counts = (refused: number) => ({
    present: { requests: 90_000, refused: 90 },
    candidate: { requests: 10_000, refused },
    forSeconds: 10,
  });
  expect(judgeCanary(counts(11), zero).kind).toBe('go-on');
  expect(judgeCanary(counts(60), zero).kind).toBe('roll-back');
});
