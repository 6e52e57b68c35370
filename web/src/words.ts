/** The words of the product: one place, so that a thing has one name on every page. */

import type { Drift, LedgerLine, OperationState, Outcome, Pillar } from './api.ts';

export const pillarWord: Readonly<Record<Pillar, string>> = { people: 'People', processes: 'Processes', technology: 'Technology' };
export const pillars: readonly Pillar[] = ['people', 'processes', 'technology'];

export const stateWord: Readonly<Record<OperationState, string>> = {
  active: 'active',
  shadow: 'shadow',
  zombie: 'zombie',
  silent: 'silent',
  unused: 'unused',
  declared: 'declared',
};

export const stateMeaning: Readonly<Record<OperationState, string>> = {
  active: 'declared and called',
  shadow: 'called, not declared',
  zombie: 'declared deprecated or past its sunset, still called',
  silent: 'was called, quiet now',
  unused: 'declared, never called, though its service is seen',
  declared: 'declared; no traffic of its service is seen, so nobody can tell',
};

export const outcomeWord: Readonly<Record<Outcome, string>> = {
  met: 'evidenced',
  failing: 'failing',
  unknown: 'unknown',
  stale: 'stale',
  'not-applicable': 'not applicable',
  waived: 'waived',
};
export const outcomes: readonly Outcome[] = ['failing', 'stale', 'unknown', 'met', 'waived', 'not-applicable'];

export const causeWord: Readonly<Record<LedgerLine['cause'], string>> = {
  you: 'you changed',
  evidence: 'new evidence',
  time: 'time passed',
  ruler: 'the ruler changed',
};

export const frameworkWord: Readonly<Record<string, string>> = {
  'cis-8.1': 'CIS 8.1',
  'iso-27001-2022': 'ISO 27001:2022',
  'nycrr-500-2023': '23 NYCRR 500',
  'owasp-api-2023': 'OWASP API 2023',
  'ssdf-1.1': 'SSDF 1.1',
  'csf-2.0': 'CSF 2.0',
  'pci-4.0.1': 'PCI DSS 4.0.1',
};

/** For a narrow column; the detail has edition and id. */
export const frameworkShort: Readonly<Record<string, string>> = {
  'cis-8.1': 'CIS',
  'iso-27001-2022': 'ISO',
  'nycrr-500-2023': 'NYCRR',
  'owasp-api-2023': 'OWASP',
  'ssdf-1.1': 'SSDF',
  'csf-2.0': 'CSF',
  'pci-4.0.1': 'PCI',
};

export const reasonWord: Readonly<Record<string, string>> = {
  static: 'static files',
  preflight: 'preflight requests',
  health: 'health checks',
  scanner: 'scanner traffic',
  'never-answered': 'never answered 2xx/3xx',
  page: 'web pages',
  'malformed-path': 'malformed paths',
  'excluded-by-you': 'excluded by you',
};

export const driftWord: Readonly<Record<Drift['kind'], string>> = {
  'auth-removed': 'authentication missing',
  'auth-optional': 'authentication optional',
  'write-method-undeclared': 'write method not declared',
  'field-undeclared': 'field not declared',
  'status-undeclared': 'status not declared',
  'parameter-undeclared': 'parameter not declared',
  'limit-missing': 'no rate limit',
  'docs-missing': 'no docs page',
  'spec-rival': 'two specs disagree',
  'not-routed': 'not routed',
  'plain-http': 'plain HTTP',
};

export const authWord: Readonly<Record<string, string>> = {
  none: 'none',
  bearer: 'bearer',
  jwt: 'JWT',
  basic: 'basic',
  'api-key': 'API key',
  cookie: 'cookie',
  mtls: 'mutual TLS',
  digest: 'digest',
  signature: 'signature',
  identified: 'identified',
  other: 'other',
  unknown: 'not visible',
};

export const gradeWord: Readonly<Record<string, string>> = {
  observed: 'observed in traffic',
  configured: 'read from configuration',
  'signed-report': 'signed report',
  attested: 'attested by a person',
};

/** The six questions of the first run (issue: every one may be skipped; "don't know" is an answer and stays unknown). */
export const questions = [
  {
    key: 'lead',
    pillar: 'people',
    question: 'Who leads API security, and do they also build the APIs?',
    why: 'A lead who does not do the work can judge it.',
    answers: [
      ['independent', 'A named lead who does not build the APIs'],
      ['also-builds', 'A named lead who also builds them'],
      ['nobody', 'Nobody yet'],
    ],
  },
  {
    key: 'dataSteward',
    pillar: 'people',
    question: 'Who decides what counts as sensitive data?',
    why: 'Protection follows classification.',
    answers: [
      ['named', 'A named person or role'],
      ['nobody', 'Nobody yet'],
    ],
  },
  {
    key: 'incidentPlan',
    pillar: 'processes',
    question: 'Whom do you call at 02:00, and where is the plan?',
    why: 'Know the nearest hospital before the accident.',
    answers: [
      ['written-and-exercised', 'Written, and exercised'],
      ['written', 'Written, never exercised'],
      ['none', 'No plan yet'],
    ],
  },
  {
    key: 'sdlcAndDocs',
    pillar: 'processes',
    question: 'Where is your development life cycle written, and where do API docs live?',
    why: 'What is not written down cannot be followed.',
    answers: [
      ['both', 'Both are written down'],
      ['sdlc-only', 'Only the life cycle'],
      ['docs-only', 'Only the API docs'],
      ['none', 'Neither'],
    ],
  },
  {
    key: 'environments',
    pillar: 'technology',
    question: 'Are test and production separate, each with its own data?',
    why: 'Nearly every customer questionnaire asks this.',
    answers: [
      ['separate-with-own-data', 'Separate, each with its own data'],
      ['separate-shared-data', 'Separate, but test uses production data'],
      ['shared', 'Not separate'],
    ],
  },
  {
    key: 'gatewayAccess',
    pillar: 'technology',
    question: 'Who can change the gateway, and do they sign in with a second factor?',
    why: 'Whoever changes the gateway can open every door behind it.',
    answers: [
      ['named-with-2fa', 'Named people, with a second factor'],
      ['named-without-2fa', 'Named people, without a second factor'],
      ['shared', 'A shared account'],
    ],
  },
] as const;
