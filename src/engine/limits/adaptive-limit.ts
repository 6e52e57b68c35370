/**
 * How many requests an upstream is given at once: the number up to which it answers about as fast as when it is not
 * pressed. A gradient limit (as Netflix's Gradient2 and Envoy's adaptive concurrency) with two differences: slowness is
 * measured against the usual time of the same operation, so that a change of the mix of calls is not taken for pressure;
 * and what is usual is put to the test while the limit holds requests back, by a small swing of the limit: an upstream
 * that gets more done with a little more at once is not at its end, whatever its answer times say.
 */

export interface AdaptiveLimitOptions {
  readonly min: number;
  readonly max: number;
}

export interface RequestEnd {
  /** Any number that is the same for calls of one operation. */
  readonly operation: number;
  readonly cost: number;
  readonly tookMs: number;
  readonly isFailed: boolean;
}

const SAMPLE_MS = 100;
const SAMPLE_COUNT_MIN = 10;
/** Slowness against the usual time that is accepted; an upstream at its end then has a short queue and never idles. */
const SLOWNESS_ACCEPTED = 1.35;
const SMOOTHING = 0.2;
const LIMIT_FIRST = 40;
/** Operations told apart; more share a class. */
const OPERATION_CLASSES = 1024;
/** The usual time is the mean of the first answers, then a moving mean over about as many. */
const USUAL_COUNT = 200;
/** Half the swing of the limit, as a share of it. */
const SWING = 0.08;
/** A swing lasts until so many answers came, and at least so many samples; the first sample after a turn is left out. */
const SWING_ANSWERS = 300;
const SWING_SAMPLES = 3;
const ELASTICITY_WEIGHT = 0.3;
/** Share of a larger limit that came out as more work done, from which the usual times are too low. */
const ELASTICITY_FREE = 0.35;
/** Share below which the upstream is at its end, so that usual times learned under pressure are too high. */
const ELASTICITY_SPENT = 0.05;
const USUAL_UP = 1.08;
const USUAL_DOWN = 0.98;

export class AdaptiveLimit {
  readonly #options: AdaptiveLimitOptions;
  #center: number;
  #swing = 0;
  /** Usual time per cost unit of each operation class, milliseconds; 0 = none yet. */
  readonly #usualMs = new Float32Array(OPERATION_CLASSES);
  readonly #seen = new Uint16Array(OPERATION_CLASSES);
  #slownessSum = 0;
  #count = 0;
  #failed = 0;
  #inFlightMax = 0;
  #sampleMs = Number.NEGATIVE_INFINITY;
  #slowness = 1;
  #meanTookMs = 0;
  #meanCost = 1;
  #units = 0;
  readonly #work = { units: 0, ms: 0, answers: 0, samples: 0 };
  #paceBefore = 0;
  #elasticity = 0;

  constructor(options: AdaptiveLimitOptions) {
    this.#options = options;
    this.#center = Math.min(options.max, Math.max(options.min, LIMIT_FIRST));
  }

  /** Requests that may be in flight. */
  get limit(): number {
    return Math.floor(this.#center * (1 + this.#swing));
  }

  /** Slowness of the last sample: 1 = as usual. */
  get slowness(): number {
    return this.#slowness;
  }

  /** Requests the upstream gets through in a millisecond at this limit (Little's law); 0 before the first answer. */
  get perMs(): number {
    return this.#meanTookMs === 0 ? 0 : this.#center / this.#meanTookMs;
  }

  /** One request ended; `inFlight` counts it in. Failed ones say nothing about time, but where most fail the limit halves. */
  sample(end: RequestEnd, inFlight: number, nowMs: number): void {
    if (inFlight > this.#inFlightMax) this.#inFlightMax = inFlight;
    this.#count++;
    if (end.isFailed) this.#failed++;
    else this.#learn(end);
    const sinceMs = nowMs - this.#sampleMs;
    if (sinceMs < 0) this.#sampleMs = nowMs;
    if (sinceMs < SAMPLE_MS || this.#count < SAMPLE_COUNT_MIN) return;
    this.#sampleMs = nowMs;
    this.#adjust(sinceMs);
    this.#slownessSum = this.#count = this.#failed = this.#inFlightMax = this.#units = 0;
  }

  #learn({ operation, cost, tookMs }: RequestEnd): void {
    const at = (operation >>> 0) % OPERATION_CLASSES;
    const unitMs = Math.max(0.01, tookMs / cost);
    const usual = this.#usualMs[at] as number;
    const seen = this.#seen[at] as number;
    this.#units += cost;
    this.#slownessSum += usual === 0 ? 1 : unitMs / usual;
    if (seen < SAMPLE_COUNT_MIN || this.#inFlightMax <= this.#center * 0.7) {
      if (seen < USUAL_COUNT) this.#seen[at] = seen + 1;
      this.#usualMs[at] = usual + (unitMs - usual) / (this.#seen[at] as number);
    }
    const weight = this.#meanTookMs === 0 ? 1 : 0.01;
    this.#meanTookMs += (Math.max(0.01, tookMs) - this.#meanTookMs) * weight;
    this.#meanCost += (cost - this.#meanCost) * weight;
  }

  #adjust(sinceMs: number): void {
    const { min, max } = this.#options;
    const answered = this.#count - this.#failed;
    if (this.#failed > answered) {
      this.#center = Math.max(min, this.#center / 2);
      return;
    }
    this.#slowness = this.#slownessSum / answered;
    const holdsBack = this.#inFlightMax >= this.limit * 0.95;
    if (holdsBack) this.#test(sinceMs);
    else this.#swing = this.#work.samples = 0;
    // What is not used cannot be judged.
    if (this.#inFlightMax < this.#center / 2) return;
    const gradient = Math.max(0.5, Math.min(1, SLOWNESS_ACCEPTED / this.#slowness));
    const wanted = this.#center * gradient + Math.min(4, Math.sqrt(this.#center));
    this.#center = Math.max(min, Math.min(max, this.#center + (wanted - this.#center) * SMOOTHING));
  }

  /** Work done at the upper against the lower end of a swing tells whether the upstream is at its end. */
  #test(sinceMs: number): void {
    const work = this.#work;
    if (this.#swing === 0) this.#turn(SWING);
    else if (work.samples++ > 0 && sinceMs < 10 * SAMPLE_MS) {
      work.units += this.#units;
      work.ms += sinceMs;
      work.answers += this.#count;
    }
    if (work.answers < SWING_ANSWERS || work.samples <= SWING_SAMPLES) return;
    // As a ratio to the centre, which may have moved in between.
    const pace = work.units / work.ms;
    if (this.#paceBefore > 0) {
      const more = this.#swing > 0 ? pace / this.#paceBefore : this.#paceBefore / pace;
      const elasticity = Math.log(more) / Math.log((1 + SWING) / (1 - SWING));
      this.#elasticity += (Math.max(-1, Math.min(2, elasticity)) - this.#elasticity) * ELASTICITY_WEIGHT;
      if (this.#elasticity > ELASTICITY_FREE) this.#scaleUsual(USUAL_UP);
      else if (this.#elasticity < ELASTICITY_SPENT) this.#scaleUsual(USUAL_DOWN);
    }
    this.#turn(-this.#swing);
    this.#paceBefore = pace;
  }

  #scaleUsual(factor: number): void {
    for (let at = 0; at < OPERATION_CLASSES; at++) this.#usualMs[at] = (this.#usualMs[at] as number) * factor;
  }

  #turn(swing: number): void {
    if (this.#swing === 0) {
      this.#paceBefore = 0;
      this.#elasticity = 0;
    }
    this.#swing = swing;
    this.#work.units = this.#work.ms = this.#work.answers = this.#work.samples = 0;
  }
}
