/** What one client does over minutes: guessing at logins and content discovery; asked before each request, told after it. */
import type { CallerOutcome } from '../access/caller.ts';
import { lowestMode, type Mode, type Objection } from '../evidence/decision.ts';
import { clientShape } from '../http/client-shape.ts';
import { hasHeader } from '../http/headers.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { type Asked, DiscoveryWatch } from './discovery-watch.ts';
import { GuessWatch, type LoginAttempt } from './guess-watch.ts';
import { type CredentialTried, credentialInBasic, credentialInBody } from './login-attempt.ts';
import type { ThreatHit } from './recogniser.ts';

export interface WatchModes {
  readonly discovery: Mode;
  readonly guessing: Mode;
}

/** Paths that a login has by convention; a password field elsewhere is a registration or a change of settings. */
const loginPath =
  /(?:log-?_?in|sign-?_?in|auth|authenticate|authentication|sessions?|token|password|otp|verify|mfa|2fa|connect|account|user)/i;

/** What one process saw of a client, for the others: prints only, under the seed they share. */
export type WatchEvent =
  | { readonly kind: 'guess'; readonly attempt: LoginAttempt; readonly status: number }
  | { readonly kind: 'miss'; readonly asked: Asked; readonly status: number }
  | { readonly kind: 'probe'; readonly asked: Asked };

export class ClientWatch {
  readonly #seed: number;
  readonly #tell: ((event: WatchEvent) => void) | null;
  readonly #guesses = new GuessWatch();
  readonly #discovery = new DiscoveryWatch();

  /**
   * @param seed shared by the processes of one guard; prints of passwords mean nothing outside them
   * @param tell hears what other processes should count too: few of all requests, so that a client gains nothing by
   * spreading over them
   */
  constructor(seed: number, tell: ((event: WatchEvent) => void) | null = null) {
    this.#seed = seed;
    this.#tell = tell;
  }

  /** Counts what another process saw. */
  heard(event: WatchEvent, nowMs: number): void {
    if (event.kind === 'guess') this.#guesses.answered(event.attempt, event.status, nowMs);
    else if (event.kind === 'miss') this.#discovery.answered(event.asked, event.status, nowMs);
    else this.#discovery.probed(event.asked, nowMs);
  }

  checkHead(head: RequestHead, caller: CallerOutcome, modes: WatchModes, nowMs: number): readonly Objection[] {
    const objections: Objection[] = [];
    if (modes.discovery !== 'off') {
      const asked = this.#asked(head, caller);
      if (asked.isBare) keep(objections, this.#discovery.check(asked, nowMs), modes.discovery);
    }
    if (modes.guessing !== 'off') {
      const tried = credentialInBasic(head.headers);
      if (tried !== null) keep(objections, this.#guesses.check(this.#attempt(head, caller, tried), nowMs), modes.guessing);
    }
    return objections;
  }

  checkBody(head: RequestHead, body: ParsedBody, caller: CallerOutcome, modes: WatchModes, nowMs: number): readonly Objection[] {
    if (modes.guessing === 'off') return [];
    const tried = loginTried(head, body);
    if (tried === null) return [];
    const objections: Objection[] = [];
    keep(objections, this.#guesses.check(this.#attempt(head, caller, tried), nowMs), modes.guessing);
    return objections;
  }

  /** Recognisers saw a sensitive file or a known scanner. */
  probed(head: RequestHead, caller: CallerOutcome, hits: readonly ThreatHit[], nowMs: number): void {
    if (!hits.some((hit) => hit.category === 'sensitive-file' || hit.category === 'scanner')) return;
    const asked = this.#asked(head, caller);
    this.#discovery.probed(asked, nowMs);
    this.#tell?.({ kind: 'probe', asked });
  }

  /** The upstream answered. */
  answered(head: RequestHead, body: ParsedBody | null, caller: CallerOutcome, status: number, nowMs: number): void {
    const asked = this.#asked(head, caller);
    if (asked.isBare || status >= 400) {
      this.#discovery.answered(asked, status, nowMs);
      if (status === 404 || status === 410 || status === 405) this.#tell?.({ kind: 'miss', asked, status });
    }
    const tried = credentialInBasic(head.headers) ?? (body === null ? null : loginTried(head, body));
    if (tried === null) return;
    const attempt = this.#attempt(head, caller, tried);
    this.#guesses.answered(attempt, status, nowMs);
    this.#tell?.({ kind: 'guess', attempt, status });
  }

  #asked(head: RequestHead, caller: CallerOutcome): Asked {
    const isBare =
      (head.method === 'GET' || head.method === 'HEAD') &&
      head.query === null &&
      caller.kind === 'none' &&
      !hasHeader(head.headers, 'cookie') &&
      !hasHeader(head.headers, 'referer') &&
      !hasHeader(head.headers, 'authorization');
    return { client: this.#client(head, caller), path: this.#hash(`${head.method} ${head.path}`), isBare };
  }

  #attempt(head: RequestHead, caller: CallerOutcome, tried: CredentialTried): LoginAttempt {
    return { client: this.#client(head, caller), account: this.#hash(tried.account.toLowerCase()), password: this.#hash(tried.password) };
  }

  /** The subject when proven, else the address with the shape of its header fields: two programs behind one address are two clients. */
  #client(head: RequestHead, caller: CallerOutcome): string {
    if (caller.kind === 'proven') return `s ${caller.caller.subject}`;
    return `a ${head.clientAddress ?? ''} ${this.#hash(clientShape(head))}`;
  }

  /** 53 bits, seeded: for counting in memory only. */
  #hash(text: string): number {
    let high = this.#seed ^ 0x9e3779b9;
    let low = this.#seed ^ 0x85ebca6b;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x9e3779b1);
      low = Math.imul(low ^ code, 0x5f356495);
    }
    high = Math.imul(high ^ (high >>> 15), 0x85ebca77) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae3d);
    low = Math.imul(low ^ (low >>> 15), 0x85ebca77) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae3d);
    return 4294967296 * (2097151 & high) + (low >>> 0);
  }
}

function loginTried(head: RequestHead, body: ParsedBody): CredentialTried | null {
  if (head.method !== 'POST' || !loginPath.test(head.path)) return null;
  return credentialInBody(body);
}

function keep(objections: Objection[], objection: Objection | null, mode: Mode): void {
  if (objection === null || mode === 'off') return;
  objections.push({ ...objection, mode: lowestMode(mode, objection.mode) === 'block' ? 'block' : 'log' });
}
