/** Bytes to text by Node's own decoders, for the engine that has none: an order of magnitude faster than its portable ones. */
import { isUtf8 } from 'node:buffer';
import type { TextDecoding } from '../engine/http/request.ts';

export const nativeDecoding: TextDecoding = {
  latin1: (bytes) => viewOf(bytes).toString('latin1'),
  utf8: (bytes) => (isUtf8(bytes) ? viewOf(bytes).toString('utf8') : null),
};

/** The same memory as a Buffer: nothing is copied. */
function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
