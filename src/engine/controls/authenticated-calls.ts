/** TEC-18: an operation that is not public on purpose answers nobody without a credential. */
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { demandsCredential } from './guard-enforcement.ts';
import { lowerBound95, sampleMin } from './sample.ts';
import { count, operationMs, operationName } from './standing.ts';
import { failing, met, operationUnit, unknown } from './unit.ts';

export function authenticatedCalls(facts: Facts): readonly UnitResult[] {
  const open = new Set(facts.settings.apis.flatMap((api) => api.publicOperations.map((one) => `${api.name} ${unnamed(one)}`)));
  return facts.operations.map((operation): UnitResult => {
    const listed = open.has(`${operation.service} ${unnamed(`${operation.method} ${operation.template}`)}`);
    if (listed) return declaredOpen(facts, operation, 'stance.yaml lists it as public', `setting:apis.${operation.service}`);
    const seen = judged(facts, operation);
    // What calls show goes before what a guard is told to do.
    return seen.state === 'unknown' ? (demandsCredential(facts, operation) ?? seen) : seen;
  });
}

/** `GET /v1/users/{id}` and `get /v1/users/{userId}` are the same line. */
function unnamed(line: string): string {
  const [method = '', ...path] = line.trim().split(/\s+/);
  return `${method.toUpperCase()} ${path.join(' ').replace(/\{[^}]*\}/g, '{}')}`;
}

function judged(facts: Facts, operation: Operation): UnitResult {
  const name = operationUnit(operation.id);
  const what = operationName(operation);
  const { okWithout, okJudged, deniedWithout = 0, judged: seen } = operation.auth;
  const evidence = [`operation:${operation.id}`];
  const proof = { evidence, grade: 'observed', observedMs: operation.traffic?.lastMs ?? null } as const;
  const sensitive = operation.dataLevel?.value === 'restricted' || operation.dataLevel?.value === 'confidential';
  // A specification may open an operation (login, health); sensitive data needs a person's word in stance.yaml.
  if (operation.auth.declared !== null && opensToAnyone(operation) && !sensitive)
    return declaredOpen(facts, operation, 'its specification says so', 'spec');
  if (okWithout > 0) {
    return failing(name, {
      ...proof,
      because: `${what}: ${okWithout.toLocaleString('en-US')} of ${count(okJudged, 'good answer')} went to calls without a credential.`,
    });
  }
  if (operation.traffic === null)
    return unknown(
      name,
      facts.sources.some((one) => one.kind === 'traffic') ? 'time' : 'traffic',
      `${what} was not called; nothing shows whether it demands a credential.`,
    );
  if (seen === 0) return unknown(name, 'credentials', 'The sources of this operation do not show credentials.', evidence);
  const good = okJudged + deniedWithout;
  if (lowerBound95(good, good) < 0.95)
    return unknown(name, 'time', `Only ${count(good, 'call')} could be judged; ${sampleMin} are needed.`, evidence);
  const refused = deniedWithout > 0 ? `, ${count(deniedWithout, 'call')} without one refused` : '';
  return met(name, { ...proof, because: `${what}: ${count(okJudged, 'good answer')}, all with a credential${refused}.` });
}

/** `security: []`, or a list of alternatives of which one is empty. */
function opensToAnyone(operation: Operation): boolean {
  const declared = operation.auth.declared ?? [];
  return declared.length === 0 || declared.some((alternative) => alternative.schemes.length === 0);
}

function declaredOpen(facts: Facts, operation: Operation, why: string, from: string): UnitResult {
  return met(operationUnit(operation.id), {
    because: `${operationName(operation)} is open to anyone on purpose: ${why}.`,
    evidence: from === 'spec' ? [`operation:${operation.id}`] : [from, `operation:${operation.id}`],
    grade: 'configured',
    observedMs: operationMs(facts, operation),
  });
}
