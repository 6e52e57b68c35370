/** TEC-02: shadow, zombie, unused and drifted operations are decided in time. */
import type { DriftKind, Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { dayMs, daysBetween } from './date.ts';
import { count, isSpecification, operationMs, operationName } from './standing.ts';
import { failing, met, operationUnit, unknown } from './unit.ts';

/** Drift that changes who may do what; cosmetic drift is shown in the inventory and does not fail the control. */
const securityDrift: readonly DriftKind[] = ['auth-removed', 'auth-optional', 'write-method-undeclared', 'field-undeclared', 'not-routed'];
/** Share of operations that may wait for a decision at one time. */
const driftShareMax = 0.02;
const graceDays = { urgent: 7, other: 14 };
const unusedDays = 90;
/** A shadow or zombie that nobody called for this long, while sensors watched, counts as closed. */
const quietDays = 30;

export function knownOperations(facts: Facts): readonly UnitResult[] {
  const specified = new Set(facts.documents.filter((one) => isSpecification(one.format)).map((one) => one.service));
  const comparable = facts.operations.filter((one) => specified.has(one.service));
  const traffic = facts.sources.some((one) => one.kind === 'traffic' && one.account.read > 0);
  const drifting = comparable.filter((one) => trouble(one) !== null).length;
  const crowded = comparable.length > 0 && drifting / comparable.length > driftShareMax;
  const heard = heardByService(facts);
  return facts.operations.map((operation): UnitResult => {
    const name = operationUnit(operation.id);
    if (!specified.has(operation.service))
      return unknown(name, 'specification', `${operation.service} has no specification to compare with.`);
    if (!traffic) return unknown(name, 'traffic', 'No traffic to compare with.');
    return decided(facts, operation, { crowded, heardMs: heard.get(operation.service) ?? 0 });
  });
}

function decided(
  facts: Facts,
  operation: Operation,
  { crowded, heardMs }: { readonly crowded: boolean; readonly heardMs: number },
): UnitResult {
  const name = operationUnit(operation.id);
  const what = operationName(operation);
  const wrong = trouble(operation);
  const proof = { evidence: [`operation:${operation.id}`], grade: 'observed', observedMs: operationMs(facts, operation) } as const;
  if (wrong === null) {
    if (operation.state === 'declared')
      return unknown(
        name,
        'traffic',
        `No traffic of ${operation.service} is seen, so nothing shows whether ${what} is called.`,
        proof.evidence,
      );
    if (operation.state === 'unused') return unused(facts, operation);
    if (operation.state === 'silent' && operation.traffic !== null && facts.nowMs - operation.traffic.lastMs > unusedDays * dayMs) {
      return failing(name, {
        ...proof,
        because: `${what} was last called ${daysBetween(operation.traffic.lastMs, facts.nowMs)} days ago and is still declared.`,
      });
    }
    return met(name, { ...proof, because: `${what} is declared and agrees with traffic.` });
  }
  const closed = closedSince(operation, heardMs);
  if (closed !== null)
    return met(name, {
      ...proof,
      observedMs: closed,
      because: `${what} was ${wrong}; it has not been called for ${quietDays} days of watching.`,
    });
  const urgent = operation.dataLevel?.value === 'restricted' || operation.auth.okWithout > 0;
  const days = urgent ? graceDays.urgent : graceDays.other;
  const since = operation.traffic === null ? days : daysBetween(operation.traffic.firstMs, facts.nowMs);
  if (since < days && !crowded)
    return unknown(name, 'time', `${what}: ${wrong}; ${count(days - since, 'day')} left to decide.`, proof.evidence);
  return failing(name, { ...proof, because: `${what}: ${wrong}.` });
}

/** When the sensors of the service last looked, if they went on long after the last call; null while it may be open. */
function closedSince(operation: Operation, heardMs: number): number | null {
  if (operation.traffic === null) return null;
  return heardMs - operation.traffic.lastMs > quietDays * dayMs ? heardMs : null;
}

/** Newest record of any source that has carried calls of the service: another gateway going on proves nothing here. */
function heardByService(facts: Facts): ReadonlyMap<string, number> {
  const lastMs = new Map(facts.sources.map((one) => [one.id, one.lastMs ?? 0]));
  const heard = new Map<string, number>();
  for (const operation of facts.operations) {
    for (const source of operation.sources)
      heard.set(operation.service, Math.max(heard.get(operation.service) ?? 0, lastMs.get(source) ?? 0));
  }
  return heard;
}

function unused(facts: Facts, operation: Operation): UnitResult {
  const watchedSince = facts.sources.reduce(
    (first, one) => (one.kind === 'traffic' && one.firstMs !== null ? Math.min(first, one.firstMs) : first),
    facts.nowMs,
  );
  const watched = daysBetween(watchedSince, facts.nowMs);
  const what = operationName(operation);
  if (watched < unusedDays)
    return unknown(
      operationUnit(operation.id),
      'time',
      `${what} was not called in the ${count(watched, 'day')} seen; ${unusedDays} are needed to judge.`,
    );
  return failing(operationUnit(operation.id), {
    because: `${what} is declared and was not called in ${count(watched, 'day')}.`,
    evidence: [`operation:${operation.id}`],
    grade: 'observed',
    observedMs: operationMs(facts, operation),
  });
}

function trouble(operation: Operation): string | null {
  if (operation.state === 'shadow') return 'called and not declared';
  if (operation.state === 'zombie') return 'declared ended and still called';
  const drift = operation.drift.find((one) => securityDrift.includes(one.kind));
  return drift === undefined ? null : drift.text.replace(/\.$/, '');
}
