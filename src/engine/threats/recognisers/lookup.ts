/** Lookups that a logger or a template resolves (Log4j's `${jndi:...}`), however they are nested to hide the word. */
import { type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

/** Rounds of resolving nested lookups; each takes the innermost ones away. */
const ROUNDS_MAX = 12;
/** Characters around a lookup that are resolved. */
const TEXT_CHARS_MAX = 8192;

export const lookup: Recogniser = {
  category: 'lookup',
  signs: sign.brace,
  recognise(sample: Sample): Recognition | null {
    if ((sample.signs & sign.dollar) === 0 || !sample.text.includes('${')) return null;
    const start = sample.lower.indexOf('${');
    const text = sample.lower.slice(start, start + TEXT_CHARS_MAX);
    if (/\$\{\s{0,8}jndi\s{0,8}:/.test(text))
      return { rule: 'jndi', confidence: 0.97, reason: 'asks a logger to fetch an object from a directory' };
    const nested = /\$\{[^{}]{0,40}\$\{/.test(text);
    if (nested || /\$\{(?:lower|upper|date|env|sys|base64|::?-|[a-z]{0,20}:[^}]{0,60}:-)/.test(text)) {
      if (/jndi\s{0,8}:|\$\{\s{0,8}jndi|(?:ldaps?|rmi|dns|iiop|corba|nis|https?):\/{1,2}[^}]{0,200}\}/.test(resolved(text)))
        return { rule: 'jndi-nested', confidence: 0.95, reason: 'hides a directory lookup inside other lookups' };
      if (nested && /\$\{(?:lower|upper|env|sys|date|java|ctx|::?-|base64):?/.test(text))
        return { rule: 'nested-lookup', confidence: 0.8, reason: 'nests lookups inside lookups' };
    }
    if (
      /\$\{(?:sys|java|ctx|main|log4j|bundle|docker|k8s|spring|marker|sd|web|jvmrunargs|script|dns|url|base64decoder|file|const|xml|env):[^{}\s]{1,200}\}/.test(
        text,
      )
    )
      return { rule: 'lookup', confidence: 0.6, reason: 'asks for a lookup of the system' };
    return null;
  },
};

/** What a resolver makes of the innermost lookups, again and again: a case change of a letter, a default value, a quoted date pattern. */
function resolved(text: string): string {
  let now = text;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const next = now
      .replace(/\$\{(?:lower|upper):([^${}]{0,200})\}/g, '$1')
      .replace(/\$\{date:'?([^${}']{0,60})'?\}/g, '$1')
      .replace(/\$\{[^${}]{0,100}?:-([^${}]{0,200})\}/g, '$1');
    if (next === now) break;
    now = next;
  }
  return now;
}
