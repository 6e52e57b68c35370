/**
 * Values that are nothing but words and numbers: most of what an API is sent. No language starts from them alone, save
 * the few words of SQL and of shells, which the recognisers that know them are still asked about.
 */

const valueCharsMax = 80;
/** Each word in one case or capitalised, each number by itself: mixed text may be an encoding. */
const words = /^(?:[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|\d{1,20})(?:(?:[ _:,-]|, |\. )(?:[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|\d{1,20})){0,12}\.?$/;
/** Commands that answer an intruder without any sign around them. */
const commandWord = /^(?:whoami|uname|ifconfig|ipconfig|systeminfo|sysinfo|netstat)$/i;

/** Times, decimal numbers, versions and digests in hexadecimal: shapes without room for anything else. */
const stamp =
  /^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?|-?\d{1,18}\.\d{1,18}|\d{1,4}\.\d{1,6}\.\d{1,6}|[1-9a-f][\da-f]{7}(?:-[\da-f]{4}){3}-[\da-f]{12}|[1-9b-f][\da-f]{15,63}|#[\da-fA-F]{6})$/;
/** Letters, digits and underscores that cannot be base64 of text: too short, or without the mixture an encoder makes. */
const name = /^(?!aced0005)[A-Za-z_][A-Za-z0-9_]{0,31}$/;
const mixed = /[a-z].{0,30}[A-Z]|[A-Z].{0,30}[a-z]/;
const mark = /[0-9]/;

export type Plainness = 'word' | 'words' | 'stamp' | 'name' | 'other';

/** `word` and `stamp` need no further look, `words` only from those who read whole words, `name` only from those who know names. */
export function plainnessOf(text: string): Plainness {
  if (text.length > valueCharsMax) return 'other';
  if (words.test(text)) {
    if (text.includes(' ')) return 'words';
    if (commandWord.test(text)) return 'other';
    return text.includes('_') ? 'name' : 'word';
  }
  if (stamp.test(text)) return 'stamp';
  return name.test(text) && !commandWord.test(text) && !(mixed.test(text) && (text.length >= 16 || mark.test(text))) ? 'name' : 'other';
}
