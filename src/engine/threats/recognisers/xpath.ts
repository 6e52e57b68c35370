/** XPath and XQuery injection: axes, node tests and functions that only a query over a document has. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

export const xpath: Recogniser = {
  category: 'xpath',
  signs: sign.quote | sign.doubleQuote | sign.parenthesis | sign.bracket | sign.pipe | sign.colon,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.kind === 'code' || place.kind === 'graphql' || sample.text.length > 4096) return null;
    const text = sample.lower;
    const hasQuote = (sample.signs & (sign.quote | sign.doubleQuote)) !== 0;
    if (
      text.includes('::') &&
      place.kind !== 'free-text' &&
      /(?:^|[\s/|[(])(?:ancestor|attribute|child|descendant|following|parent|preceding|self|namespace)(?:-or-self|-sibling)?::(?:node\(|text\(|\*|@|[a-z])/.test(
        text,
      )
    )
      return { rule: 'axis', confidence: 0.75, reason: 'names an axis of an XPath query' };
    if ((sample.signs & sign.parenthesis) !== 0) {
      if (
        hasQuote &&
        /["']\s{0,8}(?:\]|\)|or\b|and\b|\|)[^"']{0,80}(?:\bname|\btext|\bposition|\blast|\bnode|\bcomment|local-name|string-length|\bcount|\bsubstring|starts-with)\s{0,4}\(/.test(
          text,
        )
      )
        return { rule: 'function-after-quote', confidence: 0.85, reason: 'breaks out of a value into an XPath function' };
      if (
        /(?:string-length|substring|count|name|local-name|starts-with|contains|normalize-space)\s{0,4}\(\s{0,4}(?:\/{1,2}|\.\.?\/|name\(|local-name\(|@|[a-z-]{0,30}::)/.test(
          text,
        ) &&
        /[=<>]|\bor\b|\band\b|\]/.test(text)
      )
        return { rule: 'function', confidence: 0.7, reason: 'asks an XPath function about a document' };
      if (/\b(?:doc|doc-available|unparsed-text|document)\s{0,4}\(\s{0,4}(?:concat\s{0,4}\(|["'](?:https?|file|ftp):)/.test(text))
        return { rule: 'document', confidence: 0.75, reason: 'makes an XPath query fetch a document' };
    }
    if (
      hasQuote &&
      /["']\s{0,8}\]\s{0,8}(?:\|\s{0,8}\/{1,2}|\/{1,2}|%00|\0|\[)|\]\s{0,8}\|\s{0,8}\/{1,2}[\w*@]/.test(text) &&
      /\/{1,2}[\w*@]/.test(text)
    )
      return { rule: 'union', confidence: 0.8, reason: 'joins a second XPath query to the first' };
    return null;
  },
};
