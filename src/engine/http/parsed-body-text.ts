/** Bytes to text without the platform's decoder: the engine runs where there is none, and what does not decode must stay visible. */

import type { TextDecoding } from './request.ts';

/** Characters handed to `String.fromCharCode` at once; more would overflow the argument stack. */
const CHUNK_BYTES = 1024;
/** Bytes looked at to tell text from binary. */
const SNIFF_BYTES = 512;

export interface DecodedText {
  readonly text: string;
  /** `utf-8`, `utf-16le`, `utf-16be`, `utf-7`, `ibm037`, `latin-1`. */
  readonly charset: string;
}

/**
 * Decodes by byte order mark, then by the declared charset, then UTF-8; bytes that are no UTF-8 are read as latin-1, one character a byte.
 * Charsets that exist mostly to slip past filters (UTF-7, EBCDIC) are decoded when declared, because the application behind would.
 * @param declared charset parameter in lower case; null when none was sent
 */
export function decodeText(bytes: Uint8Array, declared: string | null, decoding: TextDecoding = portable): DecodedText {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: utf16(bytes.subarray(2), true), charset: 'utf-16le' };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: utf16(bytes.subarray(2), false), charset: 'utf-16be' };
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const rest = start === 0 ? bytes : bytes.subarray(start);
  const zeros = zeroSide(rest);
  if (zeros !== null && (declared === null || !declared.startsWith('utf-16')))
    return { text: utf16(rest, zeros === 'high'), charset: zeros === 'high' ? 'utf-16le' : 'utf-16be' };
  if (declared !== null) {
    if (declared === 'utf-16' || declared === 'utf-16le' || declared === 'utf-16be' || declared === 'ucs-2') {
      // A sender that declares UTF-16 and writes ASCII is read as what it wrote.
      const isLittle = zeros === null ? declared !== 'utf-16be' : zeros === 'high';
      if (zeros !== null || !isAscii(rest)) return { text: utf16(rest, isLittle), charset: isLittle ? 'utf-16le' : 'utf-16be' };
    }
    if (declared === 'utf-7') return { text: utf7(latin1(rest)), charset: 'utf-7' };
    if (/^(?:ibm|cp)-?(?:037|500|1140|273)$|^ebcdic/.test(declared)) return { text: ebcdic(rest), charset: 'ibm037' };
  }
  const text = decoding.utf8(rest);
  return text === null ? { text: decoding.latin1(rest), charset: 'latin-1' } : { text, charset: 'utf-8' };
}

/** What the engine does without a door's help. */
export const portable: TextDecoding = {
  latin1: (bytes) => latin1(bytes),
  utf8: (bytes) => (isAscii(bytes) ? latin1(bytes) : utf8(bytes)),
};

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK_BYTES) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CHUNK_BYTES) as unknown as number[]);
  return text;
}

/** Whether the first bytes are what a person or a program would write as text: control characters are rare. */
export function readsAsText(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, SNIFF_BYTES);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return true;
  let odd = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) odd++;
  }
  if (odd * 20 > end) return zeroSide(bytes) !== null;
  // Compressed bytes have few controls by chance only when short; text is UTF-8 or mostly below 128.
  let high = 0;
  for (let at = 0; at < end; at++) if ((bytes[at] as number) > 127) high++;
  return high * 3 <= end || utf8(bytes.subarray(0, end), true) !== null;
}

/** Base64 and its URL form to bytes as latin-1; null when it is neither. Line breaks and missing padding are allowed, padding between blocks too. */
export function decodeBase64(text: string): string | null {
  const codes: number[] = [];
  let bits = 0;
  let held = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const value = base64Value(code);
    if (value >= 0) {
      held = (held << 6) | value;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        codes.push((held >> bits) & 255);
      }
    } else if (code === 61) {
      // Frames of gRPC-web text are padded one by one.
      bits = 0;
      held = 0;
    } else if (code !== 10 && code !== 13 && code !== 32) return null;
  }
  return latin1(Uint8Array.from(codes));
}

function base64Value(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43 || code === 45) return 62;
  if (code === 47 || code === 95) return 63;
  return -1;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] as number) > 127) return false;
  return true;
}

/** Which half of each pair is zero in what looks like UTF-16 of western text; null when it does not. */
function zeroSide(bytes: Uint8Array): 'high' | 'low' | null {
  const end = Math.min(bytes.length, 64) & ~1;
  if (end < 4) return null;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < end; at += 2) {
    if (bytes[at] === 0) even++;
    if (bytes[at + 1] === 0) odd++;
  }
  const pairs = end / 2;
  if (odd >= pairs * 0.9 && even === 0) return 'high';
  if (even >= pairs * 0.9 && odd === 0) return 'low';
  return null;
}

function utf16(bytes: Uint8Array, isLittle: boolean): string {
  const units: number[] = [];
  let text = '';
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    units.push(isLittle ? (second << 8) | first : (first << 8) | second);
    if (units.length === CHUNK_BYTES) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return text + String.fromCharCode(...units);
}

/** Strict UTF-8 (RFC 3629); null on the first byte that is none. `isCut` forgives a sequence that the end cuts off. */
export function utf8(bytes: Uint8Array, isCut = false): string | null {
  const end = bytes.length;
  const units = new Uint16Array(Math.min(end, CHUNK_BYTES) + 2);
  let used = 0;
  let text = '';
  for (let at = 0; at < end; ) {
    if (used >= CHUNK_BYTES) {
      text += String.fromCharCode.apply(null, units.subarray(0, used) as unknown as number[]);
      used = 0;
    }
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      units[used++] = lead;
      at++;
      continue;
    }
    const size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (size === 0) return null;
    if (at + size > end) {
      if (!isCut) return null;
      break;
    }
    const point = pointAt(bytes, at, size);
    if (point < 0) return null;
    if (point < 0x10000) units[used++] = point;
    else {
      units[used++] = 0xd7c0 + (point >> 10);
      units[used++] = 0xdc00 + (point & 0x3ff);
    }
    at += size;
  }
  return text + String.fromCharCode.apply(null, units.subarray(0, used) as unknown as number[]);
}

/** Code point of a sequence of two to four bytes; -1 when it is none, overlong, a surrogate or beyond Unicode. */
function pointAt(bytes: Uint8Array, at: number, size: number): number {
  let point = (bytes[at] as number) & (0x7f >> size);
  for (let next = 1; next < size; next++) {
    const byte = bytes[at + next] as number;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  if (size === 3 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) return -1;
  return size === 4 && (point < 0x10000 || point > 0x10ffff) ? -1 : point;
}

/** RFC 2152: `+ADw-` is base64 of UTF-16, `+-` a plus. */
function utf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]{0,4096})-?/g, (whole, inner: string) => {
    if (inner === '') return '+';
    const bytes = decodeBase64(inner);
    if (bytes === null || bytes.length < 2) return whole;
    let out = '';
    for (let at = 0; at + 1 < bytes.length; at += 2) out += String.fromCharCode((bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1));
    return out;
  });
}

/** EBCDIC code page 37: positions of the printable ASCII characters, all that an attack needs. */
const ebcdicRuns: readonly (readonly [number, string])[] = [
  [0x40, ' '],
  [0x4b, '.<(+|&'],
  [0x5a, '!$*);'],
  [0x60, '-/'],
  [0x6b, ',%_>?'],
  [0x79, '`:#@\'="'],
  [0x81, 'abcdefghi'],
  [0x91, 'jklmnopqr'],
  [0xa1, '~stuvwxyz'],
  [0xb0, '^'],
  [0xba, '[]'],
  [0xc0, '{ABCDEFGHI'],
  [0xd0, '}JKLMNOPQR'],
  [0xe0, '\\'],
  [0xe2, 'STUVWXYZ'],
  [0xf0, '0123456789'],
  [0x25, '\n'],
  [0x0d, '\r'],
  [0x05, '\t'],
];

function ebcdic(bytes: Uint8Array): string {
  const table: string[] = new Array<string>(256).fill('\ufffd');
  for (const [first, run] of ebcdicRuns) for (let at = 0; at < run.length; at++) table[first + at] = run[at] as string;
  let text = '';
  for (const byte of bytes) text += table[byte] as string;
  return text;
}
