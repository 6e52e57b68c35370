/** Opens what a user names (file, folder, glob, standard input) as inputs that give decompressed bytes, piece by piece. */
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative as relativePath, resolve, sep } from 'node:path';
import { StanceError } from '../errors.ts';
import { decompressed } from './compression.ts';
import { expandPaths } from './input-paths.ts';
import type { LinePosition } from './lines.ts';
import type { Input } from './source.ts';
import { asUtf8 } from './text-encoding.ts';

/** What detection is shown, decompressed bytes. */
export const headBytesMax = 64 * 1024;
/** Bytes read from disk at once: large enough that a line costs little, small enough to keep memory flat. */
const readBytes = 128 * 1024;
/** Largest file that a document may include by reference, bytes. */
const siblingBytesMax = 64 * 1024 * 1024;

export interface OpenInput extends Input {
  /** The first 64 KiB, decompressed, as text; reading it does not use it up. */
  head(): Promise<string>;
  /** Line and byte up to which batches were taken; `start` again, or zero, before the first. */
  readonly position: LinePosition;
  /** Lets go of what is open; reading to the end does so too. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Begin after this line and byte (of the decompressed input). Only for formats whose lines stand alone. */
  readonly start?: LinePosition;
  /** Replaces the process's standard input, for tests. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Every input that `given` names, in sorted order: a file, a folder (recursively), a glob, or `-` for standard input.
 * @throws StanceError `input-unreadable` when there is nothing, or nothing that may be read
 */
export async function* openInputs(given: string, options: OpenOptions = {}): AsyncGenerator<OpenInput> {
  if (given === '-') {
    yield inputOfStream('stdin', options.stdin ?? process.stdin);
    return;
  }
  const { root, paths } = await expandPaths(given);
  for (const path of paths) yield await openFile(path, { root, ...options });
}

/** One file as an input. `root` is the folder that `sibling` may not leave; its own folder by default. */
export async function openFile(path: string, options: OpenOptions & { root?: string } = {}): Promise<OpenInput> {
  const facts = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (facts.isDirectory()) throw cannotRead(path, 'it is a folder');
  if (!facts.isFile() && !facts.isFIFO()) throw cannotRead(path, 'it is a device or socket');
  if (facts.isFIFO()) return inputOfStream(path, createReadStream(path, { highWaterMark: readBytes }));
  const openAt = (count: (bytes: number) => void) => counted(fileChunks(path), count);
  return new BytesInput({
    name: path,
    size: facts.size,
    open: openAt,
    reopens: true,
    start: options.start,
    root: options.root ?? dirname(path),
    modifiedMs: Math.floor(facts.mtimeMs),
  });
}

/** Bytes that are in memory already, such as an upload. */
export function inputOfBytes(name: string, bytes: Uint8Array, readBeside?: (relative: string) => Promise<Uint8Array>): OpenInput {
  const open = (count: (bytes: number) => void) => counted(slices(bytes), count);
  return new BytesInput({ name, size: bytes.length, open, reopens: true, start: undefined, root: null, readBeside });
}

/** A stream that can be read once, such as standard input or a request body. */
export function inputOfStream(name: string, stream: AsyncIterable<Uint8Array>): OpenInput {
  return new BytesInput({ name, size: null, open: (count) => counted(stream, count), reopens: false, start: undefined, root: null });
}

interface BytesInputParts {
  readonly name: string;
  readonly size: number | null;
  /** Raw bytes from the beginning; tells how many went by. */
  readonly open: (count: (bytes: number) => void) => AsyncIterable<Uint8Array>;
  /** Whether `open` can be called again. */
  readonly reopens: boolean;
  readonly start: LinePosition | undefined;
  readonly root: string | null;
  /** Stands in for a folder beside bytes that are in memory. */
  readonly readBeside?: ((relative: string) => Promise<Uint8Array>) | undefined;
  readonly modifiedMs?: number;
}

class BytesInput implements OpenInput {
  readonly name: string;
  readonly size: number | null;
  readonly start?: LinePosition;
  readonly modifiedMs?: number;
  readonly #parts: BytesInputParts;
  #consumed = 0;
  #position: LinePosition;
  /** A stream's first chunks, kept from `head` for `bytes`; at most one chunk more than the head. */
  #peeked: Uint8Array[] = [];
  #chunks: AsyncIterator<Uint8Array> | null = null;
  #wasRead = false;

  constructor(parts: BytesInputParts) {
    this.name = parts.name;
    this.size = parts.size;
    this.#parts = parts;
    this.#position = parts.start ?? { line: 0, byte: 0 };
    if (parts.start !== undefined) this.start = parts.start;
    if (parts.modifiedMs !== undefined) this.modifiedMs = parts.modifiedMs;
  }

  get position(): LinePosition {
    return this.#position;
  }

  reached(position: LinePosition): void {
    this.#position = position;
  }

  consumed(): number {
    return this.#consumed;
  }

  async head(): Promise<string> {
    const chunks = this.#parts.reopens ? this.#begin(() => {}) : this.#once();
    const parts: Uint8Array[] = this.#parts.reopens ? [] : this.#peeked;
    let bytes = parts.reduce((sum, part) => sum + part.length, 0);
    let failure: unknown = null;
    while (bytes < headBytesMax) {
      const next = await chunks.next().catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (next === null || next.done) break;
      parts.push(next.value);
      bytes += next.value.length;
    }
    if (this.#parts.reopens) await chunks.return?.();
    // A file that breaks off later still has a head; one that gives nothing at all has not.
    if (failure !== null && bytes === 0) throw failure;
    return Buffer.concat(parts).subarray(0, headBytesMax).toString('utf8');
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    if (this.#wasRead && !this.#parts.reopens) throw cannotRead(this.name, 'a stream can be read only once');
    this.#wasRead = true;
    this.#consumed = this.#parts.reopens ? 0 : this.#consumed;
    const chunks = this.#parts.reopens ? this.#begin((bytes) => this.#count(bytes)) : this.#once();
    let passOver = this.#parts.start?.byte ?? 0;
    try {
      for (const chunk of this.#peeked.splice(0)) yield chunk;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        if (passOver >= next.value.length) passOver -= next.value.length;
        else {
          yield passOver === 0 ? next.value : next.value.subarray(passOver);
          passOver = 0;
        }
      }
    } finally {
      await chunks.return?.();
    }
  }

  async sibling(relative: string): Promise<Uint8Array> {
    if (this.#parts.readBeside !== undefined) return this.#parts.readBeside(relative);
    const root = this.#parts.root;
    if (root === null) throw cannotRead(relative, `${this.name} has no folder beside it`);
    if (isAbsolute(relative) || /^[a-z][a-z0-9+.-]*:/i.test(relative))
      throw cannotRead(relative, 'only files in the folder that was given are read');
    const target = await realpath(resolve(dirname(this.name), relative)).catch((error: unknown) => {
      throw unreadable(relative, error);
    });
    const inside = relativePath(await realpath(root), target);
    // INVARIANT: nothing outside the folder that was given is read, whatever a document or a symbolic link says.
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))
      throw cannotRead(relative, 'it lies outside the folder that was given');
    const facts = await stat(target);
    if (!facts.isFile()) throw cannotRead(relative, 'it is no file');
    if (facts.size > siblingBytesMax) throw cannotRead(relative, `it is larger than ${siblingBytesMax} bytes`);
    return readFile(target).catch((error: unknown) => {
      throw unreadable(relative, error);
    });
  }

  async close(): Promise<void> {
    await this.#chunks?.return?.();
  }

  #count(bytes: number): void {
    this.#consumed += bytes;
  }

  #begin(count: (bytes: number) => void): AsyncIterator<Uint8Array> {
    return asUtf8(decompressed(this.name, this.#parts.open(count)))[Symbol.asyncIterator]();
  }

  #once(): AsyncIterator<Uint8Array> {
    this.#chunks ??= this.#begin((bytes) => this.#count(bytes));
    return this.#chunks;
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: readBytes });
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    stream.destroy();
  }
}

/** As many bytes at once as a file would give. */
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += readBytes) yield bytes.subarray(at, at + readBytes);
}

async function* counted(source: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}

const reasonByCode: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ELOOP: 'its symbolic links run in a circle',
};

/** A file-system error in the user's words. Errors of ours pass through. */
export function unreadable(name: string, cause: unknown): StanceError {
  if (cause instanceof StanceError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return cannotRead(name, reasonByCode[code] ?? `the system says ${code === '' ? 'it cannot' : code}`, cause);
}

export function cannotRead(name: string, reason: string, cause?: unknown): StanceError {
  return new StanceError('input-unreadable', {
    message: `${name} cannot be read: ${reason}.`,
    next: 'Check the name and the permissions, then import again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
