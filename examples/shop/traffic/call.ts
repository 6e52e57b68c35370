/** One request as the sample's makers of traffic describe it, and the two log formats it is written in. */
import type { Chance } from './chance.ts';

export interface Call {
  readonly atMs: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly client: string;
  readonly agent: string;
  /** Default `api.shop.example`. */
  readonly host?: string;
  /** The gateway's service; null = no route matched. */
  readonly service: string | null;
  /** Signed in as this customer or partner, with this header; absent = no credential was sent. */
  readonly caller?: { readonly name: string; readonly header: 'authorization' | 'x-api-key' };
  /** Median milliseconds the service takes. */
  readonly medianMs?: number;
  readonly bytes?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly referer?: string;
}

/** A line of Kong's `file-log` plugin. Kong itself blanks credentials out; that one was sent is what stays. */
export function kongLine(call: Call, chance: Chance): string {
  const host = call.host ?? 'api.shop.example';
  const duration = chance.latencyMs(call.service === null ? 2 : (call.medianMs ?? 30));
  const header = call.caller?.header;
  return JSON.stringify({
    started_at: call.atMs,
    client_ip: call.client,
    request: {
      method: call.method,
      uri: call.path,
      url: `https://${host}:443${call.path}`,
      size: String(chance.int(240, 900)),
      headers: {
        host,
        'user-agent': call.agent,
        ...(header === undefined ? {} : { [header]: header === 'authorization' ? 'Bearer REDACTED' : 'REDACTED' }),
      },
      tls: { version: 'TLSv1.3' },
    },
    response: {
      status: call.status,
      size: String(call.bytes ?? chance.int(180, 2400)),
      headers: { 'content-type': call.status === 204 ? '' : 'application/json', ...call.responseHeaders },
    },
    latencies: { request: duration, proxy: Math.max(0, duration - 2), kong: 1 },
    ...(call.service === null ? {} : { service: { name: call.service, host: `${call.service}.internal` } }),
    ...(call.caller === undefined ? {} : { consumer: { username: call.caller.name } }),
  });
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A line of nginx's combined format with the virtual host in front, as `www` writes it. */
export function nginxLine(call: Call, chance: Chance): string {
  const at = new Date(call.atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const bytes = call.bytes ?? chance.int(300, 24_000);
  const host = call.host ?? 'www.shop.example';
  return `${host}:443 ${call.client} - - [${day}:${time} +0000] "${call.method} ${call.path} HTTP/1.1" ${call.status} ${bytes} "${call.referer ?? '-'}" "${call.agent}"`;
}
