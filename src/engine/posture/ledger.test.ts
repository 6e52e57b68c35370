import { describe, expect, it } from 'vitest';
import { assess } from '../assess.ts';
import { catalogue } from '../controls/catalogue.ts';
import type { Facts } from '../controls/control.ts';
import { dayMs, dayText, hourMs } from '../controls/date.ts';
import { answersWith, factsWith, nowMs, operationWith, settingsWith, sourceWith, trafficWith } from '../controls/facts.fixture.ts';
import type { Assessment, LedgerLine } from './assessment.ts';
import { ledgerBetween } from './ledger.ts';

const draws = { draws: 20 };
const untouched = { decided: [], settingsChanged: false };

function shop(parts: Partial<Facts> = {}): Facts {
  return factsWith({
    operations: [operationWith('op_1', { overTls: 1000 }), operationWith('op_2', { overTls: 1000 })],
    sources: [sourceWith('s1')],
    ...parts,
  });
}

function addsUp(lines: readonly LedgerLine[], before: Assessment, after: Assessment): void {
  expect(lines.reduce((sum, line) => sum + line.deltaProven, 0)).toBeCloseTo(after.total.proven - before.total.proven, 6);
  expect(lines.reduce((sum, line) => sum + line.deltaPossible, 0)).toBeCloseTo(after.total.possible - before.total.possible, 6);
}

describe('the ledger', () => {
  const before = assess(shop(), draws);

  it('is empty when nothing moved, and when there was nothing before', () => {
    expect(ledgerBetween(before, assess(shop(), draws), untouched)).toEqual([]);
    expect(ledgerBetween(null, before, untouched)).toEqual([]);
  });

  it('blames time when evidence grew old', () => {
    const after = assess(shop({ nowMs: nowMs + 30 * hourMs }), { ...draws, previous: before });
    const lines = ledgerBetween(before, after, untouched);
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines.map((line) => line.cause))).toEqual(new Set(['time']));
    expect(lines.every((line) => line.deltaProven <= 0)).toBe(true);
    addsUp(lines, before, after);
  });

  it('credits you for an answer, and evidence for what was seen', () => {
    const said = assess(shop({ settings: answersWith({ incidentPlan: 'none' }) }), draws);
    const lines = ledgerBetween(before, said, { decided: [], settingsChanged: true });
    expect(lines.map((line) => [line.control, line.cause])).toEqual([
      ['PRC-01', 'you'],
      ['PRC-02', 'you'],
    ]);
    addsUp(lines, before, said);
    const later = nowMs + 2 * hourMs;
    const seen = assess(
      shop({
        nowMs: later,
        operations: [
          operationWith('op_1', { plainHttp: 5, traffic: trafficWith({ lastMs: later }) }),
          operationWith('op_2', { overTls: 1000, traffic: trafficWith({ lastMs: later }) }),
        ],
      }),
      { ...draws, previous: before },
    );
    const moved = ledgerBetween(before, seen, untouched).find((line) => line.control === 'TEC-14');
    expect(moved?.cause).toBe('evidence');
    expect(moved?.text).toBe('Calls are encrypted in transit: met, now failing. GET /v1/op_1: 5 calls of 1,000 over plain HTTP.');
  });

  it('gives a waiver to you and its end to time', () => {
    const waived = assess(
      shop({ settings: settingsWith({ waivers: [{ id: 'TEC-14', until: dayText(nowMs), because: 'later', owner: 'mara' }] }) }),
      draws,
    );
    const given = ledgerBetween(before, waived, { decided: [], settingsChanged: true });
    expect(given.find((line) => line.control === 'TEC-14')?.cause).toBe('you');
    addsUp(given, before, waived);
    const ended = assess(
      shop({
        nowMs: nowMs + dayMs,
        settings: settingsWith({ waivers: [{ id: 'TEC-14', until: dayText(nowMs), because: 'later', owner: 'mara' }] }),
      }),
      draws,
    );
    expect(ledgerBetween(waived, ended, untouched).find((line) => line.control === 'TEC-14')?.cause).toBe('time');
  });

  it('puts the shift of the whole scale on the one control that left it', () => {
    const without = assess(
      shop({ settings: settingsWith({ notApplicable: [{ control: 'PRC-14', because: 'no external API', approvedBy: 'mara' }] }) }),
      draws,
    );
    const lines = ledgerBetween(before, without, { decided: [], settingsChanged: true });
    expect(lines.map((line) => [line.control, line.cause])).toEqual([['PRC-14', 'you']]);
    addsUp(lines, before, without);
  });

  it('keeps the ruler apart: a new model is measured on the old facts first', () => {
    const heavier = catalogue.map((one) => (one.id === 'TEC-14' ? { ...one, severity: 'low' as const } : one));
    const rebased = { ...assess(shop(), { ...draws, controls: heavier }), model: 'posture-3' };
    const later = nowMs + 30 * hourMs;
    const after = { ...assess(shop({ nowMs: later }), { ...draws, controls: heavier }), model: 'posture-3' };
    const lines = ledgerBetween(before, after, { ...untouched, rebased });
    expect(new Set(lines.map((line) => line.cause))).toEqual(new Set(['ruler', 'time']));
    const ruler = lines.filter((line) => line.cause === 'ruler').reduce((sum, line) => sum + line.deltaProven, 0);
    expect(ruler).toBeCloseTo(rebased.total.proven - before.total.proven, 6);
    addsUp(lines, before, after);
  });
});
