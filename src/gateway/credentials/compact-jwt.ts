/** A signed token in compact form (RFC 7515 section 7.1, RFC 7519), taken apart strictly. Nothing in it is believed yet. */
import type { Claims } from './claims.ts';

export interface CompactJwt {
  readonly algorithm: string;
  readonly kid: string | null;
  readonly type: string | null;
  /** Names extensions that the reader must understand (`crit`), or an unencoded payload. */
  readonly isExtended: boolean;
  readonly claims: Claims;
  /** What the signature covers. */
  readonly input: string;
  readonly signature: Buffer;
}

const KID_CHARACTERS_MAX = 256;
const shape = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;

/** Whether a bearer token is meant as a signed token: three parts, whatever stands in them. */
export function looksSigned(token: string): boolean {
  return shape.test(token);
}

/** null when it does not read. */
export function readCompactJwt(token: string): CompactJwt | null {
  const parts = shape.exec(token);
  const [, headerText = '', payloadText = '', signatureText = ''] = parts ?? [];
  const header = object(headerText);
  const claims = object(payloadText);
  if (parts === null || header === null || claims === null) return null;
  const { alg, kid, typ, crit, b64 } = header;
  const signature = Buffer.from(signatureText, 'base64url');
  if (typeof alg !== 'string' || (typ !== undefined && typeof typ !== 'string')) return null;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > KID_CHARACTERS_MAX)) return null;
  // One signature has one spelling: left-over bits would make many tokens out of one, past every list and memory of them.
  if (signature.toString('base64url') !== signatureText) return null;
  return {
    algorithm: alg,
    kid: kid ?? null,
    type: typ ?? null,
    isExtended: crit !== undefined || b64 !== undefined,
    claims,
    input: `${headerText}.${payloadText}`,
    signature,
  };
}

function object(text: string): Claims | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64url')));
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}
