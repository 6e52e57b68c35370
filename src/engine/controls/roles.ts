/** PPL-05 and PPL-07: the data steward, and the people who must answer in an incident. */
import type { Facts, UnitResult } from './control.ts';
import { roleProof } from './lead.ts';
import { personState, settingsMs } from './standing.ts';
import { failing, met, organisation, unknown } from './unit.ts';

export const stewardRole = 'data-steward';
export const incidentRoles: readonly string[] = ['incident-commander', 'legal-contact', 'communications-contact'];

export function dataSteward(facts: Facts): readonly UnitResult[] {
  return [steward(facts), unknown(organisation('decisions'), 'not-yet', 'No decision on data classes is recorded yet.')];
}

function steward(facts: Facts): UnitResult {
  const name = organisation('data-steward');
  const role = facts.settings.roles.find((one) => one.role === stewardRole);
  if (role !== undefined) {
    const proof = roleProof(facts, stewardRole);
    if (role.person === null) return failing(name, proof('The role of data steward is vacant.'));
    if (personState(facts, role.person) === 'inactive')
      return failing(name, proof(`${role.person} is data steward and is no longer active.`));
    return met(name, proof(`${role.person} decides how data is classified.`));
  }
  const answer = facts.settings.answers.dataSteward;
  const proof = { evidence: ['answer:dataSteward'], grade: 'attested', observedMs: settingsMs(facts) } as const;
  if (answer === 'nobody') return failing(name, { ...proof, because: 'You said that nobody decides what counts as sensitive.' });
  if (answer === 'named')
    return met(name, { ...proof, because: 'You said that somebody decides what counts as sensitive; stance.yaml names nobody yet.' });
  return unknown(
    name,
    'settings',
    'Nobody has said who decides what counts as sensitive.',
    answer === 'unknown' ? ['answer:dataSteward'] : [],
  );
}

/** A name on paper is not an answered call: two named people are needed for each role, and a page test for the rest. */
export function incidentContacts(facts: Facts): readonly UnitResult[] {
  const page = unknown(organisation('page-test'), 'not-yet', 'No source shows a page test, so nothing shows that they answer.');
  return [...incidentRoles.map((wanted) => incidentRole(facts, wanted)), page];
}

function incidentRole(facts: Facts, wanted: string): UnitResult {
  const name = organisation(wanted);
  const role = facts.settings.roles.find((one) => one.role === wanted);
  if (role === undefined) return unknown(name, 'settings', `stance.yaml names no ${wanted}.`);
  const proof = roleProof(facts, wanted);
  if (role.person === null) return failing(name, proof(`The role ${wanted} is vacant.`));
  if (role.deputy === null) return failing(name, proof(`${role.person} is the only ${wanted}; two people are needed.`));
  const gone = [role.person, role.deputy].filter((person) => personState(facts, person) === 'inactive');
  if (gone.length > 0) return failing(name, proof(`${gone.join(' and ')} is named ${wanted} and is no longer active.`));
  return met(name, proof(`${role.person} and ${role.deputy} are named ${wanted}.`));
}
