import { describe, expect, it } from 'vitest';
import { seededChance } from './chance.ts';
import { shareInterval } from './share-interval.ts';
import { type CallRow, type LimitSuggestion, suggestLimit } from './suggestion.ts';

const T0 = Date.UTC(2026, 0, 5, 8);
const MINUTE = 60_000;

interface Group {
  readonly name: string;
  readonly callers: number;
  /** Visits of each caller within the span, and calls close together in each. */
  readonly visits: number;
  readonly calls: number;
  readonly hasPrincipal?: boolean;
  readonly status?: number;
  readonly addresses?: number;
}

/** Visits at any time of the span, calls of a visit some seconds apart, numbers varying from caller to caller. */
function traffic(groups: readonly Group[], minutes: number, seed = 3): CallRow[] {
  const chance = seededChance(seed);
  const rows: CallRow[] = [];
  for (const { name, callers, visits, calls, hasPrincipal, status, addresses } of groups)
    for (let caller = 0; caller < callers; caller++) {
      const eager = 0.4 + 1.2 * chance() ** 2;
      for (let visit = 0; visit < Math.max(1, visits * eager); visit++) {
        let atMs = T0 + chance() * minutes * MINUTE;
        for (let call = 0; call < Math.max(1, calls * eager); call++) {
          atMs += 8000 * chance();
          const id = `${name}-${caller}`;
          const client = addresses === undefined ? id : `${name}-address-${caller % addresses}`;
          rows.push({ atMs, client, principal: hasPrincipal === true ? id : null, status: status ?? 200 });
        }
      }
    }
  return rows.sort((a, b) => a.atMs - b.atMs);
}

const people: Group = { name: 'p', callers: 80, visits: 1, calls: 5 };
const said = (suggestion: LimitSuggestion) => (suggestion.kind === 'limit' ? suggestion.limit.requests : suggestion.kind);

describe('must suggest', () => {
  const rows: readonly { readonly what: string; readonly groups: readonly Group[]; readonly minutes: number; readonly hitMax: number }[] = [
    { what: 'some hundred requests of people', groups: [people], minutes: 180, hitMax: 0 },
    { what: 'logins, one or two each', groups: [{ ...people, callers: 150, calls: 1.5 }], minutes: 300, hitMax: 0 },
    { what: 'pages that load with many calls', groups: [{ ...people, calls: 40 }], minutes: 240, hitMax: 0 },
    { what: 'proven callers', groups: [{ ...people, hasPrincipal: true, visits: 6 }], minutes: 600, hitMax: 0 },
    {
      what: 'machines among people, none of which is hit',
      groups: [people, { name: 'm', callers: 15, visits: 20, calls: 200 }],
      minutes: 300,
      hitMax: 0,
    },
    {
      what: 'one nameless scraper among people',
      groups: [people, { name: 's', callers: 1, visits: 1, calls: 6000 }],
      minutes: 300,
      hitMax: 1,
    },
    {
      what: 'guessing that is mostly refused',
      groups: [people, { name: 'g', callers: 9, visits: 3, calls: 400, status: 401 }],
      minutes: 300,
      hitMax: 9,
    },
  ];

  for (const { what, groups, minutes, hitMax } of rows)
    it(`${what}`, () => {
      const calls = traffic(groups, minutes);
      const suggestion = suggestLimit(calls, 'identity');
      expect(suggestion.kind).toBe('limit');
      if (suggestion.kind !== 'limit') return;
      const { limit, tighter, looser, basis } = suggestion;
      expect(limit.callersHit).toBe(hitMax);
      expect(limit.requests).toBeGreaterThanOrEqual(3 * basis.high);
      expect(limit.requests).toBeLessThanOrEqual(12 * Math.max(basis.high, 10));
      expect(tighter.requests).toBeLessThan(limit.requests);
      expect(looser.callersHit).toBeLessThanOrEqual(limit.callersHit);
      expect(limit.callers.high).toBeGreaterThan(limit.callers.share);
    });

  it('has a row for each kind of traffic', () => expect(rows).toHaveLength(7));

  it('by address the limit is as wide as the crowd behind an address', () => {
    const crowd = traffic([{ ...people, callers: 1200, visits: 2, hasPrincipal: true, addresses: 25 }], 300);
    const [byAddress, byIdentity] = [suggestLimit(crowd, 'address'), suggestLimit(crowd, 'identity')].map(said);
    expect(Number(byAddress)).toBeGreaterThan(2 * Number(byIdentity));
  });
});

describe('must not suggest', () => {
  const rows: readonly { readonly what: string; readonly calls: readonly CallRow[]; readonly kind: LimitSuggestion['kind'] }[] = [
    { what: 'nothing seen', calls: [], kind: 'too-little' },
    { what: 'too few requests', calls: traffic([{ ...people, callers: 30, calls: 2 }], 180), kind: 'too-little' },
    { what: 'too few callers', calls: traffic([{ ...people, callers: 12, calls: 100 }], 180), kind: 'too-little' },
    { what: 'too short a time', calls: traffic([{ ...people, callers: 200 }], 20), kind: 'too-little' },
    {
      what: 'callers that cannot be told apart',
      calls: traffic([people], 180).map((row) => ({ ...row, client: null })),
      kind: 'too-little',
    },
    {
      what: 'a limit in force already',
      calls: [...traffic([people], 180), ...traffic([{ ...people, calls: 1, status: 429 }], 180)],
      kind: 'no-fit',
    },
    {
      what: 'a partner far above the others',
      calls: traffic([people, { name: 'x', callers: 1, visits: 40, calls: 300, hasPrincipal: true }], 300),
      kind: 'no-fit',
    },
    { what: 'almost everybody is refused', calls: traffic([{ ...people, status: 403 }], 180), kind: 'no-fit' },
  ];

  for (const { what, calls, kind } of rows)
    it(`${what}`, () => {
      const suggestion = suggestLimit(calls, 'identity');
      expect(suggestion.kind).toBe(kind);
      expect('because' in suggestion && suggestion.because.length > 20).toBe(true);
    });

  it('has a row for each reason', () => expect(rows).toHaveLength(8));
});

describe('what it promises of callers to come', () => {
  it('from a few hundred requests: hardly any new caller is hit, and no more than the range says', () => {
    let beyond = 0;
    let hit = 0;
    let suggested = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const seen = suggestLimit(traffic([{ ...people, callers: 60 }], 180, seed), 'identity');
      if (seen.kind !== 'limit') continue;
      suggested++;
      const { requests, burst, callers } = seen.limit;
      const fresh = traffic([{ ...people, callers: 2000 }], 180, seed + 1000);
      const share = hitShare(fresh, requests, burst);
      hit += share / 60;
      if (share > callers.high) beyond++;
    }
    expect(suggested).toBeGreaterThan(50);
    expect(hit).toBeLessThan(0.002);
    expect(beyond).toBe(0);
  });

  it('the interval covers the true share about as often as it says', () => {
    const chance = seededChance(5);
    for (const truth of [0.01, 0.1, 0.5]) {
      let covered = 0;
      for (let run = 0; run < 2000; run++) {
        let cases = 0;
        for (let i = 0; i < 200; i++) if (chance() < truth) cases++;
        const { low, high } = shareInterval(cases / 200, 200);
        if (low <= truth && truth <= high) covered++;
      }
      expect(covered / 2000).toBeGreaterThan(0.92);
    }
    expect(shareInterval(0, 50).high).toBeCloseTo(0.0713, 3);
  });
});

/** Counted apart from the code under test: a bucket that fills again at the sustained rate. */
function hitShare(rows: readonly CallRow[], requests: number, burst: number): number {
  const buckets = new Map<string, { level: number; atMs: number; isHit: boolean }>();
  for (const { atMs, client } of rows) {
    const bucket = buckets.get(client ?? '') ?? { level: burst + 1, atMs, isHit: false };
    buckets.set(client ?? '', bucket);
    bucket.level = Math.min(burst + 1, bucket.level + ((atMs - bucket.atMs) * requests) / 600_000);
    bucket.atMs = atMs;
    if (bucket.level < 1) bucket.isHit = true;
    else bucket.level--;
  }
  return [...buckets.values()].filter(({ isHit }) => isHit).length / buckets.size;
}
