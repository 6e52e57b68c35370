/**
 * What is known of the guards: how they are, what the policy they run asks of each operation, and what they decided there.
 * Configured and observed are kept apart, so that a control can say which of the two it rests on.
 */
import { lowestMode, type Mode, type Outcome, type Section, sections } from '../evidence/decision.ts';
import type { Operation } from '../inventory/operation.ts';
import type { LimitPolicy, ProviderPolicy } from '../policy/policy.ts';
import type { Facts } from './control.ts';
import { hourMs } from './date.ts';

export interface GuardFacts {
  /** Workers heard lately enough to be running. */
  readonly alive: number;
  /** When any worker last told of itself. */
  readonly heardMs: number;
  /** `proxy 127.0.0.1:7788`, of those alive. */
  readonly doors: readonly string[];
  /** Policies that those alive say they run. */
  readonly versions: readonly string[];
  /** Of workers heard within seven days, since their start. */
  readonly requests: number;
  readonly lost: number;
  /** null = they run a policy of which no text is kept, so that only what they did can be told. */
  readonly policy: GuardPolicyFacts | null;
  /** By operation id; those without a call through a guard within a day are left out. */
  readonly operations: ReadonlyMap<string, GuardedOperation>;
  /** The last seven days. */
  readonly throttled: ThrottledCalls;
}

/** What holds for every request. */
export interface GuardPolicyFacts {
  /** Answers late or never: whether waiting is bounded. */
  readonly overload: Mode;
  readonly slow: Mode;
}

export interface ThrottledCalls {
  /** All that came to a door. */
  readonly requests: number;
  /** Refused for a limit or for overload, and those of them whose caller was proven. */
  readonly refused: number;
  readonly refusedProven: number;
}

export interface GuardedOperation {
  /** Newest call that a guard decided on here. */
  readonly seenMs: number;
  /** null = the policy is not known. */
  readonly settings: GuardSettings | null;
  readonly decided: readonly DecidedCalls[];
}

/** The weakest reading of what may hold for a call of the operation: for any host, any sender, any policy that some worker runs. */
export interface GuardSettings {
  readonly modes: Readonly<Record<Section, Mode>>;
  /** Open to anyone on purpose. */
  readonly isPublic: boolean;
  /** A caller must be proven, or has no scope or role that is asked for. */
  readonly asksForCaller: boolean;
  readonly providers: readonly ProviderPolicy[];
  readonly limits: readonly LimitPolicy[];
  /** Many passwords from one client. */
  readonly guessing: Mode;
  /** Attack categories that do not block. */
  readonly weakCategories: readonly string[];
  /** null = no bound. */
  readonly bodyBytesMax: number | null;
  readonly depthMax: number;
  readonly failMode: 'closed' | 'open';
}

export interface DecidedCalls {
  readonly section: Section;
  readonly rule: string;
  readonly outcome: Outcome;
  readonly count: number;
  readonly lastMs: number;
  /** One of them, to look at. */
  readonly incident: string;
}

/** Longest age of what a guard saw that still says something of now. */
export const guardSeenMs = 24 * hourMs;

/** An operation whose calls pass a guard that runs now; null = nothing shows that they do. */
export function guardedBy(facts: Facts, operation: Operation): { readonly guard: GuardFacts; readonly guarded: GuardedOperation } | null {
  const { guard } = facts;
  if (guard === null || guard.alive === 0) return null;
  const guarded = guard.operations.get(operation.id);
  return guarded === undefined || facts.nowMs - guarded.seenMs > guardSeenMs ? null : { guard, guarded };
}

/** Whether a door of the guard passes the requests themselves, bodies and connections included. */
export function isInPath({ doors }: GuardFacts): boolean {
  return doors.some((door) => door.startsWith('proxy '));
}

/** Two readings of what may hold, put together as the weaker of both. */
export function weaker(one: GuardSettings, other: GuardSettings): GuardSettings {
  const limits = one.limits.flatMap((limit) => {
    const same = other.limits.find(({ name }) => name === limit.name);
    return same === undefined ? [] : [looser(limit, same)];
  });
  return {
    modes: Object.fromEntries(sections.map((section) => [section, lowestMode(one.modes[section], other.modes[section])])) as Record<
      Section,
      Mode
    >,
    isPublic: one.isPublic || other.isPublic,
    asksForCaller: one.asksForCaller && other.asksForCaller,
    // Any of several may vouch, so every one of them must be sound.
    providers: [...one.providers, ...other.providers.filter(({ name }) => !one.providers.some((known) => known.name === name))],
    limits,
    guessing: lowestMode(one.guessing, other.guessing),
    weakCategories: [...new Set([...one.weakCategories, ...other.weakCategories])].sort(),
    bodyBytesMax: one.bodyBytesMax === null || other.bodyBytesMax === null ? null : Math.max(one.bodyBytesMax, other.bodyBytesMax),
    depthMax: Math.max(one.depthMax, other.depthMax),
    failMode: one.failMode === 'open' ? 'open' : other.failMode,
  };
}

function looser(one: LimitPolicy, other: LimitPolicy): LimitPolicy {
  const isLog = one.mode === 'log' || other.mode === 'log';
  const wider = other.requests / other.windowSeconds > one.requests / one.windowSeconds ? other : one;
  return isLog ? { ...wider, mode: 'log' } : wider;
}

/** Refusals of these rules, put together; null = there was none. */
export function refusals(
  { decided }: GuardedOperation,
  isWanted: (calls: DecidedCalls) => boolean,
): { readonly count: number; readonly lastMs: number; readonly incident: string } | null {
  const found = decided.filter((calls) => calls.outcome === 'block' && isWanted(calls));
  const newest = found.reduce<DecidedCalls | null>((top, calls) => (top === null || calls.lastMs > top.lastMs ? calls : top), null);
  return newest === null
    ? null
    : { count: found.reduce((sum, { count }) => sum + count, 0), lastMs: newest.lastMs, incident: newest.incident };
}
