/** Who is calling, once proven: in memory only, for the time of a decision. Verification itself happens in the gateway. */
import type { JsonValue } from '../http/exchange.ts';

export interface Caller {
  /** Name of the provider of the policy that vouches. */
  readonly provider: string;
  readonly kind: 'jwt' | 'opaque-token' | 'api-key' | 'mtls' | 'basic' | 'hmac';
  /** Who or what calls; stable across tokens of one caller. */
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** All claims, for rules such as `params.accountId == token.account`. */
  readonly claims: { readonly [name: string]: JsonValue };
  /** End of the credential, milliseconds since the epoch; null = it states none. */
  readonly expiresMs: number | null;
  /** Short keyed print of the credential, for limits and the leaked-token list. */
  readonly credentialPrint: string;
}

/** What authentication came to. `none` = no credential was sent. */
export type CallerOutcome =
  | {
      readonly kind: 'none';
      /** Value of `WWW-Authenticate` that names what would be taken; absent = nothing is asked for. */
      readonly challenge?: string;
    }
  | { readonly kind: 'proven'; readonly caller: Caller }
  /** A credential was sent and does not hold; `rule` as in an Objection: `authentication.jwt-expired`. */
  | { readonly kind: 'refused'; readonly rule: string; readonly reason: string; readonly challenge: string | null }
  /** The provider could not be asked (keys unreachable, introspection down): decided by the route's fail mode. */
  | { readonly kind: 'unavailable'; readonly provider: string; readonly reason: string };
