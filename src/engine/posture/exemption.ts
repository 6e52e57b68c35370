/** Who may say that a control does not apply: an approval with a reason, and a second person once it is more than a little. */
import type { Control } from '../controls/control.ts';
import type { Settings } from '../evidence/settings.ts';
import { notApplicableShareMax, severityWeight } from './weights.ts';

export interface Exemptions {
  readonly granted: ReadonlyMap<string, string>;
  /** Declared and not accepted, with the reason; such a control is judged as if nothing had been said. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Declarations in the order of the catalogue: a reason and an approver are demanded of each; from the one that lifts
 * the share above 15 % of all weight on, two different approvers.
 */
export function exemptionsOf(settings: Settings, controls: readonly Control[]): Exemptions {
  const granted = new Map<string, string>();
  const refused = new Map<string, string>();
  const all = controls.reduce((sum, control) => sum + severityWeight[control.severity], 0);
  let share = 0;
  for (const control of controls) {
    const said = settings.notApplicable.find((one) => one.control === control.id);
    if (said === undefined) continue;
    const approvers = new Set(
      said.approvedBy
        .split(/,|;|&|\band\b/i)
        .map((one) => one.trim().toLowerCase())
        .filter((one) => one !== ''),
    );
    const next = share + severityWeight[control.severity] / all;
    if (said.because.trim() === '') refused.set(control.id, 'not applicable was declared without a reason');
    else if (approvers.size === 0) refused.set(control.id, 'not applicable was declared without an approver');
    else if (next > notApplicableShareMax && approvers.size < 2) {
      refused.set(control.id, `more than ${notApplicableShareMax * 100} % of the weight would not apply, which needs a second approver`);
    } else {
      share = next;
      granted.set(control.id, `${said.because} (approved by ${said.approvedBy})`);
    }
  }
  return { granted, refused };
}
