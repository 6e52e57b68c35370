/** Findings of one document, gathered so that one cause is one finding with many places. */
import { type Finding, type FindingPlace, findingId, type Severity } from '../engine/evidence/finding.ts';

/** What is the same for every finding of a rule. */
export interface FindingRule {
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly fix: string;
  readonly controls: readonly string[];
}

export interface FindingReport {
  /** Sets causes of one rule apart (the target of a reference, a scheme's name); absent = one cause a document. */
  readonly cause?: string;
  /** What is wrong, given how many places there are. */
  readonly detail: string | ((count: number) => string);
  /** A function when finding the line costs something: it is asked only for places that are kept. */
  readonly place: FindingPlace | (() => FindingPlace);
  readonly severity?: Severity;
}

/** Places kept of one finding; the detail says how many there are in all. */
export const placesMax = 50;
/** Causes told apart for one rule in one document; the rest share one finding. */
const causesMax = 200;

interface Gathered {
  readonly rule: FindingRule;
  readonly report: FindingReport;
  readonly subject: string;
  readonly places: FindingPlace[];
  count: number;
}

export class FindingList {
  readonly #subject: string;
  readonly #byCause = new Map<string, Gathered>();
  readonly #causes = new Map<string, number>();

  /** @param subject what the findings are about: the service or document. */
  constructor(subject: string) {
    this.#subject = subject;
  }

  add(rule: FindingRule, report: FindingReport): void {
    const cause = this.#causeOf(rule, report.cause ?? '');
    const key = `${rule.rule}\n${cause}`;
    const known = this.#byCause.get(key);
    if (known !== undefined) {
      known.count++;
      if (known.places.length < placesMax) known.places.push(placeOf(report));
      return;
    }
    const subject = cause === '' ? this.#subject : `${this.#subject} ${cause}`;
    this.#byCause.set(key, { rule, report, subject, places: [placeOf(report)], count: 1 });
  }

  #causeOf(rule: FindingRule, cause: string): string {
    if (cause === '' || this.#byCause.has(`${rule.rule}\n${cause}`)) return cause;
    const causes = this.#causes.get(rule.rule) ?? 0;
    if (causes >= causesMax) return 'and others';
    this.#causes.set(rule.rule, causes + 1);
    return cause;
  }

  findings(): Finding[] {
    return [...this.#byCause.values()].map(({ rule, report, subject, places, count }) => ({
      id: findingId(rule.rule, subject),
      rule: rule.rule,
      severity: report.severity ?? rule.severity,
      title: rule.title,
      detail: typeof report.detail === 'string' ? report.detail : report.detail(count),
      fix: rule.fix,
      subject,
      places,
      evidence: [],
      controls: rule.controls,
    }));
  }
}

function placeOf({ place }: FindingReport): FindingPlace {
  return typeof place === 'function' ? place() : place;
}

/** `1 operation`, `12 operations`; with a verb that agrees when its two forms are given: `1 operation answers`. */
export function counted(count: number, noun: string, verb?: { readonly one: string; readonly many: string }): string {
  const things = `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
  return verb === undefined ? things : `${things} ${count === 1 ? verb.one : verb.many}`;
}
