/**
 * Follows a log that grows and is rotated, without losing or repeating a line. Every physical file is an input of its own:
 * it ends when rotation has put another in its place, and the next one begins. Polling, because it works on every file system.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginsAs, type FileIdentity, identityOf, prefixBytesMax } from './file-identity.ts';
import { cannotRead, headBytesMax, type OpenInput, unreadable } from './input.ts';
import { type LinePosition, lineBytesMax } from './lines.ts';
import { identityOfRotated, restOf, rotatedSince } from './rotated-files.ts';

/** Where following stopped: pass it back to go on there, also after a rotation or two. */
export interface FollowPosition extends LinePosition {
  readonly identity: FileIdentity;
}

export interface FollowOptions {
  /** Stops following; only whole lines were given out by then. */
  readonly signal: AbortSignal;
  readonly position?: FollowPosition;
  /** How often to look, milliseconds. */
  readonly pollMs?: number;
  /** How long the writer may go on in the old file after the new one has its first line, milliseconds. */
  readonly graceMs?: number;
}

export interface FollowedFile {
  readonly input: OpenInput;
  /** Where to go on from, as of the batches taken so far. */
  position(): FollowPosition;
  /** True when something before this file may be missing: the file that was followed is gone, or was emptied without a copy. */
  readonly gap: boolean;
}

/**
 * The files at `path`, one after another: first what was rotated away since `position`, then the present one, then those to come.
 * Each input has to be read to its end before the next is asked for. A file that is not there yet is waited for.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<FollowedFile> {
  const { signal } = options;
  let gap = false;
  let start: LinePosition | null = null;
  if (options.position !== undefined) {
    const away = await sinceAway(path, options.position);
    for (const file of away.files) {
      yield file;
      if (signal.aborted) return;
    }
    gap = away.gap;
    start = away.start;
  }
  while (!signal.aborted) {
    const handle = await openWhenThere(path, options);
    if (handle === null) return;
    const file = new GrowingFile(path, handle, await identityOf(handle), start ?? { line: 0, byte: 0 }, options);
    try {
      yield { input: file, position: () => ({ ...file.position, identity: file.identity }), gap };
      if (!file.ended && !signal.aborted) return;
    } finally {
      await handle.close();
    }
    gap = file.lostTrack;
    start = null;
  }
}

interface Away {
  readonly files: FollowedFile[];
  /** Where to begin in the present file; null when at its start. */
  readonly start: LinePosition | null;
  readonly gap: boolean;
}

/** What happened since `position` while nobody looked. */
async function sinceAway(path: string, position: FollowPosition): Promise<Away> {
  const here = { line: position.line, byte: position.byte };
  const handle = await open(path).catch(() => null);
  if (handle !== null) {
    try {
      const facts = await handle.stat({ bigint: true });
      const isSame = Number(facts.size) >= position.byte && (await beginsAs(handle, position.identity));
      if (isSame) return { files: [], start: here, gap: false };
    } finally {
      await handle.close();
    }
  }
  const rotated = await rotatedSince(path, position.identity);
  if (rotated === null) return { files: [], start: null, gap: true };
  const files: FollowedFile[] = [];
  for (const [at, name] of [rotated.own, ...rotated.later].entries()) {
    const input = await restOf(name, at === 0 ? here : { line: 0, byte: 0 });
    const identity = at === 0 ? position.identity : await identityOfRotated(name);
    files.push({ input, position: () => ({ ...input.position, identity }), gap: false });
  }
  return { files, start: null, gap: false };
}

const pollMsDefault = 250;
const graceMsDefault = 1000;

async function openWhenThere(path: string, options: FollowOptions): Promise<FileHandle | null> {
  while (!options.signal.aborted) {
    try {
      const handle = await open(path);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
      throw cannotRead(path, 'only a file can be followed');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isMissing) throw unreadable(path, error);
    }
    await wait(options);
  }
  return null;
}

/** Waits one poll, or less when following is stopped. */
async function wait({ pollMs = pollMsDefault, signal }: FollowOptions): Promise<void> {
  // The only rejection is the abort, which the callers look for themselves.
  await sleep(pollMs, undefined, { signal }).catch(() => {});
}

/** Room for the longest line that counts, and a break; longer ones are passed on in pieces and counted as malformed. */
const readBytes = lineBytesMax + 2;
const newline = 10;

class GrowingFile implements OpenInput {
  readonly name: string;
  readonly size = null;
  readonly start: LinePosition;
  identity: FileIdentity;
  /** Whether the file was read to its end after it had been rotated away. */
  ended = false;
  /** Whether it was emptied and no copy of what it held was found. */
  lostTrack = false;
  readonly #handle: FileHandle;
  readonly #options: FollowOptions;
  #position: LinePosition;
  /** Bytes given out, from the beginning of the file: always the beginning of a line. */
  #offset: number;
  #rotatedSinceMs: number | null = null;

  constructor(path: string, handle: FileHandle, identity: FileIdentity, start: LinePosition, options: FollowOptions) {
    this.name = path;
    this.#handle = handle;
    this.identity = identity;
    this.start = start;
    this.#position = start;
    this.#offset = start.byte;
    this.#options = options;
  }

  get position(): LinePosition {
    return this.#position;
  }

  reached(position: LinePosition): void {
    this.#position = position;
  }

  consumed(): number {
    return this.#offset;
  }

  /** Waits for the first whole line, so that there is something to detect a format from. */
  async head(): Promise<string> {
    const buffer = Buffer.alloc(headBytesMax);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, headBytesMax, 0);
      const text = buffer.toString('utf8', 0, bytesRead);
      if (text.includes('\n') || bytesRead === headBytesMax || this.#options.signal.aborted) return text;
      await wait(this.#options);
    }
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafe(readBytes);
    let isIdle = true;
    await this.#refuseCompressed(buffer);
    while (!this.#options.signal.aborted) {
      const taken = await this.#take(buffer);
      if (taken !== null) {
        isIdle = false;
        yield taken;
        continue;
      }
      if (!isIdle) {
        isIdle = true;
        yield new Uint8Array(0);
      }
      const change = await this.#change();
      if (change === 'emptied') yield* this.#restOfCopy();
      else if (change === 'replaced') yield* this.#lastLine(buffer);
      if (change !== 'none') {
        this.ended = true;
        return;
      }
      await wait(this.#options);
    }
  }

  async sibling(relative: string): Promise<Uint8Array> {
    throw cannotRead(relative, 'a followed log includes no other file');
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #refuseCompressed(buffer: Buffer): Promise<void> {
    const { bytesRead } = await this.#handle.read(buffer, 0, 4, 0);
    const isGzip = bytesRead >= 2 && buffer.readUInt16BE(0) === 0x1f8b;
    const isZstd = bytesRead === 4 && buffer.readUInt32LE(0) === 0xfd2fb528;
    if (isGzip || isZstd) throw cannotRead(this.name, 'a compressed file cannot be followed; import it without --follow');
  }

  /** The whole lines behind the offset that one reading holds; null when there is none, or the file is no longer the same. */
  async #take(buffer: Buffer): Promise<Uint8Array | null> {
    const { bytesRead } = await this.#handle.read(buffer, 0, readBytes, this.#offset);
    if (bytesRead === 0) return null;
    const end = buffer.lastIndexOf(newline, bytesRead - 1);
    const taken = end >= 0 ? end + 1 : bytesRead === readBytes ? bytesRead : 0;
    // INVARIANT: what was read counts only if the file was not emptied and refilled in the meantime.
    if (taken === 0 || !(await this.#isIntact())) return null;
    this.#offset += taken;
    return Buffer.from(buffer.subarray(0, taken));
  }

  async #isIntact(): Promise<boolean> {
    const facts = await this.#handle.stat();
    if (facts.size < this.#offset || !(await beginsAs(this.#handle, this.identity))) return false;
    if (this.identity.prefixBytes < prefixBytesMax && facts.size > this.identity.prefixBytes)
      this.identity = await identityOf(this.#handle);
    return true;
  }

  async #change(): Promise<'none' | 'emptied' | 'replaced'> {
    if (!(await this.#isIntact())) return 'emptied';
    const own = await this.#handle.stat({ bigint: true });
    const present = await stat(this.name, { bigint: true }).catch(() => null);
    // Moved away and not yet replaced, or replaced by a file that the writer has not begun: it still writes here.
    if (present === null || (present.ino === own.ino && present.dev === own.dev) || present.size === 0n) {
      this.#rotatedSinceMs = null;
      return 'none';
    }
    this.#rotatedSinceMs ??= performance.now();
    const grace = this.#options.graceMs ?? graceMsDefault;
    return performance.now() - this.#rotatedSinceMs >= grace ? 'replaced' : 'none';
  }

  /** A last line without a break: nobody will write the break any more. */
  async *#lastLine(buffer: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, readBytes, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      yield Buffer.from(buffer.subarray(0, bytesRead));
    }
  }

  /** After copy and truncate, what was written since the last look stands in the copy. */
  async *#restOfCopy(): AsyncGenerator<Uint8Array> {
    const rotated = await rotatedSince(this.name, this.identity);
    this.lostTrack = rotated === null;
    if (rotated === null) return;
    const rest = await restOf(rotated.own, { line: 0, byte: this.#offset });
    for await (const part of rest.bytes()) {
      this.#offset += part.length;
      yield part;
    }
  }
}
