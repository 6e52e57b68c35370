/** PPL-09: APIs that others run for us have an owner and terms in force. */
import type { Facts, UnitResult } from './control.ts';
import { dateMs } from './date.ts';
import { personState, settingsMs } from './standing.ts';
import { organisation, part, serviceUnit, unknown } from './unit.ts';

export function outsideApis(facts: Facts): readonly UnitResult[] {
  const outside = facts.settings.apis.filter((api) => api.audience === 'consumed' || api.audience === 'partner');
  if (outside.length === 0) {
    return [
      unknown(
        organisation('outside-apis'),
        'settings',
        'No API is marked consumed or partner in stance.yaml; outbound traffic is not seen.',
      ),
    ];
  }
  return outside.map((api): UnitResult => {
    const renewal = dateMs(api.renewal);
    const missing = [
      ...(api.supplier === null ? ['no supplier is named'] : []),
      ...(api.owner === null
        ? ['nobody of ours looks after it']
        : personState(facts, api.owner) === 'inactive'
          ? [`${api.owner} is no longer active`]
          : []),
      ...(renewal === null ? ['no contract end is written down'] : renewal < facts.nowMs ? [`the contract ended on ${api.renewal}`] : []),
    ];
    return part(serviceUnit(api.name), 1 - missing.length / 3, {
      because:
        missing.length === 0
          ? `${api.name}: ${api.supplier}, looked after by ${api.owner}, contract until ${api.renewal}.`
          : `${api.name}: ${missing.join('; ')}.`,
      evidence: [`setting:apis.${api.name}`],
      grade: 'attested',
      observedMs: settingsMs(facts),
    });
  });
}
