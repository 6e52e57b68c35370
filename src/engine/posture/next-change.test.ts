import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../controls/date.ts';
import { nowMs } from '../controls/facts.fixture.ts';
import type { Candidate, ChangeRecord, PickMemory } from './assessment.ts';
import { type ChoiceFacts, chooseNext, inertia, type Ranking } from './next-change.ts';

function candidate(key: string, p20: number, parts: Partial<Candidate> = {}): Candidate {
  return {
    key,
    control: 'PPL-02',
    kind: 'fix',
    title: `Do ${key}`,
    text: '',
    draft: { language: 'markdown', file: null, text: '' },
    units: ['organisation'],
    owner: null,
    effort: { size: 'S', daysLow: 1, daysMedian: 1.7, daysHigh: 3, basis: '' },
    gain: { proven: 1, possible: 0 },
    riskCut: { low: 1, median: 2, high: 3 },
    successChance: 0.9,
    value: { p20, median: p20 * 2, chanceBest: p20 / 10 },
    prerequisites: [],
    blockedBy: null,
    evidence: [],
    undo: '',
    doneWhen: '',
    safety: '',
    sensitivity: [],
    ...parts,
  };
}

function ranking(candidates: readonly Candidate[], parts: Partial<Ranking> = {}): Ranking {
  return { candidates, chanceOver: () => 0.9, missingSensor: null, lookFirst: null, ...parts };
}

function choose(given: Ranking, facts: Partial<ChoiceFacts> = {}) {
  return chooseNext(given, { nowMs, records: [], previous: null, ...facts });
}

function record(key: string, parts: Partial<ChangeRecord> = {}): ChangeRecord {
  return {
    id: `chg_${key}`,
    key,
    control: 'PPL-02',
    title: `Do ${key}`,
    state: 'accepted',
    owner: null,
    decidedMs: nowMs - dayMs,
    untilMs: null,
    reason: null,
    frozen: null,
    checks: [],
    verifiedMs: null,
    ...parts,
  };
}

const [a, b, c] = [candidate('a', 8), candidate('b', 4), candidate('c', 2)];
const pick = (key: string): PickMemory => ({ key, sinceMs: nowMs - 5 * dayMs, challenger: null });

describe('the one change', () => {
  it('is the best by cautious value, with two runners-up and why not them', () => {
    const { next } = choose(ranking([a, b, c]));
    expect(next?.change.key).toBe('a');
    expect(next?.runnersUp.map((one) => one.change.key)).toEqual(['b', 'c']);
    expect(next?.runnersUp[0]?.whyNot).toContain('$4.0k');
    expect(next?.nearTie).toBeNull();
  });

  it('is never one that is blocked, and a blocked runner-up says what by', () => {
    const { next } = choose(ranking([candidate('a', 8, { blockedBy: 'needs TEC-01 to be at least half proven first' }), b]));
    expect(next?.change.key).toBe('b');
    expect(next?.runnersUp[0]?.whyNot).toBe('Needs TEC-01 to be at least half proven first.');
  });

  it('is nothing when nothing is free', () => {
    expect(choose(ranking([])).next).toBeNull();
  });

  it('stops the bleeding before deadlines, and deadlines before the ranking', () => {
    const stop = candidate('stop', 0.1, { kind: 'stop-the-bleeding' });
    const deadline = candidate('deadline', 0, { kind: 'deadline' });
    expect(choose(ranking([stop, deadline, a])).next?.change.key).toBe('stop');
    expect(choose(ranking([deadline, a])).next?.change.key).toBe('deadline');
  });

  it('says a near tie aloud and settles it by legal duty, then proof, then effort', () => {
    const legal = candidate('legal', 7.5, { control: 'PRC-01', value: { p20: 7.5, median: 12, chanceBest: 0.3 } });
    const { next } = choose(ranking([a, legal]));
    expect(next?.change.key).toBe('legal');
    expect(next?.nearTie).toContain('Near tie');
    expect(next?.why).toContain('legal duty');
    const sampled = candidate('sampled', 8, { evidence: ['operation:op_1'] });
    expect(choose(ranking([sampled, candidate('document', 7.6)])).next?.change.key).toBe('document');
    const heavy = candidate('heavy', 8, { effort: { ...a.effort, daysMedian: 9 } });
    expect(choose(ranking([heavy, candidate('light', 7.6)])).next?.change.key).toBe('light');
  });

  it('says a near tie when the two rules disagree, however far the cautious values are apart', () => {
    const likely = candidate('likely', 3, { value: { p20: 3, median: 20, chanceBest: 0.9 } });
    const { next } = choose(ranking([a, likely]));
    expect(next?.nearTie).toContain('best in 90 % of draws');
  });

  it('connects the missing sensor first, and looks first where that would change the choice', () => {
    const find = candidate('find-out:traffic', 1, { kind: 'find-out' });
    expect(choose(ranking([a, find], { missingSensor: { key: find.key, share: 0.6 } })).next?.change.key).toBe(find.key);
    const looked = choose(ranking([a, find], { lookFirst: { key: find.key, control: 'TEC-18', chance: 0.5 } })).next;
    expect(looked?.change.key).toBe(find.key);
    expect(looked?.why).toContain('TEC-18');
  });
});

describe('inertia', () => {
  it('keeps the current choice against a better one until it won three times over 72 hours', () => {
    let previous: PickMemory | null = pick('b');
    const seen: string[] = [];
    for (const hours of [0, 24, 48, 72]) {
      const choice = choose(ranking([a, b]), { nowMs: nowMs + hours * hourMs, previous });
      seen.push(choice.next?.change.key ?? '');
      previous = choice.pick;
    }
    expect(seen).toEqual(['b', 'b', 'b', 'a']);
    expect(previous?.key).toBe('a');
  });

  it('does not switch on three looks within one hour, nor count one instant twice', () => {
    let previous: PickMemory | null = pick('b');
    for (const minutes of [0, 0, 0, 20, 40, 60]) previous = choose(ranking([a, b]), { nowMs: nowMs + minutes * 60_000, previous }).pick;
    expect(previous?.key).toBe('b');
    expect(previous?.challenger?.evaluations).toBe(4);
  });

  it('forgets a challenger that wins too seldom or by too little', () => {
    const challenged: PickMemory = {
      ...pick('b'),
      challenger: { key: 'a', firstMs: nowMs - 80 * hourMs, lastMs: nowMs - hourMs, evaluations: 5 },
    };
    expect(choose(ranking([a, b], { chanceOver: () => inertia.chance - 0.01 }), { previous: challenged }).pick?.challenger).toBeNull();
    const little = candidate('a', 4.5, { value: { p20: 4.5, median: 8 * (inertia.ratio - 0.01), chanceBest: 0.9 } });
    expect(choose(ranking([little, b]), { previous: challenged }).pick?.challenger).toBeNull();
  });

  it('lets go at once of a choice that is done or blocked', () => {
    expect(choose(ranking([a]), { previous: pick('b') }).next?.change.key).toBe('a');
    expect(choose(ranking([a, { ...b, blockedBy: 'gone' }]), { previous: pick('b') }).next?.change.key).toBe('a');
  });
});

describe('decisions of people', () => {
  it('an accepted change stays the one change, whatever is worth more', () => {
    const { next } = choose(ranking([a, b]), { records: [record('b')] });
    expect(next?.change.key).toBe('b');
    expect(next?.why).toContain('accepted');
  });

  it('an accepted change whose work is done waits in view until it is verified', () => {
    const { next } = choose(ranking([a]), { records: [record('gone')] });
    expect(next?.change.key).toBe('gone');
    expect(next?.change.text).toContain('watched');
  });

  it('a regressed change is open again', () => {
    expect(choose(ranking([a, b]), { records: [record('b', { state: 'regressed' })] }).next?.change.key).toBe('b');
  });

  it('only what cannot wait goes before begun work', () => {
    const stop = candidate('stop', 0.1, { kind: 'stop-the-bleeding' });
    expect(choose(ranking([stop, a, b]), { records: [record('b')] }).next?.change.key).toBe('stop');
  });

  it('what was put off or declined rests until its date, and says so', () => {
    const records = [record('a', { state: 'snoozed', untilMs: nowMs + dayMs, reason: 'release week' })];
    const { next } = choose(ranking([a, b]), { records });
    expect(next?.change.key).toBe('b');
    expect(next?.runnersUp[0]?.whyNot).toContain('release week');
    expect(choose(ranking([a, b]), { records, nowMs: nowMs + 2 * dayMs }).next?.change.key).toBe('a');
  });
});
