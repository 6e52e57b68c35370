/** PRC-19: a waiver is a dated decision of somebody. */
import type { Facts, UnitResult } from './control.ts';
import { dateMs, dayMs, daysBetween } from './date.ts';
import { settingsMs } from './standing.ts';
import { failing, met, organisation, unknown } from './unit.ts';

/** Longest run of a waiver in days; the shorter for high and critical. */
export const waiverDaysMax = { serious: 90, other: 365 };

export function exceptions(facts: Facts): readonly UnitResult[] {
  const { waivers } = facts.settings;
  if (waivers.length === 0)
    return [unknown(organisation('waivers'), 'not-yet', 'No exception is written down, so there is none to judge.')];
  return waivers.map((waiver): UnitResult => {
    const name = organisation(`waiver ${waiver.id}`);
    const proof = { evidence: [`setting:waivers.${waiver.id}`], grade: 'configured', observedMs: settingsMs(facts) } as const;
    const until = dateMs(waiver.until);
    const finding = facts.findings.find((one) => one.id === waiver.id);
    const serious = finding !== undefined && (finding.severity === 'high' || finding.severity === 'critical');
    const days = serious ? waiverDaysMax.serious : waiverDaysMax.other;
    if (until === null) return failing(name, { ...proof, because: `The waiver of ${waiver.id} has no readable end.` });
    // A waiver names the last day it covers, so it ends with that day.
    if (until + dayMs <= facts.nowMs)
      return failing(name, {
        ...proof,
        because: `The waiver of ${waiver.id} ended on ${waiver.until}, ${daysBetween(until, facts.nowMs)} days ago.`,
      });
    if (waiver.owner.trim() === '' || waiver.because.trim() === '')
      return failing(name, { ...proof, because: `The waiver of ${waiver.id} lacks owner or reason.` });
    if (until - facts.nowMs > days * dayMs)
      return failing(name, { ...proof, because: `The waiver of ${waiver.id} runs until ${waiver.until}, longer than ${days} days.` });
    return met(name, { ...proof, because: `${waiver.owner} waived ${waiver.id} until ${waiver.until}.` });
  });
}
