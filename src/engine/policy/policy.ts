/**
 * What the guard is to make true, after parsing (`policy:` in `stance.yaml`, or a file of its own). Plain data; the
 * schema that reads it is `sources/policy-schema.ts`, and `compile.ts` makes it fast.
 * Modes: the weakest of root, route, section and rule counts, so a level can only lower what stands above it.
 */
import type { Mode, SectionModes } from '../evidence/decision.ts';

export interface Policy {
  /** Shown in evidence: `p12` after `policy apply`, else a digest of the text. */
  readonly version: string;
  readonly mode: Mode;
  readonly modes: SectionModes;
  readonly client: ClientPolicy;
  readonly upstreams: readonly UpstreamPolicy[];
  readonly providers: readonly ProviderPolicy[];
  /** SHA-256 (hex) of credentials known to have leaked; refused whatever else they are. */
  readonly leakedCredentials: readonly string[];
  readonly lists: { readonly allow: readonly ListEntry[]; readonly deny: readonly ListEntry[] };
  readonly limits: readonly LimitPolicy[];
  readonly overload: OverloadPolicy;
  readonly attacks: AttackPolicy;
  readonly validation: ValidationPolicy;
  readonly behaviour: BehaviourPolicy;
  /** Refusals made from a filter: everything that matches, until it ends. */
  readonly rules: readonly MatchRule[];
  /** Settings for every request, then the routes that match, later ones over earlier ones. */
  readonly defaults: RouteSettings;
  readonly routes: readonly RoutePolicy[];
  /** Cedar policy text, for what the rules of a route cannot say; null = none. */
  readonly cedar: string | null;
  readonly canary: CanaryPolicy | null;
}

export interface ClientPolicy {
  /** How many proxies of ours stand in front; the client is that many entries from the right of `header`. 0 = the peer itself. */
  readonly trustedHops: number;
  readonly header: 'x-forwarded-for' | 'forwarded' | 'x-real-ip';
}

/** What a request must be for an entry to apply; every field that is present must fit, a list fits when one does. */
export interface RequestMatch {
  readonly hosts?: readonly string[];
  /** Templates (`/orders/{id}`) or prefixes (`/admin/**`). */
  readonly paths?: readonly string[];
  readonly methods?: readonly string[];
  readonly services?: readonly string[];
  /** Addresses or networks in CIDR form. */
  readonly addresses?: readonly string[];
  readonly subjects?: readonly string[];
  readonly tenants?: readonly string[];
  /** Product token of the user agent. */
  readonly agents?: readonly string[];
  /** Whether a credential was proven. */
  readonly authenticated?: boolean;
}

export interface ListEntry {
  readonly id: string;
  readonly match: RequestMatch;
  readonly because: string;
  /** Milliseconds since the epoch; null = no end. */
  readonly untilMs: number | null;
}

export interface MatchRule extends ListEntry {
  readonly mode: 'log' | 'block';
  readonly status: number;
  /** Ignore these objections for what matches, instead of refusing it: an exception, `attacks.sqli` or `attacks.sqli@query.q`. */
  readonly except?: readonly string[];
}

export interface UpstreamPolicy {
  readonly name: string;
  /** One or more origins, `http://127.0.0.1:8080`; several are balanced by least requests. */
  readonly urls: readonly string[];
  readonly hosts: readonly string[];
  /** Path prefixes; empty = all. The longest that fits wins. */
  readonly paths: readonly string[];
  readonly health: {
    readonly path: string;
    readonly everyMs: number;
    readonly unhealthyAfter: number;
    readonly healthyAfter: number;
  } | null;
  /** Further tries of idempotent requests without a body, on connection failure only. */
  readonly retries: number;
  readonly connectTimeoutMs: number;
  /** Until the response head. */
  readonly answerTimeoutMs: number;
  readonly connectionsMax: number;
  /** PEM file of authorities for `https` upstreams; null = the system's. */
  readonly caFile: string | null;
  /** `host` header towards the upstream: as received, or the upstream's own. */
  readonly keepHost: boolean;
}

export type ProviderPolicy =
  | {
      readonly name: string;
      readonly kind: 'jwt';
      readonly issuer: string;
      readonly audiences: readonly string[];
      readonly algorithms: readonly string[];
      /** Where the keys are: an address, a file, or null = OpenID discovery at the issuer. */
      readonly jwks: string | null;
      readonly clockSkewSeconds: number;
      readonly claims: ClaimNames;
    }
  | {
      readonly name: string;
      readonly kind: 'introspection';
      readonly address: string;
      readonly clientId: string;
      /** Environment variable that holds the secret; it never stands in the file. */
      readonly clientSecretEnv: string;
      readonly cacheSeconds: number;
      readonly claims: ClaimNames;
    }
  | {
      readonly name: string;
      readonly kind: 'api-key';
      readonly in: 'header' | 'query';
      readonly field: string;
      /** File of keys with their prefix, hash, subject, scopes and end; written by `stance key`. */
      readonly file: string;
    }
  | { readonly name: string; readonly kind: 'mtls'; readonly subjectFrom: 'subject' | 'dns' | 'uri'; readonly allow: readonly string[] }
  | { readonly name: string; readonly kind: 'basic'; readonly realm: string /** `user:argon2-or-sha hash` lines. */; readonly file: string }
  | {
      readonly name: string;
      readonly kind: 'hmac';
      /** File of key ids with the environment variable that holds each secret. */
      readonly file: string;
      readonly clockSkewSeconds: number;
      /** Header fields that must be covered. */
      readonly covered: readonly string[];
    };

export interface ClaimNames {
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: string;
  readonly roles: string | null;
}

/** What identifies the caller for a limit, best first; `device` = cookie or client shape. */
export type LimitKey = 'identity' | 'subject' | 'key' | 'account' | 'tenant' | 'device' | 'address' | 'route' | 'global';

export interface LimitPolicy {
  readonly name: string;
  readonly by: LimitKey;
  /** Sustained: this many cost units per window. */
  readonly requests: number;
  readonly windowSeconds: number;
  /** Units that may come at once on top of the sustained rate; null = one tenth of `requests`, at least 1. */
  readonly burst: number | null;
  /** `calendar` counts whole hours, days or months (UTC) as plans do; `rolling` is GCRA. */
  readonly window: 'rolling' | 'hour' | 'day' | 'month';
  /** Requests in flight at once per key; null = no bound. */
  readonly concurrency: number | null;
  /** Body field that names the account at a login, for `by: account`: `$.username`. */
  readonly accountField: string | null;
  /** Larger limits by plan claim of the caller. */
  readonly plans: Readonly<Record<string, number>>;
  readonly planClaim: string | null;
  readonly mode: 'log' | 'block';
}

export interface OverloadPolicy {
  readonly mode: Mode;
  /** Longest wait in the fair queue, milliseconds. */
  readonly waitMsMax: number;
  readonly concurrencyMin: number;
  readonly concurrencyMax: number;
}

export interface AttackPolicy {
  /** Modes by category: `sqli`, `xss`, ...; unnamed ones block. */
  readonly categories: Readonly<Record<string, Mode>>;
  /** Confidence (0 to 1) from which a hit objects. */
  readonly threshold: number;
}

export interface ValidationPolicy {
  /** Operations that no specification declares. */
  readonly undeclared: Mode;
  readonly unknownFields: Mode;
  readonly unknownParameters: Mode;
  /** What breaks the specification and could not hurt: left out, out of bounds, a plain word or number of another type; absent = `block`. */
  readonly harmlessFaults?: Mode;
  /** What is unlike all that went well before, at operations that no specification declares; absent = `off`. */
  readonly learned?: Mode;
  /** Share of responses that are validated, 0 to 1. */
  readonly responseShare: number;
  /** JSON fields masked in responses: `$.items[].ssn`; `*` at the end of a name fits the rest. */
  readonly maskFields: readonly string[];
  readonly depthMax: number;
}

export interface BehaviourPolicy {
  /** Content discovery: requests for things that are not there, by one client shape. */
  readonly discovery: Mode;
  /** Many passwords from one client at a login. */
  readonly guessing: Mode;
  /** Slow headers, bodies, readers and idle hoards. */
  readonly slow: Mode;
}

export interface RouteSettings {
  readonly mode?: Mode;
  readonly modes?: SectionModes;
  /** Open to anyone on purpose. */
  readonly public?: boolean;
  /** Providers any of which may vouch. Empty = none is asked for. */
  readonly authentication?: readonly string[];
  /** All of them. */
  readonly scopes?: readonly string[];
  /** Any of them. */
  readonly roles?: readonly string[];
  /** Expressions that must all hold: `params.accountId == token.account`. */
  readonly rules?: readonly string[];
  /** Body field to the roles that may write it: `$.role` to `[admin]`; an empty list: nobody. */
  readonly write?: Readonly<Record<string, readonly string[]>>;
  readonly limits?: readonly string[];
  /** Cost units of one request; default 1, GraphQL by its own cost when `graphql`. */
  readonly cost?: number | 'graphql';
  readonly criticality?: 'critical' | 'normal' | 'batch';
  readonly bodyBytesMax?: number;
  /** Bytes of a body that are read before it is passed on; the rest streams unseen. */
  readonly inspectBytesMax?: number;
  readonly failMode?: 'closed' | 'open';
}

export interface RoutePolicy extends RouteSettings {
  readonly id: string;
  readonly match: RequestMatch;
}

export interface CanaryPolicy {
  /** Share of clients (by print) that get the candidate, 0 to 1. */
  readonly share: number;
  /** Rolled back by itself when the candidate refuses more than this share above the present policy. */
  readonly refusedShareMax: number;
  readonly forSeconds: number;
}
