/**
 * What the decisions of a guard show to be wrong or under attack. One finding a cause, not one a request: clients and
 * operations are named inside it. Pure; the same groups give the same findings.
 */
import type { DecisionGroup } from '../evidence/decision-group.ts';
import { type Finding, type FindingPlace, findingId, type Severity } from '../evidence/finding.ts';
import { isFailOpen } from '../evidence/guard-batch.ts';

export interface ThreatEvidence {
  /** Decisions of the last days, put together by kind. */
  readonly groups: readonly DecisionGroup[];
  /** What guards say they lost and handled since they started. */
  readonly lost: { readonly observations: number; readonly decisions: number; readonly requests: number };
  /** Operation of a decision, for places; null = the inventory has none. */
  readonly operationOf: (group: DecisionGroup) => string | null;
}

/** Clients, rules and operations named in a text. */
const NAMED_MAX = 3;
const PLACES_MAX = 50;
const EVIDENCE_MAX = 20;
/** Connections cut off below this are phones in tunnels, not an attack. */
const SLOW_MIN = 10;
const SLOW_HIGH = 100;
/** Refused credentials of one client below this are people who mistype. */
const REFUSALS_MIN = 50;
/** Clients that met one limit, from which honest ones are likely among them. */
const LIMITED_CLIENTS_MIN = 20;
/** Share of evidence lost from which conclusions are in doubt. */
const LOST_SHARE_HIGH = 0.01;

/** Ways to hold a connection for long, by the last part of the rule. */
const slowModes: Readonly<Record<string, string>> = {
  'slow-headers': 'headers sent in drops',
  'slow-head': 'headers sent in drops',
  'slow-body': 'bodies sent in drops',
  'slow-read': 'answers read in drops',
  'slow-reader': 'answers read in drops',
  'slow-drip': 'headers sent a few bytes at a time',
  drip: 'bytes sent one at a time',
  idle: 'connections held without a request',
  'idle-hoard': 'connections held without a request',
  'connection-share': 'more connections than one source may hold',
  'rapid-reset': 'streams opened and reset at once (HTTP/2 rapid reset)',
  'continuation-flood': 'headers without an end (HTTP/2 CONTINUATION flood)',
};

/** Faults of the guard or of the gateway that asks it, not of the caller. */
const doorFaults: ReadonlySet<string> = new Set(['protocol.door-setup', 'protocol.decision-failed']);

const probes: ReadonlySet<string> = new Set(['scanner', 'sensitive-file']);

interface Kind {
  readonly rule: string;
  readonly controls: readonly string[];
  /** What is gathered in one finding; null = not of this kind. */
  readonly subject: (group: DecisionGroup) => string | null;
  /** null = too little to speak of. */
  readonly severity: (groups: readonly DecisionGroup[]) => Severity | null;
  readonly title: (subject: string, groups: readonly DecisionGroup[]) => string;
  readonly detail: (groups: readonly DecisionGroup[], subject: string) => string;
  readonly fix: string;
}

const kinds: readonly Kind[] = [
  {
    rule: 'guard.slow-attack',
    controls: ['TEC-32', 'TEC-29'],
    subject: (group) => slowMode(group),
    severity: (groups) => (total(groups) < SLOW_MIN ? null : total(groups) < SLOW_HIGH ? 'medium' : 'high'),
    title: (mode, groups) => `Slow attack by ${modeWords(mode)} from ${clients(groups, 1)}`,
    detail: (groups, mode) =>
      `${count(total(groups), 'connection')} cut off for ${modeWords(mode)}, from ${clientCount(groups)}: ${clients(groups)}. They were closed; honest callers kept their place.`,
    fix: 'Deny the network for a while if it goes on (make a rule from this filter on the Threats page), and tell its operator.',
  },
  {
    rule: 'guard.injection-attempts',
    controls: ['TEC-31'],
    subject: (group) => (group.section === 'attacks' && !probes.has(category(group)) ? service(group) : null),
    severity: (groups) => (passed(groups) > 0 ? 'high' : total(groups) < 5 ? 'low' : 'medium'),
    title: (_, groups) =>
      passed(groups) > 0
        ? `Requests that look like attacks reach ${asked(groups)}: their rules only log`
        : `Attacks on ${asked(groups)} were stopped: ${categories(groups)}`,
    detail: (groups) =>
      `${count(total(groups), 'request')} from ${clientCount(groups)} (${clients(groups)}), mostly ${busiest(groups)}. Kinds: ${categories(groups)}. ${passed(groups)} passed because the policy only logs, ${total(groups) - passed(groups)} were refused.`,
    fix: 'Look at a few of them. If they are attacks, set the section to block after a replay; if they are good requests, add an exception for that place.',
  },
  {
    rule: 'guard.undecided',
    controls: ['TEC-36'],
    subject: (group) => (doorFaults.has(group.rule) ? group.rule : null),
    severity: () => 'high',
    title: (subject, groups) => `The guard could not judge ${count(total(groups), 'request')} (${subject})`,
    detail: (groups) => `From ${clientCount(groups)}. They were refused, whoever sent them: the fault is on this side.`,
    fix: 'protocol.door-setup: let the gateway in front tell method and target once each, as in examples/. protocol.decision-failed: look into the log of the guard.',
  },
  {
    rule: 'guard.malformed-requests',
    controls: ['TEC-31', 'TEC-05'],
    subject: (group) => (group.section === 'protocol' && slowMode(group) === null && !doorFaults.has(group.rule) ? group.rule : null),
    severity: (groups) => (total(groups) < 5 ? 'info' : total(groups) < 50 ? 'low' : 'medium'),
    title: (subject, groups) => `${count(total(groups), 'request')} broke the rules of HTTP (${subject})`,
    detail: (groups) =>
      `From ${clientCount(groups)}: ${clients(groups)}. What two servers could read differently was refused before any server behind the guard saw it.`,
    fix: 'If a client of yours sends them, mend that client; otherwise nothing has to be done.',
  },
  {
    rule: 'guard.content-discovery',
    controls: ['TEC-31', 'TEC-33'],
    subject: (group) =>
      group.rule === 'behaviour.discovery' || (group.section === 'attacks' && probes.has(category(group))) ? service(group) : null,
    severity: (groups) => (passed(groups) > 0 ? 'medium' : 'low'),
    title: (_, groups) => `${asked(groups)} is searched for hidden content from ${clients(groups, 1)}`,
    detail: (groups) =>
      `${count(total(groups), 'request')} from ${clientCount(groups)}: ${clients(groups)}. ${passed(groups)} passed because the policy only logs.`,
    fix: 'Nothing that is found this way should be there: check that no backup, admin page or debug address is reachable.',
  },
  {
    rule: 'guard.credential-guessing',
    controls: ['TEC-26'],
    subject: (group) =>
      group.rule === 'behaviour.guessing' || group.section === 'authentication' ? `${group.method} ${group.template}` : null,
    severity: (groups) => {
      const guesses = total(groups.filter((group) => group.rule === 'behaviour.guessing'));
      if (guesses === 0) return mostOfOneClient(groups) < REFUSALS_MIN ? null : 'medium';
      return passed(groups) > 0 ? 'critical' : 'high';
    },
    title: (subject, groups) => `Credentials are guessed at ${subject} from ${clients(groups, 1)}`,
    detail: (groups) =>
      `${count(total(groups), 'attempt')} stopped or marked, from ${clientCount(groups)}: ${clients(groups)}. ${passed(groups)} passed because the policy only logs.`,
    fix: 'Limit attempts by account as well as by client, ask for a second factor, and look for sign-ins that succeeded from these networks.',
  },
  {
    rule: 'guard.limit-hit',
    controls: ['TEC-25', 'TEC-28'],
    subject: (group) => (group.section === 'limits' || group.section === 'overload' ? group.rule : null),
    severity: (groups) => (new Set(groups.map((group) => group.client)).size >= LIMITED_CLIENTS_MIN ? 'medium' : 'info'),
    title: (subject, groups) => `The limit ${subject} was met by ${clientCount(groups)}`,
    detail: (groups) =>
      `${count(total(groups), 'request')} above it, of which ${total(groups) - passed(groups)} were refused, mostly ${busiest(groups)}. Most from ${clients(groups)}.`,
    fix: 'When many callers meet it, it is too low or one of them floods: compare with the suggested limit, then raise or reshape it.',
  },
  {
    rule: 'guard.fail-open-used',
    controls: ['TEC-36', 'TEC-18'],
    subject: (group) => (isFailOpen(group.rule) ? group.section : null),
    severity: () => 'high',
    title: (subject, groups) => `${count(total(groups), 'request')} passed without ${sectionWords(subject)}, because routes fail open`,
    detail: (groups) => `Busiest: ${busiest(groups)}, from ${clientCount(groups)}. What should have decided could not be asked.`,
    fix: 'Mend what could not be asked, then decide whether these routes may go on failing open (fail-mode in the policy).',
  },
  {
    rule: 'guard.undeclared-operation',
    controls: ['TEC-02'],
    subject: (group) => (group.rule.startsWith('validation.undeclared') || group.rule === 'validation.method' ? service(group) : null),
    severity: (groups) => (passed(groups) > 0 ? 'medium' : 'low'),
    title: (_, groups) =>
      `${count(operations(groups), 'operation')} of ${asked(groups)} ${operations(groups) === 1 ? 'is' : 'are'} called at the guard and in no specification`,
    detail: (groups) => `${count(total(groups), 'request')}, ${passed(groups)} let through. Busiest: ${busiest(groups)}.`,
    fix: 'Add them to the specification when they are meant to be there, then let the guard refuse what is not declared.',
  },
];

/** Findings, in the order of the kinds and, within one, of their subject. */
export function threatFindings({ groups, lost, operationOf }: ThreatEvidence): Finding[] {
  const findings = kinds.flatMap((kind) => {
    const bySubject = new Map<string, DecisionGroup[]>();
    for (const group of groups) {
      // A request that was let through undecided is told as that, whatever check could not be made.
      if (isFailOpen(group.rule) && kind.rule !== 'guard.fail-open-used') continue;
      const subject = kind.subject(group);
      if (subject === null) continue;
      const held = bySubject.get(subject);
      if (held === undefined) bySubject.set(subject, [group]);
      else held.push(group);
    }
    return [...bySubject]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([subject, members]): Finding[] => {
        const ordered = [...members].sort((a, b) => b.count - a.count || (a.incident < b.incident ? -1 : 1));
        const severity = kind.severity(ordered);
        if (severity === null) return [];
        return [
          {
            id: findingId(kind.rule, subject),
            rule: kind.rule,
            severity,
            title: kind.title(subject, ordered),
            detail: kind.detail(ordered, subject),
            fix: kind.fix,
            subject,
            places: placesOf(ordered, operationOf),
            evidence: ordered.slice(0, EVIDENCE_MAX).map((group) => `decision:${group.incident}`),
            controls: kind.controls,
          },
        ];
      });
  });
  return [...findings, ...lossFinding(lost)];
}

function lossFinding(lost: ThreatEvidence['lost']): Finding[] {
  const all = lost.observations + lost.decisions;
  if (all === 0) return [];
  const share = all / Math.max(all, lost.requests);
  return [
    {
      id: findingId('guard.dropped-evidence', 'guard'),
      rule: 'guard.dropped-evidence',
      severity: share >= LOST_SHARE_HIGH ? 'high' : 'medium',
      title: `The guard lost evidence of ${count(all, 'request')}`,
      detail: `${count(lost.observations, 'exchange')} and ${count(lost.decisions, 'decision')} of ${count(Math.max(all, lost.requests), 'request')} were dropped: they came faster than they could be handed on or spooled. Decisions were made all the same.`,
      fix: 'Keep the control plane running, or give the guard a faster or larger disk for its spool.',
      subject: 'guard',
      places: [],
      evidence: ['source:guard'],
      controls: ['TEC-36'],
    },
  ];
}

function placesOf(groups: readonly DecisionGroup[], operationOf: ThreatEvidence['operationOf']): FindingPlace[] {
  const operations = new Set<string>();
  for (const group of groups) {
    const operation = operationOf(group);
    if (operation !== null) operations.add(operation);
    if (operations.size >= PLACES_MAX) break;
  }
  return [...operations].map((operation) => ({ file: null, line: null, operation }));
}

/** The way a connection was held, null when the decision is about something else. */
function slowMode(group: DecisionGroup): string | null {
  if (group.section !== 'behaviour' && group.section !== 'protocol' && group.section !== 'overload') return null;
  const mode = group.rule.slice(group.rule.indexOf('.') + 1);
  return mode in slowModes || /^(?:slow|drip|idle)\b/.test(mode) ? mode : null;
}

function modeWords(mode: string): string {
  return slowModes[mode] === undefined ? mode.replaceAll('-', ' ') : `${mode.replaceAll('-', ' ')} (${slowModes[mode]})`;
}

function category(group: DecisionGroup): string {
  return group.rule.split('.')[1] ?? '';
}

function service(group: DecisionGroup): string {
  return group.service ?? 'unknown service';
}

/** The service, or the host that was asked for where none is known; hosts are the sender's words, so no subject rests on them. */
function asked(groups: readonly DecisionGroup[]): string {
  const [first] = groups;
  return first?.service ?? first?.host ?? 'a service that is not known';
}

function sectionWords(section: string): string {
  const words: Readonly<Record<string, string>> = {
    limits: 'a check of limits',
    attacks: 'inspection',
    overload: 'any decision',
    protocol: 'any decision',
  };
  return words[section] ?? section;
}

function total(groups: readonly DecisionGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function passed(groups: readonly DecisionGroup[]): number {
  return total(groups.filter((group) => group.outcome !== 'block'));
}

function operations(groups: readonly DecisionGroup[]): number {
  return new Set(groups.map((group) => `${group.method} ${group.template}`)).size;
}

function mostOfOneClient(groups: readonly DecisionGroup[]): number {
  return Math.max(0, ...summed(groups, (group) => group.client ?? '').map(([, sum]) => sum));
}

/** `203.0.113.0/24 (client Ab3xYz, 120)`: the print is enough to filter by, and names nobody. */
function clients(groups: readonly DecisionGroup[], max = NAMED_MAX): string {
  const named = summed(groups, (group) =>
    group.network === null ? 'many sources (' : `${group.network} (client ${group.client?.slice(0, 8) ?? 'unknown'}, `,
  );
  const shown = named.slice(0, max).map(([name, sum]) => `${name}${sum.toLocaleString('en-US')})`);
  return `${shown.join(', ')}${named.length > max ? ` and ${named.length - max} more` : ''}`;
}

function clientCount(groups: readonly DecisionGroup[]): string {
  return count(new Set(groups.map((group) => group.client)).size, 'client');
}

function categories(groups: readonly DecisionGroup[]): string {
  return summed(groups, category)
    .slice(0, 5)
    .map(([name, sum]) => `${name} ${sum.toLocaleString('en-US')}`)
    .join(', ');
}

function busiest(groups: readonly DecisionGroup[]): string {
  return summed(groups, (group) => `${group.method} ${group.template}`)
    .slice(0, NAMED_MAX)
    .map(([name]) => name)
    .join(', ');
}

/** Sums by name, largest first. */
function summed(groups: readonly DecisionGroup[], name: (group: DecisionGroup) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const group of groups) sums.set(name(group), (sums.get(name(group)) ?? 0) + group.count);
  return [...sums].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
