import { describe, expect, it } from 'vitest';
import { assess } from './assess.ts';
import { catalogue, controlOf } from './controls/catalogue.ts';
import { documentWith, factsWith, nowMs, operationWith, sourceWith } from './controls/facts.fixture.ts';
import { organisation, part, unknown } from './controls/unit.ts';

describe('assess', () => {
  it('gives a fresh install Proven 0, Possible 100 and exactly one change', () => {
    const assessment = assess(factsWith());
    expect(assessment.total.proven).toBe(0);
    expect(assessment.total.possible).toBe(100);
    expect(assessment.controls).toHaveLength(70);
    expect(assessment.controls.every((one) => one.outcome === 'unknown')).toBe(true);
    expect(assessment.next?.change.key).toBe('find-out:traffic');
    expect(assessment.next?.change.draft.text).toContain('stance import');
    expect(assessment.next?.runnersUp).toHaveLength(2);
  });

  it('says the same to the byte for the same facts', () => {
    expect(JSON.stringify(assess(factsWith()))).toBe(JSON.stringify(assess(factsWith())));
  });
});

describe('the worked example of the design', () => {
  it('gives Proven 29.9 and Possible 57.6', () => {
    const shares: Readonly<Record<string, number | null>> = {
      'TEC-26': 0.2,
      'TEC-19': null,
      'TEC-01': 0.6,
      'TEC-08': null,
      'TEC-17': 0.7,
      'TEC-25': 0.35,
      'PRC-02': 0,
      'TEC-33': 0.5,
    };
    const controls = Object.entries(shares).map(([id, share]) => ({ ...controlOf(id), test: () => [unitWith(share)] }));
    const { total } = assess(factsWith(), { controls, draws: 20 });
    expect(total.weight).toBe(72);
    expect(total.proven).toBeCloseTo(29.86, 2);
    expect(total.possible).toBeCloseTo(57.64, 2);
  });

  function unitWith(share: number | null) {
    const proof = { because: '', evidence: [], grade: 'observed', observedMs: nowMs } as const;
    return share === null ? unknown(organisation('x'), 'not-yet', '') : part(organisation('x'), share, proof);
  }
});

describe('fifty thousand operations', () => {
  it('are judged in time that grows with their number, not its square', () => {
    const facts = (count: number) =>
      factsWith({
        operations: Array.from({ length: count }, (_, at) =>
          operationWith(`op_${at}`, {
            service: `s${at % 40}`,
            state: at % 17 === 0 ? 'shadow' : 'active',
            plainHttp: at % 50 === 0 ? 3 : 0,
            queryNames: ['page'],
          }),
        ),
        sources: [sourceWith('s1')],
        documents: Array.from({ length: 40 }, (_, at) => documentWith(`s${at}.yaml`, { service: `s${at}` })),
      });
    const took = (count: number): number => {
      const given = facts(count);
      const from = performance.now();
      assess(given);
      return performance.now() - from;
    };
    took(5000);
    const small = took(5000);
    const large = took(50_000);
    expect(large).toBeLessThan(Math.max(3000, 40 * small));
    const listed = assess(facts(5000)).controls.map((one) => one.units.length);
    expect(Math.max(...listed)).toBe(200);
  });
});

describe('catalogue', () => {
  it('holds 70 controls with distinct ids and names, and 654 framework ids as text', () => {
    expect(catalogue).toHaveLength(70);
    expect(new Set(catalogue.map((one) => one.id)).size).toBe(70);
    expect(new Set(catalogue.map((one) => one.name)).size).toBe(70);
    const ids = catalogue.flatMap((one) => one.mappings.map((mapping) => mapping.id));
    expect(ids).toHaveLength(654);
    expect(ids.every((id) => typeof id === 'string')).toBe(true);
    expect(catalogue.find((one) => one.id === 'PPL-09')?.mappings.map((one) => one.id)).toContain('5.20');
  });
});
