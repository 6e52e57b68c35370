/** What a segment says by itself, worked out once for each distinct text while one service is learned. */
import { isShape, readsAsVersion, splitExtension } from '../../http/segment.ts';
import { familiarity, readsPlural, standsBesideIds, wordsOf } from '../../http/vocabulary.ts';

export interface WordFacts {
  readonly text: string;
  readonly isShape: boolean;
  /** What a client bug left in place of a value (`undefined`). */
  readonly isUnset: boolean;
  readonly isVersion: boolean;
  /** Without a data extension. */
  readonly bare: string;
  /** Half or more of its letters belong to words of interfaces. */
  readonly isFamiliar: boolean;
  readonly isPlural: boolean;
  /** Often names an operation beside the ids of a collection: `search`. */
  readonly isBesideIds: boolean;
  /** Log-odds that such a word is a value. */
  readonly lexical: number;
  /** Spelling with letters and digits made alike: `list-users2` -> `a-a0`. */
  readonly form: string;
}

/** A word with its data extension taken off: `Local.json` is judged as `Local`. */
export function bareWord(text: string): string {
  if (!text.includes('.')) return text;
  const file = splitExtension(text);
  return file !== null && /^(json|xml|csv|yaml|html?|txt|pdf|ics|rss|atom)$/i.test(file.extension) ? file.stem : text;
}

function formOf(text: string): string {
  return text
    .replace(/[A-Z]+[a-z]*/g, 'A')
    .replace(/[a-z]+/g, 'a')
    .replace(/\d+/g, '0');
}

function lexicalScore(text: string, bare: string, known: number): number {
  if (readsAsVersion(text)) return -2.5;
  // A GraphQL operation is named by a segment of its own, which is no value.
  if (text.startsWith('#')) return -12;
  if (/^[$_.][A-Za-z-]/.test(text)) return -2;
  const tokens = bare.split(/[-_.~+]+/).filter((token) => token !== '').length;
  if (/^[a-z]{2}[-_][A-Za-z]{2}$/.test(bare)) return 2;
  if (/^[A-Z]{2,3}$/.test(bare)) return known < 1 ? 1.8 : 0.8;
  if (known < 1 && /\.(com|org|net|io|dev|de|fr|uk|eu|co|info|app)$/i.test(bare)) return 2;
  // A file with a familiar name is still more often one of many.
  if (bare === text && splitExtension(text) !== null) return known >= 0.5 ? -0.8 : tokens > 1 ? 2.2 : 1.4;
  if (known >= 0.999) {
    if (tokens > 1 && /\d{2,}$/.test(bare)) return -1;
    if (standsBesideIds(bare)) return -3;
    // Values seldom consist of several words that interfaces use, and seldom stand in the plural.
    const several = wordsOf(bare).length > 1;
    return readsPlural(bare) ? (several ? -3.3 : -2.7) : several ? -2.8 : -2;
  }
  if (known >= 0.5) return tokens > 1 && /\d$/.test(bare) ? 0.3 : readsPlural(bare) ? -1.8 : -1;
  let score = known > 0 ? 0.4 : 0.9;
  if (tokens === 1 && bare.length >= 6 && /^[a-z]+s$/.test(bare) && readsPlural(bare)) score -= 0.8;
  if (/\d/.test(bare)) score += 1.3;
  if (tokens > 1) score += 0.9;
  return score;
}

function factsOf(text: string): WordFacts {
  if (isShape(text)) {
    return {
      text,
      isShape: true,
      isUnset: text.startsWith('{unset}'),
      isVersion: false,
      bare: text,
      isFamiliar: false,
      isPlural: false,
      isBesideIds: false,
      lexical: 0,
      form: '',
    };
  }
  const bare = bareWord(text);
  const known = familiarity(bare);
  return {
    text,
    isShape: false,
    isUnset: false,
    isVersion: readsAsVersion(text),
    bare,
    isFamiliar: known >= 0.5,
    isPlural: readsPlural(bare),
    isBesideIds: standsBesideIds(bare),
    lexical: lexicalScore(text, bare, known),
    form: formOf(text),
  };
}

export class WordBook {
  readonly #facts = new Map<string, WordFacts>();

  of(text: string): WordFacts {
    let facts = this.#facts.get(text);
    if (facts === undefined) {
      facts = factsOf(text);
      this.#facts.set(text, facts);
    }
    return facts;
  }
}
