/** Statements of the Windows command interpreter and expansions of Unix shells that need no separator before them. */
import { isCodePlace } from '../place-kind.ts';
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

const charsMax = 600;
const forLoop = /(?:^|[\s&|;(])for\b[^\n]{0,80}?%{1,2}[a-z]\w{0,20}\s{1,8}in\s{0,10}\([^)]{0,200}\)\s{0,8}do\b/;
/** Conditions that only this interpreter has, and comparisons with something only it writes next to them. */
const ifStart = /(?:^|[&|;(]\s{0,8})if\s{0,12}(?:\/i\s{1,12})?(?:not\s{1,12})?/g;
const ifCondition =
  /^(?:exist\s{1,12}["%\w.:\\*-]|errorlevel\s{1,12}\d|cmdextversion\s{1,12}\d|defined\s{1,12}[%\w]+\s{1,12}\(?\s{0,4}[a-z])/;
const ifCompare = /^[(["]{0,3}[%!~\w .-]{0,60}[)\]"]{0,3}\s{0,16}(?:==|\b(?:equ|neq|lss|leq|gtr|geq)\b)\s{0,8}(?=\S)/;
const ifCommand = /[\s)"\]](?:@?(?:echo|cmd|cd|goto|exit|set|call|del|md|rd|copy|start|type|do)\b|\()|\.{3}$/;
const ifVariable = /%\w|%~\d|!\w{1,30}!/;
/** Bracket patterns that match one letter of a path. */
const bracketPath =
  /(?:^|[\s"'=])\/(?:[\w.?*-]{0,30}\/){0,4}(?:[\w.-]{0,20}[a-z]\[[!^?a-z/]{1,16}\][a-z]{0,12}|\[[!^?a-z/]{1,16}\][a-z]{1,12})(?:[\s/"']|$)/;
const bracketWord = /(?:^|[\s"'=])\/\[[?!^a-z]{1,3}\][a-z]{1,8}(?:\/|\s|$)/;
const parameterCut = /\$\{[a-z_]\w{0,20}(?:[#%^,@]|:\d|\/\/)[^}]{0,40}\}/;
const processText = /(?:^|[\s=;&|])[<>]\((?:[a-z]{1,12})(?:\s[^)]{0,80})?\)/;
const braceList = /^\{(?:,[^\s{},]{1,20}|[a-z]{1,12},|[a-z/?*]{1,20},-)[^\s{}]{0,40}\}\w{0,8}$/;
const wildBrace = /^\{\/?[a-z?*]{1,6}\/[a-z?*/]{1,20},?\}?$/;
const shellShort = /^(?:~[+-]\d{0,3}|(?:!-\d{1,3}){1,6}|\$\[\])$/;
/** A function that a shell imports from a value: brackets first, then a body, then more. */
const importedFunction = /^["'\s]{0,4}\(\s{0,4}\)[.\s]{0,4}\{(?:[.\s]{0,4}[:_]{1,2};?[\s\S]{0,20}\}|[^}]{1,400}\}\s{0,4};?\s{0,4}[a-z/])/;

const shellExpansion: Recognition = { rule: 'shell-expansion', confidence: 0.55, reason: 'is nothing but an expansion of a shell' };

export const batchScript: Recogniser = {
  category: 'command',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if (lower.length < 2 || lower.length > charsMax || place.kind === 'graphql' || isCodePlace(place, lower.length)) return null;
    if (place.kind === 'free-text' && lower.length > 200) return null;
    if ((signs & (sign.percent | sign.equals | sign.parenthesis | sign.space | sign.bracket | sign.brace)) === 0)
      return lower.length < 24 && shellShort.test(lower) ? shellExpansion : null;
    if ((signs & sign.brace) !== 0) {
      if ((signs & sign.parenthesis) !== 0 && importedFunction.test(lower))
        return { rule: 'shellshock', confidence: 0.8, reason: 'defines a shell function that runs on import' };
      if ((signs & sign.dollar) !== 0 && parameterCut.test(lower) && place.kind !== 'url')
        return { rule: 'shell-variable', confidence: 0.6, reason: 'cuts the value of a shell variable' };
      if ((braceList.test(lower) && !/^\{\w+,\w+\}$/.test(lower)) || wildBrace.test(lower))
        return { rule: 'brace-command', confidence: 0.55, reason: 'spells a command with braces' };
    }
    if (lower.length < 24 && shellShort.test(lower)) return shellExpansion;
    if ((signs & sign.angle) !== 0 && (signs & sign.parenthesis) !== 0 && processText.test(lower))
      return { rule: 'process-text', confidence: 0.6, reason: 'reads the output of a command as a file' };
    if ((signs & sign.bracket) !== 0 && (signs & sign.slash) !== 0 && !place.name.startsWith('$')) {
      if (bracketPath.test(lower) || bracketWord.test(lower))
        return { rule: 'wildcard-path', confidence: 0.55, reason: 'spells a path with wildcards' };
    }
    if ((signs & sign.percent) !== 0 && forLoop.test(lower))
      return { rule: 'batch-loop', confidence: 0.75, reason: 'loops over commands of Windows' };
    return lower.includes('if') ? readCondition(lower) : null;
  },
};

function readCondition(lower: string): Recognition | null {
  ifStart.lastIndex = 0;
  const match = ifStart.exec(lower);
  if (match === null) return null;
  const rest = lower.slice(match.index + match[0].length);
  const hasSwitch = match[0].includes('/i');
  const compared = ifCompare.exec(rest);
  if (
    ifCondition.test(rest) ||
    (compared !== null &&
      compared[0].length > 2 &&
      (hasSwitch ||
        ifVariable.test(rest) ||
        ifCommand.test(rest.slice(compared[0].length)) ||
        / (?:geq|neq|leq|gtr|lss|equ) /.test(compared[0])))
  )
    return { rule: 'batch-condition', confidence: 0.65, reason: 'decides over a command of Windows' };
  return null;
}
