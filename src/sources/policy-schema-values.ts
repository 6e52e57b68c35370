/** Values of a policy as people write them: durations, sizes, addresses, path patterns; each with what was expected. */
import { z } from 'zod';
import { parseNetwork } from '../engine/http/address.ts';
import { parsePathPattern } from '../engine/http/path-pattern.ts';

/** Entries of any list or map of a policy. */
export const entriesMax = 5000;
/** Entries of a block list, which other programs write. */
export const listEntriesMax = 100_000;

export const text = z.string().min(1).max(2000);
export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/i, 'a name of letters, digits, dots and dashes, at most 80 characters')
  .describe('Stands in rule ids, so it should stay what it is.');
export const mode = z
  .enum(['off', 'log', 'block'])
  .describe('`off` looks at nothing, `log` writes down what it would refuse, `block` refuses.');
export const ruleMode = z.enum(['log', 'block']);
export const share = z.number().min(0).max(1);

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1000, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;
const sizePattern = /^(\d{1,9})(B|KB|MB|GB|KiB|MiB|GiB)$/;

export const duration = z.string().regex(durationPattern, 'a duration such as 500ms, 30s, 5m, 2h or 7d');
export const size = z.string().regex(sizePattern, 'a size such as 64KB, 1MB or 128KiB');

/** @param stated passed `duration` */
export function milliseconds(stated: string): number {
  const match = durationPattern.exec(stated);
  return Number(match?.[1] ?? 0) * (durationUnits[match?.[2] ?? ''] ?? 0);
}

/** @param stated passed `size` */
export function bytes(stated: string): number {
  const match = sizePattern.exec(stated);
  return Number(match?.[1] ?? 0) * (sizeUnits[match?.[2] ?? ''] ?? 0);
}

/** When something ends: the end of a day (UTC), or an instant. */
export const until = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'a date such as 2026-12-31, or an instant such as 2026-12-31T08:00:00Z',
  })
  .describe('A date (that day still counts, UTC), or an instant with its zone.');

/** @param stated passed `until` */
export function untilMs(stated: string): number {
  return stated.includes('T') ? Date.parse(stated) : Date.parse(`${stated}T00:00:00Z`) + 86_400_000;
}

export const host = z
  .string()
  .regex(/^(?:\*\.)?[^/\s*]{1,253}$/, 'a host without scheme or path, such as api.example.com or *.example.com')
  .describe('Without a port it fits every port.');

export const path = z
  .string()
  .max(2000)
  .refine((stated) => parsePathPattern(stated) !== null, { error: 'a path such as /orders/{id}, /orders/*/lines or /admin/**' })
  .describe('A template (`/orders/{id}`), or everything below (`/admin/**`).');

export const network = z
  .string()
  .max(64)
  .refine((stated) => parseNetwork(stated) !== null, {
    error: 'an address or a network such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32, without bits set behind its prefix',
  });

/** Addresses of services that a credential or a key is fetched from: encrypted, unless they are on this machine. */
export const serviceAddress = z
  .string()
  .max(2000)
  .regex(
    /^(?:https:\/\/[^\s/]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:\/\S*)?$/i,
    'an https:// address (http:// only on this machine)',
  );

export const origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/(?:\[[0-9a-fA-F:]+\]|[^\s/:@?#]+)(?::\d{1,5})?\/?$/, 'an origin such as http://127.0.0.1:8080');

export const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'the name of an environment variable');
