/** What `assess` answers: the outcome of every control, the two-number score of each pillar, and the one change. */
import type { Draft, Effort, EvidenceGrade, EvidenceRef, Pillar, UnitResult } from '../controls/control.ts';
import type { SourceRecord } from '../evidence/source-account.ts';

export type Outcome = 'met' | 'failing' | 'unknown' | 'stale' | 'not-applicable' | 'waived';

/** Proven: weighted share that evidence shows. Possible: the same with everything unknown taken as met. 0 to 100. */
export interface Band {
  readonly proven: number;
  readonly possible: number;
  /** Points claimed by attestation alone, part of `possible`, never drawn as proven beyond their grade. */
  readonly attested: number;
  /** Points that are known to fail. */
  readonly failing: number;
  /** Points nobody knows about. */
  readonly unknown: number;
  /** Weight of the applicable controls of this pillar / of all; share of weight declared not applicable. */
  readonly weight: number;
  readonly notApplicableShare: number;
}

export interface ControlResult {
  readonly id: string;
  readonly outcome: Outcome;
  /** Lower and upper share of this control, 0 to 1, after grade and freshness. */
  readonly low: number;
  readonly high: number;
  /** Share that is claimed and not shown: between low and high, never part of low. */
  readonly claimed: number;
  /** Points of the total this control can give, and gives. */
  readonly weight: number;
  readonly points: { readonly proven: number; readonly possible: number; readonly max: number };
  /** One sentence: why this outcome. */
  readonly because: string;
  readonly grade: EvidenceGrade | null;
  readonly observedMs: number | null;
  /** When the evidence stops counting in full; null = no evidence. */
  readonly goodUntilMs: number | null;
  /** Signed statement that holds it, if any. */
  readonly attestedBy: string | null;
  readonly waivedUntil: string | null;
  /** Rule or approval that makes it not applicable. */
  readonly notApplicableBecause: string | null;
  /** The worst first, at most 200; `unitCounts` has all. */
  readonly units: readonly UnitResult[];
  readonly unitCounts: { readonly met: number; readonly failing: number; readonly part: number; readonly unknown: number };
  /** Set when the control's own test threw; the control is unknown then. */
  readonly error: string | null;
}

export interface Candidate {
  /** Stable key: control and the units it would mend. */
  readonly key: string;
  readonly control: string;
  readonly kind: 'fix' | 'find-out' | 'deadline' | 'stop-the-bleeding';
  readonly title: string;
  readonly text: string;
  /** The exact thing to do: a diff, a snippet, a draft document. */
  readonly draft: Omit<Draft, 'safety'>;
  readonly units: readonly string[];
  readonly owner: string | null;
  readonly effort: {
    readonly size: Effort;
    readonly daysLow: number;
    readonly daysMedian: number;
    readonly daysHigh: number;
    readonly basis: string;
  };
  /** Points the total would gain. */
  readonly gain: { readonly proven: number; readonly possible: number };
  /** Yearly loss avoided, thousand USD: median and 90 % interval. */
  readonly riskCut: { readonly low: number; readonly median: number; readonly high: number };
  readonly successChance: number;
  /** Value per effort: what the ranking uses (20th percentile), the median, and how often it came out best. */
  readonly value: { readonly p20: number; readonly median: number; readonly chanceBest: number };
  readonly prerequisites: readonly { readonly control: string; readonly held: boolean }[];
  /** Why it may not be chosen now; null = free to choose. */
  readonly blockedBy: string | null;
  readonly evidence: readonly EvidenceRef[];
  readonly undo: string;
  readonly doneWhen: string;
  readonly safety: string;
  /** What in the model moves this value most, at most three. */
  readonly sensitivity: readonly string[];
  /** Accepting the change puts this into the policy of the guard; absent = a person does the work. */
  readonly policy?: ProposedPolicy;
}

/** Lines for the policy of a guard, in log mode. */
export interface ProposedPolicy {
  readonly yaml: string;
  /** Limits it adds. */
  readonly limits: readonly string[];
  /** What each would have refused of the calls it was measured from. */
  readonly says: readonly string[];
  readonly measuredMs: number;
}

export interface NextChange {
  readonly change: Candidate;
  /** Why this one, in one or two sentences. */
  readonly why: string;
  /** At most two, each with why not. */
  readonly runnersUp: readonly { readonly change: Candidate; readonly whyNot: string }[];
  /** The two ranking rules disagree or the lead is thin: said aloud. */
  readonly nearTie: string | null;
}

export interface Assessment {
  /** `posture-1`: changes when a weight, a control or a rule changes. */
  readonly model: string;
  readonly atMs: number;
  readonly total: Band;
  readonly pillars: Readonly<Record<Pillar, Band>>;
  /** A to E with the reason when something caps it. */
  readonly letter: { readonly value: 'A' | 'B' | 'C' | 'D' | 'E'; readonly cappedBy: string | null };
  readonly controls: readonly ControlResult[];
  readonly candidates: readonly Candidate[];
  readonly next: NextChange | null;
  /** Said beside the score: not-applicable beyond 15 %, refused declarations, sources that are gone. */
  readonly notes: readonly string[];
  /** What the next assessment must remember; hand this assessment to it as `previous`. */
  readonly memory: AssessmentMemory;
}

export interface AssessmentMemory {
  /** Sources the assessment rested on. */
  readonly sources: readonly { readonly id: string; readonly kind: SourceRecord['kind'] }[];
  /** Sources that are gone and not replaced: what they showed to fail still fails. */
  readonly lost: readonly { readonly id: string; readonly kind: SourceRecord['kind']; readonly sinceMs: number }[];
  readonly pick: PickMemory | null;
}

/** Hysteresis: the current pick, and who has been beating it, for how long. */
export interface PickMemory {
  readonly key: string;
  readonly sinceMs: number;
  readonly challenger: { readonly key: string; readonly firstMs: number; readonly lastMs: number; readonly evaluations: number } | null;
}

/** One movement of the score, with its cause. */
export interface LedgerLine {
  readonly atMs: number;
  readonly cause: 'you' | 'time' | 'evidence' | 'ruler';
  readonly pillar: Pillar;
  readonly control: string;
  readonly deltaProven: number;
  readonly deltaPossible: number;
  /** `2FA for gateway admins: failing, now met`. */
  readonly text: string;
}

/** What became of a proposed change; only evidence moves `accepted` to `verified`. */
export interface ChangeRecord {
  readonly id: string;
  readonly key: string;
  readonly control: string;
  readonly title: string;
  readonly state: 'accepted' | 'verified' | 'declined' | 'snoozed' | 'regressed' | 'superseded';
  readonly owner: string | null;
  readonly decidedMs: number;
  /** For snoozed and declined: until when it rests. */
  readonly untilMs: number | null;
  readonly reason: string | null;
  /** Frozen at acceptance: units, what is expected, and the digest of the evidence then. */
  readonly frozen: {
    readonly units: readonly string[];
    readonly gainProven: number;
    readonly doneWhen: string;
    readonly evidenceDigest: string;
    readonly draft: string;
    /** Version of the policy that acceptance put in force; absent = none. */
    readonly policyVersion?: number;
    /** Limits it added. */
    readonly limits?: readonly string[];
  } | null;
  /** Observations since acceptance that show the predicate true, oldest first. */
  readonly checks: readonly {
    readonly atMs: number;
    readonly holds: boolean;
    readonly because: string;
    /** When the evidence itself was observed; `atMs` is when it was looked at. */
    readonly observedMs?: number;
  }[];
  readonly verifiedMs: number | null;
}
