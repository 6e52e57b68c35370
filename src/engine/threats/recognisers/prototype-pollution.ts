/** Prototype pollution: names that reach the prototype of every JavaScript object. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';

export const prototypePollution: Recogniser = {
  category: 'prototype-pollution',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    // Names are long only when they are not names.
    const name = place.name;
    if (name.includes('proto') && name.length < 300) {
      if (/(?:^|[.[\]"'])__proto__(?:$|[.[\]"'])/.test(name))
        return { rule: 'proto-name', confidence: 0.93, reason: 'names the prototype of an object' };
      if (/(?:^|[.[\]"'])constructor(?:\.|\]\[|\[|\]\.)["']?prototype(?:$|[.[\]"'])/.test(name))
        return { rule: 'constructor-name', confidence: 0.93, reason: 'names the prototype of a constructor' };
    }
    const { text } = sample;
    if (!text.includes('proto')) return null;
    const isName = place.where === 'query-name' || place.where === 'body-name';
    if (isName) {
      if (/(?:^|[.[\]"'&?])__proto__(?:$|[.[\]"'=])/.test(text))
        return { rule: 'proto-name', confidence: 0.93, reason: 'names the prototype of an object' };
      if (/constructor["']?(?:\.|\]?\[)["']?prototype/.test(text))
        return { rule: 'constructor-name', confidence: 0.93, reason: 'names the prototype of a constructor' };
      return null;
    }
    if (place.kind === 'code' || place.kind === 'free-text') return null;
    if (
      text.length < 200 &&
      /^[\w.[\]"'$-]{0,80}(?:__proto__|constructor\.prototype|constructor\[["']?prototype["']?\])(?:[.[][\w.[\]"'$-]{0,80})?(?:=[^=\s]{0,80})?$/.test(
        text,
      )
    )
      return { rule: 'proto-path', confidence: 0.7, reason: 'is a path to the prototype of an object' };
    if (
      /["']__proto__["']\s{0,4}:\s{0,4}[{["]|["']constructor["']\s{0,4}:\s{0,4}\{\s{0,4}["']prototype["']\s{0,4}:|[&?]__proto__(?:\[|\.|%5b)/.test(
        text,
      )
    )
      return { rule: 'proto-literal', confidence: 0.85, reason: 'holds an object that names the prototype of others' };
    return null;
  },
};
