/**
 * What a change is worth: yearly loss it avoids for each person-day, under all the doubt there is (controls.md 5.4).
 * `R = sum over scenarios of yearly x loss x product(1 - effect x coverage)`, drawn many times from one seed.
 */
import type { Effort } from '../controls/control.ts';
import type { Judged, Proposal } from './candidates.ts';
import { successOf, z90 } from './effort.ts';
import { type Random, seeded } from './random.ts';
import type { Range, Scenario } from './scenarios.ts';
import { sharesOf } from './score.ts';

export interface Valuation {
  readonly proposal: Proposal;
  /** Thousand USD a year avoided, and value for each person-day, one number a draw. */
  readonly cut: Float64Array;
  readonly value: Float64Array;
  readonly cutRange: { readonly low: number; readonly median: number; readonly high: number };
  readonly p20: number;
  readonly median: number;
  readonly chanceBest: number;
  readonly sensitivity: readonly string[];
  /** For a proposal that connects a source: the change it opens the way to. */
  readonly opens: Proposal | null;
}

export interface Simulation {
  readonly valuations: readonly Valuation[];
  /** Chance that an unknown, once known, would change the winner; by the source that would show it. */
  readonly wouldChange: ReadonlyMap<string, { readonly control: string; readonly chance: number }>;
}

export interface SimulationOptions {
  readonly seed: number;
  /** At least 2,000 for a verdict people see. */
  readonly draws: number;
  readonly scenarios: readonly Scenario[];
}

interface Coverage {
  /** Share of the control that holds, one number a draw. */
  readonly held: Float64Array;
  /** What the unknown part was drawn as, Beta(1,3): pessimistic and wide. */
  readonly guess: Float64Array;
}

export function simulate(proposals: readonly Proposal[], judged: readonly Judged[], options: SimulationOptions): Simulation {
  const model = drawModel(judged, options);
  const plain = proposals.filter((one) => one.connects === null).map((one) => valuationOf(one, model, options));
  const connected = proposals.filter((one) => one.connects !== null).map((one) => sequenceOf(one, plain, model, options));
  const all = [...plain, ...connected];
  const best = bestOf(
    all.filter((one) => one.proposal.blockedBy === null && isRanked(one.proposal)),
    options.draws,
  );
  const valuations = all.map((one) => ({ ...one, chanceBest: (best.get(one.proposal.key) ?? 0) / options.draws }));
  return { valuations, wouldChange: wouldChange(valuations, model) };
}

/** Lanes go first by rule, so they do not take part in the ranking. */
export function isRanked(proposal: Proposal): boolean {
  return proposal.kind === 'fix' || proposal.kind === 'find-out';
}

interface Model {
  /** Chances to succeed by size of the change, to pick from: drawing a Beta for each change and draw would cost most of the time. */
  readonly chances: ReadonlyMap<Effort, Float64Array>;
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly scenarios: readonly DrawnScenario[];
  /** Reused for sorting, since every change needs its quantiles. */
  readonly scratch: Float64Array;
}

interface DrawnScenario {
  readonly scenario: Scenario;
  /** Loss a year with every control as it is. */
  readonly risk: Float64Array;
  readonly yearly: Float64Array;
  readonly loss: Float64Array;
  readonly effects: ReadonlyMap<string, Float64Array>;
}

/** Every quantity has a stream of its own, so that a new control or candidate does not change the draws of the others. */
function drawModel(judged: readonly Judged[], options: SimulationOptions): Model {
  const { draws, seed } = options;
  const coverage = new Map<string, Coverage>();
  for (const one of judged) coverage.set(one.control.id, coverageOf(one, stream(seed, `coverage ${one.control.id}`), draws));
  const scenarios = options.scenarios.map((scenario): DrawnScenario => {
    const random = stream(seed, `scenario ${scenario.id}`);
    const yearly = lognormals(scenario.yearly, random, draws);
    const loss = lognormals(scenario.loss, random, draws);
    const risk = new Float64Array(draws);
    for (let at = 0; at < draws; at++) risk[at] = (yearly[at] ?? 0) * (loss[at] ?? 0);
    const effects = new Map<string, Float64Array>();
    for (const effect of [...scenario.prevent, ...scenario.lessen]) {
      const held = coverage.get(effect.control)?.held;
      if (held === undefined) continue;
      const uniform = stream(seed, `effect ${scenario.id} ${effect.control}`);
      const drawn = new Float64Array(draws);
      for (let at = 0; at < draws; at++) {
        const size = effect.low + (effect.high - effect.low) * uniform.uniform();
        drawn[at] = size;
        risk[at] = (risk[at] ?? 0) * (1 - size * (held[at] ?? 0));
      }
      effects.set(effect.control, drawn);
    }
    return { scenario, risk, yearly, loss, effects };
  });
  const chances = new Map<Effort, Float64Array>();
  for (const size of ['XS', 'S', 'M', 'L'] as const) {
    const random = stream(seed, `success ${size}`);
    chances.set(
      size,
      Float64Array.from({ length: draws }, () => random.beta(successOf[size].alpha, successOf[size].beta)),
    );
  }
  return { chances, coverage, scenarios, scratch: new Float64Array(draws) };
}

/** Weight of what was observed: four units' worth of doubt at least, fifty units' worth of certainty at most. */
const observedUnits = { min: 4, max: 50 };

function coverageOf(one: Judged, random: Random, draws: number): Coverage {
  const held = new Float64Array(draws);
  const guess = new Float64Array(draws);
  if (one.result.outcome === 'not-applicable') return { held, guess };
  const { low, high } = sharesOf(one.judgement.units);
  const doubt = high - low;
  const known = 1 - doubt;
  const counts = one.result.unitCounts;
  const units = Math.min(observedUnits.max, observedUnits.min + counts.met + counts.failing + counts.part);
  const mean = known <= 1e-9 ? 0 : low / known;
  for (let at = 0; at < draws; at++) {
    // Beta(1,3) has a closed inverse.
    const pessimist = 1 - (1 - random.uniform()) ** (1 / 3);
    guess[at] = pessimist;
    const seen = known <= 1e-9 ? 0 : known * random.beta(mean * units + 0.5, (1 - mean) * units + 0.5);
    held[at] = seen + doubt * pessimist;
  }
  return { held, guess };
}

/** A finished change rarely covers all it meant to: this much of the units turns. */
const completion = 0.95;

function valuationOf(proposal: Proposal, model: Model, options: SimulationOptions): Valuation {
  const { draws, seed } = options;
  const random = stream(seed, `change ${proposal.key}`);
  const cut = new Float64Array(draws);
  const value = new Float64Array(draws);
  const days = lognormals({ low: proposal.effort.daysLow, high: proposal.effort.daysHigh }, random, draws);
  const chances = model.chances.get(proposal.effort.size) ?? new Float64Array(draws);
  const coverage = model.coverage.get(proposal.control.id);
  const touched = model.scenarios.filter((one) => one.effects.has(proposal.control.id));
  for (let at = 0; at < draws; at++) {
    const held = coverage?.held[at] ?? 0;
    const guess = coverage?.guess[at] ?? 0;
    const after = Math.min(1, held + completion * (proposal.mends.failing + proposal.mends.unknown * (1 - guess)));
    let avoided = 0;
    for (const one of touched) {
      const effect = one.effects.get(proposal.control.id)?.[at] ?? 0;
      avoided += (one.risk[at] ?? 0) * (1 - (1 - effect * after) / (1 - effect * held));
    }
    const chance = chances[Math.floor(random.uniform() * draws)] ?? 0;
    cut[at] = avoided;
    value[at] = (chance * avoided) / (days[at] ?? 1);
  }
  const inputs: Input[] = [{ name: 'person-days it takes', drawn: days }];
  if (coverage !== undefined) inputs.push({ name: `how far ${proposal.control.id} already holds`, drawn: coverage.held });
  for (const one of touched) {
    const event = decapital(one.scenario.title);
    const effect = one.effects.get(proposal.control.id);
    if (effect !== undefined) inputs.push({ name: `how much ${proposal.control.id} helps when ${event}`, drawn: effect });
    inputs.push({ name: `how often ${event}`, drawn: one.yearly }, { name: `what it costs when ${event}`, drawn: one.loss });
  }
  return summed(proposal, { cut, value, scratch: model.scratch }, sensitivityOf(value, inputs), null);
}

/**
 * Connecting a source cuts no risk by itself; it is worth what it opens: the best change that waits for it, over the
 * effort of both steps. So a cheap source before a good change ranks just below that change, and above dear ones.
 */
function sequenceOf(proposal: Proposal, plain: readonly Valuation[], model: Model, options: SimulationOptions): Valuation {
  const opened = plain
    .filter(
      (one) => one.proposal.waitsFor === proposal.connects || (proposal.connects === 'live-traffic' && one.proposal.waitsFor === 'traffic'),
    )
    .sort((a, b) => b.p20 - a.p20 || (a.proposal.key < b.proposal.key ? -1 : 1))[0];
  const { draws, seed } = options;
  const cut = new Float64Array(draws);
  const value = new Float64Array(draws);
  if (opened === undefined) return summed(proposal, { cut, value, scratch: model.scratch }, [], null);
  const chances = model.chances.get(proposal.effort.size) ?? new Float64Array(draws);
  const random = stream(seed, `change ${proposal.key}`);
  const days = lognormals({ low: proposal.effort.daysLow, high: proposal.effort.daysHigh }, random, draws);
  for (let at = 0; at < draws; at++) {
    const alone = opened.value[at] ?? 0;
    const avoided = opened.cut[at] ?? 0;
    const chance = chances[Math.floor(random.uniform() * draws)] ?? 0;
    // value = chance x avoided / days, so chance / value gives back the days of the opened change, chance included.
    value[at] = alone <= 0 || avoided <= 0 ? 0 : (chance * avoided) / (avoided / alone + (days[at] ?? 0));
    cut[at] = avoided;
  }
  return summed(
    proposal,
    { cut, value, scratch: model.scratch },
    [`what it opens: ${opened.proposal.title}`, ...opened.sensitivity].slice(0, 3),
    opened.proposal,
  );
}

interface Drawn {
  readonly cut: Float64Array;
  readonly value: Float64Array;
  readonly scratch: Float64Array;
}

function summed(proposal: Proposal, drawn: Drawn, sensitivity: readonly string[], opens: Proposal | null): Valuation {
  const { cut, value, scratch } = drawn;
  const cuts = sortedCopy(cut, scratch);
  const cutRange = { low: quantile(cuts, 0.05), median: quantile(cuts, 0.5), high: quantile(cuts, 0.95) };
  const values = sortedCopy(value, scratch);
  return {
    proposal,
    cut,
    value,
    cutRange,
    p20: quantile(values, 0.2),
    median: quantile(values, 0.5),
    chanceBest: 0,
    sensitivity,
    opens,
  };
}

/** Ascending copy in a buffer that the next call reuses. */
function sortedCopy(drawn: Float64Array, scratch: Float64Array): Float64Array {
  scratch.set(drawn);
  return scratch.sort();
}

/** How often each came out best among those that are free to choose. */
function bestOf(valuations: readonly Valuation[], draws: number): ReadonlyMap<string, number> {
  const wins = new Map<string, number>();
  for (let at = 0; at < draws; at++) {
    let winner: Valuation | null = null;
    for (const one of valuations) if ((one.value[at] ?? 0) > (winner?.value[at] ?? 0)) winner = one;
    if (winner !== null) wins.set(winner.proposal.key, (wins.get(winner.proposal.key) ?? 0) + 1);
  }
  return wins;
}

/** Bins of an unknown: would the winner be another if it were known to lie there? */
const bins = 10;
/** Changes looked at for each missing source: the most valuable ones decide. */
const lookedAtMax = 3;

function wouldChange(valuations: readonly Valuation[], model: Model): Simulation['wouldChange'] {
  const free = valuations.filter((one) => one.proposal.blockedBy === null && one.proposal.kind === 'fix');
  const winner = [...free].sort(byValue)[0];
  const found = new Map<string, { control: string; chance: number }>();
  if (winner === undefined) return found;
  for (const finder of valuations) {
    const connector = finder.proposal.connects;
    if (connector === null) continue;
    const opened = valuations
      .filter((one) => one.proposal.waitsFor === connector && one.proposal.kind === 'fix')
      .sort(byValue)
      .slice(0, lookedAtMax);
    for (const one of opened) {
      const guess = model.coverage.get(one.proposal.control.id)?.guess;
      if (guess === undefined || one.p20 <= 0) continue;
      const order = Array.from(guess.keys()).sort((a, b) => (guess[a] ?? 0) - (guess[b] ?? 0));
      const size = Math.floor(order.length / bins);
      let changed = 0;
      for (let bin = 0; bin < bins; bin++) {
        const rows = order.slice(bin * size, (bin + 1) * size);
        if (p20Of(one.value, rows) > p20Of(winner.value, rows)) changed++;
      }
      const chance = changed / bins;
      if (chance > (found.get(finder.proposal.key)?.chance ?? 0))
        found.set(finder.proposal.key, { control: one.proposal.control.id, chance });
    }
  }
  return found;
}

function p20Of(values: Float64Array, rows: readonly number[]): number {
  return quantile(Float64Array.from(rows, (row) => values[row] ?? 0).sort(), 0.2);
}

/** Cautious value first; equal values by key, so that the order is always the same. */
export function byValue(left: Valuation, right: Valuation): number {
  return right.p20 - left.p20 || right.median - left.median || (left.proposal.key < right.proposal.key ? -1 : 1);
}

interface Input {
  readonly name: string;
  readonly drawn: Float64Array;
}

/** The three inputs that move the value most, by squared correlation over the draws. */
function sensitivityOf(value: Float64Array, inputs: readonly Input[]): readonly string[] {
  return inputs
    .map(({ name, drawn }) => ({ name, share: correlation(value, drawn) ** 2 }))
    .filter((one) => one.share >= 0.01)
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map((one) => one.name);
}

function correlation(left: Float64Array, right: Float64Array): number {
  const n = left.length;
  let meanLeft = 0;
  let meanRight = 0;
  for (let at = 0; at < n; at++) {
    meanLeft += (left[at] ?? 0) / n;
    meanRight += (right[at] ?? 0) / n;
  }
  let both = 0;
  let squareLeft = 0;
  let squareRight = 0;
  for (let at = 0; at < n; at++) {
    const x = (left[at] ?? 0) - meanLeft;
    const y = (right[at] ?? 0) - meanRight;
    both += x * y;
    squareLeft += x * x;
    squareRight += y * y;
  }
  return squareLeft === 0 || squareRight === 0 ? 0 : both / Math.sqrt(squareLeft * squareRight);
}

function lognormals(range: Range, random: Random, draws: number): Float64Array {
  const centre = (Math.log(range.low) + Math.log(range.high)) / 2;
  const spread = (Math.log(range.high) - Math.log(range.low)) / z90;
  const drawn = new Float64Array(draws);
  for (let at = 0; at < draws; at++) drawn[at] = Math.exp(centre + spread * random.normal());
  return drawn;
}

function stream(seed: number, name: string): Random {
  let mixed = seed | 0;
  for (let at = 0; at < name.length; at++) mixed = Math.imul(mixed ^ name.charCodeAt(at), 0x01000193) ^ (mixed >>> 15);
  return seeded(mixed);
}

/** @param sorted ascending. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function decapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
