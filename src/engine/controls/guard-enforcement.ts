/**
 * What a guard in the path shows for one operation: that it demands a credential, limits callers, stops attacks or bounds a
 * body. `null` = it shows nothing, so that other evidence speaks. Blocking is met, only writing down is met in part, and what
 * passes when a decision fails is a gap.
 */
import type { Mode, Section } from '../evidence/decision.ts';
import type { Operation } from '../inventory/operation.ts';
import type { LimitPolicy } from '../policy/policy.ts';
import type { Facts, UnitResult } from './control.ts';
import { type GuardedOperation, type GuardFacts, type GuardSettings, guardedBy, guardSeenMs, isInPath, refusals } from './guard-facts.ts';
import { count, operationName } from './standing.ts';
import { met, operationUnit, type Proof, part } from './unit.ts';

/** What an operation gets that is watched and not protected. */
const watchedShare = 0.5;

/** Keys that tell one caller from another; the others are shared by many. */
const callerKeys: ReadonlySet<LimitPolicy['by']> = new Set(['identity', 'subject', 'key', 'account', 'device', 'address']);

interface Known {
  readonly nowMs: number;
  readonly guard: GuardFacts;
  readonly guarded: GuardedOperation;
  readonly settings: GuardSettings;
}

function knownOf(facts: Facts, operation: Operation): Known | null {
  const found = guardedBy(facts, operation);
  const settings = found?.guarded.settings ?? null;
  return found === null || settings === null ? null : { nowMs: facts.nowMs, ...found, settings };
}

/** TEC-18: the guard refuses a call without a valid credential. */
export function demandsCredential(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null || !known.settings.asksForCaller) return null;
  return judged(operation, known, {
    section: 'authentication',
    says: 'the guard asks for a credential',
    isProof: ({ rule }) => rule.startsWith('authentication.') && rule !== 'authentication.fail-open',
    failsOpen: true,
  });
}

/** TEC-21: tokens are checked by signature, issuer, audience and expiry before a call passes. */
export function checksTokens(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null || !known.settings.asksForCaller) return null;
  const tokens = known.settings.providers.filter(({ kind }) => kind === 'jwt' || kind === 'introspection');
  if (tokens.length === 0) return null;
  const names = tokens.map(({ name }) => name).join(', ');
  const lax = tokens.flatMap((provider) => {
    if (provider.kind === 'introspection')
      return [`${provider.name} trusts the answer of the authorization server for whom a token is meant`];
    return provider.kind === 'jwt' && provider.clockSkewSeconds > clockSkewSecondsMax
      ? [`${provider.name} takes tokens ${provider.clockSkewSeconds} seconds after their end`]
      : [];
  });
  return judged(operation, known, {
    section: 'authentication',
    says: `the guard checks tokens (${names}) by algorithm, signature, issuer, audience and expiry`,
    isProof: ({ rule }) => rule.startsWith('authentication.jwt-') || rule.startsWith('authentication.token-'),
    failsOpen: true,
    ...(lax[0] === undefined ? {} : { gap: lax[0] }),
  });
}

/** Clocks differ by seconds; minutes are a longer life for tokens. */
const clockSkewSecondsMax = 120;

/** TEC-25, TEC-26: a limit by caller at the guard. */
export function limitsCallers(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null || known.settings.limits.length === 0) return null;
  const { limits } = known.settings;
  const byCaller = limits.filter(({ by }) => callerKeys.has(by));
  const best = byCaller.find(({ mode }) => mode === 'block') ?? byCaller[0] ?? limits[0];
  if (best === undefined) return null;
  const names = new Set(limits.map(({ name }) => `limits.${name}`));
  return judged(operation, known, {
    section: 'limits',
    says: `the guard limits to ${best.requests} in ${best.windowSeconds} s by ${best.by} (${best.name})`,
    isProof: ({ rule }) => names.has(rule),
    mode: best.mode,
    ...(callerKeys.has(best.by) ? {} : { gap: 'one caller can use it up for all' }),
  });
}

/** TEC-26: many passwords from one client are stopped, whatever a limit says. */
export function stopsGuessing(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null || known.settings.guessing === 'off') return null;
  return judged(operation, known, {
    section: 'behaviour',
    says: 'the guard stops a client that tries many passwords',
    isProof: ({ rule }) => rule === 'behaviour.guessing',
    mode: known.settings.guessing === 'block' ? 'block' : 'log',
    gap: 'no limit counts tries for one account from many clients',
  });
}

/** TEC-31: known attacks are refused; that they are is believed once it has been seen. */
export function stopsAttacks(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null) return null;
  const { weakCategories } = known.settings;
  return judged(operation, known, {
    section: 'attacks',
    says: 'the guard refuses known attacks',
    isProof: ({ section }) => section === 'attacks',
    ...(weakCategories.length > 0
      ? { gap: `${weakCategories.join(', ')} ${weakCategories.length === 1 ? 'is' : 'are'} not refused` }
      : stopsAnywhere(known.guard)
        ? {}
        : { gap: 'none was met yet, so nothing shows that it works' }),
  });
}

function stopsAnywhere({ operations }: GuardFacts): boolean {
  for (const guarded of operations.values()) if (refusals(guarded, ({ section }) => section === 'attacks') !== null) return true;
  return false;
}

/** TEC-27: a longer body is refused. The door does it whatever the mode says, and only where bodies pass it. */
export function boundsBody(facts: Facts, operation: Operation): UnitResult | null {
  const known = knownOf(facts, operation);
  if (known === null || known.settings.bodyBytesMax === null || !isInPath(known.guard)) return null;
  return met(operationUnit(operation.id), {
    because: `${operationName(operation)}: the guard refuses bodies above ${sizeText(known.settings.bodyBytesMax)}.`,
    evidence: [`operation:${operation.id}`],
    grade: 'configured',
    observedMs: known.guard.heardMs,
  });
}

interface Claim {
  readonly section: Section;
  readonly says: string;
  /** Refusals that show it at work here. */
  readonly isProof: (calls: { readonly section: Section; readonly rule: string }) => boolean;
  /** Of the setting itself, below that of its section; absent = `block`. */
  readonly mode?: Mode;
  /** Why it holds in part only, whatever its mode. */
  readonly gap?: string;
  /** It can be passed when a decision fails and the route fails open. */
  readonly failsOpen?: boolean;
}

/** null = it is off, which says nothing about what stands beside the guard. */
function judged(operation: Operation, { nowMs, guard, guarded, settings }: Known, claim: Claim): UnitResult | null {
  const mode = settings.modes[claim.section];
  if (mode === 'off' || claim.mode === 'off') return null;
  const name = operationUnit(operation.id);
  const seen = refusals(guarded, claim.isProof);
  const proof: Proof = {
    because: '',
    evidence: [`operation:${operation.id}`, ...(seen === null ? [] : [`decision:${seen.incident}`])],
    // Refusals of the last day prove the setting at work; older ones may be those of another policy.
    grade: seen === null || nowMs - seen.lastMs > guardSeenMs ? 'configured' : 'observed',
    observedMs: guard.heardMs,
  };
  const gaps = [
    ...(mode === 'log' || claim.mode === 'log' ? ['it only writes down, and refuses nothing'] : []),
    ...(claim.failsOpen === true && settings.failMode === 'open' ? ['calls pass when it cannot decide (fail-mode: open)'] : []),
    ...(claim.gap === undefined ? [] : [claim.gap]),
  ];
  const what = `${operationName(operation)}: ${claim.says}`;
  if (gaps.length > 0) return part(name, watchedShare, { ...proof, because: `${what}; ${gaps.join('; ')}.` });
  const shown = seen === null ? '' : `, and refused ${count(seen.count, 'call')} for it in 7 days`;
  return met(name, { ...proof, because: `${what}${shown}.` });
}

function sizeText(bytes: number): string {
  const mebi = bytes / 1024 ** 2;
  return mebi >= 1 ? `${Number(mebi.toFixed(1))} MiB` : `${Number((bytes / 1024).toFixed(1))} KiB`;
}
