/**
 * Credential guessing by one client at a login. Not how many logins there are counts, which would hit an office behind one
 * address on a Monday morning, but how many of them *repeat*: another password for an account this client has tried, or
 * a password it has tried on another account. People who each log in to their own account repeat nothing.
 */
import type { Objection } from '../evidence/decision.ts';
import { BoundedMap } from './bounded-map.ts';

/** Repeats forget after this long, milliseconds. */
const MEMORY_MS = 600_000;
/** Weight of repeats from which a client is refused: more than a person who tries all of their old passwords. */
const REPEATS_MAX = 8;
/** An answer that reads as neither success nor failure (many APIs answer 200 with an error inside). */
const DOUBTFUL_WEIGHT = 0.67;
/** A refused client waits this long after its last attempt, milliseconds. */
const REFUSED_MS = 60_000;
/** Clients watched; beyond it the one quiet for longest is forgotten. */
const CLIENTS_MAX = 20_000;
/** Accounts and passwords remembered per client; an attacker who tries more is refused long before. */
const TRIED_MAX = 64;

interface Guesser {
  startedMs: number;
  repeats: number;
  untilMs: number;
  /** Account print to the password prints tried on it. */
  readonly accounts: Map<number, Set<number>>;
  readonly passwords: Map<number, Set<number>>;
}

export interface LoginAttempt {
  /** Key of the client: identity or address with client shape. */
  readonly client: string;
  /** Keyed prints, never the values. */
  readonly account: number;
  readonly password: number;
}

export class GuessWatch {
  readonly #clients = new BoundedMap<string, Guesser>(CLIENTS_MAX);

  /** Before the attempt is passed on: an objection when this client has been guessing. */
  check(attempt: LoginAttempt, nowMs: number): Objection | null {
    const guesser = this.#clients.touch(attempt.client);
    if (guesser === undefined || guesser.untilMs <= nowMs) return null;
    guesser.untilMs = nowMs + REFUSED_MS;
    return {
      section: 'behaviour',
      rule: 'behaviour.guessing',
      mode: 'block',
      status: 429,
      reason: `This client tried several passwords on one account, or one password on several accounts, ${Math.floor(guesser.repeats)} times within ten minutes.`,
      place: null,
      retryAfterMs: REFUSED_MS,
    };
  }

  /** What came of an attempt that was passed on. */
  answered(attempt: LoginAttempt, status: number, nowMs: number): void {
    const isFailure = status === 401 || status === 403 || status === 400 || status === 422 || status === 404;
    const weight = isFailure ? 1 : status >= 200 && status < 300 ? DOUBTFUL_WEIGHT : 0;
    let guesser = this.#clients.touch(attempt.client);
    if (guesser === undefined || nowMs - guesser.startedMs > MEMORY_MS) {
      guesser = { startedMs: nowMs, repeats: 0, untilMs: guesser?.untilMs ?? 0, accounts: new Map(), passwords: new Map() };
      this.#clients.set(attempt.client, guesser);
    }
    const tried = guesser.accounts.get(attempt.account);
    const onAccounts = guesser.passwords.get(attempt.password);
    // The same pair again is a script that logs in anew each time, not a guess.
    if (tried?.has(attempt.password) === true) return;
    if (tried !== undefined || onAccounts !== undefined) guesser.repeats += weight;
    remember(guesser.accounts, attempt.account, attempt.password);
    remember(guesser.passwords, attempt.password, attempt.account);
    if (guesser.repeats >= REPEATS_MAX) guesser.untilMs = nowMs + REFUSED_MS;
  }
}

function remember(map: Map<number, Set<number>>, key: number, value: number): void {
  const values = map.get(key);
  if (values === undefined) {
    if (map.size < TRIED_MAX) map.set(key, new Set([value]));
  } else if (values.size < TRIED_MAX) values.add(value);
}
