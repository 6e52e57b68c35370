/** Takes the objects out of one array of a JSON document while it streams by, so that its size does not matter. */

/** Largest element, bytes. A HAR entry holds two bodies; browsers cut bodies far below this. */
export const elementBytesMax = 64 * 1024 * 1024;
/** Longest key that is compared, bytes. */
const keyBytesMax = 64;

export type JsonElement =
  | { readonly kind: 'element'; readonly text: string }
  | { readonly kind: 'overlong' }
  | { readonly kind: 'not-an-object' };

const quote = 34;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const colon = 58;

/** Only the way to the array is followed; the elements are cut out by their braces and left to JSON.parse. */
export class JsonArrayReader {
  readonly #path: readonly string[];
  readonly #bytesMax: number;
  /** Containers open now. */
  #depth = 0;
  /** Depth inside the array, or 0 outside of it. */
  #arrayDepth = 0;
  #found = false;
  #inString = false;
  #escaped = false;
  /** Bytes of the string being read, while it may be a key on the way. */
  #key: number[] | null = null;
  #lastString = '';
  /** Keys that lead to where we are, by depth. */
  readonly #keys: string[] = [];
  #parts: Buffer[] = [];
  #bytes = 0;
  #inElement = false;
  #overlong = false;
  #scalarSeen = false;

  /** @param path keys from the root to the array, such as `['log', 'entries']` */
  constructor(path: readonly string[], bytesMax = elementBytesMax) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  /** Whether the array was met. */
  get found(): boolean {
    return this.#found;
  }

  /** Whether everything that was opened is closed. */
  get complete(): boolean {
    return this.#depth === 0 && !this.#inString;
  }

  /** Elements that `chunk` completes. */
  push(chunk: Uint8Array): JsonElement[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const elements: JsonElement[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#inString) {
        this.#stringByte(byte);
        continue;
      }
      if (byte === quote) {
        this.#inString = true;
        this.#key = !this.#inElement && this.#arrayDepth === 0 ? [] : null;
        if (this.#isBetweenElements()) this.#scalarSeen = true;
      } else if (byte === openBrace || byte === openBracket) {
        const beginsElement = this.#isBetweenElements();
        if (beginsElement) start = at;
        this.#open(byte, beginsElement);
      } else if (byte === closeBrace || byte === closeBracket) {
        if (this.#inElement && this.#depth === this.#arrayDepth + 1) {
          this.#keep(bytes.subarray(start, at + 1));
          elements.push(this.#finish());
        }
        this.#close(elements);
      } else if (byte === colon && this.#arrayDepth === 0) {
        this.#keys[this.#depth] = this.#lastString;
      } else if (byte > 32 && byte !== 44 && this.#isBetweenElements()) {
        this.#scalarSeen = true;
      } else if (byte === 44 && this.#isBetweenElements()) {
        this.#flushScalar(elements);
      }
    }
    if (this.#inElement) this.#keep(bytes.subarray(start));
    return elements;
  }

  #isBetweenElements(): boolean {
    return this.#arrayDepth > 0 && this.#depth === this.#arrayDepth && !this.#inElement;
  }

  #stringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) {
      this.#inString = false;
      if (this.#key !== null) this.#lastString = Buffer.from(this.#key).toString('utf8');
      this.#key = null;
      return;
    }
    if (this.#key !== null && this.#key.length < keyBytesMax) this.#key.push(byte);
  }

  #open(byte: number, isElement: boolean): void {
    if (byte === openBracket && this.#arrayDepth === 0 && this.#isOnPath()) {
      this.#arrayDepth = this.#depth + 1;
      this.#found = true;
    }
    this.#depth += 1;
    if (isElement) {
      if (byte === openBrace) this.#inElement = true;
      else this.#scalarSeen = true;
    }
    if (this.#arrayDepth === 0) this.#keys[this.#depth] = '';
  }

  #isOnPath(): boolean {
    return this.#depth === this.#path.length && this.#path.every((key, at) => this.#keys[at + 1] === key);
  }

  #close(elements: JsonElement[]): void {
    if (this.#arrayDepth > 0 && this.#depth === this.#arrayDepth) {
      this.#flushScalar(elements);
      this.#arrayDepth = 0;
    }
    if (this.#depth > 0) this.#depth -= 1;
  }

  #flushScalar(elements: JsonElement[]): void {
    if (this.#scalarSeen) elements.push({ kind: 'not-an-object' });
    this.#scalarSeen = false;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#overlong) return;
    if (this.#bytes > this.#bytesMax) {
      this.#overlong = true;
      this.#parts = [];
      return;
    }
    this.#parts.push(Buffer.from(part));
  }

  #finish(): JsonElement {
    const element: JsonElement = this.#overlong
      ? { kind: 'overlong' }
      : { kind: 'element', text: Buffer.concat(this.#parts).toString('utf8') };
    this.#parts = [];
    this.#bytes = 0;
    this.#inElement = false;
    this.#overlong = false;
    return element;
  }
}
