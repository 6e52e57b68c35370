/**
 * Least privilege, seen from the calls: which scopes a caller's tokens carry and none of its calls ever needed. One row per
 * caller (a keyed print, never a name), bounded, and a plain value, so that worker processes can send theirs to one place.
 */
import type { SecurityAlternative } from '../evidence/declaration.ts';
import { type Finding, findingId } from '../evidence/finding.ts';

/** One call that was let through. */
export interface ScopedCall {
  /** Keyed print of the caller, the same over its tokens. */
  readonly client: string;
  readonly granted: readonly string[];
  /** Scopes of which the operation asks some, by its declared security or the policy; null = nothing says what it needs. */
  readonly needed: readonly string[] | null;
  readonly atMs: number;
}

export interface GrantedScope {
  readonly scope: string;
  /** Calls with a token that carried it. */
  readonly carried: number;
  /** Of these, calls to operations that ask for it. */
  readonly needed: number;
  readonly firstMs: number;
}

export interface ScopeUseRow {
  readonly client: string;
  readonly calls: number;
  /** Calls to operations of which nothing says what they need. */
  readonly untold: number;
  readonly lastMs: number;
  readonly scopes: readonly GrantedScope[];
}

/** Callers remembered; the one that was quiet longest goes first. */
export const CLIENTS_MAX = 5_000;
/** Scopes remembered per caller, and characters of a name. */
export const SCOPES_MAX = 64;
const SCOPE_CHARACTERS_MAX = 200;
/**
 * A scope counts as unused after this many calls that carried it without need: by the rule of three, a use in more than one
 * call of a hundred would have shown with 95 % certainty.
 */
export const CALLS_MIN = 300;
/** And over this time, so that a weekly job has had its turn. */
export const SPAN_MS_MIN = 7 * 86_400_000;
/** With more calls than this share going where nothing says what is needed, the scope may be needed there: no finding. */
export const UNTOLD_SHARE_MAX = 0.05;
const CLIENTS_SHOWN_MAX = 5;

/** Scopes that open the sign-in itself and no operation (OpenID Connect Core, sections 5.4 and 11). */
const signInScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access']);

/**
 * What an operation asks for, for `ScopedCall.needed`: the scopes of the policy and those of every declared way in together.
 * null where a specification has no scopes to give (an API key, a plain bearer scheme) and the policy names none.
 */
export function scopesNeeded(security: readonly SecurityAlternative[] | null, policyScopes: readonly string[]): readonly string[] | null {
  const schemes = (security ?? []).flatMap((alternative) => alternative.schemes);
  const isTold = security?.length === 0 || schemes.some(({ kind, scopes }) => scopes.length > 0 || scopedKinds.has(kind));
  if (!isTold && policyScopes.length === 0) return null;
  return [...new Set([...policyScopes, ...schemes.flatMap(({ scopes }) => scopes)])];
}

const scopedKinds: ReadonlySet<string> = new Set(['oauth2', 'openid-connect']);

interface Tally {
  calls: number;
  untold: number;
  lastMs: number;
  readonly scopes: Map<string, { carried: number; needed: number; firstMs: number }>;
}

export class ScopeUse {
  /** In the order of the last call. */
  readonly #clients = new Map<string, Tally>();
  #dropped = 0;

  /** Callers and scopes that did not fit into the bounds; what is known of the others stays right. */
  get dropped(): number {
    return this.#dropped;
  }

  note(call: ScopedCall): void {
    const tally = this.#tallyOf(call.client);
    tally.calls++;
    tally.lastMs = Math.max(tally.lastMs, call.atMs);
    if (call.needed === null) tally.untold++;
    for (const scope of new Set(call.granted)) {
      const isNeeded = call.needed?.includes(scope) ?? false;
      this.#count(tally, { scope, carried: 1, needed: isNeeded ? 1 : 0, firstMs: call.atMs });
    }
  }

  /** Takes in what another process has counted since its last sending. */
  add(row: ScopeUseRow): void {
    const tally = this.#tallyOf(row.client);
    tally.calls += row.calls;
    tally.untold += row.untold;
    tally.lastMs = Math.max(tally.lastMs, row.lastMs);
    for (const scope of row.scopes) this.#count(tally, scope);
  }

  rows(): readonly ScopeUseRow[] {
    return [...this.#clients].map(([client, { calls, untold, lastMs, scopes }]) => ({
      client,
      calls,
      untold,
      lastMs,
      scopes: [...scopes].map(([scope, counts]) => ({ scope, ...counts })),
    }));
  }

  /** One finding per scope, `access.scope-unused`, with the callers that carry it in vain. */
  findings(): readonly Finding[] {
    const unused = new Map<string, { clients: string[]; calls: number }>();
    for (const row of this.rows()) {
      if (row.untold > row.calls * UNTOLD_SHARE_MAX) continue;
      for (const scope of row.scopes) {
        if (scope.needed > 0 || scope.carried < CALLS_MIN || row.lastMs - scope.firstMs < SPAN_MS_MIN) continue;
        const seen = unused.get(scope.scope) ?? { clients: [], calls: 0 };
        seen.clients.push(row.client);
        seen.calls += scope.carried;
        unused.set(scope.scope, seen);
      }
    }
    return [...unused].map(([scope, seen]) => findingOf(scope, seen)).sort((a, b) => (a.subject < b.subject ? -1 : 1));
  }

  #tallyOf(client: string): Tally {
    let tally = this.#clients.get(client);
    if (tally === undefined) {
      tally = { calls: 0, untold: 0, lastMs: Number.NEGATIVE_INFINITY, scopes: new Map() };
      const [quietest] = this.#clients.keys();
      if (this.#clients.size >= CLIENTS_MAX && quietest !== undefined) {
        this.#clients.delete(quietest);
        this.#dropped++;
      }
    } else this.#clients.delete(client);
    this.#clients.set(client, tally);
    return tally;
  }

  #count(tally: Tally, { scope, carried, needed, firstMs }: GrantedScope): void {
    if (signInScopes.has(scope)) return;
    const counts = tally.scopes.get(scope);
    if (counts !== undefined) {
      counts.carried += carried;
      counts.needed += needed;
      counts.firstMs = Math.min(counts.firstMs, firstMs);
    } else if (tally.scopes.size < SCOPES_MAX && scope.length <= SCOPE_CHARACTERS_MAX) {
      tally.scopes.set(scope, { carried, needed, firstMs });
    } else this.#dropped++;
  }
}

function findingOf(scope: string, { clients, calls }: { readonly clients: readonly string[]; readonly calls: number }): Finding {
  const rule = 'access.scope-unused';
  const isStrong = /admin|write|delete|manage|full|\*|:all\b/i.test(scope);
  return {
    id: findingId(rule, scope),
    rule,
    severity: isStrong ? 'medium' : 'low',
    title: `The scope ${scope} is granted and not needed`,
    detail:
      `${clients.length} ${clients.length === 1 ? 'caller' : 'callers'} carried the scope ${scope} in ${calls} calls over at least 7 days, ` +
      'and no call went to an operation that asks for it.',
    fix: `Take ${scope} away from these callers at the authorization server, or ask for it where it is meant to be needed.`,
    subject: scope,
    places: [],
    evidence: [...clients].sort().slice(0, CLIENTS_SHOWN_MAX),
    controls: ['TEC-22'],
  };
}
