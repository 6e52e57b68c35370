/** Hosts and client addresses as logs write them, brought to one form. */
import { isIP } from 'node:net';

/** Longest host name kept, characters: RFC 1035 allows 253, an IPv6 literal with zone is shorter. */
const hostCharactersMax = 255;

export interface Authority {
  readonly host: string;
  readonly port: number | null;
}

/** `Example.com:443`, `[::1]:80`, `10.0.0.1` taken apart; null for `-`, `_`, empty or anything that is no host. */
export function parseAuthority(text: string | null | undefined): Authority | null {
  if (text === null || text === undefined || text.length === 0 || text.length > hostCharactersMax) return null;
  if (text === '-' || text === '_' || text === '*') return null;
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf(']');
    if (close < 0 || isIP(text.slice(1, close)) !== 6) return null;
    const rest = text.slice(close + 1);
    if (rest === '') return { host: text.slice(0, close + 1).toLowerCase(), port: null };
    const port = rest.charCodeAt(0) === 58 ? portOf(rest.slice(1)) : null;
    return port === null ? null : { host: text.slice(0, close + 1).toLowerCase(), port };
  }
  if (isIP(text) === 6) return { host: `[${text.toLowerCase()}]`, port: null };
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (!isHostName(name)) return null;
  if (colon < 0) return { host: name.toLowerCase(), port: null };
  const port = portOf(text.slice(colon + 1));
  return port === null ? null : { host: name.toLowerCase(), port };
}

/** Host without a default port, lower case; a port that is not the default stays. `scheme` null: 80 and 443 are both dropped. */
export function hostOf(text: string | null | undefined, scheme: 'http' | 'https' | null): string | null {
  const authority = parseAuthority(text);
  if (authority === null) return null;
  const { host, port } = authority;
  if (port === null || (port === 80 && scheme !== 'https') || (port === 443 && scheme !== 'http')) return host;
  return `${host}:${port}`;
}

/** The scheme a port implies, when it does. */
export function schemeOfPort(port: number | null): 'http' | 'https' | null {
  return port === 443 ? 'https' : port === 80 ? 'http' : null;
}

export function schemeOf(text: unknown): 'http' | 'https' | null {
  if (typeof text !== 'string') return null;
  const scheme = text.toLowerCase();
  return scheme === 'https' || scheme === 'wss' || scheme === 'h2' || scheme === 'grpcs'
    ? 'https'
    : scheme === 'http' || scheme === 'ws'
      ? 'http'
      : null;
}

function portOf(text: string): number | null {
  if (text.length === 0 || text.length > 5) return null;
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}

/** Letters, digits, dot, dash, underscore; what a host name is made of, checked by character so that it is linear. */
function isHostName(text: string): boolean {
  if (text.length === 0) return false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const fits =
      (code >= 48 && code <= 57) ||
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      code === 45 ||
      code === 46 ||
      code === 95 ||
      code > 127;
    if (!fits) return false;
  }
  return true;
}

/** `10.0.0.1:59292`, `[fd00::1]:443`, `fd00::1%eth0` without port, brackets and zone; names are kept as they are. Null for `-` and the like. */
export function clientAddressOf(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const value = text.trim();
  if (value === '' || value === '-' || value === 'unknown' || value === 'unix:' || value.length > hostCharactersMax) return null;
  if (value.charCodeAt(0) === 91) {
    const close = value.indexOf(']');
    return close > 1 ? withoutZone(value.slice(1, close)) : null;
  }
  const colon = value.indexOf(':');
  // One colon is a port; more are an IPv6 address.
  if (colon >= 0 && value.indexOf(':', colon + 1) < 0) return colon > 0 ? value.slice(0, colon) : null;
  return withoutZone(value);
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/** Longest `X-Forwarded-For` that is walked, hops; proxies add one each. */
const forwardedHopsMax = 32;

/**
 * The client behind proxies: from the right, past addresses of private networks, the first public one; else the leftmost.
 * Only the right end was written by proxies of one's own; what stands left of them can be made up by the caller.
 */
export function clientOfForwarded(list: string | null | undefined): string | null {
  if (list === null || list === undefined || list === '' || list === '-') return null;
  const hops = list.split(',').slice(-forwardedHopsMax).map(clientAddressOf);
  for (let at = hops.length - 1; at >= 0; at -= 1) {
    const hop = hops[at];
    if (typeof hop === 'string' && isIP(hop) !== 0 && !isPrivateAddress(hop)) return hop;
  }
  return hops.find((hop) => typeof hop === 'string' && isIP(hop) !== 0) ?? null;
}

/** Loopback, link-local and private networks (RFC 1918, RFC 4193, RFC 6598). */
export function isPrivateAddress(address: string): boolean {
  const text = address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address.toLowerCase();
  if (isIP(text) === 6) return text === '::1' || /^f[cd]/.test(text) || /^fe[89ab]/.test(text);
  if (isIP(text) !== 4) return false;
  const [first = 0, second = 0] = text.split('.', 2).map(Number);
  return (
    first === 10 ||
    first === 127 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second <= 127)
  );
}

/** The peer a server saw, or, when that is a proxy of a private network, the client it forwarded. */
export function clientBehind(peer: string | null, forwarded: string | null | undefined): string | null {
  if (peer !== null && !isPrivateAddress(peer)) return peer;
  return clientOfForwarded(forwarded) ?? peer;
}
