/** Nine situations in which a service is asked for more than it can do, or an attack hides among its callers. */

/** Seconds of the whole run and of the event within it; goodput is counted for what begins within the event. */
export const span = { start: 20, end: 60, whole: 75 } as const;

/** The upstream: so many requests at once, each `serviceSeconds` times its cost on average. */
export const upstream = { slots: 64, serviceSeconds: 0.02 } as const;

/** How callers behave: they give up waiting after `timeoutSeconds` and try again twice, later and later. */
export const patience = { timeoutSeconds: 2, retries: 2, backoffSeconds: 0.4 } as const;

export interface People {
  readonly kind: 'people';
  readonly rate: (second: number) => number;
  readonly count: number;
  /** Share behind shared addresses, and how many of those there are. */
  readonly sharedShare: number;
  readonly sharedAddresses: number;
  readonly provenShare: number;
  readonly familiarShare: number;
  /** Share of requests that are logins (cost 3), and that matter most. */
  readonly loginShare: number;
  readonly criticalShare: number;
}

export interface Attack {
  readonly kind: 'attack';
  readonly rate: (second: number) => number;
  readonly addresses: number;
  readonly cost: number;
  /** Proven identities it uses; 0 = none. */
  readonly identities: number;
  /** A partner's runaway job: known, and marked as a batch. */
  readonly isPartner: boolean;
  readonly isLogin: boolean;
}

export type Source = People | Attack;

const steadyRate = (rate: number) => () => rate;
const during = (rate: number) => (second: number) => (second >= span.start && second < span.end ? rate : 0);
const rising = (base: number, peak: number) => (second: number) => {
  if (second < span.start || second >= span.end) return base;
  return Math.min(peak, base + ((peak - base) * (second - span.start)) / 8);
};

function people(rate: (second: number) => number, changes: Partial<People> = {}): People {
  const usual = { count: 20_000, sharedShare: 0.3, sharedAddresses: 40, provenShare: 0.7, familiarShare: 0.85 };
  return { kind: 'people', rate, ...usual, loginShare: 0.03, criticalShare: 0.1, ...changes };
}

function attack(perSecond: number, addresses: number, changes: Partial<Attack> = {}): Attack {
  return { kind: 'attack', rate: during(perSecond), addresses, cost: 1, identities: 0, isPartner: false, isLogin: false, ...changes };
}

const ordinary = people(steadyRate(1200));
const newcomers = { sharedShare: 0.4, sharedAddresses: 60, provenShare: 0.4, familiarShare: 0.35 };

export const scenarios: Readonly<Record<string, readonly Source[]>> = {
  steady: [ordinary],
  'office morning': [
    people(steadyRate(400)),
    people(rising(300, 1600), {
      ...{ count: 6000, sharedShare: 1, sharedAddresses: 6, provenShare: 0.6, loginShare: 0.25, criticalShare: 0.3 },
    }),
  ],
  'flash crowd': [ordinary, people(rising(0, 4800), { count: 60_000, ...newcomers })],
  'flood, 5 addresses': [ordinary, attack(8000, 5)],
  'botnet, 5000': [ordinary, attack(6000, 5000)],
  'flash + botnet': [ordinary, people(rising(0, 2600), { count: 40_000, ...newcomers }), attack(4500, 4000)],
  'login flood': [ordinary, attack(900, 3000, { cost: 5, isLogin: true })],
  'partner storm': [ordinary, attack(5000, 3, { identities: 1, isPartner: true })],
  'stolen identities': [ordinary, attack(5000, 400, { identities: 400 })],
};
