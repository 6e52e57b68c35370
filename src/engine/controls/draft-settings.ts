/** Drafts for stance.yaml: what people decide, written so that only names and dates are left to fill in. */
import type { Operation } from '../inventory/operation.ts';
import type { Draft, Facts, UnitResult } from './control.ts';
import { dateMs, dayMs, dayText } from './date.ts';
import { leadRole } from './lead.ts';
import { incidentRoles, stewardRole } from './roles.ts';
import { byService, operationName, operationsById, operationsOf } from './standing.ts';

/** Units a draft spells out; the rest is said in a comment. */
export const draftUnitsMax = 20;

function patch(text: string, safety = 'It changes a document only; no request is touched.'): Draft {
  return { language: 'yaml', file: 'stance.yaml', text: `${text.trimEnd()}\n`, safety };
}

export function leadDraft(facts: Facts): Draft {
  const role = facts.settings.roles.find((one) => one.role === leadRole);
  const person = role?.person ?? '<id of the lead>';
  const deputy = role?.deputy ?? '<id of the deputy>';
  const listed = new Set(facts.settings.people.map((one) => one.id));
  const missing = [person, deputy].filter((one) => !listed.has(one));
  const people =
    missing.length === 0 ? '' : `people:\n${missing.map((one) => `  ${quoted(one)}: { name: <full name>, team: <team> }`).join('\n')}\n`;
  return patch(
    `${people}roles:\n  ${leadRole}:\n    person: ${quoted(person)}\n    deputy: ${quoted(deputy)}\n    accepted-on: ${dayText(facts.nowMs)}   # the day both said yes\n    also-builds: false   # true when the lead also merges or deploys`,
  );
}

export function independenceDraft(facts: Facts): Draft {
  const today = dayText(facts.nowMs);
  return patch(
    `# Either the lead gives up building (and leaves CODEOWNERS):\nroles:\n  ${leadRole}:\n    also-builds: false\n# or management signs a dated exception, at most 180 days:\nattestations:\n  - control: PPL-02\n    by: <manager>\n    on: ${today}\n    until: ${dayText(facts.nowMs + 180 * dayMs)}\n    statement: The lead also builds because <reason>; <name> reviews the lead's own changes.`,
  );
}

export function ownerDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const lines = units.slice(0, draftUnitsMax).map((unit) => {
    const owner =
      facts.settings.apis.find((one) => one.name === unit.unit)?.owner ??
      facts.operations.find((one) => one.service === unit.unit && one.owner !== null)?.owner?.value;
    return `  ${quoted(unit.unit)}:\n    owner: ${owner === undefined ? '<team>' : `${quoted(owner)}   # ${unit.state === 'part' ? 'one active person: name a second below' : 'nobody active: name two below'}`}`;
  });
  return patch(
    `apis:\n${lines.join('\n')}${more(units)}\npeople:   # at least two active people for each team\n  <id of one>: { name: <full name>, team: <team> }\n  <id of another>: { name: <full name>, team: <team> }`,
  );
}

export function stewardDraft(facts: Facts): Draft {
  return patch(`roles:\n  ${stewardRole}:\n    person: <id>\n    deputy: <id>\n    accepted-on: ${dayText(facts.nowMs)}`);
}

export function incidentRolesDraft(facts: Facts): Draft {
  const lines = incidentRoles.map((role) => {
    const held = facts.settings.roles.find((one) => one.role === role);
    return `  ${role}:\n    person: ${quoted(held?.person ?? '<id>')}\n    deputy: ${quoted(held?.deputy ?? '<id>')}\n    accepted-on: ${dayText(facts.nowMs)}`;
  });
  return patch(`roles:\n${lines.join('\n')}\n# Then ring every number once, at an hour when nobody expects it.`);
}

export function supplierDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const lines = units
    .filter((unit) => unit.unitKind === 'service')
    .slice(0, draftUnitsMax)
    .map((unit) => {
      const api = facts.settings.apis.find((one) => one.name === unit.unit);
      const renewal = dateMs(api?.renewal);
      return `  ${quoted(unit.unit)}:\n    audience: ${api?.audience ?? 'consumed'}\n    supplier: ${quoted(api?.supplier ?? '<company>')}\n    owner: ${quoted(api?.owner ?? '<team of ours>')}\n    renewal: ${renewal !== null && renewal > facts.nowMs ? dayText(renewal) : '<end of the contract, 2027-01-31>'}`;
    });
  const body =
    lines.length > 0
      ? lines.join('\n')
      : '  <name>:\n    audience: consumed\n    hosts: [<host you call>]\n    supplier: <company>\n    owner: <team of ours>\n    renewal: <end of the contract, 2027-01-31>';
  return patch(`apis:\n${body}${more(units)}\n# Terms to ask for: security duties, notice of a breach within 72 hours, the right to end.`);
}

export function purposeDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const lines = units.slice(0, draftUnitsMax).map((unit) => {
    const api = facts.settings.apis.find((one) => one.name === unit.unit);
    return `  ${quoted(unit.unit)}:\n    purpose: ${quoted(api?.purpose ?? '<what it is for, in one sentence>')}\n    audience: ${api?.audience ?? '<public, partner, private or consumed>'}`;
  });
  return patch(`apis:\n${lines.join('\n')}${more(units)}`);
}

export function factsDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const chosen = operationsOf(facts, units);
  const services = byService(chosen);
  const apis = [...services].slice(0, draftUnitsMax).map(([service, operations]) => `  ${quoted(service)}:\n${missingFacts(operations)}`);
  const hosts = [...new Set(chosen.filter((one) => one.environments.length === 0).flatMap((one) => one.hosts))]
    .sort()
    .slice(0, draftUnitsMax);
  const environments =
    hosts.length === 0
      ? ''
      : `environments:\n  prod: { kind: production, hosts: [${hosts.map(quoted).join(', ')}] }   # move test hosts to their own entry\n`;
  const left = services.size > draftUnitsMax ? `\n  # and ${services.size - draftUnitsMax} more services` : '';
  return patch(`${environments}apis:\n${apis.join('\n')}${left}`);
}

function missingFacts(operations: readonly Operation[]): string {
  const lacks = (held: (operation: Operation) => boolean): boolean => operations.some((one) => !held(one));
  const lines = [
    ...(lacks((one) => one.owner !== null) ? ['    owner: <team>'] : []),
    ...(lacks((one) => one.audience !== null) ? ['    audience: <public, partner, private or consumed>'] : []),
    ...(lacks((one) => one.dataLevel !== null) ? ['    data-level: <public, internal, confidential or restricted>'] : []),
    ...(lacks((one) => one.version !== null) ? ['    # its operations carry no version: state `info.version` in the specification'] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : '    # list its hosts under `environments`';
}

export function environmentDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const wanted = new Set(units.map((unit) => unit.unit));
  const hosts = [
    ...new Set(
      facts.operations
        .filter((one) => wanted.has(one.service) || wanted.has('organisation:environments-exist'))
        .flatMap((one) => one.hosts),
    ),
  ].sort();
  const kinds = { production: [] as string[], staging: [] as string[], test: [] as string[], development: [] as string[] };
  for (const host of hosts.slice(0, 200)) kinds[hostGuess(host)].push(host);
  const line = (name: string, kind: string, list: readonly string[]): string =>
    `  ${name}:\n    kind: ${kind}\n    hosts: [${list.length > 0 ? list.map(quoted).join(', ') : '<host>'}]`;
  const staging = kinds.staging.length > 0 ? `\n${line('staging', 'staging', kinds.staging)}` : '';
  const development = kinds.development.length > 0 ? `\n${line('dev', 'development', kinds.development)}` : '';
  return patch(
    `# Sorted by host name only: check each line.\nenvironments:\n${line('prod', 'production', kinds.production)}\n${line('test', 'test', kinds.test)}${staging}${development}`,
  );
}

function hostGuess(host: string): 'production' | 'staging' | 'test' | 'development' {
  if (/stag|pre-?prod|uat/i.test(host)) return 'staging';
  if (/test|qa|sandbox/i.test(host)) return 'test';
  return /(^|[.-])dev|local/i.test(host) ? 'development' : 'production';
}

export function waiverDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const ids = units.map((unit) => unit.unit.replace('organisation:waiver ', ''));
  const lines = facts.settings.waivers
    .filter((waiver) => ids.includes(waiver.id))
    .slice(0, draftUnitsMax)
    .map(
      (waiver) =>
        `  - id: ${waiver.id}\n    until: ${dayText(facts.nowMs + 30 * dayMs)}   # or delete these lines once it is mended\n    because: ${quoted(waiver.because || '<why it can wait, and what guards meanwhile>')}\n    owner: ${quoted(waiver.owner || '<who carries the risk>')}`,
    );
  return patch(`waivers:\n${lines.join('\n')}`);
}

export function more(units: readonly UnitResult[]): string {
  return units.length > draftUnitsMax ? `\n  # and ${units.length - draftUnitsMax} more` : '';
}

/** Plain when YAML reads it as the text it is; otherwise in quotes. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./-][A-Za-z0-9_./ @-]*$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|~|[\d.e+-]+|\d{4}-\d\d-\d\d)$/i.test(text) &&
    !text.startsWith('-')
    ? text.trimEnd()
    : JSON.stringify(text);
}

export function namesOf(facts: Facts, units: readonly UnitResult[]): readonly string[] {
  const byId = operationsById(facts.operations);
  return units.map((unit) => {
    const operation = byId.get(unit.unit);
    if (unit.unit === 'organisation') return 'what is found';
    return operation === undefined ? unit.unit.replace(/^organisation:/, '').replaceAll('-', ' ') : operationName(operation);
  });
}
