/** A request body on its way to an upstream: the bytes already read for inspection, then the rest as it comes. */
import { Readable } from 'node:stream';

/** Any stream of bytes that can be paused: an HTTP/1 request or an HTTP/2 one. */
export interface ByteSource {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/**
 * Stands between the client's stream and the upstream's client, because that one destroys its body when it fails, and destroying the
 * client's own stream would cut the connection before an answer could be given. Counts, and stops at the most a route allows.
 */
export class UploadBody extends Readable {
  private readonly source: ByteSource;
  private started = false;
  private left: number;
  private readonly onTooLong: () => void;
  /** Bytes that came from the client after the first ones. */
  bytesTaken = 0;

  /** @param bytesMax further bytes that may come; one more calls `onTooLong`, and nothing of it is passed on */
  constructor(source: ByteSource, first: readonly Buffer[], bytesMax: number, onTooLong: () => void) {
    super({ highWaterMark: 64 * 1024 });
    this.source = source;
    this.left = bytesMax;
    this.onTooLong = onTooLong;
    for (const chunk of first) this.push(chunk);
  }

  override _read(): void {
    if (this.started) {
      this.source.resume();
      return;
    }
    this.started = true;
    this.source.on('data', (chunk) => this.accept(chunk));
    this.source.on('end', () => this.push(null));
    this.source.resume();
  }

  private accept(chunk: Buffer): void {
    if (this.destroyed) return;
    this.left -= chunk.length;
    this.bytesTaken += chunk.length;
    if (this.left < 0) {
      this.source.pause();
      this.onTooLong();
    } else if (!this.push(chunk)) this.source.pause();
  }
}
