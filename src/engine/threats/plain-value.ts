/**
 * Values that are nothing but words and numbers: most of what an API is sent. No language starts from them alone, save
 * the few words of SQL and of shells, which the recognisers that know them are still asked about.
 */

const valueCharsMax = 80;
/** Each word in one case or capitalised, each number by itself: mixed text may be an encoding. */
const words = /^(?:[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|\d{1,20})(?:(?:[ _:,-]|, |\. )(?:[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|\d{1,20})){0,12}\.?$/;
/** Commands that answer an intruder without any sign around them. */
const commandWord = /^(?:whoami|uname|ifconfig|ipconfig|systeminfo|sysinfo|netstat)$/i;

export type Plainness = 'word' | 'words' | 'other';

/** `word` needs no further look, `words` only from those who read whole words. */
export function plainnessOf(text: string): Plainness {
  if (text.length > valueCharsMax || !words.test(text)) return 'other';
  if (text.includes(' ')) return 'words';
  return commandWord.test(text) ? 'other' : 'word';
}
