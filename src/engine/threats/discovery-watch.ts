/**
 * Content discovery: one client asks for things that are not there, or for files nobody links to. Only requests that a
 * word list makes are refused then: without credential, cookie or referer, for a path that nobody else was served.
 */
import type { Objection } from '../evidence/decision.ts';
import { BoundedMap } from './bounded-map.ts';

const WINDOW_MS = 60_000;
/** Distinct paths that were not there, within the window, from which a client is a scanner ... */
const MISSES_MIN = 30;
/** ... when they are also this share of what it asked for. */
const MISS_SHARE_MIN = 0.6;
/** Distinct requests for sensitive files or known probes within the window. */
const PROBES_MIN = 8;
const REFUSED_MS = 60_000;
const CLIENTS_MAX = 20_000;
/** Distinct paths remembered per client and window. */
const PATHS_MAX = 256;
/** Paths that were served to somebody, by hash; a scanner may still ask for those. */
const SERVED_MAX = 50_000;

interface Scanner {
  startedMs: number;
  asked: number;
  untilMs: number;
  why: string;
  readonly misses: Set<number>;
  readonly probes: Set<number>;
}

export interface Asked {
  readonly client: string;
  /** Hash of method and path. */
  readonly path: number;
  /** GET or HEAD without credential, cookie, referer and query: what a word list looks like. */
  readonly isBare: boolean;
}

export class DiscoveryWatch {
  readonly #clients = new BoundedMap<string, Scanner>(CLIENTS_MAX);
  /** Path to the client it was first served to; '' once two clients had it. */
  readonly #served = new BoundedMap<number, string>(SERVED_MAX);

  check(asked: Asked, nowMs: number): Objection | null {
    if (!asked.isBare) return null;
    const scanner = this.#clients.peek(asked.client);
    if (scanner === undefined || scanner.untilMs <= nowMs) return null;
    const served = this.#served.peek(asked.path);
    if (served !== undefined && served !== asked.client) return null;
    scanner.untilMs = nowMs + REFUSED_MS;
    return {
      section: 'behaviour',
      rule: 'behaviour.discovery',
      mode: 'block',
      status: 429,
      reason: `This client ${scanner.why} within a minute; further requests of that kind wait.`,
      place: null,
      retryAfterMs: REFUSED_MS,
    };
  }

  /** A request of this client read as a probe for a sensitive file or came from a known scanner. */
  probed(asked: Asked, nowMs: number): void {
    const scanner = this.#scanner(asked.client, nowMs);
    if (scanner.probes.size < PATHS_MAX) scanner.probes.add(asked.path);
    if (scanner.probes.size >= PROBES_MIN) refuse(scanner, `asked for ${scanner.probes.size} sensitive files or known probes`, nowMs);
  }

  /** What the upstream answered. */
  answered(asked: Asked, status: number, nowMs: number): void {
    if (status >= 200 && status < 400) {
      const before = this.#served.peek(asked.path);
      if (before === undefined) this.#served.set(asked.path, asked.client);
      else if (before !== asked.client && before !== '') this.#served.set(asked.path, '');
      const known = this.#clients.peek(asked.client);
      if (known !== undefined) known.asked++;
      return;
    }
    if (status !== 404 && status !== 410 && status !== 405) return;
    const scanner = this.#scanner(asked.client, nowMs);
    scanner.asked++;
    if (scanner.misses.size < PATHS_MAX) scanner.misses.add(asked.path);
    if (scanner.misses.size >= MISSES_MIN && scanner.misses.size >= MISS_SHARE_MIN * scanner.asked)
      refuse(scanner, `asked for ${scanner.misses.size} things that are not there`, nowMs);
  }

  #scanner(client: string, nowMs: number): Scanner {
    const known = this.#clients.touch(client);
    if (known !== undefined && nowMs - known.startedMs <= WINDOW_MS) return known;
    const scanner: Scanner = {
      startedMs: nowMs,
      asked: 0,
      untilMs: known?.untilMs ?? 0,
      why: known?.why ?? '',
      misses: new Set(),
      probes: new Set(),
    };
    this.#clients.set(client, scanner);
    return scanner;
  }
}

function refuse(scanner: Scanner, why: string, nowMs: number): void {
  scanner.why = why;
  scanner.untilMs = nowMs + REFUSED_MS;
}
