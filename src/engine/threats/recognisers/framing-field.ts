/** Header fields that two readers take apart differently: an old form of cookies, and a media type within a media type. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';

/** A second media type where a parameter should stand; `type=` and the like of multipart/related name one by right. */
const secondType =
  /boundary\s{0,4}=\s{0,4}["']?(?:application|text|multipart)\/|^[^;,]{1,100};[^"]{0,200}[\s,;](?:application|text|multipart|message|image|audio|video)\/(?:json|xml|html|plain|javascript|x-[\w.+-]{2,40}|form-data|mixed|soap\+xml|xhtml\+xml|[\w.-]{1,60}\+(?:json|xml))\b/;
/** Character sets that hide ASCII from whoever does not decode them. */
const hidingCharset =
  /;\s{0,8}charset\s{0,4}=\s{0,4}["']?(?:utf-?7|utf-?16(?:[lb]e)?|utf-?32(?:[lb]e)?|ibm\d{2,4}|cp\d{3}|ebcdic[\w-]{0,20}|hz-gb-2312|iso-2022-\w{2,4}|x-user-defined|csibm\w{2,8})/;

export const framingField: Recogniser = {
  category: 'smuggling',
  signs: 0,
  places: ['header', 'cookie'],
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.where === 'header' && place.name === 'content-type' && sample.text.length < 1_000) {
      if (secondType.test(sample.lower)) return { rule: 'second-type', confidence: 0.65, reason: 'names two types of one body' };
      if (hidingCharset.test(sample.lower) && !/utf-?16|utf-?32/.test(sample.lower))
        return { rule: 'hiding-charset', confidence: 0.55, reason: 'declares a character set that hides plain text' };
      return null;
    }
    // RFC 2109 let a quoted value span what newer readers take for the next cookie; both readers at once leak one into the other.
    if (
      place.where === 'cookie' &&
      place.name === '' &&
      /^\s{0,8}\$version\s{0,4}=/.test(sample.lower) &&
      /="[^"]{0,400}(?:;|$)/.test(sample.lower)
    )
      return { rule: 'cookie-span', confidence: 0.7, reason: 'spans several cookies by the quotes of an old syntax' };
    return null;
  },
};
