/** Server-side includes: directives in comments, and edge-side includes, that a web server or cache would run. */
import { type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

export const ssi: Recogniser = {
  category: 'ssi',
  signs: sign.angle,
  recognise(sample: Sample): Recognition | null {
    const text = sample.lower;
    if (text.includes('<!--') && /<!--\s{0,8}#\s{0,8}(?:exec|include|echo|printenv|set|config|flastmod|fsize|if|elif)\b/.test(text))
      return { rule: 'directive', confidence: 0.92, reason: 'holds a directive that a web server would run' };
    if (text.includes('<esi:') && /<esi:(?:include|inline|vars|debug|assign|eval|remove)\b/.test(text))
      return { rule: 'edge-include', confidence: 0.85, reason: 'holds an include that a cache would run' };
    return null;
  },
};
