/** Cuts bytes into lines, in the order received, without ever holding more than one line of the allowed length. */
import { isAscii, isUtf8 } from 'node:buffer';

/** Longest line that is read, bytes. Servers cut request lines at 8 to 64 KiB; JSON lines with bodies are the long ones. */
export const lineBytesMax = 1024 * 1024;

const newline = 10;
const carriageReturn = 13;
const byteOrderMark = '\uFEFF';

export interface LineReceiver {
  /**
   * A line without its line break, counted from 1, and the offset of the byte after the break. `hasBreak` is false for
   * a last line that nothing ends: its writer may not be done with it.
   */
  line(text: string, number: number, endByte: number, hasBreak: boolean): void;
  /** A line that is no text: too long, holding NUL, or not UTF-8. */
  unreadable(number: number, message: string, endByte: number, hasBreak: boolean): void;
}

/** Where reading begins: `line` lines, ending at `byte` of the decompressed input, are already behind. */
export interface LinePosition {
  readonly line: number;
  readonly byte: number;
}

export class LineSplitter {
  readonly #receiver: LineReceiver;
  readonly #bytesMax: number;
  #number: number;
  #offset: number;
  /** Parts of a line whose break has not been seen yet. */
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #overlong = false;
  #hasBreak = true;

  constructor(receiver: LineReceiver, options: { bytesMax?: number; start?: LinePosition | undefined } = {}) {
    this.#receiver = receiver;
    this.#bytesMax = options.bytesMax ?? lineBytesMax;
    this.#number = options.start?.line ?? 0;
    this.#offset = options.start?.byte ?? 0;
  }

  /** Hands over every line that `chunk` completes. The chunk may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    if (this.#carryBytes > 0 || this.#overlong) {
      const end = bytes.indexOf(newline);
      if (end < 0) {
        this.#keep(bytes);
        return;
      }
      this.#keep(bytes.subarray(0, end));
      this.#finishCarry(1);
      start = end + 1;
    }
    const last = bytes.lastIndexOf(newline);
    if (last >= start) {
      this.#cut(bytes, start, last);
      start = last + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  /** The last line, when the input does not end in a line break. */
  end(): void {
    this.#hasBreak = false;
    if (this.#carryBytes > 0 || this.#overlong) this.#finishCarry(0);
  }

  /** The unfinished last line is thrown away, because the input broke off inside it. */
  breakOff(): void {
    if (this.#carryBytes === 0 && !this.#overlong) return;
    this.#receiver.unreadable(this.#number + 1, 'the input breaks off inside this line', this.#offset, false);
    this.#carry = [];
    this.#carryBytes = 0;
    this.#overlong = false;
  }

  /** Complete lines handed over so far, those before the start included. */
  get lines(): number {
    return this.#number;
  }

  #cut(bytes: Buffer, from: number, last: number): void {
    const region = bytes.subarray(from, last);
    const nul = region.indexOf(0) >= 0;
    // One check for the whole region is much cheaper than one a line, and nearly every region is plain ASCII.
    const encoding = nul ? null : isAscii(region) ? 'latin1' : isUtf8(region) ? 'utf8' : null;
    let start = from;
    while (start <= last) {
      const end = bytes.indexOf(newline, start);
      const stop = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
      this.#number += 1;
      this.#offset += end + 1 - start;
      if (stop - start > this.#bytesMax) this.#tooLong();
      else if (encoding !== null) this.#give(bytes.toString(encoding, start, stop));
      else this.#decode(bytes.subarray(start, stop));
      start = end + 1;
    }
  }

  #give(text: string): void {
    const line = this.#number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text;
    this.#receiver.line(line, this.#number, this.#offset, this.#hasBreak);
  }

  #decode(line: Buffer): void {
    if (line.indexOf(0) >= 0) this.#receiver.unreadable(this.#number, 'holds NUL bytes: not text', this.#offset, this.#hasBreak);
    else if (!isUtf8(line)) this.#receiver.unreadable(this.#number, 'is not UTF-8 text', this.#offset, this.#hasBreak);
    else this.#give(line.toString('utf8'));
  }

  #tooLong(): void {
    this.#receiver.unreadable(this.#number, `is longer than ${this.#bytesMax} bytes`, this.#offset, this.#hasBreak);
  }

  #keep(part: Buffer): void {
    this.#carryBytes += part.length;
    if (this.#overlong) return;
    if (this.#carryBytes > this.#bytesMax + 1) {
      // INVARIANT: an overlong line is counted and passed over; none of it is kept.
      this.#overlong = true;
      this.#carry = [];
      return;
    }
    this.#carry.push(Buffer.from(part));
  }

  #finishCarry(breakBytes: number): void {
    this.#number += 1;
    this.#offset += this.#carryBytes + breakBytes;
    const line = this.#carry.length === 1 ? this.#carry[0] : Buffer.concat(this.#carry);
    const overlong = this.#overlong;
    this.#carry = [];
    this.#carryBytes = 0;
    this.#overlong = false;
    if (overlong || line === undefined) {
      this.#tooLong();
      return;
    }
    const text = line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
    if (text.length > this.#bytesMax) this.#tooLong();
    else this.#decode(text);
  }
}
