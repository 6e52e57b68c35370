/** The ruler: every weight the score uses, under one version. Changing a number here means a new `model`. */
import type { ControlSeverity, EvidenceGrade } from '../controls/control.ts';
import type { Audience, DataLevel } from '../evidence/settings.ts';

/** Part of every score; the ledger re-bases when it changes. Version of weights, catalogue and rules together. */
export const model = 'posture-2';

export const severityWeight: Readonly<Record<ControlSeverity, number>> = { critical: 10, high: 6, medium: 3, low: 1 };

/** What a pass counts, by how it is known. */
export const gradeWeight: Readonly<Record<EvidenceGrade, number>> = { observed: 1, configured: 0.9, 'signed-report': 0.75, attested: 0.6 };

/** Unknown counts as public: not saying who may call is no way to a lighter weight. A consumed API is met like a partner. */
export const exposureWeight: Readonly<Record<Audience | 'unknown', number>> = {
  private: 1,
  partner: 2,
  consumed: 2,
  public: 3,
  unknown: 3,
};

/** Unknown counts as confidential until somebody decides. */
export const dataWeight: Readonly<Record<DataLevel | 'unknown', number>> = {
  public: 1,
  internal: 1,
  confidential: 2,
  restricted: 4,
  unknown: 2,
};

/** Lowest Proven of each letter. */
export const letters = [
  { value: 'A', from: 85 },
  { value: 'B', from: 70 },
  { value: 'C', from: 50 },
  { value: 'D', from: 30 },
  { value: 'E', from: 0 },
] as const;

/** Share of weight that one person may declare not applicable; beyond it a second approver is needed. */
export const notApplicableShareMax = 0.15;
