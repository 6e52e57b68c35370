/** Encodings that have no use but to get past a filter: zero bytes and controls in one-line places, overlong forms, escapes within escapes. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

export const encoding: Recogniser = {
  category: 'encoding',
  signs: sign.control | sign.percent,
  places: ['method', 'path', 'query', 'query-name', 'header', 'cookie', 'body-name', 'file'],
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.where === 'raw-body' || place.where === 'body' || sample.text.length > 8192) return null;
    if ((sample.signs & sign.control) !== 0) {
      const { text } = sample;
      if (text.includes('\0') && !isWide(text)) {
        if (place.where === 'path' || (place.where === 'header' && place.kind !== 'url'))
          return { rule: 'zero-byte', confidence: 0.8, reason: 'holds a zero byte' };
        if (place.where === 'file' && text.length < 300)
          return { rule: 'zero-byte', confidence: 0.85, reason: 'holds a zero byte in a file name' };
        // In a query a zero byte before an ending or at the end cuts off what is appended.
        if (place.where === 'query' && text.length < 500 && !/^https?:/i.test(text) && /\0(?:$|\.\w{1,5}$)/.test(text))
          return { rule: 'zero-byte', confidence: 0.7, reason: 'ends in a zero byte' };
      }
      if (place.where === 'path' && /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) && place.name === '')
        return { rule: 'control', confidence: 0.6, reason: 'holds control characters in a path' };
    }
    if ((sample.signs & sign.percent) === 0) return null;
    const lower = sample.lower;
    if (/%(?:c0|c1)%?[89ab2][0-9a-f]|%e0%80%[89ab]|%f0%80%80%/.test(lower))
      return { rule: 'overlong', confidence: 0.75, reason: 'spells plain characters in an overlong form' };
    if (place.where === 'path' && /%25(?:25){0,6}(?:2e|2f|5c|00)/.test(lower))
      return { rule: 'nested-escape', confidence: 0.75, reason: 'escapes a dot, a slash or a zero byte more than once' };
    if (place.where === 'path' && /%(?:2e%2e|2e\.|\.%2e)(?:%2f|%5c|\/|\\)/.test(lower))
      return { rule: 'nested-escape', confidence: 0.75, reason: 'escapes the steps of a path' };
    return null;
  },
};

/** Every second character zero: text of two bytes a character, which is decoded elsewhere. */
function isWide(text: string): boolean {
  let zeros = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === 0) zeros++;
  return zeros * 5 > text.length * 2;
}
