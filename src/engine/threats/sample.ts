/** All readings of one value that something behind the guard might come to: as it stands, and layer by layer decoded. */
import { decodeBackslashes, decodeBase64, decodeEntities, decodePercent, decodeUtf16, foldWidth } from './decode.ts';
import { type Sample, sign } from './recogniser.ts';
import { signsOf } from './signs.ts';

/** Characters one sample holds; longer values are looked at in windows. */
export const sampleCharsMax = 65_536;
/** Characters that two windows share, so that nothing hides on the seam. */
const windowOverlapChars = 1_024;
/** Layers of encoding that are taken off: two is common (an encoded URL within a URL), four has been seen in attacks. */
const layersMax = 4;
/** Readings of one value: its layers, and the text that base64 hid in any of them. */
const readingsMax = 8;

class Reading implements Sample {
  readonly text: string;
  readonly signs: number;
  readonly decodings: readonly string[];
  #lower: string | null = null;

  constructor(text: string, signs: number, decodings: readonly string[]) {
    this.text = text;
    this.signs = signs;
    this.decodings = decodings;
  }

  /** Made on demand: most samples are never asked. */
  get lower(): string {
    this.#lower ??= foldWidth(this.text).toLowerCase();
    return this.#lower;
  }
}

const none: readonly string[] = [];
const plusWord = /(?:^|[\w'")])\+[\w'"(|&=#-]/;
const base64Shape = /^[A-Za-z0-9+/_-]{8,}={0,2}$/;
/** `+` of base64 read as a space by a form reader. */
const spacedBase64 = /^[A-Za-z0-9/]{8,}(?: [A-Za-z0-9/]{3,}){0,20} ?={0,2}$/;

/** Windows of a value that is longer than a sample may be; the value itself when it is not. */
export function windowsOf(text: string): readonly string[] {
  if (text.length <= sampleCharsMax) return [text];
  const windows: string[] = [];
  for (let at = 0; at < text.length; at += sampleCharsMax - windowOverlapChars) windows.push(text.slice(at, at + sampleCharsMax));
  return windows;
}

/**
 * @param text at most `sampleCharsMax` characters, decoded as its place demands
 * @returns at least the text itself, then what decoding makes of it; each reading once
 */
export function readingsOf(text: string): readonly Sample[] {
  const signs = signsOf(text);
  const first = new Reading(text, signs, none);
  const isPlused = (signs & sign.space) === 0 && text.includes('+');
  const isEncoded = isPlused || (signs & (sign.percent | sign.ampersand | sign.backslash | sign.control)) !== 0;
  const mayBeBase64 = text.length >= 8 && (signs & (sign.percent | sign.angle | sign.quote | sign.parenthesis)) === 0;
  if (!isEncoded && !mayBeBase64) return [first];
  const readings: Sample[] = [first];
  for (let at = 0; at < readings.length && readings.length < readingsMax; at += 1) {
    const reading = readings[at];
    if (reading === undefined || reading.decodings.length >= layersMax) break;
    for (const next of [peeled(reading), unwrapped(reading)]) {
      if (next !== null && !readings.some((known) => known.text === next.text)) readings.push(next);
    }
  }
  return readings;
}

/** One layer of every escape there is, taken off at once; null when there is none. */
function peeled(from: Sample): Sample | null {
  let text = from.text;
  const decodings: string[] = [];
  const step = (name: string, decode: (text: string) => string) => {
    const decoded = decode(text);
    if (decoded === text) return;
    text = decoded;
    decodings.push(name);
  };
  if ((from.signs & sign.control) !== 0) step('utf16', decodeUtf16);
  if ((from.signs & sign.percent) !== 0) step('url', (value) => decodePercent(value, false));
  if ((from.signs & sign.ampersand) !== 0) step('html', decodeEntities);
  if ((from.signs & sign.backslash) !== 0) step('unicode', decodeBackslashes);
  // A form encoded twice leaves `+` where the spaces were.
  if ((from.signs & sign.space) === 0 && from.text.includes('+') && plusWord.test(text))
    step('plus', (value) => value.replaceAll('+', ' '));
  return decodings.length === 0 ? null : new Reading(text, signsOf(text), [...from.decodings, ...decodings]);
}

/** Whether letters are mixed as an encoder mixes them; a short word in one case decodes to noise. */
function looksEncoded(text: string): boolean {
  return text.endsWith('=') || (/[a-z]/.test(text) && /.[A-Z]/.test(text) && (text.length >= 16 || /[0-9+/]/.test(text)));
}

function unwrapped(from: Sample): Sample | null {
  const comma = from.text.startsWith('data:') ? from.text.indexOf(';base64,') : -1;
  let candidate = comma > 0 ? from.text.slice(comma + ';base64,'.length) : from.text;
  if ((from.signs & sign.space) !== 0) {
    candidate = candidate.trim();
    if (!looksEncoded(candidate)) return null;
    if (candidate.includes(' ') && candidate.length >= 24 && spacedBase64.test(candidate)) candidate = candidate.replaceAll(' ', '+');
  }
  if (!looksEncoded(candidate) || !base64Shape.test(candidate)) return null;
  const text = decodeBase64(candidate);
  return text === null ? null : new Reading(text, signsOf(text), [...from.decodings, 'base64']);
}
