/** What people change through the web page and the terminal, as changes to `stance.yaml`. */
import type { FirstAnswers, PlanSetting, RoleSetting, WaiverSetting } from '../engine/evidence/settings.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { SettingsChange } from './settings-patch.ts';

const answerKeys: Readonly<Record<keyof FirstAnswers, string>> = {
  lead: 'lead',
  dataSteward: 'data-steward',
  incidentPlan: 'incident-plan',
  sdlcAndDocs: 'sdlc-and-docs',
  environments: 'environments',
  gatewayAccess: 'gateway-access',
};

/** Answers given are written; null takes an answer back; those not named stay. */
export function answersChange(answers: Partial<FirstAnswers>): SettingsChange[] {
  return Object.entries(answers).flatMap(([name, value]): SettingsChange[] => {
    const path = ['answers', answerKeys[name as keyof FirstAnswers]];
    if (value === undefined) return [];
    return [value === null ? { kind: 'remove', path } : { kind: 'set', path, value }];
  });
}

/** Who answers for an API; null takes the owner away. */
export function ownerChange(api: string, owner: string | null): SettingsChange {
  const path = ['apis', api, 'owner'];
  return owner === null ? { kind: 'remove', path } : { kind: 'set', path, value: owner };
}

/** Waives one finding or control until a date; a waiver of the same id is replaced. */
export function waiverChange({ id, until, because, owner }: WaiverSetting): SettingsChange {
  return { kind: 'set', path: ['waivers', { id }], value: { id, until, owner, because } };
}

export function waiverEnd(id: string): SettingsChange {
  return { kind: 'remove', path: ['waivers', { id }] };
}

export function roleChange({ role, person, deputy, acceptedOn, alsoBuilds }: RoleSetting): SettingsChange {
  const value = present({ person, deputy, 'accepted-on': acceptedOn, 'also-builds': alsoBuilds });
  return { kind: 'set', path: ['roles', role], value };
}

export function planChange({ kind, location, owner, reviewedOn, exercisedOn }: PlanSetting): SettingsChange {
  const value = present({ location, owner, 'reviewed-on': reviewedOn, 'exercised-on': exercisedOn });
  return { kind: 'set', path: ['plans', kind], value };
}

/** A decision about templates is added to those before it: they are replayed in order. */
export function templateChange(decision: TemplateDecision): SettingsChange {
  return { kind: 'append', path: ['templates'], value: present({ ...decision }) };
}

function present(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null && value !== undefined));
}
