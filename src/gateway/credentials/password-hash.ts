/** Passwords at rest: Argon2id in the PHC string form, or the SHA-256 of a long random one. */
import { argon2, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export type PasswordHash =
  | { readonly kind: 'sha256'; readonly digest: Buffer }
  | {
      readonly kind: 'argon2id';
      readonly memory: number;
      readonly passes: number;
      readonly parallelism: number;
      readonly salt: Buffer;
      readonly tag: Buffer;
    };

/** OWASP Password Storage: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
/** A file may ask for more, but not for so much that a few logins fill the machine. */
const MEMORY_KIB_MAX = 262_144;
const PASSES_MAX = 16;

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` or `sha256:` and 64 hex digits; null when it is neither. */
export function readPasswordHash(text: string): PasswordHash | null {
  const plain = /^sha256:([0-9a-f]{64})$/i.exec(text)?.[1];
  if (plain !== undefined) return { kind: 'sha256', digest: Buffer.from(plain, 'hex') };
  const parts = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/.exec(text);
  if (parts === null) return null;
  const [memory, passes, parallelism] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (memory < 8 * parallelism || memory > MEMORY_KIB_MAX || passes < 1 || passes > PASSES_MAX || parallelism < 1 || parallelism > 16)
    return null;
  return {
    kind: 'argon2id',
    memory,
    passes,
    parallelism,
    salt: Buffer.from(parts[4] ?? '', 'base64'),
    tag: Buffer.from(parts[5] ?? '', 'base64'),
  };
}

/** Whether `password` is the one behind `known`; off the main thread for Argon2id (some 20 ms of CPU). */
export async function passwordFits(password: string, known: PasswordHash): Promise<boolean> {
  if (known.kind === 'sha256') return timingSafeEqual(createHash('sha256').update(password).digest(), known.digest);
  return timingSafeEqual(await derived(password, known, known.tag.length), known.tag);
}

/** The line of a password for a file of users. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derived(password, { memory: MEMORY_KIB, passes: PASSES, parallelism: 1, salt }, 32);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${unpadded(salt)}$${unpadded(tag)}`;
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

function derived(password: string, { memory, passes, parallelism, salt }: Cost, tagLength: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message: password, nonce: salt, memory, passes, parallelism, tagLength }, (error, tag) => {
      if (error === null) resolve(tag);
      else reject(error);
    });
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
