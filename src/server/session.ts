/**
 * Who may use the page: whoever opens a one-time link that only this machine's terminal shows. No password, no account.
 * Tokens are kept as SHA-256 in memory only, so neither a core of the disk nor a log holds one; a restart signs everybody out.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Links that can be waiting to be opened; the oldest goes. */
const linksMax = 8;
/** Browsers signed in at once; the one unused longest goes. */
const sessionsMax = 32;
/** A link printed at start waits this long for its reader. */
export const linkLifeMs = 60 * 60 * 1000;
/** A session ends this long after its last use, and in any case after `sessionLifeMs`. */
export const sessionIdleMs = 24 * 60 * 60 * 1000;
export const sessionLifeMs = 7 * 24 * 60 * 60 * 1000;

interface Session {
  readonly csrf: string;
  readonly createdMs: number;
  usedMs: number;
}

export interface SessionKeeperOptions {
  readonly now: () => number;
}

export class SessionKeeper {
  readonly #now: () => number;
  /** Hash of the token to when the link ends. */
  readonly #links = new Map<string, number>();
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionKeeperOptions) {
    this.#now = options.now;
  }

  /** A new single-use token. */
  makeLink(): { readonly token: string; readonly expiresMs: number } {
    const token = randomToken();
    const expiresMs = this.#now() + linkLifeMs;
    this.#links.set(hashOf(token), expiresMs);
    for (const oldest of this.#links.keys()) {
      if (this.#links.size <= linksMax) break;
      this.#links.delete(oldest);
    }
    return { token, expiresMs };
  }

  /** Uses a link up. null = unknown, used already or too old. */
  openLink(token: string): { readonly cookie: string } | null {
    const key = hashOf(token);
    const expiresMs = this.#links.get(key);
    this.#links.delete(key);
    if (expiresMs === undefined || expiresMs <= this.#now()) return null;
    const cookie = randomToken();
    const nowMs = this.#now();
    this.#sessions.set(hashOf(cookie), { csrf: randomToken(), createdMs: nowMs, usedMs: nowMs });
    this.#dropOldest();
    return { cookie };
  }

  /** The session a cookie stands for, and marks it used. */
  find(cookie: string | undefined): { readonly csrf: string } | null {
    if (cookie === undefined || cookie === '') return null;
    const key = hashOf(cookie);
    const session = this.#sessions.get(key);
    if (session === undefined) return null;
    const nowMs = this.#now();
    if (nowMs - session.usedMs > sessionIdleMs || nowMs - session.createdMs > sessionLifeMs) {
      this.#sessions.delete(key);
      return null;
    }
    session.usedMs = nowMs;
    return { csrf: session.csrf };
  }

  #dropOldest(): void {
    while (this.#sessions.size > sessionsMax) {
      const [oldest] = [...this.#sessions].sort((a, b) => a[1].usedMs - b[1].usedMs);
      if (oldest === undefined) return;
      this.#sessions.delete(oldest[0]);
    }
  }
}

/** 256 bits as 43 characters of base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares without telling by time how much was right. */
export function sameSecret(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest());
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
