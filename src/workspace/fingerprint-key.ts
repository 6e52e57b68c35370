/**
 * The key of this data folder's fingerprints: 32 random bytes in a file that only its owner may read. Whoever holds
 * the data without the key cannot try values against the prints; deleting the key shreds them all.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import { StanceError } from '../errors.ts';

const KEY_BYTES = 32;
/** Prints remembered per purpose, so that busy values cost one hash: about 15 MB each at most. */
const REMEMBERED_MAX = 100_000;

/** Reads the key, making it first where there is none. Two processes that start at once end up with the same key. */
export function openFingerprintKey(dir: string): Buffer {
  const file = join(dir, 'fingerprint.key');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}.new`;
    const existing = readKey(file);
    if (existing !== null) return existing;
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
    try {
      // link() fails when the file is there: the first process wins and the key is never half-written.
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
    chmodSync(file, 0o600);
    const made = readKey(file);
    if (made !== null) return made;
    throw new Error('the key file is not 32 bytes long');
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('workspace-unreadable', {
      message: `Cannot read or make the fingerprint key ${file}: ${(cause as Error).message}.`,
      next: 'Give this user the right to read and write the data folder, or choose another with --data.',
      cause,
    });
  }
}

/** HMAC-SHA-256 over purpose and value, cut to 128 bits, with a bounded memory of recent values. */
export function fingerprinter(key: Buffer): FingerprintFn {
  // Prepared once: handing the bytes to every call makes each of them seven times as slow.
  const secret = createSecretKey(key);
  const memories = new Map<string, PrintMemory>();
  return (purpose, value) => {
    let memory = memories.get(purpose);
    if (memory === undefined) {
      memory = { recent: new Map(), older: new Map() };
      memories.set(purpose, memory);
    }
    const held = memory.recent.get(value);
    if (held !== undefined) return held;
    const print = memory.older.get(value) ?? createHmac('sha256', secret).update(`${purpose}\0${value}`).digest('base64url').slice(0, 22);
    if (memory.recent.size >= REMEMBERED_MAX / 2) {
      memory.older = memory.recent;
      memory.recent = new Map();
    }
    memory.recent.set(value, print);
    return print;
  };
}

/** Two generations: when the young one is full the old one is dropped, so the memory stays bounded. */
interface PrintMemory {
  recent: Map<string, string>;
  older: Map<string, string>;
}

function readKey(file: string): Buffer | null {
  try {
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES)
      throw new StanceError('workspace-unreadable', {
        message: `${file} is not a fingerprint key (32 bytes expected, ${key.length} found).`,
        next: 'Restore the file from a backup. Without it, old and new fingerprints cannot be compared.',
      });
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
