/**
 * Counts distinct fingerprints in bounded space: exactly while few, then by HyperLogLog (Flajolet et al., 2007) with
 * 256 registers, standard error 6.5 %. Merging two counts gives the count of the union, whatever the order.
 */
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { ValueCount } from './path-stat.ts';

/** Prints kept one by one. */
export const printsMax = 64;
const registers = 256;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function emptyCount(): ValueCount {
  return { prints: [], estimate: 0 };
}

/** Two 32-bit hashes of a print; prints are uniform already, this only spreads their characters. */
function hashes(print: Fingerprint): { place: number; bits: number } {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < print.length; i++) {
    const code = print.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
    b ^= b >>> 15;
  }
  a ^= a >>> 16;
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return { place: (a >>> 0) % registers, bits: (b ^ (b >>> 16)) >>> 0 };
}

function read(sketch: string): Uint8Array {
  const held = new Uint8Array(registers);
  for (let i = 0; i < registers; i++) held[i] = Math.max(0, alphabet.indexOf(sketch[i] ?? 'A'));
  return held;
}

function write(held: Uint8Array): string {
  let text = '';
  for (const rank of held) text += alphabet[rank] ?? 'A';
  return text;
}

function estimate(held: Uint8Array): number {
  let sum = 0;
  let zeros = 0;
  for (const rank of held) {
    sum += 2 ** -rank;
    if (rank === 0) zeros++;
  }
  const raw = ((0.7213 / (1 + 1.079 / registers)) * registers * registers) / sum;
  return Math.round(raw <= 2.5 * registers && zeros > 0 ? registers * Math.log(registers / zeros) : raw);
}

function rankOf(bits: number): number {
  return Math.min(33, Math.clz32(bits) + 1);
}

/** Whether a print would change the sketch; nearly none does once many were counted, so the sketch is not unpacked for it. */
function raises(sketch: string, print: Fingerprint): boolean {
  const { place: at, bits } = hashes(print);
  return rankOf(bits) > alphabet.indexOf(sketch[at] ?? 'A');
}

function place(held: Uint8Array, print: Fingerprint): boolean {
  const { place: at, bits } = hashes(print);
  const rank = rankOf(bits);
  if ((held[at] ?? 0) >= rank) return false;
  held[at] = rank;
  return true;
}

/**
 * Counts one print. `prints` keeps the smallest 64 in ascending order, so that the kept ones do not depend on the order
 * of arrival and a print is found among them in six steps.
 */
export function addPrint(count: ValueCount, print: Fingerprint): void {
  const { prints } = count;
  const at = placeAmong(prints, print);
  if (prints[at] === print) return;
  if (count.sketch === undefined && prints.length < printsMax) {
    prints.splice(at, 0, print);
    count.estimate = prints.length;
    return;
  }
  if (count.sketch === undefined || raises(count.sketch, print)) {
    const held = count.sketch === undefined ? new Uint8Array(registers) : read(count.sketch);
    if (count.sketch === undefined) for (const kept of prints) place(held, kept);
    place(held, print);
    count.sketch = write(held);
    count.estimate = Math.max(printsMax + 1, estimate(held));
  }
  if (at >= prints.length) return;
  prints.pop();
  prints.splice(at, 0, print);
}

/** Index of `print`, or of the first one above it. */
function placeAmong(prints: readonly Fingerprint[], print: Fingerprint): number {
  let low = 0;
  let high = prints.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((prints[middle] ?? '') < print) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds the prints that `other` counted. */
export function mergeCount(count: ValueCount, other: ValueCount): void {
  for (const print of other.prints) addPrint(count, print);
  if (other.sketch === undefined) return;
  const held = count.sketch === undefined ? new Uint8Array(registers) : read(count.sketch);
  if (count.sketch === undefined) for (const kept of count.prints) place(held, kept);
  const theirs = read(other.sketch);
  for (let i = 0; i < registers; i++) held[i] = Math.max(held[i] ?? 0, theirs[i] ?? 0);
  count.sketch = write(held);
  count.estimate = Math.max(printsMax + 1, estimate(held));
}
