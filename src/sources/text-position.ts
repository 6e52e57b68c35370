/** Places in a text: offsets turned into lines and columns, and pointers to keys. */

/** Keys from the root of a document to a value; list positions as decimal text. */
export type Pointer = readonly string[];

/** Both counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem extends TextPosition {
  readonly message: string;
  /** Nothing was lost here; a stricter reader would refuse it. */
  readonly isMinor?: true;
}

/** Problems kept of one document: a file cut in half can produce thousands, and the first ones tell the cause. */
export const problemsMax = 100;

/** Where each line of `text` begins, and the position of any offset by binary search. Lines end in LF or CRLF. */
export class TextLines {
  readonly #starts: Uint32Array;

  constructor(text: string) {
    let starts = new Uint32Array(1024);
    let count = 1;
    let at = 0;
    while (at < text.length) {
      const feed = text.indexOf('\n', at);
      if (feed < 0) break;
      if (count === starts.length) {
        const grown = new Uint32Array(starts.length * 2);
        grown.set(starts);
        starts = grown;
      }
      starts[count++] = feed + 1;
      at = feed + 1;
    }
    this.#starts = starts.subarray(0, count);
  }

  positionOf(offset: number): TextPosition {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
