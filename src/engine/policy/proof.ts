/** Whether a replay proves enough for a policy to refuse more than before: how much traffic it judged, and how little of the good would suffer. */
import type { ReplayReport } from './replay-report.ts';
import { refusedShare } from './replay-report.ts';
import type { Stricter } from './stricter.ts';

export interface ProofDemand {
  /** Days (UTC) with traffic. */
  readonly daysMin: number;
  /** Requests that the check in question could be judged for. */
  readonly requestsMin: number;
  /** Share of good requests (2xx, 3xx) that may be refused, 0 to 1. */
  readonly refusedShareMax: number;
}

export const proofDemandDefault: ProofDemand = { daysMin: 1, requestsMin: 500, refusedShareMax: 0.001 };

export interface Proof {
  readonly isEnough: boolean;
  /** What is missing, in words; empty when it is enough. */
  readonly gaps: readonly string[];
  readonly refusedShare: number | null;
}

/** Overload is decided by the load of the moment and responses by what is answered; no past request says what they would do. */
const beyondReplay = ['overload', 'response', 'protocol'];

/** @param stricter what the change would refuse more of; none asks for no proof */
export function judgeProof(stricter: readonly Stricter[], report: ReplayReport, demand: ProofDemand): Proof {
  const share = refusedShare(report);
  if (stricter.length === 0) return { isEnough: true, gaps: [], refusedShare: share };
  const gaps: string[] = [];
  if (report.days < demand.daysMin) gaps.push(`The traffic replayed covers ${report.days} of the ${demand.daysMin} days asked for.`);
  if (share === null) gaps.push('No request of the traffic replayed was answered well, so there is nothing to compare with.');
  else if (share > demand.refusedShareMax)
    gaps.push(`${percent(share)} of the good requests would be refused; at most ${percent(demand.refusedShareMax)} may be.`);
  for (const section of new Set(stricter.map((one) => one.section))) {
    if (beyondReplay.includes(section)) continue;
    const judged = judgedRequests(report, section);
    if (judged >= demand.requestsMin) continue;
    const because = report.unknown.filter(({ check }) => check === section || check === 'route').map((open) => open.because);
    const why = because.length === 0 ? '' : ` (${[...new Set(because)].join('; ')})`;
    gaps.push(`For ${section}, ${judged} requests could be judged of the ${demand.requestsMin} asked for${why}.`);
  }
  return { isEnough: gaps.length === 0, gaps, refusedShare: share };
}

/** At least so many requests were judged by a check: reasons to leave it open may overlap, so they are all taken off. */
function judgedRequests(report: ReplayReport, section: string): number {
  const open = report.unknown.reduce((sum, { check, requests }) => (check === section || check === 'route' ? sum + requests : sum), 0);
  return Math.max(0, report.requests - open);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
