/** OpenID Connect Discovery 1.0, section 4: where an issuer publishes its keys. */
import { fetchJson, OutboundFailure } from './outbound-fetch.ts';

const DISCOVERY_BYTES_MAX = 256 * 1024;
const DISCOVERY_TIMEOUT_MS = 5_000;
/** How long an answer is used. */
const DISCOVERY_FRESH_MS = 3_600_000;

export interface DiscoveryOptions {
  readonly issuer: string;
  /** `issuer` as an address that may be asked. */
  readonly address: URL;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/**
 * Finds the key set of an issuer, remembering it for an hour. The key set must be at the issuer's own origin: another one is
 * asked only when the policy names it in `jwks`.
 */
export function discovery(options: DiscoveryOptions): () => Promise<URL> {
  let known: { readonly keys: URL; readonly atMs: number } | null = null;
  return async () => {
    const now = options.now();
    if (known !== null && now - known.atMs < DISCOVERY_FRESH_MS) return known.keys;
    const base = options.issuer.endsWith('/') ? options.issuer.slice(0, -1) : options.issuer;
    const question = { fetch: options.fetch, bytesMax: DISCOVERY_BYTES_MAX, timeoutMs: DISCOVERY_TIMEOUT_MS };
    const { json } = await fetchJson(new URL(`${base}/.well-known/openid-configuration`), question);
    const { issuer, jwks_uri: keys } = (json ?? {}) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    // Section 4.3: the document must name exactly the issuer that was asked.
    if (issuer !== options.issuer) throw new OutboundFailure(`${options.address.host} describes another issuer`);
    const found = typeof keys === 'string' ? URL.parse(keys) : null;
    if (found === null) throw new OutboundFailure(`${options.address.host} names no key set`);
    if (found.origin !== options.address.origin) {
      throw new OutboundFailure(`${options.address.host} has its keys at another origin, which the policy must name in "jwks"`);
    }
    known = { keys: found, atMs: now };
    return found;
  };
}
