/** PRC-08: each API states what it is for and for whom. */
import type { Facts, UnitResult } from './control.ts';
import { byService, settingsMs } from './standing.ts';
import { part, serviceUnit, unknown } from './unit.ts';

export function statedPurpose(facts: Facts): readonly UnitResult[] {
  const services = byService(facts.operations);
  return [...services].map(([service, operations]): UnitResult => {
    const api = facts.settings.apis.find((one) => one.name === service);
    const audience = api?.audience ?? operations.find((one) => one.audience?.from === 'stance.yaml')?.audience?.value ?? null;
    if (facts.settings.apis.length === 0) return unknown(serviceUnit(service), 'settings', 'stance.yaml describes no API yet.');
    const missing = [...(api?.purpose ? [] : ['no purpose']), ...(audience === null ? ['no audience'] : [])];
    return part(serviceUnit(service), 1 - missing.length / 2, {
      because: missing.length === 0 ? `${service}: ${api?.purpose} (${audience}).` : `${service} states ${missing.join(' and ')}.`,
      evidence: [`setting:apis.${service}`],
      grade: 'configured',
      observedMs: settingsMs(facts),
    });
  });
}
