/** Keys of a JSON Web Key Set (RFC 7517) and which algorithms each may check: a key is never used for another kind than its own. */
import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto';

/** One key that can check signatures. */
export interface VerificationKey {
  readonly kid: string | null;
  /** Algorithms this key is good for, from its type, curve and `alg`. */
  readonly algorithms: readonly Algorithm[];
  readonly key: KeyObject;
  /** Material and name together; equal texts are the same key. */
  readonly identity: string;
  /** The set no longer holds it: whatever it vouched for does not count any more. */
  isRetired: boolean;
}

/** RFC 7518 and RFC 8037, without `none`. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const;
export type Algorithm = (typeof algorithms)[number];

const KEYS_MAX = 100;
const KID_CHARACTERS_MAX = 256;
/** RFC 7518 section 3.3. */
const RSA_BITS_MIN = 2048;
/** RFC 7518 section 3.2: a secret at least as long as the hash. */
const SECRET_BYTES_MIN = { HS256: 32, HS384: 48, HS512: 64 } as const;
const curves: Readonly<Record<string, Algorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' };

/**
 * The keys of a set that can check signatures; others are left out.
 * @param isPrivate the set is a file of ours, so that shared secrets (`oct`) may stand in it; a published one never counts
 * @returns null when this is no key set
 */
export function readKeySet(json: unknown, isPrivate: boolean): readonly VerificationKey[] | null {
  if (json === null || typeof json !== 'object') return null;
  const { keys } = json as { readonly keys?: unknown };
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) return null;
  return keys.flatMap((jwk: unknown) => {
    const key = readKey(jwk, isPrivate);
    return key === null ? [] : [key];
  });
}

function readKey(json: unknown, isPrivate: boolean): VerificationKey | null {
  if (json === null || typeof json !== 'object') return null;
  const { kty, kid, use, key_ops: operations, alg, crv, n, e, x, y, k } = json as { readonly [name: string]: unknown };
  if (use !== undefined && use !== 'sig') return null;
  if (Array.isArray(operations) && !operations.includes('verify')) return null;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > KID_CHARACTERS_MAX)) return null;
  try {
    // Only public members are taken over, so that a private key published by mistake is at least not used as one.
    const jwk = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : kty === 'OKP' ? { kty, crv, x } : null;
    if (jwk === null && !(kty === 'oct' && isPrivate && typeof k === 'string')) return null;
    const key = jwk === null ? createSecretKey(Buffer.from(String(k), 'base64url')) : createPublicKey({ key: jwk as never, format: 'jwk' });
    const fitting = fittingAlgorithms(key, typeof crv === 'string' ? crv : '').filter((name) => alg === undefined || alg === name);
    if (fitting.length === 0) return null;
    return { kid: kid ?? null, algorithms: fitting, key, identity: JSON.stringify([kid, alg, jwk ?? k]), isRetired: false };
  } catch {
    // Not a key that this Node can read, whatever it says of itself: the others of the set still count.
    return null;
  }
}

function fittingAlgorithms(key: KeyObject, curve: string): readonly Algorithm[] {
  if (key.type === 'secret') {
    const bytes = key.symmetricKeySize ?? 0;
    return (['HS256', 'HS384', 'HS512'] as const).filter((name) => bytes >= SECRET_BYTES_MIN[name]);
  }
  if (key.asymmetricKeyType === 'rsa') {
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) return [];
    return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  }
  const own = curves[curve];
  return own === undefined ? [] : [own];
}

/** Whether `signature` over `input` holds. INVARIANT: `algorithm` is one of `key.algorithms`, else the answer is no. */
export function signatureHolds(key: VerificationKey, algorithm: Algorithm, input: string, signature: Buffer): boolean {
  if (!key.algorithms.includes(algorithm)) return false;
  const digest = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(input, 'latin1');
  switch (algorithm.slice(0, 2)) {
    case 'HS': {
      const expected = createHmac(digest, key.key).update(data).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    }
    case 'RS':
      return verifySignature(digest, data, key.key, signature);
    case 'PS':
      return verifySignature(
        digest,
        data,
        { key: key.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      );
    case 'ES':
      return verifySignature(digest, data, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature);
    default:
      return verifySignature(null, data, key.key, signature);
  }
}
