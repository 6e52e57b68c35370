import { expect, test } from 'vitest';
import { lossReason } from '../evidence/guard-batch.ts';
import { factsWith, sourceWith } from './facts.fixture.ts';
import { healthySensors } from './sensors.ts';

function guardWith(excluded: Readonly<Record<string, number>>) {
  const account = { seen: 10_000, read: 9_000, folded: {}, excluded, malformed: 0, malformedLines: [] };
  return healthySensors(factsWith({ sources: [sourceWith('guard', { account })] }))[0];
}

test('a guard that lost more than one in a hundred is a sensor in part only, and says how much', () => {
  expect(guardWith({ [lossReason('queue-full')]: 100 })).toMatchObject({ state: 'met' });
  expect(guardWith({ [lossReason('queue-full')]: 60, [lossReason('spool-full')]: 60 })).toMatchObject({
    state: 'part',
    because: expect.stringContaining('1.2 % of what it saw was lost'),
  });
});

test('what a source leaves out on purpose is no loss', () => {
  expect(guardWith({ comment: 900, 'another kind of log line': 100 })).toMatchObject({ state: 'met' });
});
