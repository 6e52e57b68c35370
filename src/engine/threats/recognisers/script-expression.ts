/** Script expressions without markup: what is put where a page builds a script, and the ways around filters. */
import type { Place, Recognition } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** A call of what only proofs and thefts call, with something before it that ends or begins an expression. */
const sinkCall =
  /(?:^|[\s"'`;<>{}()[\]=+\-*/|&,~!^%?:.\\])(?:alert|confirm|prompt|eval|atob|settimeout|setinterval|execscript|msgbox|importscripts|\$\.getscript|document\.write(?:ln)?|string\.fromcharcode|setimmediate)[\s\0-\x1f)]{0,8}(?:\?\.)?[\s\0-\x1f]{0,8}(?:\(|`|\.(?:call|apply|bind)\b|\/\*|\x3c!--)/;
/** Arguments that proofs are made with, right after such a call. */
const proofArgument =
  /(?:alert|confirm|prompt)[\s)]{0,8}(?:\?\.)?[\s]{0,8}(?:\(|`)[\s"'`/(]{0,8}(?:\d|xss|document|domain|location|origin|window|string\.|self|\)|`|[a-z]{0,20}["'`)])/;
const breakOut = /["'`][\s)}\]]{0,8}[;,+\-*/^|&<>?%~=!]|^[\s)}\]]{0,8}[;)}\]+\-*/^|&]|\/\/\s{0,8}$|[;}>]|\/\*|\x3c!--|-->/;
const theft =
  /document[\s]{0,4}(?:\.|\[['"`])[\s]{0,4}(?:cookie|domain|location|write|body\b|documentelement|createelement|head\b)|(?:window|self|top|parent)\.(?:location|open|name|onerror)\b|(?:^|[^a-z])location[\s]{0,4}(?:\.(?:href|hash|assign|replace|search))?[\s]{0,4}=[\s]{0,4}["'`a-z/]|\.innerhtml[\s]{0,4}=|new[\s]{1,8}image\b|xmlhttprequest/;
/** A global object reached into with something that is no plain number. */
const bracketAccess =
  /(?:^|[^a-z0-9_.])(?:self|top|window|parent|frames|this|globalthis|content|document|location)[\s]{0,8}(?:\?\.)?[\s/*a-z]{0,12}\[[\s\0-\x1f]{0,8}(?:["'`/(+!]|\/\*|[a-z]{1,20}\+)/;
const constructorChain =
  /(?:constructor["'`\]\s)]{0,4}(?:\.|\[["'`])constructor|\[["'`]constructor["'`]\]|\.constructor[\s]{0,4}\(|constructor\.(?:fromcharcode|prototype)|constructor`|\bfunction[\s]{0,4}(?:\(["'`]|`)|\[\][\s]{0,4}\[["'`(]|(?:getownpropertydescriptor|__definesetter__|__nosuchmethod__|reflect\.(?:apply|construct)|\bsymbol\.hasinstance|throw[\s]{0,4}onerror|onerror[\s]{0,4}=[\s]{0,4}(?:alert|eval|prompt|confirm|print)))/;
const letterless =
  /(?:\(!!?\[\]\+|\[\]\+\[\]|!\[\]\+|\+!!?\[\]|\+\[\]\]|\(\[\]\[|\$\{\}\+|\$=~\[\]|\+\{\}\)\[|\]=\[\]\+\{\}|=\[!!?\w?\]\+)/;
const rename =
  /(?:=|\[)[\s]{0,4}(?:alert|prompt|confirm|eval)[\s]{0,4}[,;\])][\s\S]{0,40}\(|\((?:alert|prompt|confirm|eval|print)\)[\s]{0,4}(?:\(|`)|\[[^\]]{1,20}\][\s]{0,4}\.(?:map|find|foreach|filter|some|every|findindex|sort)[\s]{0,4}(?:\([\s]{0,4}(?:alert|confirm|prompt|eval)|\.call)|\.(?:call|apply)[\s]{0,4}`|,[\s]{0,4}(?:alert|confirm|prompt|eval)[\s]{0,4}\)[\s\S]{0,40}\(|\bimport[\s]{0,4}\([\s]{0,4}["'`a-z]|array\.from\(.{0,20},\s{0,4}(?:alert|confirm|prompt|eval)/;
const spelled =
  /["'`](?:al|ale|aler|a|ev|eva|e|pro|con|doc)["'`][\s]{0,4}(?:\+|\]|\.concat)|^[(\s]{0,4}(?:["'`][a-z]{1,12}["'`][\s]{0,4}\+[\s]{0,4}){1,12}["'`][a-z]{1,12}["'`][\s)]{0,4}\(/;

/** @param lower text in lower case */
export function readExpression(lower: string, signs: number, place: Place): Recognition | null {
  if (place.kind === 'graphql') return null;
  const isProse = place.kind === 'free-text' || place.kind === 'code' || lower.length > 600;
  // What writing and source may hold is no attack there, whichever it is.
  if (isProse) return null;
  if (sinkCall.test(lower)) {
    const isProof = proofArgument.test(lower);
    const isBroken = breakOut.test(lower);
    if (isProof || isBroken) return { rule: 'script-call', confidence: isProof ? 0.8 : 0.6, reason: 'calls a script function' };
    if (lower.length < 200) return { rule: 'script-call', confidence: 0.55, reason: 'calls a script function' };
  }
  if ((signs & sign.bracket) !== 0) {
    if (bracketAccess.test(lower)) return { rule: 'global-access', confidence: 0.7, reason: 'reaches into a global object of a page' };
    if (
      (signs & sign.parenthesis) !== 0 &&
      (letterless.test(lower) || ((signs & sign.control) !== 0 && letterless.test(lower.replace(/\s+/g, ''))))
    )
      return { rule: 'letterless-script', confidence: 0.8, reason: 'is a script without letters' };
  }
  if (constructorChain.test(lower)) return { rule: 'constructor', confidence: 0.7, reason: 'makes a function out of text' };
  if (rename.test(lower)) return { rule: 'renamed-call', confidence: 0.75, reason: 'calls a script function by another name' };
  if (spelled.test(lower)) return { rule: 'spelled-call', confidence: 0.6, reason: 'spells the name of a script function in pieces' };
  if (theft.test(lower) && breakOut.test(lower) && /[(=]/.test(lower))
    return { rule: 'page-access', confidence: 0.6, reason: 'reaches into the page' };
  return null;
}
