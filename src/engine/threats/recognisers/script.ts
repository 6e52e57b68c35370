/** Scripts smuggled into pages (XSS): markup that runs something, attributes that break out, and bare script expressions. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';
import { readExpression } from './script-expression.ts';
import { readMarkup } from './script-markup.ts';

const markupSigns = sign.angle | sign.equals | sign.colon;

export const script: Recogniser = {
  category: 'xss',
  signs:
    sign.angle |
    sign.equals |
    sign.parenthesis |
    sign.backtick |
    sign.colon |
    sign.bracket |
    sign.backslash |
    sign.ampersand |
    sign.percent,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if ((signs & markupSigns) !== 0 || (lower.length <= 48 && (signs & (sign.ampersand | sign.backslash | sign.percent)) !== 0)) {
      const found = readMarkup(lower, signs, place);
      if (found !== null) return found;
    }
    // Pieces that a filter or a parser drops: control characters and tags within a word.
    if (lower.length < 2_000 && /[a-z][\0-\x1f][a-z]|[a-z]<\/?[a-z]{1,10}>[a-z(]/.test(lower)) {
      const whole = lower.replace(/[\0-\x1f]+|<\/?[a-z]{1,10}>/g, '');
      const found = readMarkup(whole, signs, place) ?? readExpression(whole, signs, place);
      if (found !== null) return found;
    }
    return (signs & (sign.parenthesis | sign.backtick | sign.equals | sign.bracket)) === 0 ? null : readExpression(lower, signs, place);
  },
};
