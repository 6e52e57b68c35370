/** Reasons why a well-formed line is no exchange. They are counted and shown, so they are few and stay the same. */
import type { SourceItem } from './source.ts';

export const exclusionReasons = {
  blank: 'blank line',
  comment: 'comment or header line',
  errorLog: 'error log line, not a request',
  otherLog: 'log line of another kind, not a request',
  notHttp: 'malformed request: not HTTP',
  tls: 'malformed request: TLS on a plain port',
  noRequest: 'connection closed before a request',
  tunnel: 'CONNECT request',
  serverWide: 'OPTIONS * request',
  clientSpan: 'span of an outgoing call',
  innerSpan: 'span inside a service',
  notHttpSpan: 'span that is not HTTP',
  notFetched: 'entry that reached no server',
  cloudTrail: 'AWS API call (CloudTrail), not a request of yours',
} as const;

export type ExclusionReason = (typeof exclusionReasons)[keyof typeof exclusionReasons];

export function excluded(line: number, reason: ExclusionReason): SourceItem {
  return { kind: 'excluded', line, reason };
}

/** INVARIANT: `message` holds nothing of the line itself; a line may hold secrets. */
export function malformed(line: number, message: string): SourceItem {
  return { kind: 'malformed', line, message };
}
