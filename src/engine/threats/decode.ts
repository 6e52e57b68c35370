/**
 * One layer of decoding each, as lenient as the most lenient reader behind a guard: percent signs with overlong UTF-8,
 * `%u`, HTML entities, backslash escapes, base64, UTF-16. What does not decode is left as it stands.
 */

/** Longest text that is tried as base64: more is a file, not a hidden value. */
const base64CharsMax = 65_536;
/** Shortest text that can hide anything worth finding. */
const base64CharsMin = 8;

function hexOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/** `%41`, `%u0041` and, when asked, `+` for a space. Bytes above 127 are read as UTF-8, overlong forms included. */
export function decodePercent(text: string, isForm: boolean): string {
  if (!text.includes('%')) return isForm && text.includes('+') ? text.replaceAll('+', ' ') : text;
  const out: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 43 && isForm) {
      out.push(text.slice(from, at), ' ');
      from = at + 1;
      continue;
    }
    if (code !== 37) continue;
    const next = text.charCodeAt(at + 1);
    if (next === 117 || next === 85) {
      const wide = wideAt(text, at + 2);
      if (wide < 0) continue;
      out.push(text.slice(from, at), String.fromCharCode(wide));
      at += 5;
      from = at + 1;
      continue;
    }
    const byte = byteAt(text, at);
    if (byte < 0) continue;
    out.push(text.slice(from, at));
    const read = byte < 128 ? { code: byte, end: at + 3 } : multiByteAt(text, at, byte);
    out.push(String.fromCodePoint(read.code));
    from = read.end;
    at = read.end - 1;
  }
  out.push(text.slice(from));
  return out.join('');
}

function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1;
  const high = hexOf(text.charCodeAt(at + 1));
  const low = hexOf(text.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function wideAt(text: string, at: number): number {
  let value = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const hex = hexOf(text.charCodeAt(at + digit));
    if (hex < 0) return -1;
    value = value * 16 + hex;
  }
  return value;
}

/** A UTF-8 sequence of percent-encoded bytes; old readers mask the second byte of a two-byte form without looking at it. */
function multiByteAt(text: string, at: number, first: number): { code: number; end: number } {
  const length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (length === 1 || first >= 0xf8) return { code: first, end: at + 3 };
  let code = first & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const byte = byteAt(text, at + index * 3);
    const isContinuation = byte >= 0x80 && byte < 0xc0;
    if (byte < 0 || (!isContinuation && !(length === 2 && first <= 0xc1))) return { code: first, end: at + 3 };
    code = code * 64 + (byte & 0x3f);
  }
  return code > 0x10ffff ? { code: first, end: at + 3 } : { code, end: at + length * 3 };
}

const entityNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lt: '<',
    gt: '>',
    amp: '&',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    tab: '\t',
    newline: '\n',
    colon: ':',
    semi: ';',
    lpar: '(',
    rpar: ')',
    sol: '/',
    bsol: '\\',
    equals: '=',
    excl: '!',
    num: '#',
    dollar: '$',
    percnt: '%',
    lsqb: '[',
    rsqb: ']',
    lcub: '{',
    rcub: '}',
    grave: '`',
    comma: ',',
    period: '.',
    plus: '+',
    lbrace: '{',
    rbrace: '}',
    vert: '|',
    verbar: '|',
    commat: '@',
    ast: '*',
    quest: '?',
    lowbar: '_',
    hyphen: '-',
  }),
);

/** `&lt;`, `&#60;`, `&#x3c` with or without the semicolon, as browsers do. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x0{0,40}([0-9a-f]{1,6})|#0{0,40}([0-9]{1,7})|([a-z]{2,8}));?/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined)
        return (whole.endsWith(';') || /^(?:lt|gt|amp|quot|nbsp)$/i.test(name) ? entityNames.get(name.toLowerCase()) : undefined) ?? whole;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? '', 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** `\u0041`, `\u{41}`, `\x41`, `\101`, `\n`, `\r`, and a backslash before a quote or bracket; before anything else it stays. */
export function decodeBackslashes(text: string): string {
  return text.replace(
    /\\(?:u\{0{0,6}([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3][0-7]{2})|(["'`/\\{}$nr]))/gi,
    (whole, braced?: string, wide?: string, byte?: string, octal?: string, plain?: string) => {
      if (plain !== undefined) return plain === 'n' ? '\n' : plain === 'r' ? '\r' : plain === 'N' || plain === 'R' ? whole : plain;
      const code = octal !== undefined ? Number.parseInt(octal, 8) : Number.parseInt(braced ?? wide ?? byte ?? '', 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const base64Codes = new Int8Array(128).fill(-1);
for (const [index, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  base64Codes[character.charCodeAt(0)] = index;
base64Codes['-'.charCodeAt(0)] = 62;
base64Codes['_'.charCodeAt(0)] = 63;

/** The text that base64 or base64url hides; null when it does not decode, or decodes to something that is not text. */
export function decodeBase64(text: string): string | null {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 61) end -= 1;
  if (end < base64CharsMin || end > base64CharsMax || end % 4 === 1) return null;
  const bytes: number[] = [];
  let held = 0;
  let heldBits = 0;
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (base64Codes[code] ?? -1) : -1;
    if (value < 0) return null;
    held = (held << 6) | value;
    heldBits += 6;
    if (heldBits >= 8) {
      heldBits -= 8;
      const byte = (held >> heldBits) & 0xff;
      // Random bytes are found out within the first few: one in three is a control character or above ASCII.
      if (byte === 127 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 0)) return null;
      bytes.push(byte);
      held &= (1 << heldBits) - 1;
    }
  }
  return textOfBytes(bytes);
}

function textOfBytes(bytes: readonly number[]): string | null {
  let zeros = 0;
  let high = 0;
  for (const byte of bytes) {
    if (byte === 0) zeros += 1;
    else if (byte > 127) high += 1;
  }
  if (zeros > 0) {
    const latin = latinText(bytes);
    const narrow = decodeUtf16(latin);
    return narrow === latin ? null : narrow;
  }
  if (high === 0) return latinText(bytes);
  return high > bytes.length * 0.4 ? null : decodeUtf8(latinText(bytes));
}

function latinText(bytes: readonly number[]): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 4096) out += String.fromCharCode(...bytes.slice(at, at + 4096));
  return out;
}

const beyondAscii = /[^\0-\x7f]/;

/** UTF-8 text of latin-1 characters (one a byte); null when they are not UTF-8. */
export function decodeUtf8(latin: string): string | null {
  if (!beyondAscii.test(latin)) return latin;
  let out = '';
  let from = 0;
  for (let at = 0; at < latin.length; ) {
    const first = latin.charCodeAt(at);
    if (first < 128) {
      at += 1;
      continue;
    }
    const length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    if (length === 0 || at + length > latin.length) return null;
    let code = first & (0xff >> (length + 1));
    for (let index = 1; index < length; index += 1) {
      const byte = latin.charCodeAt(at + index);
      if (byte < 0x80 || byte > 0xbf) return null;
      code = code * 64 + (byte & 0x3f);
    }
    if (code > 0x10ffff) return null;
    out += latin.slice(from, at) + String.fromCodePoint(code);
    at += length;
    from = at;
  }
  return from === 0 ? latin : out + latin.slice(from);
}

/** Text whose every second character is NUL, either way round, with or without a byte order mark; else unchanged. */
export function decodeUtf16(text: string): string {
  if (!text.includes('\0')) return text;
  let evens = 0;
  let odds = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) !== 0) continue;
    if (at % 2 === 0) evens += 1;
    else odds += 1;
  }
  const half = text.length / 2;
  if (Math.max(evens, odds) < half * 0.6 || Math.min(evens, odds) > half * 0.1) return text;
  const out: string[] = [];
  const keep = evens > odds ? 1 : 0;
  for (let at = keep; at < text.length; at += 2) {
    const code = text.charCodeAt(at);
    if (code !== 0xff && code !== 0xfe) out.push(text.charAt(at));
  }
  return out.join('');
}

/** Full-width forms and look-alike slashes and dots as the ASCII that lenient readers make of them; marks without width are dropped. */
export function foldWidth(text: string): string {
  // Cheap for the usual: nothing above Latin-1.
  if (!/[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u2024\u2044\u2215\u2216\u3000\uff01-\uff5e\ufe64\ufe65]/.test(text)) return text;
  return text.replace(/[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u2024\u2044\u2215\u2216\u3000\uff01-\uff5e\ufe64\ufe65]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0xfeff || code < 0x2024 || (code > 0x2024 && code < 0x2044) || code === 0x2060) return '';
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
    return foldedOf[character] ?? character;
  });
}

const foldedOf: Readonly<Record<string, string>> = {
  '\u2024': '.',
  '\u2044': '/',
  '\u2215': '/',
  '\u2216': '\\',
  '\u3000': ' ',
  '\ufe64': '<',
  '\ufe65': '>',
};
