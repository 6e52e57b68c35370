/** PPL-01 and PPL-02: who leads API security, and whether the lead judges own work. */
import type { Facts, UnitResult } from './control.ts';
import { ageOf } from './date.ts';
import { personState, plainName, settingsMs } from './standing.ts';
import { failing, met, organisation, type Proof, part, unknown } from './unit.ts';

export const leadRole = 'api-security-lead';

export function securityLead(facts: Facts): readonly UnitResult[] {
  const roles = facts.settings.roles.filter((role) => role.role === leadRole);
  const holders = new Set(roles.flatMap((role) => (role.person === null ? [] : [plainName(role.person)])));
  const role = roles.find((one) => one.person !== null) ?? roles[0];
  if (role === undefined)
    return [leadAnswered(facts), unknown(organisation('deputy'), 'settings', 'No role in stance.yaml names a deputy.')];

  const proof = roleProof(facts, leadRole);
  if (holders.size > 1)
    return [failing(organisation('lead'), proof(`${holders.size} people are named lead; exactly one answers.`)), deputyOf(facts)];
  return [holder(facts, 'lead', role.person, role.acceptedOn), deputyOf(facts)];
}

/** The answer to the first-run question is a claim without a name: it counts as attested and never proves a deputy. */
function leadAnswered(facts: Facts): UnitResult {
  const answer = facts.settings.answers.lead;
  const proof: Proof = {
    because:
      answer === 'nobody'
        ? 'You said that nobody leads API security.'
        : 'You said that somebody leads API security; stance.yaml names nobody yet.',
    evidence: ['answer:lead'],
    grade: 'attested',
    observedMs: settingsMs(facts),
  };
  if (answer === 'nobody') return failing(organisation('lead'), proof);
  if (answer === 'independent' || answer === 'also-builds') return met(organisation('lead'), proof);
  return unknown(organisation('lead'), 'settings', 'Nobody has said who leads API security.', answer === 'unknown' ? ['answer:lead'] : []);
}

function deputyOf(facts: Facts): UnitResult {
  const role = facts.settings.roles.find((one) => one.role === leadRole && one.deputy !== null);
  if (role === undefined) return failing(organisation('deputy'), roleProof(facts, leadRole)('The lead has no deputy.'));
  return holder(facts, 'deputy', role.deputy, role.acceptedOn);
}

function holder(facts: Facts, duty: 'lead' | 'deputy', person: string | null, acceptedOn: string | null): UnitResult {
  const proof = roleProof(facts, leadRole);
  const name = organisation(duty);
  if (person === null) return failing(name, proof(`The role of ${duty} is vacant.`));
  const state = personState(facts, person);
  if (state === 'inactive') return failing(name, proof(`${person} is named ${duty} and is no longer active.`));
  if (state === 'unlisted' && facts.settings.people.length > 0) {
    return unknown(name, 'settings', `${person} is named ${duty}, and is not in the list of people.`, [`setting:roles.${leadRole}`]);
  }
  const accepted = ageOf(acceptedOn, facts.nowMs, 365);
  if (accepted === 'future')
    return unknown(name, 'settings', `The acceptance of ${person} is dated in the future.`, [`setting:roles.${leadRole}`]);
  if (accepted !== 'fresh') {
    return part(
      name,
      0.5,
      proof(`${person} is named ${duty}, ${accepted === 'old' ? 'and accepted more than 365 days ago' : 'with no date of acceptance'}.`),
    );
  }
  return met(name, proof(`${person} is ${duty}, accepted on ${acceptedOn}.`));
}

export function independentLead(facts: Facts): readonly UnitResult[] {
  const name = organisation('independence');
  const exception = facts.settings.attestations.find((one) => one.control === 'PPL-02');
  const conflict = conflictOf(facts);
  if (conflict !== null) {
    const until = ageOf(exception?.on ?? null, facts.nowMs, 180);
    const running = exception !== undefined && until === 'fresh' && ageOf(exception.until, facts.nowMs, 0) === 'future';
    if (!running) return [failing(name, conflict)];
    return [
      met(name, {
        because: `${conflict.because} An exception signed by ${exception.by} runs until ${exception.until}.`,
        evidence: ['attestation:PPL-02', ...conflict.evidence],
        grade: 'attested',
        observedMs: Date.parse(exception.on),
      }),
    ];
  }
  const role = facts.settings.roles.find((one) => one.role === leadRole && one.person !== null);
  const proof = roleProof(facts, leadRole);
  if (role !== undefined && role.alsoBuilds === false)
    return [met(name, proof(`stance.yaml says that ${role.person} does not build or deploy.`))];
  if (facts.settings.answers.lead === 'independent') {
    return [
      met(name, {
        because: 'You said that the lead does not build the APIs.',
        evidence: ['answer:lead'],
        grade: 'attested',
        observedMs: settingsMs(facts),
      }),
    ];
  }
  return [
    unknown(
      name,
      'settings',
      'Nobody has said whether the lead also builds.',
      facts.settings.answers.lead === 'unknown' ? ['answer:lead'] : [],
    ),
  ];
}

/** What is said and what is seen: code ownership of the lead outweighs a statement of independence. */
function conflictOf(facts: Facts): Proof | null {
  const role = facts.settings.roles.find((one) => one.role === leadRole && one.person !== null);
  const lead = role?.person ?? null;
  if (lead !== null) {
    const owned = facts.owners.filter((rule) => rule.owners.some((owner) => plainName(owner) === plainName(lead)));
    const first = owned[0];
    if (first !== undefined) {
      return {
        because: `${lead} leads API security and is code owner of ${owned.length === 1 ? `\`${first.pattern}\`` : `${owned.length} patterns, among them \`${first.pattern}\``}.`,
        evidence: [`setting:roles.${leadRole}`, 'setting:owners'],
        grade: 'configured',
        observedMs: settingsMs(facts),
      };
    }
    if (role?.alsoBuilds === true) return roleProof(facts, leadRole)(`stance.yaml says that ${lead} also builds the APIs.`);
  }
  if (role === undefined && facts.settings.answers.lead === 'also-builds') {
    return {
      because: 'You said that the lead also builds the APIs.',
      evidence: ['answer:lead'],
      grade: 'attested',
      observedMs: settingsMs(facts),
    };
  }
  return null;
}

/** Roles are written by people: they count as attested until an identity provider confirms them. */
export function roleProof(facts: Facts, role: string): (because: string) => Proof {
  return (because) => ({ because, evidence: [`setting:roles.${role}`], grade: 'attested', observedMs: settingsMs(facts) });
}
