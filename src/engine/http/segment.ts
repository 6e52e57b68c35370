/**
 * One path segment judged by its form alone: does it read as a word of the interface, or as a value, and of what format?
 * Words stay literal until the learner folds them into a parameter; a value never leaves this file but as a shape.
 */
import type { Fingerprint, FingerprintFn } from '../evidence/fingerprint.ts';
import { splitPath } from './path-template.ts';
import { familiarity, isPathWord, isVerb, wordsOf } from './vocabulary.ts';

/** Longest literal kept; anything longer is no word of an interface. */
export const literalLengthMax = 80;

export interface RecognizedSegment {
  /** The literal, or the shape in braces, with a literal tail where one carries meaning: `{int}:cancel`, `{uuid}.json`. */
  readonly text: string;
  /** `word` for a literal, else the name of the format. */
  readonly shape: string;
}

const extensions = new Set(
  'json xml yaml yml csv tsv txt html htm pdf zip gz tgz tar bz2 xz 7z rar png jpg jpeg gif webp svg ico bmp tiff mp3 mp4 m4a mov avi mkv webm wav ogg doc docx xls xlsx ppt pptx odt ods md log ics vcf kml kmz gpx geojson rss atom atom js mjs css map wasm woff woff2 ttf otf eot exe dmg apk jar war deb rpm iso bin dat db sql bak parquet avro proto php asp aspx jsp cgi do action rb py sh ps1 pem crt key p12 epub tar.gz tar.bz2 m3u8 ts mpd srt vtt'.split(
    ' ',
  ),
);

/** Name and extension of `report.csv`, `backup.tar.gz`; null when there is no known extension. */
export function splitExtension(text: string): { stem: string; extension: string } | null {
  const match = /^(.+?)\.((?:tar\.)?[A-Za-z0-9]{1,7})$/.exec(text);
  const stem = match?.[1];
  const extension = match?.[2];
  if (stem === undefined || extension === undefined) return null;
  return extensions.has(extension.toLowerCase()) ? { stem, extension } : null;
}

const versionWord = /^(v|ver|version|api-?v|rev|r)?\d{1,3}(\.\d{1,3})?(-?(alpha|beta|rc|preview|stable)\d{0,3})?$/i;

/** `v1`, `v2beta1`, `1.0`, `v1.43`, or a date at the front of the path, as some vendors version by. */
export function readsAsVersion(text: string): boolean {
  return (/^v/i.test(text) && versionWord.test(text)) || /^\d{1,2}\.\d{1,3}$/.test(text) || /^(19|20)\d\d-\d\d-\d\d$/.test(text);
}

const unset = /^(undefined|null|nan|nil|\[object [a-z]+\]|%s|\{+[^{}]*\}+|:[a-z_]\w*|<[a-z_ -]+>|\$\{[a-z_.]+\})$/i;

/** Letters that no language puts together: long runs of consonants, or capitals sprinkled inside. */
export function looksRandom(text: string): boolean {
  const letters = text.replace(/[^A-Za-z]/g, '');
  return letters.length >= 6 && isUnpronounceable(letters) && familiarity(text) < 0.5;
}

function isUnpronounceable(letters: string): boolean {
  const lower = letters.toLowerCase();
  if (/[bcdfghjklmnpqrstvwxz]{6}/.test(lower) || /[aeiou]{5}/.test(lower)) return true;
  // A vowel stands in nearly every third letter of natural words; the wide gap allows for names and acronyms.
  if (letters.length >= 10 && lower.replace(/[^aeiouy]/g, '').length / letters.length < 0.16) return true;
  if (!/[a-z][A-Z].*[a-z][A-Z]/.test(letters)) return false;
  const humps = wordsOf(letters);
  return humps.filter((hump) => hump.length <= 2).length * 2 >= humps.length;
}

/** Is the text built like words: letters with at most a short number behind, joined by `-`, `_`, `.`, `~`, `+` or `$`? */
function isWordLike(text: string): boolean {
  if (text.length > literalLengthMax) return false;
  const bare = text.replace(/^[$@_.~!]+/, '').replace(/[_~!]+$/, '');
  if (bare === '') return text.length <= 3;
  let letters = 0;
  let numbers = 0;
  for (const token of bare.split(/[-_.~+]+/)) {
    if (token === '') continue;
    if (/^[A-Za-z]+$/.test(token)) {
      if (looksRandom(token)) return false;
      letters++;
    } else if (/^\d{1,4}$/.test(token)) numbers++;
    else if (/^[A-Za-z]+\d{1,3}$/.test(token)) {
      if (token.length > 12 && !isPathWord(token.replace(/\d+$/, '').toLowerCase()) && looksRandom(token)) return false;
      letters++;
    } else if (isPathWord(token.toLowerCase()) || /^\d{1,2}[a-z]{1,2}$/.test(token)) letters++;
    else if (/^v\d{1,3}([a-z]{2,5}\d{0,3})?$/i.test(token)) letters++;
    else {
      const inner = token.split(/(?<=[a-z]\d?\d?)(?=[A-Z])/);
      if (inner.length < 2 || familiarity(token) < 0.7) return false;
      letters++;
    }
  }
  return letters > 0 && numbers <= letters;
}

function valueShape(text: string): string | null {
  if (/^[+-]?\d+$/.test(text)) return text.startsWith('+') && text.length >= 8 ? 'phone' : 'int';
  if (/^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.test(text)) return 'uuid';
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return 'jwt';
  if (
    /^(19|20)\d\d-(0\d|1[0-2])(-[0-3]\d)?([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.test(text) ||
    /^\d{1,2}[-.]\d{1,2}[-.](19|20)\d\d$/.test(text)
  )
    return 'date';
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return 'mac';
  if (/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(text)) return 'ip';
  if (/^(?=.*::|(?:[0-9a-f]{1,4}:){4})[0-9a-f:.]{3,45}$/i.test(text)) return 'ip';
  if (/^[^@\s/]+@[^@\s/]+\.[^@\s/]+$/.test(text)) return 'email';
  if (/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)) return 'ulid';
  if (/^[0-9a-f]{24}$/i.test(text) && /\d/.test(text)) return 'objectid';
  if (/^(sha\d+|md5)[:-][0-9a-f]{16,}$/i.test(text)) return 'hex';
  const typed = /^([A-Z]{2})[0-9a-f]{32}$/.exec(text);
  if (typed !== null) return `id:${typed[1]}`;
  if (/^(0x)?[0-9a-f]{7,128}$/i.test(text) && /\d/.test(text)) return 'hex';
  const prefixed = /^([A-Za-z]{1,12})[_-]([A-Za-z0-9]{6,})$/.exec(text);
  if (prefixed !== null) {
    const tail = prefixed[2] ?? '';
    const mixed = /\d/.test(tail) && /[A-Za-z]/.test(tail) && !/^[A-Za-z]+\d{1,3}$/.test(tail);
    if (mixed || looksRandom(tail) || /^\d{6,}$/.test(tail)) return `id:${prefixed[1]}`;
  }
  if (/^v?\d+\.\d+\.\d+([-+.][\w.-]+)?$/.test(text)) return 'version';
  if (/^-?\d+\.\d+$/.test(text)) return 'decimal';
  if (/^\d[\d .,()/:x+-]*$/.test(text)) return 'number';
  return null;
}

/** Words that stand in front of a version: `/api/2019-10-01/...`. */
const frontWord = /^(api|apis|rest|internal|private|public|beta|alpha|preview|admin|gateway|services?)$/i;

/**
 * A literal keeps its text; everything else becomes the name of its format.
 * @param atFront nothing but front words stand before it, so a date or `1.0` names the version of the interface
 */
export function recognizeSegment(text: string, atFront: boolean): RecognizedSegment {
  if (unset.test(text)) return shaped('unset');
  if (/(^|[\\/])\.\.([\\/]|$)/.test(text) || text.includes('\0')) return shaped('traversal');
  if (readsAsVersion(text) && (!/^\d{4}-/.test(text) || atFront)) return { text, shape: 'word' };
  const value = valueShape(text);
  if (value !== null) return shaped(value);

  const call = /^([A-Za-z][\w.]*)\((.*)\)$/.exec(text);
  if (call !== null && isWordLike(call[1] ?? ''))
    return { text: call[2] === '' ? text : `${call[1]}({key})`, shape: call[2] === '' ? 'word' : 'key' };
  const verb = /^(.*[^:]):([a-z][A-Za-z]{2,40})$/.exec(text);
  if (verb !== null) {
    const subject = recognizeSegment(verb[1] ?? '', false);
    const named = isVerb(wordsOf(verb[2] ?? '')[0] ?? '');
    // `nginx:latest` is a name with a label, `levels:append` and `{int}:archive` are calls.
    if (named || isShape(subject.text) || familiarity(subject.text) >= 0.9)
      return { text: `${subject.text}:${verb[2]}`, shape: subject.shape };
  }
  const file = splitExtension(text);
  if (file !== null) {
    const stem = recognizeSegment(file.stem, false);
    if (stem.shape !== 'word') return { text: `${stem.text}.${file.extension.toLowerCase()}`, shape: stem.shape };
    return { text, shape: 'word' };
  }
  if (/^@[\w.-]+$/.test(text)) return shaped('handle');
  if (text.includes('/')) return shaped('path');
  if (/[^\x21-\x7e]/.test(text) || /[\s,;:=&'"<>|()[\]{}*\\^`%#?@]/.test(text)) return shaped('text');
  if (/^~?[a-z0-9-]+(\.[a-z0-9-]+)*\.(internal|local|lan|compute|arpa)$/i.test(text) && /\d/.test(text)) return shaped('host');
  if (isWordLike(text)) return { text, shape: 'word' };
  const classes = Number(/[a-z]/.test(text)) + Number(/[A-Z]/.test(text)) + Number(/\d/.test(text));
  return shaped(text.length >= 16 && classes >= 2 ? 'token' : 'alnum');
}

function shaped(name: string): RecognizedSegment {
  return { text: `{${name}}`, shape: name.startsWith('id:') ? 'id' : name };
}

/** Is this masked text a shape (with or without a literal tail) rather than a literal? */
export function isShape(text: string): boolean {
  return text.startsWith('{') || text.endsWith('({key})');
}

export interface MaskedSegment {
  readonly text: string;
  readonly shape: string;
  readonly print: Fingerprint;
}

export interface SegmentedPath {
  readonly segments: readonly MaskedSegment[];
  /** The decoded values, for looking them up in bodies; they must not leave `record`. */
  readonly decoded: readonly string[];
  readonly oddSpelling: boolean;
  readonly malformed: boolean;
}

/**
 * Cuts, canonicalises and masks a raw path. `declared` holds the literal segments of templates that people declared:
 * they are vocabulary however much they look like values (`3ds2`, `s3`, `2024`).
 */
export function segmentPath(rawPath: string, fingerprint: FingerprintFn, declared?: ReadonlySet<string>): SegmentedPath {
  const split = splitPath(rawPath);
  let atFront = true;
  const segments = split.decoded.map((value) => {
    const seen = declared?.has(value) ? { text: value, shape: 'word' } : recognizeSegment(value, atFront);
    atFront &&= frontWord.test(value);
    return { text: seen.text, shape: seen.shape, print: fingerprint('segment', value) };
  });
  return { segments, decoded: split.decoded, oddSpelling: split.odd, malformed: split.malformed };
}
