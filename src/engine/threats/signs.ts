/** Cheap marks of a text in one pass: what a recogniser asks for before it looks closer. */
import { sign } from './recogniser.ts';

/** Digits in a row from which `digitRun` is set: shorter than any IPv4 address written as one number. */
const digitRunChars = 8;

const bits = new Int32Array(128);
for (let code = 0; code < 32; code += 1) bits[code] = sign.control;
bits[127] = sign.control;
const marks: Readonly<Record<string, number>> = {
  "'": sign.quote,
  '"': sign.doubleQuote,
  '<': sign.angle,
  '>': sign.angle,
  '(': sign.parenthesis,
  ')': sign.parenthesis,
  ';': sign.semicolon,
  '|': sign.pipe,
  $: sign.dollar,
  '{': sign.brace,
  '}': sign.brace,
  '/': sign.slash,
  '\\': sign.backslash,
  '=': sign.equals,
  ':': sign.colon,
  '`': sign.backtick,
  '*': sign.star,
  '&': sign.ampersand,
  '%': sign.percent,
  '@': sign.at,
  '#': sign.hash,
  '[': sign.bracket,
  ']': sign.bracket,
  '.': sign.period,
  _: sign.underscore,
  ' ': sign.space,
  '\t': sign.space,
};
for (const [character, bit] of Object.entries(marks)) {
  const code = character.charCodeAt(0);
  bits[code] = (bits[code] ?? 0) | bit;
}

const dot = 46;
const dash = 45;
const slash = 47;
const star = 42;
const zero = 48;
const nine = 57;
/** From this length on, asking for each mark by itself is faster than walking over the text: engines search with vectors. */
const walkCharsMax = 192;
const markList = Object.entries(marks).filter(([character]) => character !== '\t');
const controls = /[\0-\x1f\x7f]/;
const digitRuns = /\d{8}/;

/** All bits of `sign` that occur in `text`: linear, no allocation. */
export function signsOf(text: string): number {
  return text.length > walkCharsMax ? searched(text) : walked(text);
}

function searched(text: string): number {
  let found = 0;
  for (const [character, bit] of markList) if (text.includes(character)) found |= bit;
  if (controls.test(text)) found |= text.includes('\t') ? sign.control | sign.space : sign.control;
  if (text.includes('..')) found |= sign.dots;
  if (text.includes('--') || ((found & sign.star) !== 0 && text.includes('/*'))) found |= sign.comment;
  if (digitRuns.test(text)) found |= sign.digitRun;
  return found;
}

function walked(text: string): number {
  let found = 0;
  let before = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= zero && code <= nine) {
      digits += 1;
      if (digits === digitRunChars) found |= sign.digitRun;
    } else {
      digits = 0;
      if (code < 128) {
        found |= bits[code] ?? 0;
        if (code === before) {
          if (code === dot) found |= sign.dots;
          else if (code === dash) found |= sign.comment;
        } else if (code === star && before === slash) found |= sign.comment;
      }
    }
    before = code;
  }
  return found;
}
