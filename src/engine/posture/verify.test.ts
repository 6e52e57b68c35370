import { describe, expect, it } from 'vitest';
import type { Facts } from '../controls/control.ts';
import { dayMs, dayText, hourMs } from '../controls/date.ts';
import { answersWith, factsWith, nowMs, operationWith, settingsWith, sourceWith, trafficWith } from '../controls/facts.fixture.ts';
import type { ChangeRecord } from './assessment.ts';
import { verifyChange } from './verify.ts';

function accepted(control: string, units: readonly string[], parts: Partial<ChangeRecord> = {}): ChangeRecord {
  return {
    id: 'chg_1',
    key: `fix:${control}`,
    control,
    title: control,
    state: 'accepted',
    owner: null,
    decidedMs: nowMs,
    untilMs: null,
    reason: null,
    frozen: { units, gainProven: 1, doneWhen: '', evidenceDigest: '', draft: '' },
    checks: [],
    verifiedMs: null,
    ...parts,
  };
}

/** Traffic seen until `hours` after acceptance, by a sensor that is alive. */
function seen(hours: number, okWithout = 0, sensor: 'healthy' | 'blind' = 'healthy'): Facts {
  const at = nowMs + hours * hourMs;
  const auth = { declared: null, seen: {}, judged: 1000, okWithout, okJudged: 900 };
  return factsWith({
    nowMs: at,
    operations: [operationWith('op_1', { auth, traffic: trafficWith({ lastMs: at - 60_000 }) })],
    sources: [sourceWith('s1', { state: 'following', lastMs: sensor === 'healthy' ? at - 60_000 : at - 60 * hourMs })],
  });
}

function followed(record: ChangeRecord, looks: readonly Facts[]): ChangeRecord {
  return looks.reduce((held, facts) => verifyChange(held, facts, facts.nowMs), record);
}

describe('a change that traffic shows', () => {
  it('is verified after three observations over 72 hours, not sooner', () => {
    const start = accepted('TEC-18', ['op_1']);
    const two = followed(start, [seen(1), seen(40)]);
    expect(two.state).toBe('accepted');
    expect(two.checks).toHaveLength(2);
    const soon = followed(start, [seen(1), seen(2), seen(3), seen(4)]);
    expect(soon.state).toBe('accepted');
    const done = followed(two, [seen(74)]);
    expect(done.state).toBe('verified');
    expect(done.verifiedMs).toBe(nowMs + 74 * hourMs);
  });

  it('starts again when one observation shows the opposite', () => {
    const record = followed(accepted('TEC-18', ['op_1']), [seen(1), seen(40), seen(50, 3), seen(75), seen(100)]);
    expect(record.state).toBe('accepted');
    expect(record.checks.map((one) => one.holds)).toEqual([true, true, false, true, true]);
  });

  it('is not verified by looking again at the same evidence, nor by a log from before acceptance', () => {
    const same = seen(1);
    const looks = [0, 40, 80].map((hours) => ({ ...same, nowMs: same.nowMs + hours * hourMs, sources: [sourceWith('s1')] }));
    expect(followed(accepted('TEC-18', ['op_1']), looks).checks.length).toBeLessThanOrEqual(1);
    expect(followed(accepted('TEC-18', ['op_1']), [seen(-5), seen(-2)]).checks).toHaveLength(0);
  });

  it('is not verified at once by a log that covers four days and arrives afterwards', () => {
    const late = seen(100);
    expect(followed(accepted('TEC-18', ['op_1']), [late, { ...late, nowMs: late.nowMs + 1 }]).state).toBe('accepted');
  });

  it('is not verified while the sensors are blind', () => {
    expect(followed(accepted('TEC-18', ['op_1']), [seen(1, 0, 'blind'), seen(40, 0, 'blind'), seen(80, 0, 'blind')]).checks).toHaveLength(
      0,
    );
  });

  it('is reopened as regressed when it slides back', () => {
    const verified = followed(accepted('TEC-18', ['op_1']), [seen(1), seen(40), seen(74)]);
    const slid = followed(verified, [seen(200, 5)]);
    expect(slid.state).toBe('regressed');
    expect(followed(slid, [seen(300), seen(340), seen(380)]).state).toBe('verified');
  });

  it('is not verified when the operation can no longer be seen', () => {
    const gone = factsWith({
      nowMs: nowMs + 5 * hourMs,
      operations: [operationWith('op_2')],
      sources: [sourceWith('s1', { lastMs: nowMs + 5 * hourMs })],
    });
    expect(verifyChange(accepted('TEC-18', ['op_1']), gone, gone.nowMs).state).toBe('accepted');
  });
});

describe('a change that is a fact in the settings', () => {
  const lead = (hours: number): Facts =>
    factsWith({
      nowMs: nowMs + hours * hourMs,
      settings: settingsWith({
        roles: [{ role: 'api-security-lead', person: 'mara', deputy: 'jonas', acceptedOn: dayText(nowMs), alsoBuilds: null }],
      }),
      sources: [sourceWith('y', { kind: 'settings', name: 'stance.yaml', importedMs: nowMs + hours * hourMs })],
    });
  const units = ['organisation:lead', 'organisation:deputy'];

  it('is verified at the next import that shows it', () => {
    expect(verifyChange(accepted('PPL-01', units), lead(1), nowMs + hourMs).state).toBe('verified');
  });

  it('is verified by a change in the page too, although the file was imported long before', () => {
    const facts = { ...lead(1), sources: [sourceWith('y', { kind: 'settings', name: 'stance.yaml', importedMs: nowMs - 90 * dayMs })] };
    expect(verifyChange(accepted('PPL-01', units), facts, facts.nowMs).state).toBe('verified');
  });

  it('stays open while the settings do not show it, with one check that says so', () => {
    const empty = [1, 2, 3].map((hours) => factsWith({ nowMs: nowMs + hours * hourMs, settings: answersWith({ lead: 'nobody' }) }));
    const record = followed(accepted('PPL-01', units), empty);
    expect(record.state).toBe('accepted');
    expect(record.checks.map((one) => one.holds)).toEqual([false]);
  });

  it('is never verified by an answer or a signed statement', () => {
    const clicked = factsWith({ nowMs: nowMs + hourMs, settings: answersWith({ incidentPlan: 'written-and-exercised' }) });
    const record = verifyChange(accepted('PRC-02', ['organisation:incident-response-exercised']), clicked, clicked.nowMs);
    expect(record.state).toBe('accepted');
    const statement = {
      control: 'PRC-02',
      by: 'mara',
      on: dayText(nowMs),
      until: dayText(nowMs + 90 * dayMs),
      statement: 'done',
      link: null,
      share: 1,
    };
    const signed = factsWith({ nowMs: nowMs + hourMs, settings: settingsWith({ attestations: [statement] }) });
    expect(verifyChange(accepted('PRC-02', ['organisation:incident-response-exercised']), signed, signed.nowMs).state).toBe('accepted');
  });

  it('is verified when the waiver it was about is gone', () => {
    const without = factsWith({ nowMs: nowMs + hourMs });
    expect(verifyChange(accepted('PRC-19', ['organisation:waiver F-1']), without, without.nowMs).state).toBe('verified');
  });
});

it('a limit that the gateway configuration declares is verified at its next import', () => {
  const limit = { value: { requests: 60, windowSeconds: 60, by: 'identity' }, from: 'gateway', confidence: 1 };
  const imported = (hours: number): Facts =>
    factsWith({
      nowMs: nowMs + 5 * hourMs,
      operations: [operationWith('op_1', { limit })],
      sources: [sourceWith('g', { kind: 'declaration', name: 'kong.yaml', importedMs: nowMs + hours * hourMs })],
    });
  expect(verifyChange(accepted('TEC-25', ['op_1']), imported(-3), nowMs + 5 * hourMs).state).toBe('accepted');
  expect(verifyChange(accepted('TEC-25', ['op_1']), imported(4), nowMs + 5 * hourMs).state).toBe('verified');
});

describe('a change that connects a source', () => {
  const record = accepted('TEC-36', ['organisation:traffic'], { key: 'find-out:traffic' });

  it('is verified by an import after acceptance', () => {
    const facts = factsWith({ nowMs: nowMs + hourMs, sources: [sourceWith('s1', { importedMs: nowMs + hourMs })] });
    expect(verifyChange(record, facts, facts.nowMs).state).toBe('verified');
  });

  it('is not verified by nothing, nor by an import that read nothing', () => {
    expect(verifyChange(record, factsWith({ nowMs: nowMs + hourMs }), nowMs + hourMs).checks).toHaveLength(0);
    const empty = sourceWith('s1', {
      importedMs: nowMs + hourMs,
      account: { seen: 9, read: 0, folded: {}, excluded: {}, malformed: 9, malformedLines: [] },
    });
    expect(verifyChange(record, factsWith({ nowMs: nowMs + hourMs, sources: [empty] }), nowMs + hourMs).checks.at(-1)?.holds).toBe(false);
  });
});

it('a change that was put off or declined is not looked at', () => {
  const facts = seen(1);
  for (const state of ['snoozed', 'declined', 'superseded'] as const) {
    const record = accepted('TEC-18', ['op_1'], { state });
    expect(verifyChange(record, facts, facts.nowMs)).toBe(record);
  }
});
