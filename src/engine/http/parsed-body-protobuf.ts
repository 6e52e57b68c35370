/**
 * Texts inside a binary body: string fields of protocol buffers (bare or in gRPC frames), and the first bytes of streams that rebuild
 * objects. Random bytes hold no text worth asking about, so anything else yields nothing.
 */
import { latin1, utf8 } from './parsed-body-text.ts';
import type { FormField } from './request.ts';

/** Texts taken from one body. */
export const BINARY_TEXTS_MAX = 500;
/** Levels of messages inside messages. */
const DEPTH_MAX = 16;
/** Fields read of one body, all levels together. */
const FIELDS_MAX = 20_000;
/** Frames of one body. */
const FRAMES_MAX = 1000;
/** Bytes kept of a stream that rebuilds objects: its class names stand at the front. */
const STREAM_BYTES = 4096;

/** Named by field numbers, `$.1.3`; `$` for the front of an object stream. */
export function binaryTexts(bytes: Uint8Array): readonly FormField[] {
  if (isObjectStream(bytes)) return [{ name: '$', value: latin1(bytes.subarray(0, STREAM_BYTES)) }];
  const texts: FormField[] = [];
  const budget = { fields: FIELDS_MAX };
  const frames = grpcFrames(bytes);
  for (const frame of frames ?? [bytes]) {
    const found: FormField[] = [];
    if (readMessage(frame, '$', 0, found, budget)) texts.push(...found.slice(0, BINARY_TEXTS_MAX - texts.length));
  }
  return texts;
}

/** Java object streams, .NET binary formatter, Python pickle of protocol 2 and later. */
function isObjectStream(bytes: Uint8Array): boolean {
  const [a, b, c, d, e, f] = bytes;
  return (
    (a === 0xac && b === 0xed && c === 0 && d === 5) ||
    (a === 0 && b === 1 && c === 0 && d === 0 && e === 0 && f === 0xff) ||
    (a === 0x80 && b !== undefined && b >= 2 && b <= 5 && bytes[bytes.length - 1] === 0x2e)
  );
}

/** Messages of length-prefixed frames (flag byte, four bytes of length); null when the body is not made of them. */
function grpcFrames(bytes: Uint8Array): Uint8Array[] | null {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at + 5 <= bytes.length && frames.length < FRAMES_MAX) {
    const flag = bytes[at] as number;
    const size = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    if ((flag !== 0 && flag !== 1 && flag !== 0x80) || at + 5 + size > bytes.length) return null;
    if (flag === 0) frames.push(bytes.subarray(at + 5, at + 5 + size));
    at += 5 + size;
  }
  return (at === bytes.length || frames.length === FRAMES_MAX) && frames.length > 0 ? frames : null;
}

/** Whether all of `bytes` reads as one message; its texts are added to `found`. */
function readMessage(bytes: Uint8Array, path: string, depth: number, found: FormField[], budget: { fields: number }): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (budget.fields-- <= 0 || found.length >= BINARY_TEXTS_MAX) return true;
    const tag = varint(bytes, at);
    if (tag === null) return false;
    at = tag.end;
    const field = Math.floor(tag.value / 8);
    if (field < 1 || field > 0x1fffffff) return false;
    const type = tag.value % 8;
    if (type === 0) {
      const value = varint(bytes, at);
      if (value === null) return false;
      at = value.end;
    } else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const size = varint(bytes, at);
      if (size === null || size.end + size.value > bytes.length) return false;
      const content = bytes.subarray(size.end, size.end + size.value);
      at = size.end + size.value;
      addContent(content, `${path}.${field}`, depth, found, budget);
    } else return false;
    if (at > bytes.length) return false;
  }
  return true;
}

function addContent(content: Uint8Array, path: string, depth: number, found: FormField[], budget: { fields: number }): void {
  if (content.length === 0) return;
  const text = isPrintable(content) ? utf8(content) : null;
  if (text !== null) found.push({ name: path, value: text });
  else if (depth < DEPTH_MAX) {
    const inner: FormField[] = [];
    if (readMessage(content, path, depth + 1, inner, budget)) found.push(...inner);
  }
}

function isPrintable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  return true;
}

function varint(bytes: Uint8Array, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length && at < from + 10; at++, scale *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
  return null;
}
