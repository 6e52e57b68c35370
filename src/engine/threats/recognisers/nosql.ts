/** Injection into document databases: operators where a value should stand, and script conditions. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

const operators =
  'eq|ne|gt|gte|lt|lte|in|nin|or|and|not|nor|exists|regex|where|mod|all|size|type|expr|elemmatch|text|function|accumulator|jsonschema|comment|lookup|merge|out';
const operatorName = new RegExp(`(?:^|\\[|\\.|["'\\s{,])\\$(?:${operators})(?:\\]|$|["'\\s:\\[])`);
const operatorInText = new RegExp(`[{,\\[(]\\s{0,8}["']?\\$(?:${operators})["']?\\s{0,8}:`);
const scriptCondition =
  /["']\s{0,4}(?:;|\|\||&&|\})\s{0,4}(?:return\b|var\s|this\.|it\s{0,4}=|while\s{0,4}\(|sleep\s{0,4}\(|db\.|emit\s{0,4}\(|\w{1,20}\s{0,4}=\s{0,4}new\s{1,4}date)|["']\s{0,4};?\s{0,4}return\s{0,4}\(?\s{0,4}(?:true|["'])|\breturn\s{0,4}\(?["']?\w{0,20}["']?\s{0,4}={2,3}\s{0,4}["']|\bthis\.\w{1,40}\s{0,4}(?:\.match\s{0,4}\(|={2,3}|!={1,2}|\[)|new\s{1,4}date\s{0,4}\(\s{0,4}\)\s{0,4}[;}].{0,80}(?:do\s{0,4}\{|while\s{0,4}\()|\bdb\.\w{1,40}\.(?:find|insert|drop|remove|update|count)\w{0,12}\s{0,4}\(|\bmapreduce\b/;
const quoteOr = /["']\s{0,4}(?:\|\||&&)\s{0,4}(?:["']\s{0,4}["']?|["']\w{0,20}["']|\d{1,6})\s{0,4}={2,3}\s{0,4}(?:["']|\d)/;

/** Lookups that object mappers add to a field's name: on a secret they answer a guess, across many relations they leave the resource. */
const mapperLookup = '(?:i?exact|i?contains|i?startswith|i?endswith|i?regex|gte?|lte?|range|isnull|in|contained_by|has_keys?|search)';
const secretLookup = new RegExp(
  `(?:^|__|_)(?:password|passwd|passphrase|pwd|secret|token|api_?key|private_?key|salt|otp|pin|ssn|hash)\\w{0,20}?__${mapperLookup}$`,
);
const farLookup = new RegExp(`^[a-z]\\w{0,40}?(?:__[a-z]\\w{0,30}?){3,}__${mapperLookup}$`);

export const nosql: Recogniser = {
  category: 'nosqli',
  signs: sign.underscore | sign.dollar | sign.quote | sign.doubleQuote | sign.semicolon | sign.equals | sign.parenthesis,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if (place.kind === 'graphql') return null;
    if ((place.where === 'query-name' || place.where === 'body-name') && lower.includes('__')) {
      if (secretLookup.test(lower))
        return { rule: 'secret-lookup', confidence: 0.65, reason: 'asks for part of a secret by a lookup in a name' };
      if (farLookup.test(lower)) return { rule: 'far-lookup', confidence: 0.55, reason: 'reaches across relations by a lookup in a name' };
    }
    const isProse = place.kind === 'free-text' || place.kind === 'code' || lower.length > 600;
    if ((signs & sign.dollar) !== 0) {
      const isName = place.where === 'query-name' || place.where === 'body-name';
      if (isName && operatorName.test(lower))
        return { rule: 'operator-name', confidence: 0.75, reason: 'names a database operator as a field' };
      if (operatorInText.test(lower)) return { rule: 'operator', confidence: isProse ? 0.4 : 0.7, reason: 'holds a database operator' };
    }
    if (
      isProse ||
      ((signs & (sign.quote | sign.doubleQuote | sign.semicolon | sign.equals | sign.parenthesis)) === 0 && !lower.includes('this.'))
    )
      return null;
    if (quoteOr.test(lower)) return { rule: 'script-logic', confidence: 0.7, reason: 'closes a string and adds a script condition' };
    if (scriptCondition.test(lower))
      return { rule: 'script-condition', confidence: 0.65, reason: 'holds a script condition of a database' };
    return null;
  },
};
