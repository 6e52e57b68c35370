/** Subject, tenant, scopes and roles of a caller, by the claim names of the policy. */
import type { Caller } from '../../engine/access/caller.ts';
import type { JsonValue } from '../../engine/http/exchange.ts';
import type { ClaimNames } from '../../engine/policy/policy.ts';

export type Claims = { readonly [name: string]: JsonValue };

/** Scopes or roles taken from one token. */
const NAMES_MAX = 500;

/** null when there is no subject: a token that speaks for nobody proves nobody. */
export function identityOf(claims: Claims, names: ClaimNames): Pick<Caller, 'subject' | 'tenant' | 'scopes' | 'roles'> | null {
  const subject = claimAt(claims, names.subject);
  const tenant = names.tenant === null ? undefined : claimAt(claims, names.tenant);
  if (typeof subject !== 'string' || subject === '') return null;
  return {
    subject,
    tenant: typeof tenant === 'string' || typeof tenant === 'number' ? String(tenant) : null,
    scopes: namesAt(claims, names.scopes),
    roles: names.roles === null ? [] : namesAt(claims, names.roles),
  };
}

/** A claim by its name; a name with dots that is no claim itself is a path: `realm_access.roles`. */
function claimAt(claims: Claims, name: string): JsonValue | undefined {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: JsonValue | undefined = claims;
  for (const part of name.split('.')) {
    if (at === null || typeof at !== 'object' || Array.isArray(at) || !Object.hasOwn(at, part)) return undefined;
    at = (at as Claims)[part];
  }
  return at;
}

/** Text divided by spaces (RFC 6749 section 3.3) or a list of texts. */
function namesAt(claims: Claims, name: string): readonly string[] {
  const value = claimAt(claims, name);
  const names = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return names.filter((one): one is string => typeof one === 'string' && one !== '').slice(0, NAMES_MAX);
}
