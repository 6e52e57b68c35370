/** What the inventory itself shows to be wrong. One finding a cause: places are listed inside it, worst first. */
import { type Finding, type FindingPlace, findingId, type Severity } from '../evidence/finding.ts';
import type { Operation } from './operation.ts';

/** Places listed per finding; the count in the text is of all. */
const PLACES_MAX = 200;

interface Rule {
  readonly rule: string;
  readonly controls: readonly string[];
  /** Whether this operation shows it. */
  readonly shows: (operation: Operation) => boolean;
  /** What is grouped into one finding. */
  readonly subject: (operation: Operation) => string;
  readonly severity: (operations: readonly Operation[]) => Severity;
  readonly title: (operations: readonly Operation[], subject: string) => string;
  readonly detail: (operations: readonly Operation[]) => string;
  readonly fix: string;
}

const driftTitles = {
  'auth-optional': 'the specification asks for a credential, the gateway does not',
  'not-routed': 'answered, though no gateway route leads there',
  'spec-rival': 'declared by rival documents',
  'field-undeclared': 'responses hold fields that the specification does not list',
} as const;

const driftFixes = {
  'auth-optional': 'Make the authentication plug-in of the route refuse anonymous calls.',
  'not-routed': 'Find the other way in (direct host, second gateway) and close it, or import its configuration.',
  'spec-rival': 'Keep one specification per API and version; retire the other.',
  'field-undeclared': 'Drop the fields from the response, or declare and classify them.',
} as const;

const rules: readonly Rule[] = [
  {
    rule: 'auth.answered-without-credential',
    controls: ['TEC-18'],
    shows: (operation) => operation.auth.okWithout > 0 && !declaredOpen(operation),
    subject: (operation) => operation.id,
    severity: (operations) =>
      operations.some(
        (operation) =>
          operation.dataLevel?.value === 'restricted' || operation.dataLevel?.value === 'confidential' || protectedBySpec(operation),
      )
        ? 'critical'
        : 'high',
    title: ([operation]) => `${label(operation)} answers calls that carry no credential`,
    detail: ([operation]) =>
      operation === undefined
        ? ''
        : `${operation.auth.okWithout} of ${operation.auth.okJudged} calls answered 2xx carried no credential. ${protectedBySpec(operation) ? 'The specification asks for one.' : 'No document declares it open to anyone.'}`,
    fix: 'Ask for a credential at the gateway or in the service; or, when it is meant to be open, list it under `public-operations` of this API in stance.yaml.',
  },
  {
    rule: 'inventory.shadow',
    controls: ['TEC-02'],
    shows: (operation) => operation.state === 'shadow',
    subject: (operation) => operation.service,
    severity: (operations) =>
      operations.some((operation) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(operation.method)) ? 'high' : 'medium',
    title: (operations, subject) =>
      `${plural(operations.length, 'operation')} of ${subject} ${operations.length === 1 ? 'is' : 'are'} called and in no specification`,
    detail: (operations) => `${calls(operations)} calls went to them. Busiest: ${busiest(operations)}.`,
    fix: 'Add them to the specification (export a draft from traffic), or close them.',
  },
  {
    rule: 'inventory.zombie',
    controls: ['PRC-18', 'TEC-02'],
    shows: (operation) => operation.state === 'zombie',
    subject: (operation) => operation.service,
    severity: () => 'medium',
    title: (operations, subject) =>
      `${plural(operations.length, 'operation')} of ${subject} ${operations.length === 1 ? 'is' : 'are'} declared deprecated and still called`,
    detail: (operations) => `${calls(operations)} calls. Busiest: ${busiest(operations)}.`,
    fix: 'Tell the callers the date, send Deprecation and Sunset headers, then answer 410.',
  },
  {
    rule: 'secret.in-url',
    controls: ['TEC-16'],
    shows: (operation) => operation.credentialInUrl > 0,
    subject: (operation) => operation.id,
    severity: () => 'high',
    title: ([operation]) => `Credentials travel in the URL of ${label(operation)}`,
    detail: ([operation]) =>
      `${operation?.credentialInUrl ?? 0} calls carried a token, key or password in the query string, where logs, proxies and browser histories keep it.`,
    fix: 'Move the credential to the Authorization header, rotate what was logged, and clear the logs.',
  },
  {
    rule: 'transport.plain-http',
    controls: ['TEC-14'],
    shows: (operation) => operation.plainHttp > 0,
    subject: (operation) => operation.service,
    severity: () => 'high',
    title: (operations, subject) =>
      `${plural(operations.length, 'operation')} of ${subject} ${operations.length === 1 ? 'is' : 'are'} called over plain HTTP`,
    detail: (operations) =>
      `${operations.reduce((sum, operation) => sum + operation.plainHttp, 0)} calls were not encrypted on the hop that this source sees.`,
    fix: 'Redirect to HTTPS at the edge and refuse plain HTTP for API hosts.',
  },
  {
    rule: 'owner.missing',
    controls: ['PPL-04'],
    shows: (operation) => operation.orphan && operation.traffic !== null,
    subject: (operation) => operation.service,
    severity: () => 'medium',
    title: (operations, subject) => `Nobody is known to own ${plural(operations.length, 'operation')} of ${subject}`,
    detail: () => 'Neither stance.yaml nor CODEOWNERS nor the specification names a living owner.',
    fix: 'Name an owner for the API in stance.yaml, or in CODEOWNERS for its specification file.',
  },
  ...(['auth-optional', 'not-routed', 'spec-rival', 'field-undeclared'] as const).map(
    (kind): Rule => ({
      rule: `drift.${kind}`,
      controls:
        kind === 'auth-optional' ? ['TEC-18'] : kind === 'field-undeclared' ? ['TEC-13'] : kind === 'spec-rival' ? ['PRC-16'] : ['TEC-02'],
      shows: (operation) => operation.drift.some((drift) => drift.kind === kind),
      subject: (operation) => operation.service,
      severity: (operations) =>
        operations.flatMap((operation) => operation.drift).find((drift) => drift.kind === kind)?.severity ?? 'medium',
      title: (operations, subject) => `${plural(operations.length, 'operation')} of ${subject}: ${driftTitles[kind]}`,
      detail: (operations) =>
        operations
          .slice(0, 3)
          .map((operation) => `${label(operation)}: ${operation.drift.find((drift) => drift.kind === kind)?.text ?? ''}`)
          .join(' '),
      fix: driftFixes[kind],
    }),
  ),
];

/** Findings over all operations; deterministic, and the same whatever the order of operations. */
export function inventoryFindings(operations: readonly Operation[]): Finding[] {
  return rules.flatMap((rule) => {
    const groups = new Map<string, Operation[]>();
    for (const operation of operations) {
      if (!rule.shows(operation)) continue;
      const subject = rule.subject(operation);
      const held = groups.get(subject);
      if (held === undefined) groups.set(subject, [operation]);
      else held.push(operation);
    }
    return [...groups].map(([subject, members]): Finding => {
      const ordered = [...members].sort((a, b) => (b.traffic?.count ?? 0) - (a.traffic?.count ?? 0) || (a.id < b.id ? -1 : 1));
      return {
        id: findingId(rule.rule, subject),
        rule: rule.rule,
        severity: rule.severity(ordered),
        title: rule.title(ordered, subject),
        detail: rule.detail(ordered),
        fix: rule.fix,
        subject,
        places: ordered.slice(0, PLACES_MAX).map(placeOf),
        evidence: ordered.slice(0, 20).map((operation) => `operation:${operation.id}`),
        controls: rule.controls,
      };
    });
  });
}

function placeOf(operation: Operation): FindingPlace {
  const declared = operation.declared[0]?.place ?? null;
  return { file: declared?.file ?? null, line: declared?.line ?? null, operation: operation.id };
}

function declaredOpen(operation: Operation): boolean {
  return operation.auth.declared?.some((alternative) => alternative.schemes.length === 0) === true || operation.auth.declared?.length === 0;
}

function protectedBySpec(operation: Operation): boolean {
  return operation.auth.declared !== null && operation.auth.declared.length > 0 && !declaredOpen(operation);
}

function label(operation: Operation | undefined): string {
  return operation === undefined
    ? ''
    : `${operation.method} ${operation.template}${operation.graphql === null ? '' : ` (${operation.graphql})`}`;
}

function busiest(operations: readonly Operation[]): string {
  return operations.slice(0, 3).map(label).join(', ');
}

function calls(operations: readonly Operation[]): string {
  return operations.reduce((sum, operation) => sum + (operation.traffic?.count ?? 0), 0).toLocaleString('en-US');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
