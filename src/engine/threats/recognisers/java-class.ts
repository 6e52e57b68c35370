/**
 * Names of Java classes where data belongs: a reader that builds objects or works out expressions is told which to take.
 * A name counts as a whole value or as the name of a field, never within writing.
 */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** Longest text that can be a name. */
const nameCharsMax = 200;
/** Classes through which a process, a file, a socket, a loader or reflection is reached, by their packages. */
const runtimeClass =
  /^(?:l|\[{1,3}l)?javax?\.(?:lang|io|net|nio|util|rmi|beans|naming|script|security|sql|management|el|xml)(?:\.[a-z][\w]{0,60}){1,4}(?:\$[\w$]{1,60})?;?(?:\(\))?$/;
const frameworkPackage =
  /^(?:com\.opensymphony\.xwork2?|com\.sun\.org\.apache|org\.apache\.(?:commons|struts2?|xalan)|org\.omg\.corba|javassist|sun\.reflect|java\.runtime)(?:\.[a-z][\w$]{0,60}){0,6}$/;
/** Transformers and factories of object chains, and the two classes that start a process at the end of a name. */
const gadgetWord =
  /(?:^|[.$])(?:(?:clone|invoker|instantiate|chained|constant|factory)transformer|instantiatefactory|prototype(?:clone|serialization)factory|(?:runtime|processbuilder)\.(?:[\w$]{1,40}\.)?(?:forclosure|whileclosure|getproperty|filewriter|xmldecoder|exec|getruntime))$|^java\.[\w$.]{0,60}\b(?:runtime|processbuilder)$|^processbuilder(?:\.[\w$]{1,60}){1,3}$/;
/** Classes that reports name every day. */
const reported = /(?:exception|error|failure|warning|throwable|test|tests|version|home|vendor|name|tmpdir)$/;
/** Places whose values are names of code by right. */
const namesCode =
  /(?:exception|error|logger|log|thread|package|import|module|caller|source|file|group|artifact|dependenc|namespace|librar|coordinat|stack|frame|cause|symbol|method|purl|component|scope|label|tag)s?(?:_?(?:id|name|type|class))?(?:\[\])?$/i;

/** What no plain field is called; asked once a name, the answer is remembered. */
export function namesJavaClass(name: string): boolean {
  return (name.includes('.') && nameOf(name.toLowerCase()) !== null) || hiddenWord(name);
}

export const javaClass: Recogniser = {
  category: 'code',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { text, decodings } = sample;
    if (text.length < 6 || place.kind === 'graphql') return null;
    // The head of an object stream in base64 that begins one or two bytes later than a reader expects.
    if (text.includes('KztAAU') || text.includes('Cs7QAF'))
      return { rule: 'shifted-stream', confidence: 0.85, reason: 'holds a Java object stream at an odd offset' };
    if (text.length > nameCharsMax || (sample.signs & sign.space) !== 0) return null;
    if (decodings.includes('base64') && /^(?:java\.lang\.)?(?:runtime|processbuilder)$/.test(sample.lower))
      return { rule: 'hidden-class', confidence: 0.75, reason: 'hides the name of a Java class behind base64' };
    if (hiddenWord(text)) return { rule: 'hidden-class', confidence: 0.75, reason: 'hides the name of a Java class behind base64' };
    if ((sample.signs & sign.period) === 0 || place.kind === 'code') return null;
    const found = nameOf(sample.lower.replace(/^\s{0,4}\w{0,20}=|\s{1,8}$/g, ''));
    return found === null || namesCode.test(place.name) ? null : found;
  },
};

function nameOf(lower: string): Recognition | null {
  if (lower.length > nameCharsMax || reported.test(lower)) return null;
  if (gadgetWord.test(lower)) return { rule: 'chain-class', confidence: 0.8, reason: 'names a Java class of a chain that runs code' };
  if (runtimeClass.test(lower) || frameworkPackage.test(lower))
    return { rule: 'class-name', confidence: 0.6, reason: 'names a class of the Java runtime where data belongs' };
  return null;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of a word that begins one or two bytes into a group: the characters that depend on nothing before or after it. */
function shiftedForms(word: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = [...' '.repeat(offset), ...word].map((character) => character.charCodeAt(0));
    let out = '';
    for (let bit = 0; bit + 6 <= bytes.length * 8; bit += 6) {
      const index = bit >> 3;
      const pair = ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
      out += alphabet.charAt((pair >> (10 - (bit & 7))) & 63);
    }
    return out.slice(Math.ceil((offset * 8) / 6));
  });
}

/** Words that stand alone behind base64 only to be hidden; the first two also within other text, so only when nothing else is there. */
const startWords = ['runtime', 'processbuilder', 'forclosure', 'whileclosure', 'filewriter', 'getproperty', 'xmldecoder'];
const chainWords = [
  'clonetransformer',
  'invokertransformer',
  'instantiatefactory',
  'instantiatetransformer',
  'prototypeclonefactory',
  'prototypeserializationfactory',
];
const camelled = (word: string): string =>
  word.replace(
    /builder|closure|writer|property|decoder|transformer|clonefactory|serializationfactory|(?<=instantiate)factory/,
    (end) => end.charAt(0).toUpperCase() + end.slice(1).replace('factory', 'Factory'),
  );
const formsOf = (list: readonly string[]): string =>
  [...new Set(list.flatMap((word) => [word, camelled(word), camelled(word).charAt(0).toUpperCase() + camelled(word).slice(1)]))]
    .flatMap(shiftedForms)
    .map((form) => form.replaceAll('+', '\\+'))
    .join('|');
const hidden = new RegExp(`^[\\w+/]{0,3}(?:${formsOf([...startWords, ...chainWords])})[\\w+/]{0,2}={0,2}$`);

function hiddenWord(text: string): boolean {
  return text.length >= 9 && text.length <= 48 && hiddenShape.test(text) && hidden.test(text);
}
/** Base64 of letters mixes cases; asked first because it is cheap. */
const hiddenShape = /^[\w+/]*[a-z][A-Z0-9][\w+/]*={0,2}$/;
