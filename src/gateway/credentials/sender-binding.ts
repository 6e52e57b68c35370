/**
 * Tokens that are bound to their holder (`cnf`, RFC 7800). One that is bound to a certificate counts only with that
 * certificate (RFC 8705 section 3); one that is bound to a key we cannot see proven (DPoP) does not count at all, since a
 * bound token that is taken as a plain one is worth stealing again.
 */
import type { RequestHead } from '../../engine/http/request.ts';
import type { Claims } from './claims.ts';

/** Why the token does not count for this request; null = it is not bound, or to the certificate that was shown. */
export function bindingProblem(claims: Claims, { certificate }: RequestHead): string | null {
  const { cnf } = claims;
  if (cnf === undefined) return null;
  if (cnf === null || typeof cnf !== 'object' || Array.isArray(cnf)) return 'The binding of the token does not read.';
  const names = Object.keys(cnf);
  if (names.length !== 1 || names[0] !== 'x5t#S256') return 'The token is bound to a key in a way that is not checked here.';
  const shown = certificate === null ? null : Buffer.from(certificate.sha256, 'hex').toString('base64url');
  return shown !== null && (cnf as Claims)['x5t#S256'] === shown ? null : 'The token is bound to another client certificate.';
}
