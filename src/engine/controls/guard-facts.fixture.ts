/** A guard for tests: in the path, alive, blocking, and asked of nothing beyond its default. */
import { type Mode, type Section, sections } from '../evidence/decision.ts';
import type { LimitPolicy, ProviderPolicy } from '../policy/policy.ts';
import { hourMs } from './date.ts';
import { nowMs } from './facts.fixture.ts';
import type { DecidedCalls, GuardedOperation, GuardFacts, GuardSettings } from './guard-facts.ts';

export function guardWith(
  operations: Readonly<Record<string, Partial<GuardedOperation>>> = {},
  parts: Partial<GuardFacts> = {},
): GuardFacts {
  return {
    alive: 2,
    heardMs: nowMs - 10_000,
    doors: ['proxy 127.0.0.1:7788'],
    versions: ['p1'],
    requests: 10_000,
    lost: 0,
    policy: { overload: 'block', slow: 'block' },
    operations: new Map(
      Object.entries(operations).map(([id, one]) => [id, { seenMs: nowMs - hourMs, settings: guardSettings(), decided: [], ...one }]),
    ),
    throttled: { requests: 10_000, refused: 0, refusedProven: 0 },
    ...parts,
  };
}

export function guardSettings(parts: Partial<GuardSettings> = {}, modes: Partial<Record<Section, Mode>> = {}): GuardSettings {
  return {
    modes: { ...(Object.fromEntries(sections.map((section) => [section, 'block'])) as Record<Section, Mode>), ...modes },
    isPublic: false,
    asksForCaller: false,
    providers: [],
    limits: [],
    guessing: 'block',
    weakCategories: [],
    bodyBytesMax: 1024 ** 2,
    depthMax: 32,
    failMode: 'closed',
    ...parts,
  };
}

export function limitWith(parts: Partial<LimitPolicy> = {}): LimitPolicy {
  return {
    name: 'callers',
    by: 'identity',
    requests: 60,
    windowSeconds: 60,
    burst: null,
    window: 'rolling',
    concurrency: null,
    accountField: null,
    plans: {},
    planClaim: null,
    mode: 'block',
    ...parts,
  };
}

export function jwtWith(clockSkewSeconds = 30): ProviderPolicy {
  return {
    name: 'main',
    kind: 'jwt',
    issuer: 'https://id.acme.example',
    audiences: ['orders'],
    algorithms: ['RS256'],
    jwks: null,
    clockSkewSeconds,
    claims: { subject: 'sub', tenant: null, scopes: 'scope', roles: null },
  };
}

export function decidedCalls(rule: string, parts: Partial<DecidedCalls> = {}): DecidedCalls {
  const section = rule.split('.')[0] as Section;
  return { section, rule, outcome: 'block', count: 12, lastMs: nowMs - hourMs, incident: 'S-000000000001', ...parts };
}
