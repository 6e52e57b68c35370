/** One thing that is wrong, with where, why, what proves it and how to mend it. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export const severityOrder: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export interface FindingPlace {
  readonly file: string | null;
  readonly line: number | null;
  /** Operation id when the finding is about one. */
  readonly operation: string | null;
}

export interface Finding {
  /** Stable: `F-` and eight characters from rule + subject (never from a line number, so moved text does not reopen it). */
  readonly id: string;
  /** `auth.missing`, `spec.dangling-reference`, `gateway.counter-per-node`: rule ids are nouns with a topic in front. */
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  /** What is wrong, in one or two sentences, with the numbers. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix: string;
  /** What the finding is about: a service, operation id, document or host. */
  readonly subject: string;
  readonly places: readonly FindingPlace[];
  /** Ids of the evidence it rests on. */
  readonly evidence: readonly string[];
  /** Controls of the catalogue it bears on (`TEC-18`). */
  readonly controls: readonly string[];
}

/** Eight base36 characters from a 53-bit mix (cyrb53 construction): an id, not a secret. */
export function findingId(rule: string, subject: string): string {
  return `F-${shortHash(`${rule}\n${subject}`)}`;
}

/** Deterministic short name for a text; equal texts give equal names. 10 base36 characters at most; not a secret. */
export function shortHash(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36).padStart(8, '0').slice(0, 10);
}
