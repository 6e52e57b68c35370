/** What a limit may count by, of one request. All of it stays in memory; tables keep keyed hashes only. */
import type { JsonValue } from '../http/exchange.ts';
import type { LimitKey } from '../policy/policy.ts';
import { addressKey } from './address-key.ts';

export interface LimitSubject {
  /** Proven subject, made unique over providers (`provider` and `subject` joined); null = anonymous. */
  readonly subject: string | null;
  /** Print of the proven credential. */
  readonly credentialPrint: string | null;
  readonly tenant: string | null;
  /** Claims of the proven caller, for the plan; null = anonymous. */
  readonly claims: { readonly [name: string]: JsonValue } | null;
  /** Print of the account a login names; undefined = the body is not read yet, null = it names none. */
  readonly accountPrint: string | null | undefined;
  /** A visitor token that the guard itself issued and has verified; never an unproven cookie. */
  readonly device: string | null;
  readonly clientShape: string | null;
  /** Client address after the trusted hops. */
  readonly address: string | null;
  /** Route or operation the limit is counted for with `by: route`. */
  readonly route: string;
}

/** Nothing proves who calls; a visitor token only says that it is the same one again. */
export function isAnonymous(subject: LimitSubject): boolean {
  return subject.subject === null && subject.credentialPrint === null;
}

/** Domains of keys, so that a subject named like an address is not one. */
export const keyKinds = {
  subject: 1,
  key: 2,
  account: 3,
  tenant: 4,
  device: 5,
  shape: 6,
  address: 7,
  route: 8,
  global: 9,
  unknown: 10,
} as const;

export interface LimitKeyText {
  kind: number;
  text: string;
}

/**
 * What the request counts by under a limit, written into `into`. The best identity there is stands in for one that is
 * missing: subject, credential, visitor token, address with client shape, address; a caller of whom nothing is known
 * shares one key with all like it, so that hiding an address gains nothing.
 */
export function limitKey(by: LimitKey, subject: LimitSubject, into: LimitKeyText): LimitKeyText {
  if (by === 'global') return named(into, keyKinds.global, '');
  if (by === 'route') return named(into, keyKinds.route, subject.route);
  if (by === 'account' && typeof subject.accountPrint === 'string') return named(into, keyKinds.account, subject.accountPrint);
  if (by === 'tenant' && subject.tenant !== null) return named(into, keyKinds.tenant, subject.tenant);
  if (by === 'key' && subject.credentialPrint !== null) return named(into, keyKinds.key, subject.credentialPrint);
  if (by === 'address' || by === 'account') return byAddress(subject, into);
  if (by !== 'device') {
    if (subject.subject !== null) return named(into, keyKinds.subject, subject.subject);
    if (subject.credentialPrint !== null) return named(into, keyKinds.key, subject.credentialPrint);
  }
  if (subject.device !== null) return named(into, keyKinds.device, subject.device);
  if (subject.clientShape !== null && subject.address !== null)
    return named(into, keyKinds.shape, `${addressKey(subject.address)} ${shapeClass(subject.clientShape)}`);
  return byAddress(subject, into);
}

function byAddress(subject: LimitSubject, into: LimitKeyText): LimitKeyText {
  if (subject.address === null) return named(into, keyKinds.unknown, '');
  return named(into, keyKinds.address, addressKey(subject.address));
}

/** Shapes are free to make up: of one address they are told apart in so many classes only. */
const SHAPE_CLASSES = 64;

export function shapeClass(shape: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < shape.length; at++) hash = Math.imul(hash ^ shape.charCodeAt(at), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % SHAPE_CLASSES;
}

function named(into: LimitKeyText, kind: number, text: string): LimitKeyText {
  into.kind = kind;
  into.text = text;
  return into;
}
