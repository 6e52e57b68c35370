/**
 * Callers with user and password (RFC 7617), for what still has them. Passwords are dear to check on purpose, so what held is
 * remembered for a while, and only a few are checked at once.
 */
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { type PasswordHash, passwordFits, readPasswordHash } from './password-hash.ts';
import type { Presented } from './presented.ts';
import { RecentMap } from './recent-map.ts';
import { quotable, refused, type Verifier, type VerifierContext } from './verifier.ts';
import { WatchedFile } from './watched-file.ts';

type BasicPolicy = Extract<ProviderPolicy, { readonly kind: 'basic' }>;

const REMEMBERED_MAX = 5_000;
const REMEMBERED_MS = 300_000;
/** Passwords checked at once; beyond it the provider counts as unavailable, so that guessing cannot take the machine. */
export const CHECKS_MAX = 8;
const USERS_MAX = 10_000;
/** Checked for a user that does not exist, so that the time of an answer does not tell who does. Nobody's password. */
const nobody = readPasswordHash('$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');

interface Remembered {
  readonly outcome: CallerOutcome;
  readonly untilMs: number;
  /** Version of the file that vouched. */
  readonly generation: number;
}

export class BasicVerifier implements Verifier {
  readonly name: string;
  readonly carrier = 'basic';
  readonly challenge: string;
  readonly #context: VerifierContext;
  readonly #file: WatchedFile<ReadonlyMap<string, PasswordHash>>;
  readonly #remembered = new RecentMap<Remembered>(REMEMBERED_MAX);
  #checks = 0;

  /** @throws StanceError `config-invalid` when the file cannot be used */
  constructor(policy: BasicPolicy, context: VerifierContext) {
    this.name = policy.name;
    this.challenge = `Basic realm="${quotable(policy.realm)}", charset="UTF-8"`;
    this.#context = context;
    this.#file = new WatchedFile(policy.file, { ...context, parse: parseUsers });
  }

  recall(presented: Presented): CallerOutcome | null {
    if (presented.authorization?.scheme !== 'basic') return null;
    const held = this.#remembered.get(presented.digest);
    if (held === undefined) return null;
    this.#file.value();
    if (this.#context.now() < held.untilMs && held.generation === this.#file.generation) return held.outcome;
    this.#remembered.delete(presented.digest);
    return null;
  }

  verify(presented: Presented): CallerOutcome | Promise<CallerOutcome> {
    if (presented.authorization?.scheme !== 'basic') return { kind: 'none' };
    const pair = readPair(presented.authorization.value);
    if (pair === null) return refused('basic-malformed', 'The credential does not read.', this.challenge);
    if (this.#checks >= CHECKS_MAX) {
      return { kind: 'unavailable', provider: this.name, reason: `${CHECKS_MAX} passwords are being checked.` };
    }
    this.#checks++;
    return this.#check(pair, presented.digest).finally(() => {
      this.#checks--;
    });
  }

  problem(): string | null {
    return this.#file.problem;
  }

  async #check({ user, password }: Pair, digest: string): Promise<CallerOutcome> {
    const known = this.#file.value().get(user);
    const { generation } = this.#file;
    const against = known ?? nobody;
    const fits = against !== null && (await passwordFits(password, against));
    if (!fits || known === undefined) return refused('basic-wrong', 'User or password is wrong.', this.challenge);
    const outcome: CallerOutcome = {
      kind: 'proven',
      caller: {
        provider: this.name,
        kind: 'basic',
        subject: user,
        tenant: null,
        scopes: [],
        roles: [],
        claims: { sub: user },
        expiresMs: null,
        credentialPrint: this.#context.print(digest),
      },
    };
    this.#remembered.set(digest, { outcome, untilMs: this.#context.now() + REMEMBERED_MS, generation });
    return outcome;
  }
}

export interface Pair {
  readonly user: string;
  readonly password: string;
}

/** User and password of a Basic credential; null when it does not read. */
export function readPair(value: string): Pair | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'));
    const colon = text.indexOf(':');
    return colon <= 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return null;
  }
}

/** Lines `user:hash`; empty lines and those that begin with `#` are left out. */
function parseUsers(text: string): ReadonlyMap<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const known = readPasswordHash(line.slice(colon + 1).trim());
    const user = line.slice(0, colon);
    if (colon <= 0 || known === null) throw new Error(`line ${index + 1} is not "user:hash" with $argon2id$ or sha256:`);
    if (users.has(user)) throw new Error(`line ${index + 1} names a user for the second time`);
    if (users.size >= USERS_MAX) throw new Error(`it holds more than ${USERS_MAX} users`);
    users.set(user, known);
  }
  return users;
}
