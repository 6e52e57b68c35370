/** TEC-25 and TEC-26: limits by caller, and guessing at the sign-in. */
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { limitsCallers, stopsGuessing } from './guard-enforcement.ts';
import { guardedBy } from './guard-facts.ts';
import { count, documentMs, isSpecification, operationMs, operationName } from './standing.ts';
import { failing, met, operationUnit, organisation, part, unknown } from './unit.ts';

/** Calls of one caller in one minute that nobody slowed: above this the lack of a limit is seen, not guessed. */
export const burstPerMinute = { ordinary: 600, signIn: 30 };

/** Words of a path where people prove who they are. */
const signInWords =
  /(^|[/_.-])(login|log-in|signin|sign-in|sessions?|token|oauth2?|otp|mfa|2fa|password|passwords|password-reset|reset-password|forgot-password|verify-code)([/_.-]|$)/i;

export function isSignIn(operation: Operation): boolean {
  return operation.method === 'POST' && signInWords.test(operation.template);
}

export function rateLimits(facts: Facts): readonly UnitResult[] {
  const gateway = facts.documents.some((one) => !isSpecification(one.format));
  const external = facts.operations.filter(
    (one) => one.audience === null || one.audience.value === 'public' || one.audience.value === 'partner',
  );
  if (external.length === 0) return [unknown(organisation('external-operations'), 'traffic', 'No external operation is known.')];
  return external.map((operation) =>
    better(limited(facts, operation, gateway, burstPerMinute.ordinary), [limitsCallers(facts, operation)]),
  );
}

export function loginAbuse(facts: Facts): readonly UnitResult[] {
  const gateway = facts.documents.some((one) => !isSpecification(one.format));
  const doors = facts.operations.filter(isSignIn);
  if (doors.length === 0) return [unknown(organisation('sign-in'), 'traffic', 'No sign-in operation is known.')];
  // A limit slows guessing; that accounts lock and a spray is seen takes a probe.
  const lockout = unknown(organisation('lockout'), 'not-yet', 'Nothing shows that an account locks, or that a spray is seen.');
  return [
    ...doors.map((operation) =>
      better(limited(facts, operation, gateway, burstPerMinute.signIn), [limitsCallers(facts, operation), stopsGuessing(facts, operation)]),
    ),
    lockout,
  ];
}

/** The guard speaks where nothing else shows a limit that holds; a burst that passed outweighs what is set up. */
function better(seen: UnitResult, guarded: readonly (UnitResult | null)[]): UnitResult {
  if (seen.state === 'met' || (seen.state === 'failing' && seen.grade === 'observed')) return seen;
  return guarded.reduce<UnitResult>((best, one) => (one !== null && worth(one) > worth(best) ? one : best), seen);
}

function worth({ state, share, grade }: UnitResult): number {
  return state === 'unknown' ? -1 : share + (grade === 'observed' ? 0.01 : 0);
}

function limited(facts: Facts, operation: Operation, gateway: boolean, burst: number): UnitResult {
  const name = operationUnit(operation.id);
  const what = operationName(operation);
  const evidence = [`operation:${operation.id}`];
  const answered429 = operation.statusesSeen.includes(429);
  const limit = operation.limit?.value ?? null;
  const peak = operation.traffic?.peakPerCallerMinute ?? null;
  const observedMs = operation.traffic?.lastMs ?? operationMs(facts, operation);
  if (limit !== null && operation.limit !== null) {
    const says = `${limit.requests} calls in ${limit.windowSeconds} s by ${limit.by ?? 'an unstated key'} (${operation.limit.from})`;
    const byCaller = limit.by === 'identity' || limit.by === 'key' || limit.by === 'address';
    if (answered429)
      return byCaller
        ? met(name, { because: `${what}: ${says}, and 429 was answered.`, evidence, grade: 'observed', observedMs })
        : shared(says);
    if (!byCaller) return shared(says);
    const bound = limit.requests * Math.max(1, 60 / limit.windowSeconds) * 1.2;
    if (peak !== null && peak > bound) {
      return failing(name, {
        because: `${what}: ${says}, yet one caller made ${count(peak, 'call')} in a minute and none was answered 429.`,
        evidence,
        grade: 'observed',
        observedMs,
      });
    }
    return met(name, { because: `${what}: ${says}.`, evidence, grade: 'configured', observedMs: documentMs(facts, '') });
  }
  if (answered429)
    return part(name, 0.5, {
      because: `${what}: 429 was answered; what the limit counts by is not known.`,
      evidence,
      grade: 'observed',
      observedMs,
    });
  if (peak !== null && peak >= burst) {
    return failing(name, {
      because: `${what}: one caller made ${count(peak, 'call')} in one minute and none was answered 429.`,
      evidence,
      grade: 'observed',
      observedMs,
    });
  }
  if (operation.drift.some((one) => one.kind === 'limit-missing')) {
    return failing(name, {
      because: `${what}: its gateway route sets no limit.`,
      evidence,
      grade: 'configured',
      observedMs: documentMs(facts, ''),
    });
  }
  if ((guardedBy(facts, operation)?.guarded.settings ?? null) !== null) {
    // Something else may limit it, and the guard can: nobody has to wait for another source.
    const { waitsFor: _nothing, ...open } = unknown(
      name,
      'gateway',
      `${what}: its calls pass the guard, which limits no caller here.`,
      evidence,
    );
    return open;
  }
  return unknown(
    name,
    'gateway',
    gateway ? 'No imported gateway configuration routes this operation.' : 'No gateway configuration is imported, and no burst was seen.',
    evidence,
  );

  function shared(says: string): UnitResult {
    return part(name, 0.5, {
      because: `${what}: ${says}; one caller can use it up for all.`,
      evidence,
      grade: 'configured',
      observedMs: documentMs(facts, ''),
    });
  }
}
