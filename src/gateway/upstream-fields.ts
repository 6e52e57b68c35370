/** The header fields that an upstream is given: the client's without what ends at this hop, then what we vouch for. */
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { forwardedForChain } from './client-address.ts';
import { fieldName } from './head-check.ts';
import type { Peer, WireHead } from './request-head.ts';

/** Whether a list sets a field itself. `lower` in lower case. */
export function isNamed(lower: string, list: HeaderList): boolean {
  for (const field of list) if (field.name === lower) return true;
  return false;
}

export interface UpstreamFieldsInput {
  readonly head: WireHead;
  readonly peer: Peer;
  readonly client: ClientPolicy;
  /** Set in place of any of these that the client sent. */
  readonly replaced: HeaderList;
  /** `host` when the upstream wants its own, or the client sent none. */
  readonly originHost: string;
  readonly keepHost: boolean;
}

/** Names and values alternating, `host` first. Spelling and order of the client's own fields are kept. */
export function upstreamFields({ head, peer, client, replaced, originHost, keepHost }: UpstreamFieldsInput): string[] {
  const { raw, connectionOptions } = head;
  const fields = ['host', keepHost && head.host !== null ? head.host : originHost];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const { lower, dashed, kind } = fieldName(name);
    if (kind === 'plain') {
      if (connectionOptions?.includes(lower)) continue;
      if (replaced.length > 0 && isNamed(dashed, replaced)) continue;
      fields.push(name, raw[at + 1] ?? '');
    } else if (kind === 'forwarding' && client.trustedHops > 0 && !rewritten.has(dashed)) fields.push(name, raw[at + 1] ?? '');
  }
  if (head.contentLength !== null) fields.push('content-length', String(head.contentLength));
  const isTrusted = client.trustedHops > 0;
  fields.push('x-forwarded-for', isTrusted ? forwardedForChain(head.headers, peer.address, client) : (peer.address ?? 'unknown'));
  fields.push('x-forwarded-proto', (isTrusted ? lastOf(head.headers, 'x-forwarded-proto') : null) ?? head.scheme);
  const host = (isTrusted ? lastOf(head.headers, 'x-forwarded-host') : null) ?? head.host;
  if (host !== null) fields.push('x-forwarded-host', host);
  for (const field of replaced) fields.push(field.name, field.value);
  return fields;
}

const rewritten = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']);

/** The entry that the nearest proxy wrote. */
function lastOf(headers: HeaderList, name: string): string | null {
  let value: string | null = null;
  for (const field of headers) if (field.name === name) value = field.value.slice(field.value.lastIndexOf(',') + 1).trim();
  return value === '' ? null : value;
}
