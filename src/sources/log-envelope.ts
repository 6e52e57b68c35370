/** What wraps a log line on its way: syslog, container runtimes, log shippers. And lines that are no requests at all. */
import { type ExclusionReason, exclusionReasons } from './exclusion.ts';

export type Unwrapped = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'excluded'; readonly reason: ExclusionReason };

/** Members of a JSON envelope that hold the line itself, as Docker, Fluent Bit, journald exports and log platforms name them. */
const envelopeMembers = ['log', 'message', 'msg', 'MESSAGE', 'line', 'textPayload', '@message', '_raw'] as const;

/** Kubernetes CRI: time, stream, partial or full. */
const containerPrefix = /^\d{4}-\d\d-\d\dT[0-9:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] /;
/** RFC 3164 with or without priority: `<190>Sep 15 16:13:46 host nginx[2869]: `, also with an ISO time. */
const syslogPrefix =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT[0-9:.]{8,18}(?:Z|[+-]\d\d:\d\d)) (?:[\w.:-]{1,255} )?[\w./-]{1,64}(?:\[\d{1,10}\])?: /;
/** RFC 5424: `<190>1 time host app procid msgid - `. */
const syslog5424Prefix = /^<\d{1,3}>1 \S{1,40} \S{1,255} \S{1,64} \S{1,64} \S{1,64} (?:-|\[[^\]]{0,1024}\]) /;
/** `docker compose logs`: `web-1  | `; and log platforms: `frontend.0 nginx: `. */
const composePrefix = /^[\w.-]{1,64} {0,40}\| /;
const platformPrefix = /^[\w.-]{1,64} [\w.-]{1,32}: /;
/** Longest prefix that the expressions above are shown; keeps them from walking long lines. */
const prefixCharactersMax = 2048;

/** Takes one or two layers of wrapping off; null when there is none that is known. */
export function unwrapLine(line: string): Unwrapped | null {
  const once = unwrapOnce(line);
  if (once === null) return isErrorLogLine(line) ? { kind: 'excluded', reason: exclusionReasons.errorLog } : null;
  if (once.kind === 'excluded') return once;
  return unwrapOnce(once.text) ?? (isErrorLogLine(once.text) ? { kind: 'excluded', reason: exclusionReasons.errorLog } : once);
}

function unwrapOnce(line: string): Unwrapped | null {
  if (line.charCodeAt(0) === 123) return unwrapJson(line);
  const head = line.slice(0, prefixCharactersMax);
  for (const prefix of [containerPrefix, syslogPrefix, syslog5424Prefix, composePrefix, platformPrefix]) {
    const match = prefix.exec(head);
    if (match !== null) return { kind: 'line', text: line.slice(match[0].length) };
  }
  return null;
}

function unwrapJson(line: string): Unwrapped | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Not JSON after all: no envelope, and the caller counts the line.
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const member of envelopeMembers) {
    const inner: unknown = Reflect.get(value, member);
    if (typeof inner === 'string' && inner.length > 0) return { kind: 'line', text: inner.replace(/\r?\n$/, '') };
  }
  return null;
}

const errorLogShapes = [
  // nginx, Apache, LiteSpeed, Envoy and Traefik, in this order.
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] /,
  /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:.]{8,15} \d{4}\] \[[\w:-]{1,64}\]/,
  /^\d{4}-\d\d-\d\d [\d:.]{8,15} \[[A-Z]{3,8}\] \[/,
  /^\[\d{4}-\d\d-\d\d [\d:.,]{8,15}\]\[\d{1,10}\]\[\w{3,8}\]/,
  /^time="[^"]{1,40}" level=\w{3,7} /,
] as const;

export function isErrorLogLine(line: string): boolean {
  const head = line.slice(0, 160);
  return errorLogShapes.some((shape) => shape.test(head));
}
