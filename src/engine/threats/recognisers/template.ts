/** Template injection: an expression that a template engine works out, not a placeholder that it fills in. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** Openings of expressions across engines, and their ends. */
const expression =
  /(?:\{\{\{?|\$\{\{?|#\{|\*\{|~\{|@\{|%\{|<%[=-]?|\{%-?|\[\[\$?\{?|\{=|\$!?\{|@\(|\{#|\$\\+[a-z]\{|#set\s{0,4}\(|#foreach\s{0,4}\(|\{php\}|\{if\s|\{\$|\[#(?=assign|if|list|include))/g;
const arithmetic = /^[\s"'(-]{0,6}\d{1,12}["']?\s{0,4}[-*+/%^]{1,2}\s{0,4}["'(]?\d{1,12}/;
/** What a placeholder never reaches for. */
const reach =
  /__\w+__|\|\s{0,4}attr\b|\.constructor\b|\.getclass\b|\.class\b(?:\.|\[)|\bself\._|\bself\.(?:module|template|context|attr|init)|\bconfig(?:\.|\b\s{0,4}(?:\}|\[|%))|\brequest(?:\.|\[|\|)(?:__|application|args|environ|server|query|form|headers|cookies|class)|\blipsum\b|\bcycler\b|\bjoiner\b|\bnamespace\b|get_flashed_messages|url_for|_self\b|\bapp\.request|\bsmarty\b|\bsystem\s{0,4}\(|\bexec\s{0,4}\(|\bpopen\b|\bpassthru\b|\beval\s{0,4}\(|file_get_contents|file\.open|dir\.entries|\bclass\.inspect|freemarker|objectconstructor|\?new\s{0,4}\(|\bt\(java|runtime|getenv|\bsettings\.secret|\bdebug\b\s{0,4}(?:\}|%)|\bself\s{0,4}\}|\brange\.constructor|\$eval|\$on\.|tostring\.|\|\s{0,4}(?:filter|map|sort|reduce|join|passthru|system|e)\s{0,4}\(?["'(]|\bphp\b|#application|\bglobals\b|\bfor\s{1,8}\w+(?:\s{0,4},\s{0,4}\w+)?\s{1,8}in\s|\bthis\.(?:constructor|process)|\bconsole\b|\brequire\s{0,4}\(|\bdump\s{0,4}\(|\binclude\s{0,4}\(?["']|\bimport\s|\bget_user_file\b|\.inspect\b|`[^`]{1,80}`|system\.|\bos\.|\.exec|bean\s|\bsleep\b|param\.|\benv\b|\bsetheader|\.format\s{0,4}\(/;

/** A method called without arguments: engines of logic-less templates have none. */
const methodCall = /^[^}]{0,80}[\w'"\])]\.[a-z]\w{1,40}\(\s{0,4}\)/;

/** Characters of an expression that are read, and how many expressions are read to that length. */
const expressionCharsMax = 200;
const expressionsMax = 200;
const expressionCharsBeyond = 40;

export const template: Recogniser = {
  category: 'template',
  signs: sign.brace | sign.hash | sign.at | sign.percent | sign.dollar,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower } = sample;
    if (place.kind === 'graphql' || lower.length < 4) return null;
    const isProse = place.kind === 'code' || lower.length > 2_000;
    expression.lastIndex = 0;
    let seen = 0;
    for (let match = expression.exec(lower); match !== null; match = expression.exec(lower)) {
      seen += 1;
      const from = match.index + match[0].length;
      // Openings by the hundred are no template; they are looked at for less each, so that the whole stays linear and cheap.
      const inner = lower.slice(from, from + (seen <= expressionsMax ? expressionCharsMax : expressionCharsBeyond));
      if (arithmetic.test(inner)) return { rule: 'arithmetic', confidence: isProse ? 0.4 : 0.75, reason: 'has a template work out a sum' };
      const end = inner.search(/[}%\]>]/);
      const body = end < 0 ? inner : inner.slice(0, Math.min(inner.length, end + 1));
      if (methodCall.test(body) && lower.length < 300)
        return { rule: 'method-call', confidence: isProse ? 0.4 : 0.6, reason: 'has a template call a method' };
      if (reach.test(body)) return { rule: 'reach', confidence: isProse ? 0.4 : 0.7, reason: 'has a template reach into its surroundings' };
    }
    if (seen > 0 && !isProse && /__(?:class|mro|globals|subclasses|init|builtins|import)__|getruntime|\.getclass\(/.test(lower))
      return { rule: 'reach', confidence: 0.75, reason: 'has a template reach into its surroundings' };
    return null;
  },
};
