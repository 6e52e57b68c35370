import { describe, expect, it } from 'vitest';
import { assess } from './assess.ts';
import { catalogue } from './controls/catalogue.ts';
import { factsWith } from './controls/facts.fixture.ts';

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
