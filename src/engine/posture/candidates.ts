/** What could be done next: one proposal for each control that does not hold, cut to the units that matter most. */
import type { Connector, Control, EvidenceGrade, Facts, UnitResult } from '../controls/control.ts';
import { dateMs, dayMs, dayText } from '../controls/date.ts';
import { blindAfterMs } from '../controls/discovery.ts';
import { namesOf } from '../controls/draft-settings.ts';
import { connectDraft, connectors } from '../controls/draft-source.ts';
import { isSpecification, operationsOf } from '../controls/standing.ts';
import type { Candidate, ControlResult } from './assessment.ts';
import { effortOf } from './effort.ts';
import type { Judgement, WeighedUnit } from './judgement.ts';
import { gradeWeight } from './weights.ts';

/** Most units of one change: small enough to finish, and the rest comes next. */
export const unitsOfChangeMax = 5;

export interface Judged {
  readonly control: Control;
  readonly judgement: Judgement;
  readonly result: ControlResult;
}

/** A candidate before it is valued. */
export interface Proposal {
  readonly key: string;
  readonly control: Control;
  readonly kind: Candidate['kind'];
  readonly title: string;
  readonly text: string;
  readonly draft: Candidate['draft'];
  readonly safety: string;
  readonly undo: string;
  readonly doneWhen: string;
  readonly units: readonly string[];
  readonly evidence: readonly string[];
  readonly owner: string | null;
  readonly effort: Candidate['effort'];
  readonly gain: Candidate['gain'];
  readonly prerequisites: Candidate['prerequisites'];
  readonly blockedBy: string | null;
  /** Share of the control's weight that turns from failing to met, and from unknown to met. */
  readonly mends: { readonly failing: number; readonly unknown: number };
  /** Source that would free this proposal, when one is missing. */
  readonly waitsFor: Connector | null;
  /** Set for a proposal that connects a source. */
  readonly connects: Connector | null;
}

export function proposalsOf(judged: readonly Judged[], facts: Facts): readonly Proposal[] {
  const byId = new Map(judged.map((one) => [one.control.id, one]));
  const sensitive = new Set(
    facts.operations.filter((one) => one.dataLevel?.value === 'restricted' || one.dataLevel?.value === 'confidential').map((one) => one.id),
  );
  const fixes = judged.flatMap((one) => fixesOf(one, { byId, facts, sensitive }));
  return [...fixes, ...connectionsOf(byId, facts), ...deadlinesOf(byId, facts)];
}

/** A lead is needed before others act, but never before the plan for emergencies. */
const exempt = new Set(['PRC-01', 'PPL-07']);

interface Surroundings {
  readonly byId: ReadonlyMap<string, Judged>;
  readonly facts: Facts;
  /** Operations that carry confidential or restricted data. */
  readonly sensitive: ReadonlySet<string>;
}

function fixesOf(one: Judged, around: Surroundings): readonly Proposal[] {
  const { control, judgement, result } = one;
  // Sensors and sources are connected, not fixed: connectionsOf offers them.
  if (result.outcome === 'not-applicable' || result.outcome === 'waived' || result.outcome === 'met' || control.id === 'TEC-36') return [];
  const failing = judgement.units.filter((unit) => unit.result.state === 'failing' || unit.result.state === 'part');
  const bleeding = failing.filter((unit) => bleeds(control, unit, around));
  const rest = bleeding.length === 0 ? failing : failing.filter((unit) => !bleeds(control, unit, around));
  const open = rest.length > 0 ? rest : bleeding.length > 0 ? [] : judgement.units.filter((unit) => unit.result.state === 'unknown');
  return [
    ...(bleeding.length > 0 ? [fixOf(one, bleeding, 'stop-the-bleeding', around)] : []),
    ...(open.length > 0 ? [fixOf(one, open, 'fix', around)] : []),
  ];
}

/** Sensitive data that answers anyone, or a credential that stands in logs now: these do not wait in line. */
function bleeds(control: Control, unit: WeighedUnit, { facts, sensitive }: Surroundings): boolean {
  if (unit.result.state !== 'failing' || unit.result.grade !== 'observed') return false;
  if (control.id === 'TEC-16') return unit.result.observedMs !== null && facts.nowMs - unit.result.observedMs <= 7 * dayMs;
  return control.id === 'TEC-18' && sensitive.has(unit.result.unit);
}

function fixOf(one: Judged, open: readonly WeighedUnit[], kind: 'fix' | 'stop-the-bleeding', { byId, facts }: Surroundings): Proposal {
  const { control, judgement } = one;
  const chosen = heaviest(open);
  const results = chosen.map((unit) => unit.result);
  const services = servicesOf(results, facts);
  const written = control.draft?.(facts, results);
  // A writer with nothing to write about (no operation is known yet) leaves the work order.
  const draft = written === undefined || written.text.trim() === '' ? workOrder(control, results, facts) : written;
  const prerequisites = control.prerequisites.map((id) => ({ control: id, held: (byId.get(id)?.result.low ?? 0) >= 0.5 }));
  const waiting = missingSource(results);
  const effort = effortOf(control.effort, services.length > 0 ? services.length : null);
  const left = open.length - chosen.length;
  return {
    key: `${kind === 'fix' ? 'fix' : 'stop'}:${control.id}`,
    control,
    kind,
    title: control.remedy.title.replace('{units}', nameList(namesOf(facts, results))),
    text: `${control.remedy.text}${left > 0 ? ` These ${chosen.length} weigh most; ${left} more come after them.` : ''}`,
    draft: { language: draft.language, file: draft.file, text: draft.text },
    safety: draft.safety,
    undo: control.remedy.undo,
    doneWhen: control.remedy.doneWhen,
    units: results.map((unit) => unit.unit),
    evidence: [...new Set(results.flatMap((unit) => unit.evidence))].slice(0, 20),
    owner: ownerOf(control, services, facts),
    effort,
    gain: gainOf(control, judgement, chosen, one.result.points.max),
    prerequisites,
    blockedBy: kind === 'stop-the-bleeding' ? null : blockOf(control, results, prerequisites, waiting),
    mends: mendsOf(judgement, chosen),
    waitsFor: waiting ?? (prerequisites.some((need) => !need.held && need.control === 'TEC-36') ? 'traffic' : null),
    connects: null,
  };
}

function blockOf(
  control: Control,
  units: readonly UnitResult[],
  prerequisites: Candidate['prerequisites'],
  waiting: Connector | null,
): string | null {
  const first = prerequisites.find((need) => !need.held);
  if (waiting !== null) return `needs a source first: ${sourceTitles[waiting]}`;
  if (units.every((unit) => unit.waitsFor === 'not-yet'))
    return 'Stance cannot see this yet, so it could not verify the change; a signed statement holds it meanwhile';
  if (units.every((unit) => unit.waitsFor === 'time' || unit.waitsFor === 'not-yet'))
    return 'what is known grows by itself as more traffic is seen';
  if (first !== undefined && !exempt.has(control.id)) return `needs ${first.control} to be at least half proven first`;
  return null;
}

/** The source that most of the unknown units wait for, if any unit cannot be judged without it. */
function missingSource(units: readonly UnitResult[]): Connector | null {
  for (const connector of connectors) if (units.length > 0 && units.every((unit) => unit.waitsFor === connector)) return connector;
  return null;
}

/** Heaviest first; for operations and services at most five, for the organisation all parts together, judgeable ones first. */
function heaviest(units: readonly WeighedUnit[]): readonly WeighedUnit[] {
  if (units.every((unit) => unit.result.unitKind === 'organisation')) {
    const doable = units.filter((unit) => unit.result.waitsFor !== 'not-yet' && unit.result.waitsFor !== 'time');
    return doable.length > 0 ? doable : units;
  }
  const rows = units.filter((unit) => unit.result.unitKind !== 'organisation');
  const doable = rows.filter((unit) => unit.result.waitsFor !== 'not-yet' && unit.result.waitsFor !== 'time');
  return [...(doable.length > 0 ? doable : rows)]
    .sort((a, b) => b.weight - a.weight || (a.result.unit < b.result.unit ? -1 : 1))
    .slice(0, unitsOfChangeMax);
}

/** Grade the evidence will have once the unit holds: a word stays a word, what traffic or a document shows counts as such. */
function gradeAfter(unit: UnitResult): EvidenceGrade {
  if (unit.waitsFor === 'settings' || unit.evidence.some((ref) => ref.startsWith('answer:'))) return 'attested';
  return unit.state === 'unknown' ? 'observed' : unit.grade;
}

/** What the total would gain if these units held and everything else stayed as it is. */
export function gainOf(control: Control, judgement: Judgement, chosen: readonly WeighedUnit[], max: number): Candidate['gain'] {
  const all = judgement.units.reduce((sum, unit) => sum + unit.weight, 0);
  if (all === 0) return { proven: 0, possible: 0 };
  let low = 0;
  let high = 0;
  for (const unit of chosen) {
    const grade = gradeAfter(unit.result);
    const counts = grade === 'attested' && control.severity === 'critical' && control.pillar === 'technology' ? 0 : gradeWeight[grade];
    low += unit.weight * Math.max(0, counts - unit.low);
    high += unit.weight * (1 - unit.high);
  }
  return { proven: (max * low) / all, possible: (max * high) / all };
}

function mendsOf(judgement: Judgement, chosen: readonly WeighedUnit[]): Proposal['mends'] {
  const all = judgement.units.reduce((sum, unit) => sum + unit.weight, 0);
  let failing = 0;
  let unknown = 0;
  for (const unit of chosen) {
    if (unit.result.state === 'unknown') unknown += unit.weight;
    else failing += unit.weight * (1 - unit.result.share);
  }
  return all === 0 ? { failing: 0, unknown: 0 } : { failing: failing / all, unknown: unknown / all };
}

function servicesOf(units: readonly UnitResult[], facts: Facts): readonly string[] {
  const services = new Set(operationsOf(facts, units).map((one) => one.service));
  for (const unit of units) {
    if (unit.unitKind === 'service') services.add(unit.unit);
    if (unit.unitKind === 'document') for (const one of facts.documents) if (one.place.file === unit.unit) services.add(one.service);
  }
  return [...services].sort();
}

/** Who would do it: the owner of the service, or the lead for work on the organisation; null when nobody is known. */
function ownerOf(control: Control, services: readonly string[], facts: Facts): string | null {
  const first = services[0];
  if (first !== undefined) {
    const api = facts.settings.apis.find((one) => one.name === first)?.owner;
    return api ?? facts.operations.find((one) => one.service === first && one.owner !== null)?.owner?.value ?? null;
  }
  if (control.id === 'PPL-01') return null;
  return facts.settings.roles.find((one) => one.role === 'api-security-lead')?.person ?? null;
}

function nameList(names: readonly string[]): string {
  const shown = names.slice(0, 2);
  const left = names.length - shown.length;
  if (left > 0) return `${shown.join(', ')} and ${left} more`;
  return shown.join(' and ');
}

/** For a control without a draft of its own: what to do, to which units, and what will show it. */
function workOrder(control: Control, units: readonly UnitResult[], facts: Facts) {
  const names = namesOf(facts, units).map((name) => `- ${name}`);
  return {
    language: 'markdown',
    file: null,
    text: `# ${control.remedy.title.replace('{units}', 'the units below')}\n\n${control.remedy.text}\n\nRule: ${control.passRule}\n\nFor:\n${names.join('\n')}\n\nDone when ${control.remedy.doneWhen}.\n`,
    safety: 'Agree with the owner before anything that callers notice.',
  } as const;
}

export const sourceTitles: Readonly<Record<Connector, string>> = {
  traffic: 'traffic of the gateway',
  'live-traffic': 'traffic that keeps coming',
  specification: 'API specifications',
  gateway: 'the gateway configuration',
  credentials: 'a log that shows whether calls carry a credential, and their scheme',
  ownership: 'who owns which API',
  bodies: 'traffic with bodies',
};

const connections: Readonly<
  Record<
    Connector,
    { readonly control: string; readonly title: string; readonly low: number; readonly high: number; readonly doneWhen: string }
  >
> = {
  traffic: {
    control: 'TEC-36',
    title: 'Import the access log of your gateway',
    low: 0.05,
    high: 0.3,
    doneWhen: 'an import after today shows calls',
  },
  'live-traffic': {
    control: 'TEC-36',
    title: 'Keep the access log flowing',
    low: 0.1,
    high: 0.5,
    doneWhen: 'a traffic source was heard within the last 24 hours',
  },
  specification: {
    control: 'TEC-01',
    title: 'Import the API specifications',
    low: 0.05,
    high: 0.3,
    doneWhen: 'an import after today declares operations',
  },
  gateway: {
    control: 'TEC-25',
    title: 'Import the gateway configuration',
    low: 0.05,
    high: 0.3,
    doneWhen: 'an import after today declares routes',
  },
  credentials: {
    control: 'TEC-18',
    title: 'Let the log show whether a call carried a credential',
    low: 0.2,
    high: 1,
    doneWhen: 'a traffic source imported after today shows credentials',
  },
  ownership: {
    control: 'PPL-04',
    title: 'Import CODEOWNERS, or name the owners',
    low: 0.05,
    high: 0.5,
    doneWhen: 'ownership is known from an import after today',
  },
  bodies: {
    control: 'TEC-13',
    title: 'Import one recording with bodies',
    low: 0.1,
    high: 0.5,
    doneWhen: 'a traffic source imported after today shows bodies',
  },
};

/** Whether a workspace lacks this source now. */
export function isMissing(connector: Connector, facts: Facts): boolean {
  const traffic = facts.sources.filter((one) => one.kind === 'traffic' && one.account.read > 0);
  switch (connector) {
    case 'traffic':
      return traffic.length === 0;
    case 'live-traffic':
      return traffic.length > 0 && !traffic.some((one) => one.lastMs !== null && facts.nowMs - one.lastMs <= blindAfterMs);
    case 'specification':
      return !facts.documents.some((one) => isSpecification(one.format));
    case 'gateway':
      return !facts.documents.some((one) => !isSpecification(one.format));
    case 'credentials':
      return traffic.length > 0 && !traffic.some((one) => one.sight.withCredentialInfo > 0);
    case 'ownership':
      return facts.operations.length > 0 && facts.owners.length === 0 && !facts.operations.some((one) => one.owner !== null);
    case 'bodies':
      return traffic.length > 0 && !traffic.some((one) => one.sight.withBodies > 0);
  }
}

function connectionsOf(byId: ReadonlyMap<string, Judged>, facts: Facts): readonly Proposal[] {
  return connectors.flatMap((connector): readonly Proposal[] => {
    if (!isMissing(connector, facts)) return [];
    const words = connections[connector];
    const judged = byId.get(words.control);
    if (judged === undefined) return [];
    const draft = connectDraft(connector, facts);
    const reach = [...byId.values()].filter((one) => waits(one, connector)).map((one) => one.control.id);
    const followed = facts.sources.some((one) => one.kind === 'traffic' && (one.state === 'following' || one.state === 'running'));
    const lights =
      reach.length === 0
        ? ''
        : ` It lights up ${reach.length === 1 ? 'one control' : `${reach.length} controls`}: ${reach.slice(0, 8).join(', ')}${reach.length > 8 ? ', …' : ''}.`;
    return [
      {
        key: `find-out:${connector}`,
        control: judged.control,
        // A sensor that was followed and fell silent blinds everything that rests on it.
        kind: connector === 'live-traffic' && followed ? 'stop-the-bleeding' : 'find-out',
        title: words.title,
        text: `Missing: ${sourceTitles[connector]}.${lights}`,
        draft: { language: draft.language, file: draft.file, text: draft.text },
        safety: draft.safety,
        undo: 'Delete the source under Settings, Sources.',
        doneWhen: words.doneWhen,
        units: [`organisation:${connector}`],
        evidence: facts.sources.slice(0, 5).map((one) => `source:${one.id}`),
        owner: null,
        effort: {
          size: 'XS',
          daysLow: words.low,
          daysMedian: Math.sqrt(words.low * words.high),
          daysHigh: words.high,
          basis: 'an expert estimate for one import',
        },
        gain: { proven: 0, possible: 0 },
        prerequisites: [],
        blockedBy:
          connector === 'live-traffic' ||
          connector === 'traffic' ||
          connector === 'specification' ||
          !isMissing('traffic', facts) ||
          connector === 'gateway'
            ? null
            : 'needs traffic first',
        mends: { failing: 0, unknown: 0 },
        waitsFor: null,
        connects: connector,
      },
    ];
  });
}

/** Whether part of what is not known of this control waits for the source. */
export function waits(one: Judged, connector: Connector): boolean {
  if (one.result.outcome === 'not-applicable' || one.result.outcome === 'waived') return false;
  const units = one.judgement.units;
  if (connector === 'live-traffic')
    return units.some((unit) => unit.fresh < 1 && unit.result.state !== 'unknown' && unit.result.grade === 'observed');
  return units.some((unit) => unit.result.state === 'unknown' && unit.result.waitsFor === connector);
}

/** Days ahead within which a promise with a date goes before everything that is only ranked. */
const deadlineDays = 30;

/** Promises that run out: a contract that ends, a sunset with callers still there. */
function deadlinesOf(byId: ReadonlyMap<string, Judged>, facts: Facts): readonly Proposal[] {
  const soon = (text: string | null): boolean => {
    const at = dateMs(text);
    return at !== null && at > facts.nowMs && at - facts.nowMs <= deadlineDays * dayMs;
  };
  const contracts = facts.settings.apis.filter((api) => (api.audience === 'consumed' || api.audience === 'partner') && soon(api.renewal));
  const sunsets = facts.operations
    .filter((one) => soon(one.sunset) && one.traffic !== null && facts.nowMs - one.traffic.lastMs <= 7 * dayMs)
    .slice(0, unitsOfChangeMax);
  const proposals: Proposal[] = [];
  const suppliers = byId.get('PPL-09');
  const contract = contracts[0];
  if (suppliers !== undefined && contract !== undefined) {
    const names = contracts.map((one) => one.name);
    proposals.push(
      deadlineOf(
        suppliers,
        names,
        `Renew or end the contract for ${nameList(names)}`,
        `The contract ends on ${contract.renewal}. Decide before that day, with terms for security and breach notice.`,
        `apis:\n${names.map((name) => `  ${name}:\n    renewal: <new end of the contract>`).join('\n')}\n`,
        'stance.yaml',
        facts,
      ),
    );
  }
  const retirement = byId.get('PRC-18');
  const first = sunsets[0];
  if (retirement !== undefined && first !== undefined) {
    const names = sunsets.map((one) => `${one.method} ${one.template}`);
    proposals.push(
      deadlineOf(
        retirement,
        sunsets.map((one) => one.id),
        `Move the last callers off ${nameList(names)}`,
        `Its sunset is ${dayText(dateMs(first.sunset) ?? facts.nowMs)}, and ${first.traffic?.clients ?? 0} callers still use it.`,
        `# To each caller:\n#   ${names.join(', ')} ends on ${first.sunset}. Use <successor> instead; examples are at <docs>.\n`,
        null,
        facts,
      ),
    );
  }
  return proposals;
}

function deadlineOf(
  one: Judged,
  units: readonly string[],
  title: string,
  text: string,
  draft: string,
  file: string | null,
  facts: Facts,
): Proposal {
  const services = [...new Set(facts.operations.filter((each) => units.includes(each.id)).map((each) => each.service))];
  return {
    key: `deadline:${one.control.id}`,
    control: one.control,
    kind: 'deadline',
    title,
    text,
    draft: { language: 'yaml', file, text: draft },
    safety: 'A date that passes by itself is a decision nobody took.',
    undo: one.control.remedy.undo,
    doneWhen: one.control.remedy.doneWhen,
    units,
    evidence: units.slice(0, 20).map((unit) => (unit.startsWith('op_') ? `operation:${unit}` : `setting:apis.${unit}`)),
    owner: ownerOf(one.control, services, facts),
    effort: effortOf('S', Math.max(1, services.length)),
    gain: { proven: 0, possible: 0 },
    prerequisites: [],
    blockedBy: null,
    mends: { failing: 0, unknown: 0 },
    waitsFor: null,
    connects: null,
  };
}
