/** Tricks in the header of a JSON web token (RFC 7515, RFC 8725): no algorithm, keys the sender brings along, key names that are queries. */
import { decodeBase64 } from '../../http/parsed-body-text.ts';
import type { Recogniser, Recognition, Sample } from '../recogniser.ts';

/** Characters of a token's header. */
const HEADER_CHARS_MAX = 8192;

export const jwt: Recogniser = {
  category: 'jwt',
  signs: 0,
  recognise(sample: Sample): Recognition | null {
    const { text } = sample;
    const first = text.charCodeAt(0) | 32;
    if (first !== 101 && first !== 98) return null;
    // Every token's header begins with `{"`, which base64 writes as `eyJ`; `ewo` is a brace and a line break.
    const start = text.startsWith('ey') || text.startsWith('ew') ? 0 : text.startsWith('Bearer e') || text.startsWith('bearer e') ? 7 : -1;
    if (start === -1) return null;
    const dot = text.indexOf('.', start);
    if (dot === -1 || dot - start > HEADER_CHARS_MAX) return null;
    const rest = /^\.[\w-]{0,65000}={0,2}(?:\.([\w-]{0,8000}={0,2}))?/.exec(text.slice(dot, dot + 73_100));
    if (rest === null) return null;
    const header = headerOf(text.slice(start, dot));
    return header === null ? null : judge(header, rest[1] ?? null);
  },
};

function headerOf(encoded: string): Readonly<Record<string, unknown>> | null {
  const decoded = decodeBase64(encoded);
  if (decoded === null) return null;
  try {
    const value: unknown = JSON.parse(decoded);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    // Not a token's header, whatever it began like.
    return null;
  }
}

function judge(header: Readonly<Record<string, unknown>>, signature: string | null): Recognition | null {
  const { alg, kid, jku, x5u, jwk } = header;
  const algorithm = typeof alg === 'string' ? alg.toLowerCase() : null;
  if (algorithm === null && header.enc === undefined && header.typ === undefined && kid === undefined) return null;
  if (algorithm === 'none' || algorithm === '')
    return { rule: 'no-algorithm', confidence: 0.95, reason: 'is a token that says it needs no signature' };
  if (signature === '' && algorithm !== null && header.enc === undefined)
    return { rule: 'no-signature', confidence: 0.7, reason: 'is a token whose signature was taken off' };
  if (
    typeof kid === 'string' &&
    /\.\.|[/\\]{1}(?:etc|dev|proc|tmp|var)\/|['"`|;$<>&\0\r\n]|\b(?:union|select)\b|^(?:https?|file|ldap|ftp):/i.test(kid)
  )
    return { rule: 'key-name', confidence: 0.9, reason: 'is a token whose key name is a path, a query or a command' };
  // A proof of possession brings its public key by design (RFC 9449 section 4.2).
  const isProof = typeof header.typ === 'string' && /^(?:dpop|openid4vci-proof|oauth-client-attestation-pop)\+jwt$/i.test(header.typ);
  if (typeof jwk === 'object' && jwk !== null && !isProof)
    return { rule: 'own-key', confidence: 0.75, reason: 'is a token that brings the key to check it with' };
  if (typeof jku === 'string' || typeof x5u === 'string')
    return { rule: 'key-address', confidence: 0.65, reason: 'is a token that says where to fetch the key to check it with' };
  return null;
}
