/** Learns the template tree of one service from its lively paths: all of them, or some of each kind when there are very many. */
import { isShape } from '../../http/segment.ts';
import { familiarity } from '../../http/vocabulary.ts';
import type { PathStat } from '../path-stat.ts';
import { smallest, spread } from './path-order.ts';
import type { Reputation, ServiceKnowledge } from './segment-knowledge.ts';
import { buildTree, findNode, type TemplateNode } from './template-tree.ts';
import { addPath, emptyNode, type TrieNode } from './trie.ts';
import { bareWord, type WordBook, type WordFacts } from './word-facts.ts';

const rounds = 2;
/** Paths that one service is learned from at once: enough to see any parameter, few enough for a few seconds. */
const partMax = 20_000;
/** Paths that found no place in what was learned, added for the second go. */
const lostMax = 5_000;

export class TreeLearner {
  readonly #paths: readonly PathStat[];
  readonly #declared: ReadonlySet<string>;
  readonly #words: WordBook;
  readonly #isSite: (first: string) => boolean;
  /** Places found while the lost were looked for. */
  readonly #places = new Map<number, TemplateNode>();

  constructor(paths: readonly PathStat[], knowledge: Pick<ServiceKnowledge, 'declared' | 'words' | 'isSite'>) {
    this.#paths = paths;
    this.#declared = knowledge.declared;
    this.#words = knowledge.words;
    this.#isSite = knowledge.isSite;
  }

  /**
   * Learns from all lively paths, or, of very many, from a part that does not depend on their order: some of each way
   * to go along familiar words. The rest finds its place afterwards; what finds none is learned in a second go together
   * with that part.
   */
  learn(lively: readonly number[]): TemplateNode {
    const part = this.#part(lively);
    const tree = this.#learnFrom(part);
    if (part.length === lively.length) return tree;
    const learned = new Set(part);
    const lost: number[] = [];
    for (const index of lively) {
      if (learned.has(index)) continue;
      const node = this.#nodeFor(tree, index);
      if (node === null) lost.push(index);
      else this.#places.set(index, node);
    }
    if (lost.length === 0) return tree;
    this.#places.clear();
    return this.#learnFrom([...part, ...smallest(lost, this.#paths, lostMax)]);
  }

  /** Where a lively path belongs that was not learned from; null when it fits nowhere. */
  placeOf(tree: TemplateNode, index: number): TemplateNode | null {
    return this.#places.get(index) ?? this.#nodeFor(tree, index);
  }

  #nodeFor(tree: TemplateNode, index: number): TemplateNode | null {
    const stat = this.#paths[index];
    return stat === undefined ? null : findNode(tree, stat.segments, stat.method);
  }

  #part(lively: readonly number[]): readonly number[] {
    if (lively.length <= partMax) return lively;
    const familiar = new Map<string, boolean>();
    const stands = (text: string): string => {
      if (isShape(text)) return text;
      let known = familiar.get(text);
      if (known === undefined) {
        known = familiarity(bareWord(text)) >= 0.5;
        familiar.set(text, known);
      }
      return known ? text : '*';
    };
    return spread(
      lively,
      this.#paths,
      (stat) => {
        let kind = stat.method;
        for (const text of stat.segments) kind += `/${stands(text)}`;
        return kind;
      },
      partMax,
    );
  }

  #learnFrom(lively: readonly number[]): TemplateNode {
    let judged = new Map<string, Reputation>();
    let tree: TemplateNode | null = null;
    for (let round = 0; round < rounds; round++) {
      const root: TrieNode = emptyNode();
      for (const index of lively) {
        const stat = this.#paths[index];
        if (stat !== undefined) addPath(root, stat, index);
      }
      const before = judged;
      const knowledge: ServiceKnowledge = {
        declared: this.#declared,
        judged: before,
        words: this.#words,
        isSite: (first) => this.#isSite(first),
        abstracted: (text) => standIn(this.#words.of(text), before, this.#declared),
      };
      const heard = new Map<string, Reputation>();
      tree = buildTree(root, { text: '', parameter: null, margin: 12, kind: 'root', depth: 0, inSite: false }, knowledge, (word, score) => {
        const fate = heard.get(word) ?? { literals: 0, literalMargin: 0, values: 0, valueMargin: 0 };
        if (score > 0) {
          fate.values++;
          fate.valueMargin = Math.max(fate.valueMargin, score);
        } else {
          fate.literals++;
          fate.literalMargin = Math.max(fate.literalMargin, -score);
        }
        heard.set(word, fate);
      });
      judged = heard;
    }
    return tree ?? { text: '', parameter: null, literals: new Map(), parameters: new Map(), leaves: new Map(), margin: 0 };
  }
}

/** What a segment stands for when endings are compared: itself if it is a word of the interface, else anything. */
function standIn(word: WordFacts, judged: ReadonlyMap<string, Reputation>, declared: ReadonlySet<string>): string {
  if (word.isShape) return '*';
  if (word.isVersion) return 'v*';
  if (declared.has(word.text)) return word.text;
  const before = judged.get(word.text);
  if (before !== undefined) return before.literals > before.values ? word.text : '*';
  return word.isFamiliar ? word.text : '*';
}
