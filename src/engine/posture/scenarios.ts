/**
 * Ten ways to lose, how often and how much, and which controls hold each back. Every range is a 90 % interval and an
 * expert estimate until an organisation puts its own in; the page shows the ranges and what they move.
 */

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Effect extends Range {
  readonly control: string;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Times a year. */
  readonly yearly: Range;
  /** Thousand USD for each time. */
  readonly loss: Range;
  /** Controls that make it rarer: share of events each prevents when it holds in full. */
  readonly prevent: readonly Effect[];
  /** Controls that make it smaller: share of loss each saves when it holds in full. */
  readonly lessen: readonly Effect[];
  readonly source: 'expert estimate' | 'own incidents' | 'drill';
}

/** Reads `TEC-26 40-80, TEC-25 20-50`: control, then low and high percent. */
function effects(line: string): readonly Effect[] {
  return line.split(', ').map((item) => {
    const [control = '', range = ''] = item.split(' ');
    const [low = '0', high = '0'] = range.split('-');
    return { control, low: Number(low) / 100, high: Number(high) / 100 };
  });
}

/** What every response leans on; small in each scenario, and in all of them. */
const response = 'PRC-01 7-22, PRC-02 5-18, PPL-07 3-10, TEC-33 3-10';
/** What steers everything else: a lead, owners, a current risk picture. */
const steering = 'PPL-01 0.3-1.5, PPL-04 0.5-2, PRC-20 0.3-1.5';

export const scenarios: readonly Scenario[] = [
  {
    id: 'stuffing',
    title: 'Stolen passwords are tried until accounts open',
    yearly: { low: 0.3, high: 3 },
    loss: { low: 15, high: 350 },
    prevent: effects(`TEC-26 35-75, TEC-25 10-35, TEC-17 2-8, TEC-31 5-20, TEC-36 2-8, ${steering}`),
    lessen: effects(`TEC-32 5-25, TEC-34 3-10, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'scrape',
    title: 'One caller reads the records of others',
    yearly: { low: 0.05, high: 0.4 },
    loss: { low: 80, high: 2500 },
    prevent: effects(
      `TEC-18 20-55, TEC-19 30-70, TEC-20 10-30, TEC-13 5-20, TEC-21 5-20, PRC-11 8-25, PRC-14 5-20, PRC-10 3-12, PRC-09 3-12, TEC-02 3-12, ${steering}`,
    ),
    lessen: effects(`TEC-25 10-30, TEC-32 10-30, TEC-11 3-12, TEC-34 4-12, PRC-03 2-8, PPL-05 1-4, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'forgotten',
    title: 'A forgotten API is found from outside',
    yearly: { low: 0.08, high: 0.6 },
    loss: { low: 40, high: 1200 },
    prevent: effects(
      `TEC-01 15-40, TEC-02 25-55, PRC-18 15-40, PRC-16 4-14, TEC-03 3-10, PPL-04 4-15, TEC-18 8-25, TEC-05 5-20, PRC-17 2-8, PRC-08 2-8, TEC-36 2-8, PPL-01 0.3-1.5`,
    ),
    lessen: effects(`TEC-32 5-15, TEC-34 3-10, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'test-data',
    title: 'Real data leaks from a test environment',
    yearly: { low: 0.06, high: 0.4 },
    loss: { low: 40, high: 1200 },
    prevent: effects(`TEC-08 35-75, TEC-07 15-45, TEC-06 8-25, TEC-09 8-25, TEC-10 3-12, PRC-06 2-6, ${steering}`),
    lessen: effects(`TEC-11 3-12, PRC-03 2-8, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'admin',
    title: 'An administrator account is taken',
    yearly: { low: 0.04, high: 0.3 },
    loss: { low: 80, high: 2500 },
    prevent: effects(`TEC-17 40-80, TEC-23 15-45, TEC-22 8-25, PPL-08 6-20, PPL-06 4-14, TEC-07 3-12, PPL-02 0.5-2, PPL-01 0.3-1.5`),
    lessen: effects(`TEC-34 4-14, TEC-35 3-10, PRC-22 5-20, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'machine-key',
    title: 'A machine key leaks and is used',
    yearly: { low: 0.1, high: 0.9 },
    loss: { low: 15, high: 600 },
    prevent: effects(`TEC-16 15-45, TEC-24 20-50, TEC-21 8-25, PRC-13 4-15, TEC-14 6-20, PRC-10 2-8, ${steering}`),
    lessen: effects(`TEC-22 5-20, TEC-25 4-14, TEC-32 4-15, TEC-37 2-8, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'supplier',
    title: 'A supplier API is breached or fails',
    yearly: { low: 0.08, high: 0.5 },
    loss: { low: 25, high: 800 },
    prevent: effects('PPL-09 8-25, PRC-21 10-30, TEC-12 4-15, TEC-04 4-15, PPL-04 1-4'),
    lessen: effects(`TEC-37 4-15, PRC-03 3-12, PRC-22 2-8, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'flood',
    title: 'A flood takes the API down, or runs up a bill',
    yearly: { low: 0.2, high: 2 },
    loss: { low: 5, high: 120 },
    prevent: effects('TEC-25 25-60, TEC-29 20-50, TEC-27 12-35, TEC-28 2-8, PRC-12 6-20, TEC-30 3-12'),
    lessen: effects(`PRC-22 2-6, PRC-04 2-8, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'slow-exfiltration',
    title: 'Records leave slowly, unseen',
    yearly: { low: 0.04, high: 0.3 },
    loss: { low: 60, high: 2000 },
    prevent: effects('TEC-19 15-40, TEC-13 8-25, TEC-22 4-15, TEC-15 2-8, TEC-14 4-15, TEC-04 4-15, PRC-15 6-20, TEC-31 4-15'),
    lessen: effects(`TEC-32 20-50, TEC-34 5-18, TEC-35 4-12, TEC-12 3-12, TEC-36 5-18, TEC-11 3-12, ${response}`),
    source: 'expert estimate',
  },
  {
    id: 'late-notice',
    title: 'An incident is told too late, or to the wrong people',
    yearly: { low: 0.06, high: 0.4 },
    loss: { low: 20, high: 700 },
    prevent: effects(
      'PRC-01 20-50, PRC-03 25-55, PRC-02 12-35, PPL-07 12-35, PRC-04 6-20, PPL-05 3-12, TEC-11 4-15, PPL-10 2-6, PRC-23 2-8, PRC-05 3-10, PPL-03 1-4, PRC-19 1-4',
    ),
    lessen: effects('TEC-34 4-14, TEC-35 3-12'),
    source: 'expert estimate',
  },
];
