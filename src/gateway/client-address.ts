/**
 * Whose request this is: the address that the nearest proxies of ours vouch for. Whatever stands further left in a forwarding field was
 * written by somebody we do not know, so it is never used and never passed on.
 */
import { isIP, SocketAddress } from 'node:net';
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';

/** A forwarding field longer than this was padded by somebody; only its end, which our own proxies wrote, is read. */
const FORWARDED_CHARACTERS_MAX = 4_096;

/** Canonical text of an address, IPv4 in IPv6 unwrapped, zone and port dropped; null when it is none. */
export function canonicalAddress(text: string): string | null {
  const bare = withoutPort(text.trim());
  const family = isIP(bare);
  if (family === 4) return bare;
  if (family !== 6) return null;
  const zone = bare.indexOf('%');
  const address = new SocketAddress({ address: zone < 0 ? bare : bare.slice(0, zone), family: 'ipv6' }).address;
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

/** `[2001:db8::1]:443` and `192.0.2.1:443` without brackets and port. */
function withoutPort(text: string): string {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    return end < 0 ? text : text.slice(1, end);
  }
  const colon = text.indexOf(':');
  return colon >= 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text;
}

/** Addresses a forwarding field names, left to right as written; entries that are no address stay as they are. */
function forwardedEntries(headers: HeaderList, policy: ClientPolicy): readonly string[] {
  let text = '';
  for (const field of headers) if (field.name === policy.header) text = text === '' ? field.value : `${text},${field.value}`;
  if (text === '') return [];
  if (text.length > FORWARDED_CHARACTERS_MAX) text = text.slice(text.length - FORWARDED_CHARACTERS_MAX);
  const entries = text.split(',').map((entry) => entry.trim());
  return policy.header === 'forwarded' ? entries.map(forwardedFor) : entries;
}

/** The `for` parameter of one element of `Forwarded` (RFC 7239 section 4). */
function forwardedFor(element: string): string {
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim().toLowerCase() !== 'for') continue;
    const value = pair.slice(equals + 1).trim();
    return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return '';
}

/**
 * Address of the client: `trustedHops` entries from the right of the policy's field. When fewer were sent, the leftmost one was still
 * written by a proxy of ours; with none the peer itself is the client.
 * @param peer canonical address of the socket's other end, null when the socket is already gone
 * @returns canonical text; null when the entry that counts is no address (`unknown`, `_hidden`)
 */
export function clientAddress(headers: HeaderList, peer: string | null, policy: ClientPolicy): string | null {
  if (policy.trustedHops === 0) return peer;
  const entries = forwardedEntries(headers, policy);
  if (entries.length === 0) return peer;
  const entry = entries[Math.max(0, entries.length - policy.trustedHops)];
  return entry === undefined ? peer : canonicalAddress(entry);
}

/**
 * `X-Forwarded-For` for the upstream: what our own proxies vouch for, then the peer. With no trusted hop that is the peer alone, so an
 * upstream that reads the leftmost entry cannot be told a made-up address.
 */
export function forwardedForChain(headers: HeaderList, peer: string | null, policy: ClientPolicy): string {
  const last = peer ?? 'unknown';
  if (policy.trustedHops === 0) return last;
  const entries = forwardedEntries(headers, policy.header === 'x-forwarded-for' ? policy : { ...policy, header: 'x-forwarded-for' });
  const trusted = entries.slice(Math.max(0, entries.length - policy.trustedHops)).filter((entry) => canonicalAddress(entry) !== null);
  return trusted.length === 0 ? last : `${trusted.join(', ')}, ${last}`;
}
