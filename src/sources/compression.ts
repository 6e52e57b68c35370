/** Undoes gzip and Zstandard, recognised by their first bytes, without losing what stands before a fault. */
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { StanceError } from '../errors.ts';

const magicBytesMax = 6;
/** Compressed bytes given to a decompressor at once: a fault costs at most what these expand to. */
const feedBytes = 16 * 1024;
/** Decompressed bytes per chunk. */
const chunkBytes = 64 * 1024;

type Compression = 'gzip' | 'zstd';

const refused: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: '7-Zip', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
];

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}

function compressionOf(name: string, head: Uint8Array): Compression | null {
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip';
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  const other = refused.find(({ magic }) => startsWith(head, magic));
  if (other === undefined) return null;
  throw new StanceError('input-unknown-format', {
    message: `${name} is compressed with ${other.name}, which is not read.`,
    next: 'Unpack it, or pack it again with gzip or zstd, and import that.',
  });
}

/**
 * The bytes of `source`, decompressed when they are gzip (any number of members) or Zstandard (any number of frames).
 * @throws StanceError `input-unreadable` after the last byte that could be read, when the data is cut off or corrupt
 */
export async function* decompressed(name: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const raw = new RawBytes(source);
  try {
    const compression = compressionOf(name, await raw.peek(magicBytesMax));
    if (compression === null) {
      for (let chunk = await raw.next(); chunk !== null; chunk = await raw.next()) yield chunk;
      return;
    }
    // Node's decompressor stops after one Zstandard frame; log shippers append one frame a flush.
    do {
      yield* oneStream(name, raw, compression);
    } while (compression === 'zstd' && (await raw.peek(1)).length > 0);
  } finally {
    await raw.close();
  }
}

/** One run of a decompressor: all gzip members, or one Zstandard frame (what lies behind it is put back). */
async function* oneStream(name: string, raw: RawBytes, compression: Compression): AsyncGenerator<Uint8Array> {
  const decompressor: Transform & { bytesWritten: number } =
    compression === 'gzip' ? createGunzip({ chunkSize: chunkBytes }) : createZstdDecompress({ chunkSize: chunkBytes });
  const state: { failure: Error | null; ended: boolean; wake: () => void } = { failure: null, ended: false, wake: () => {} };
  decompressor.on('error', (error) => {
    state.failure = error;
    state.wake();
  });
  decompressor.on('end', () => {
    state.ended = true;
    state.wake();
  });
  decompressor.on('readable', () => state.wake());

  /** Hands out what is decompressed until `isDone`, the end or a fault; a slow reader holds the decompressor back. */
  async function* drain(isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = decompressor.read(); chunk !== null; chunk = decompressor.read()) yield chunk;
      if (state.failure !== null) throw broken(name, compression, state.failure);
      if (state.ended || isDone()) return;
      await new Promise<void>((resolve) => {
        state.wake = resolve;
        if (state.ended || state.failure !== null || isDone() || decompressor.readableLength > 0) resolve();
      });
    }
  }

  try {
    let fedBytes = 0;
    for (let part = await raw.next(feedBytes); part !== null; part = await raw.next(feedBytes)) {
      let written = false;
      fedBytes += part.length;
      decompressor.write(part, () => {
        written = true;
        state.wake();
      });
      yield* drain(() => written);
      const unused = fedBytes - decompressor.bytesWritten;
      if (unused > 0) {
        raw.putBack(part.subarray(part.length - unused));
        yield* drain(() => state.ended);
        return;
      }
    }
    decompressor.end();
    yield* drain(() => state.ended);
  } finally {
    decompressor.destroy();
  }
}

function broken(name: string, compression: Compression, cause: Error): StanceError {
  const code = 'code' in cause ? String(cause.code) : '';
  const ends = code === 'Z_BUF_ERROR';
  return new StanceError('input-unreadable', {
    message: `${name}: its ${compression} data ${ends ? 'ends too early' : 'is corrupt'}.`,
    next: 'Get a whole copy of the file and import it again.',
    cause,
  });
}

/** Chunks of a source that can be looked at, cut smaller and put back. */
class RawBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #front: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The first `bytes` bytes, fewer at the end; they stay to be read. */
  async peek(bytes: number): Promise<Uint8Array> {
    while (this.#front.length < bytes && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) this.#ended = true;
      else this.#front = this.#front.length === 0 ? next.value : Buffer.concat([this.#front, next.value]);
    }
    return this.#front.subarray(0, bytes);
  }

  /** The next chunk, of `bytesMax` bytes at most; null at the end. */
  async next(bytesMax = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    await this.peek(1);
    if (this.#front.length === 0) return null;
    const part = this.#front.length <= bytesMax ? this.#front : this.#front.subarray(0, bytesMax);
    this.#front = this.#front.subarray(part.length);
    return part;
  }

  putBack(bytes: Uint8Array): void {
    this.#front = this.#front.length === 0 ? bytes : Buffer.concat([bytes, this.#front]);
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }
}
