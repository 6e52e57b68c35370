/** What a judgement of a segment rests on besides the segment itself: where it stands, and what its service has taught so far. */
import type { WordBook } from './word-facts.ts';

/** What stands before the segment in question. */
export type ParentKind = 'root' | 'front' | 'plural' | 'singular' | 'parameter';

/** Where children are judged: what their parent is. */
export interface Place {
  readonly kind: ParentKind;
  /** The parent's own text; a parameter's tail. */
  readonly text: string;
  /** In a website's folder of documents, where names are titles. */
  readonly inSite: boolean;
}

/** How a word was judged all over a service. */
export interface Reputation {
  literals: number;
  /** Log-odds of the surest place where it was a literal. */
  literalMargin: number;
  values: number;
  valueMargin: number;
}

export interface ServiceKnowledge {
  /** Literals of declared templates. */
  readonly declared: ReadonlySet<string>;
  /** Words judged in the round before. */
  readonly judged: ReadonlyMap<string, Reputation>;
  readonly words: WordBook;
  /** Is what lies below this first segment a website's documents? */
  readonly isSite: (first: string) => boolean;
  readonly abstracted: (text: string) => string;
}
