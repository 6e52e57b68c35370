import { describe, expect, it } from 'vitest';
import { GuessWatch, type LoginAttempt } from './guess-watch.ts';

interface Row {
  readonly name: string;
  readonly attempts: readonly { readonly account: number; readonly password: number; readonly status: number; readonly client?: string }[];
  readonly refused: boolean;
}

const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

/** Attempts passed on before the first refusal, null when none was refused. */
function refusedAfter(attempts: Row['attempts'], gapMs = 1000): number | null {
  const watch = new GuessWatch();
  for (const [at, { status, client = 'one', ...pair }] of attempts.entries()) {
    const attempt: LoginAttempt = { client, ...pair };
    if (watch.check(attempt, at * gapMs) !== null) return at;
    watch.answered(attempt, status, at * gapMs);
  }
  return null;
}

const rows: readonly Row[] = [
  { name: 'ten passwords on one account', attempts: times(12, (at) => ({ account: 1, password: at, status: 401 })), refused: true },
  { name: 'one password on many accounts', attempts: times(12, (at) => ({ account: at, password: 7, status: 401 })), refused: true },
  {
    name: 'a word list where every answer is 200',
    attempts: times(20, (at) => ({ account: at % 5, password: Math.floor(at / 5), status: 200 })),
    refused: true,
  },
  {
    name: 'an office of forty people who log in',
    attempts: times(40, (at) => ({ account: at, password: 100 + at, status: 200 })),
    refused: false,
  },
  {
    name: 'an office where each mistypes once',
    attempts: times(80, (at) => ({ account: at >> 1, password: at, status: at % 2 === 0 ? 401 : 200, client: `c${at % 16}` })),
    refused: false,
  },
  { name: 'a script that logs in anew each time', attempts: times(200, () => ({ account: 1, password: 1, status: 200 })), refused: false },
  { name: 'a person who tries six old passwords', attempts: times(6, (at) => ({ account: 1, password: at, status: 401 })), refused: false },
  { name: 'a backend that is down', attempts: times(50, (at) => ({ account: 1, password: at, status: 503 })), refused: false },
];

describe('guess watch', () => {
  it.each(rows)('$name: refused $refused', (row) => {
    expect(refusedAfter(row.attempts) !== null).toBe(row.refused);
  });
  it('has five rows that must not fire and three that must', () => {
    expect([rows.filter((row) => !row.refused).length, rows.filter((row) => row.refused).length]).toEqual([5, 3]);
  });
  it('stops a word list within fifteen attempts even when the answers do not tell', () => {
    expect(refusedAfter(rows[2]?.attempts ?? [])).toBeLessThanOrEqual(15);
  });
  it('lets a client go on once it has been quiet', () => {
    const watch = new GuessWatch();
    for (let at = 0; at < 12; at++) watch.answered({ client: 'one', account: 1, password: at }, 401, at);
    expect(watch.check({ client: 'one', account: 1, password: 99 }, 20)).not.toBeNull();
    expect(watch.check({ client: 'one', account: 1, password: 99 }, 20 + 60_001)).toBeNull();
  });
  it('does not hold what one client did against another', () => {
    const watch = new GuessWatch();
    for (let at = 0; at < 12; at++) watch.answered({ client: 'one', account: 1, password: at }, 401, at);
    expect(watch.check({ client: 'two', account: 1, password: 3 }, 20)).toBeNull();
  });
});
