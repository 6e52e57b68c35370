/** XML that reaches out or blows up: external and parameter entities, document types from elsewhere, entity bombs, XInclude. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

/** Characters an internal document type may expand to before it is called a bomb. */
const EXPANSION_CHARS_MAX = 1_000_000;
/** Entities that are followed when counting. */
const ENTITIES_MAX = 200;

export const xxe: Recogniser = {
  category: 'xxe',
  signs: sign.angle | sign.ampersand,
  recognise(sample: Sample, place: Place): Recognition | null {
    const text = sample.lower;
    if (text.includes('<!')) {
      const found = declarations(text, place);
      if (found !== null) return found;
    }
    if (text.includes('<xml') && /<xml\s[^<>]{0,200}\bsrc\s{0,8}=/.test(text))
      return { rule: 'data-island', confidence: 0.65, reason: 'takes a data island from elsewhere' };
    if (
      text.startsWith('<![cdata[') &&
      place.where !== 'raw-body' &&
      place.kind !== 'html' &&
      place.kind !== 'free-text' &&
      /^<!\[cdata\[\s{0,20}<[a-z/!?]/.test(text)
    )
      return { rule: 'character-data', confidence: 0.55, reason: 'hides markup in character data' };
    if (text.includes('xinclude') && /<[a-z][\w.-]{0,20}:include\b|xmlns:\w{1,20}\s{0,8}=\s{0,8}["'][^"']{0,80}xinclude/.test(text))
      return { rule: 'xinclude', confidence: 0.85, reason: 'includes another document by XInclude' };
    if (
      text.includes('<xsl:') &&
      /document\s{0,8}\(|<xsl:(?:import|include)\b|xsl:[a-z-]{1,30}[^<>]{0,200}(?:runtime|system-property|exslt)/.test(text)
    )
      return { rule: 'stylesheet', confidence: 0.7, reason: 'holds a style sheet that reads other documents' };
    if (text.includes('<?xml') && /<\?xml[^<>]{0,200}encoding\s{0,8}=\s{0,8}["'](?:utf-?7|utf-?32|ebcdic|ibm\d)/.test(text))
      return { rule: 'odd-encoding', confidence: 0.75, reason: 'declares an encoding that hides markup' };
    if (text.includes('<?xml-stylesheet') && place.where !== 'raw-body' && /href\s{0,8}=\s{0,8}["']?(?:https?:|file:|\/\/)/.test(text))
      return { rule: 'stylesheet-link', confidence: 0.6, reason: 'asks for a style sheet from elsewhere' };
    return null;
  },
};

function declarations(text: string, place: Place): Recognition | null {
  if (/<!entity\s{1,40}(?:%\s{1,40})?[^\s>]{1,200}\s{1,40}(?:system|public)\b/.test(text))
    return { rule: 'external-entity', confidence: 0.97, reason: 'declares an entity that is fetched from elsewhere' };
  if (/<!entity\s{1,40}%/.test(text)) return { rule: 'parameter-entity', confidence: 0.95, reason: 'declares a parameter entity' };
  if (/<!entity\s/.test(text)) {
    if (expandsBeyond(text)) return { rule: 'entity-bomb', confidence: 0.97, reason: 'declares entities that expand without measure' };
    return { rule: 'entity', confidence: place.kind === 'code' ? 0.4 : 0.75, reason: 'declares an entity of its own' };
  }
  // A web page's own document type is prose here; any other that points elsewhere is fetched by a parser.
  const type =
    /<!doctype\s{1,40}([^\s>[]{1,100})\s{1,40}(system|public)\s{1,40}(?:["'][^"']{0,300}["']\s{0,40})?["']([^"']{1,300})["']/.exec(text);
  if (type !== null && type[1] !== 'html' && type[1] !== 'svg' && type[1] !== 'plist' && !/\/\/www\.w3\.org\//.test(type[3] ?? ''))
    return { rule: 'external-type', confidence: 0.8, reason: 'takes its document type from elsewhere' };
  if (/<!doctype\s[^>[]{0,300}\[/.test(text) && place.kind !== 'html' && /<!(?:element|attlist|notation)\b/.test(text))
    return { rule: 'internal-type', confidence: 0.6, reason: 'brings a document type of its own' };
  if (/<!notation\s|<!attlist\s[^<>]{0,200}\bsystem\b/.test(text))
    return { rule: 'notation', confidence: 0.6, reason: 'declares a notation' };
  return null;
}

/** Adds up what each entity expands to, by the ones it names; stops at the bound. */
function expandsBeyond(text: string): boolean {
  const sizes = new Map<string, number>();
  let count = 0;
  for (const match of text.matchAll(/<!entity\s{1,40}([\w.:-]{1,100})\s{1,40}(?:"([^"]{0,20000})"|'([^']{0,20000})')/g)) {
    if (++count > ENTITIES_MAX) return true;
    const value = match[2] ?? match[3] ?? '';
    let size = value.length;
    for (const used of value.matchAll(/&([\w.:-]{1,100});/g)) {
      if (used[1] === match[1]) return true;
      size += sizes.get(used[1] ?? '') ?? 0;
    }
    if (size > EXPANSION_CHARS_MAX) return true;
    sizes.set(match[1] ?? '', size);
  }
  let whole = 0;
  for (const used of text.matchAll(/&([\w.:-]{1,100});/g)) whole += sizes.get(used[1] ?? '') ?? 0;
  // A reference to one declared later makes a ring possible: four or more levels of tenfold use are no data.
  return whole > EXPANSION_CHARS_MAX;
}
