/** LDAP filter injection (RFC 4515): a value that closes its own comparison and opens another. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

const attribute = '[a-z][a-z0-9-]{0,40}(?:;[a-z0-9-]{1,20})?';
const comparison = `${attribute}(?::[a-z0-9.]{0,40})?\\s{0,4}[~<>:]{0,2}=`;
const closesAndOpens = new RegExp(`[^\\s(]?\\)\\s{0,4}(?:[|&!]\\s{0,4})?\\(\\s{0,4}[|&!]?\\s{0,4}\\(?\\s{0,4}${comparison}`);
const operatorGroup = new RegExp(`(?:^|[)*\\0])\\s{0,4}\\(?\\s{0,4}[|&!]\\s{0,4}\\(\\s{0,4}${comparison}`);
const matchingRule = /[a-z][a-z0-9-]{1,40}(?::dn)?:\d{1,3}(?:\.\d{1,10}){3,12}:=/;
const directoryName =
  /\b(?:objectclass|userpassword|samaccountname|useraccountcontrol|memberof|givenname|homedirectory|uidnumber|distinguishedname)\b/;

export const ldap: Recogniser = {
  category: 'ldap',
  signs: sign.parenthesis | sign.equals | sign.star,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.kind === 'code' || place.kind === 'graphql' || sample.text.length > 2048) return null;
    const text = sample.lower;
    if ((sample.signs & sign.equals) !== 0 && text.includes(':=') && matchingRule.test(text))
      return { rule: 'matching-rule', confidence: 0.85, reason: 'names a matching rule of a directory' };
    if ((sample.signs & sign.parenthesis) === 0) return text === '*|' || text === '*&' ? wildcard : null;
    if ((sample.signs & sign.equals) !== 0) {
      if (isUnbalanced(text) && closesAndOpens.test(text))
        return { rule: 'filter-break', confidence: 0.9, reason: 'closes a directory filter and opens another' };
      if (directoryName.test(text) && /[()|&*]/.test(text) && /[)(]\s{0,4}[|&!]?\s{0,4}\(?[a-z-]{1,40}\s{0,4}=/.test(text))
        return { rule: 'directory-filter', confidence: 0.7, reason: 'holds a directory filter' };
      if (operatorGroup.test(text) && (isUnbalanced(text) || text.includes('=*')))
        return { rule: 'filter-group', confidence: 0.75, reason: 'opens a group of a directory filter' };
      if (/^[^()]{0,200}\)\s{0,4}!?\s{0,4}\(/.test(text) && text.includes('=*'))
        return { rule: 'filter-break', confidence: 0.8, reason: 'closes a directory filter and opens another' };
      if (/\*\s{0,4}\)\s{0,4}\(/.test(text))
        return { rule: 'filter-break', confidence: 0.8, reason: 'ends a directory filter with a wildcard' };
    }
    // A bare wildcard with the brackets of a filter: `*)(&`, `*()|&'`, `)(|(`.
    if (text.length <= 24 && /^[*()|&!\s\0'\\x%0]{2,24}$/.test(text) && /[*)]/.test(text) && /[|&]|\)%00$/.test(text)) return wildcard;
    if (text.length <= 80 && /\)\s{0,4}\(\s{0,4}[|&!]\s{0,4}\)?$|\)\0$/.test(text) && isUnbalanced(text)) return wildcard;
    if (text.length <= 80 && /\*\s{0,4}\)\s{0,4}\(\s{0,4}[|&!]/.test(text)) return wildcard;
    return null;
  },
};

const wildcard: Recognition = { rule: 'wildcard', confidence: 0.65, reason: 'is a wildcard with the brackets of a directory filter' };

/** Whether a bracket is closed before one is opened, or the counts differ: what a fragment made to complete another looks like. */
function isUnbalanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 40) depth++;
    else if (code === 41 && --depth < 0) return true;
  }
  return depth !== 0;
}
