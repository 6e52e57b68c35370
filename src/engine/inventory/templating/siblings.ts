/**
 * What the children of one node say of each other: values of one parameter go on alike below, answer alike, are spelled
 * alike and are many; words of an interface are few and each goes its own way.
 */
import type { ParentKind, Place, ServiceKnowledge } from './segment-knowledge.ts';
import { type TrieNode, tailsOf } from './trie.ts';
import { isProgram } from './website.ts';
import type { WordFacts } from './word-facts.ts';

/** Unfamiliar words that one place of a large interface may well have. */
const strangersUsual = 200;

/** Values in words from which on they are a crowd. */
const crowdMin = 12;
/** Words of a title; names of folders have fewer. */
const titleWordsMin = 3;

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** How often a value follows such a parent, in interfaces as they are built. */
function priorScore(parent: ParentKind): number {
  switch (parent) {
    case 'root':
      return -2.8;
    case 'front':
      return -2.3;
    case 'parameter':
      return -2;
    case 'plural':
      return 0.7;
    case 'singular':
      return -1.1;
  }
}

/** One child while it is judged. */
export interface Candidate {
  readonly word: WordFacts;
  readonly child: TrieNode;
  /** What speaks for or against it without its siblings. */
  readonly base: number;
  /** Shapes and declared literals are not open to judgement. */
  readonly isSettled: boolean;
  score: number;
}

/** What the siblings look like, each counted by how likely it is a value. */
export interface Crowd {
  readonly tails: Map<number, number>;
  /** How many telling endings the likely values show together. */
  breadth: number;
  /** By method: weight of siblings that end here. */
  readonly endings: Map<string, number>;
  /** By method and response shape. */
  readonly responses: Map<string, number>;
  readonly responsesOf: Map<string, number>;
  weight: number;
  /** Requests to likely values, and how many values they are spread over. */
  requests: number;
  values: number;
  /** Siblings that are likely words of the interface. */
  literals: number;
  /** How values and literals are spelled here, by likelihood: `a-a-0`, `a.aA`. */
  readonly valueForms: Map<string, number>;
  readonly literalForms: Map<string, number>;
  words: number;
  /** Unfamiliar words, whatever they are. */
  strangers: number;
  /** Likely shapes, each up to three. */
  shapes: number;
  /** Distinct values behind the shapes, a lower bound. */
  ids: number;
}

export function crowdOf(candidates: readonly Candidate[], knowledge: ServiceKnowledge): Crowd {
  const crowd: Crowd = {
    tails: new Map(),
    breadth: 0,
    endings: new Map(),
    responses: new Map(),
    responsesOf: new Map(),
    weight: 0,
    requests: 0,
    values: 0,
    literals: 0,
    valueForms: new Map(),
    literalForms: new Map(),
    words: 0,
    strangers: 0,
    shapes: 0,
    ids: 0,
  };
  for (const { word, child, score } of candidates) {
    const likely = sigmoid(score);
    if (!word.isShape) {
      crowd.literals += 1 - likely;
      crowd.words += likely;
      if (!word.isFamiliar) crowd.strangers++;
      add(crowd.valueForms, word.form, likely);
      add(crowd.literalForms, word.form, 1 - likely);
    } else if (!word.isUnset) {
      crowd.shapes += Math.min(3, child.valuesMin);
      crowd.ids += child.valuesMin;
    }
    const times = word.isShape ? Math.min(3, 1 + Math.log2(1 + child.valuesMin)) : 1;
    const weight = word.isUnset ? 0.2 * likely : likely * times;
    if (weight < 0.01) continue;
    crowd.weight += weight;
    crowd.requests += likely * child.count;
    crowd.values += likely * (word.isShape ? Math.max(1, child.valuesMin) : 1);
    for (const tail of tailsOf(child, knowledge.abstracted)) {
      if (tail.weight === 0) continue;
      const held = crowd.tails.get(tail.hash) ?? 0;
      crowd.breadth += tail.weight * (0.5 ** held - 0.5 ** (held + weight));
      crowd.tails.set(tail.hash, held + weight);
    }
    for (const { method, responseShapes } of child.leaves) {
      add(crowd.endings, method, weight);
      if (responseShapes === null) continue;
      for (const shape of responseShapes) add(crowd.responses, `${method} ${shape}`, weight);
      add(crowd.responsesOf, method, weight);
    }
  }
  return crowd;
}

function add<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/**
 * Log-odds that a child here is a value, from what the other children are, with the usual share for such a parent as two
 * imagined children.
 */
function mixtureScore(parent: ParentKind, values: number, literals: number, word: WordFacts): number {
  const usual = sigmoid(priorScore(parent));
  const odds = Math.log((2 * usual + values) / (2 * (1 - usual) + literals));
  return Math.max(-3, Math.min(word.isBesideIds ? 1.8 : word.isFamiliar ? 2.6 : 3, odds));
}

/** A child that is followed by values is a collection by its place, unless it stands below one itself. */
function collectionScore(parent: ParentKind): number {
  return parent === 'root' || parent === 'front' ? 2.2 : parent === 'plural' ? 0.8 : 1.5;
}

/**
 * How telling it is, 0 to 1, that an ending with so many requests here was never met below the others, which have this
 * share of all requests.
 */
function missed(count: number, usualShare: number): number {
  const expected = count * -Math.log(Math.max(1e-6, 1 - usualShare));
  return (1 - 1 / (1 + 0.35 * count)) * Math.min(1, expected / 3);
}

/** What the siblings say of one child: shared endings, methods, answers, and sheer number. */
export function company(candidate: Candidate, place: Place, crowd: Crowd, knowledge: ServiceKnowledge): number {
  const { word, child } = candidate;
  const parent = place.kind;
  const mine = sigmoid(candidate.score);
  const others = Math.max(0, crowd.weight - mine);
  let score = 0;
  // Values of one parameter go on alike below; namespaces do not.
  let shared = 0;
  let apart = 0;
  let mineAlone = 0;
  let missing = 0;
  const elsewhere = Math.max(0, crowd.requests - mine * child.count);
  const usualShare = elsewhere / Math.max(1, elsewhere + child.count);
  for (const tail of tailsOf(child, knowledge.abstracted)) {
    if (tail.weight === 0) continue;
    const all = crowd.tails.get(tail.hash) ?? 0;
    const certainty = 1 - 0.5 ** Math.max(0, all - mine);
    shared += tail.weight * certainty;
    apart += tail.weight * (1 - certainty);
    missing += tail.weight * (1 - certainty) * missed(tail.count, usualShare);
    mineAlone += tail.weight * (1 - 0.5 ** all - certainty);
  }
  // Endings of its own count against it only as far as the others could have shown them.
  const theirs = Math.max(0, crowd.breadth - mineAlone);
  score += Math.min(5, 1.1 * shared) - Math.min(4, 0.6 * missing) * Math.min(1, (theirs + 0.5) / (shared + apart + 0.5));
  // What is followed by ids is a collection, so it has a name of its own.
  let valuesBelow = 0;
  let wordsBelow = 0;
  for (const below of child.children.keys()) {
    if (knowledge.abstracted(below) === '*') valuesBelow++;
    else wordsBelow++;
  }
  if (valuesBelow > 0) score -= (wordsBelow > 0 && shared > 0.5 ? 0.5 : collectionScore(parent)) + (word.isPlural ? 0.7 : 0);
  const familiar = word.isFamiliar;
  score += mixtureScore(parent, Math.max(0, crowd.words - mine) + 0.4 * crowd.shapes, Math.max(0, crowd.literals - (1 - mine)), word);
  if (child.children.size === 0) score += leafScore(candidate, place, crowd);
  // Where many ids were seen and hardly another such word, a word is seldom one of the values.
  if (!familiar && crowd.ids >= 6) score -= 1.2 * Math.max(0, 1 - (crowd.words - mine) / 3);
  // No interface has hundreds of words side by side that nobody else uses.
  if (!familiar && crowd.strangers > strangersUsual) score += 1.5 * Math.log(crowd.strangers / strangersUsual);
  // Values are spelled like values, and words of the interface like each other.
  const form = word.form;
  const value = Math.max(0, (crowd.valueForms.get(form) ?? 0) - mine);
  const literal = Math.max(0, (crowd.literalForms.get(form) ?? 0) - (1 - mine));
  const values = Math.max(0, crowd.words - mine);
  const literals = Math.max(0, crowd.literals - (1 - mine));
  const common = (value + literal + 0.2) / (values + literals + 1);
  score += Math.max(-1.2, Math.min(1.5, Math.log((value + 2 * common) / (values + 2) / ((literal + 2 * common) / (literals + 2)))));
  let endings = 0;
  for (const { method, responseShapes } of child.leaves) {
    const same = Math.max(0, (crowd.endings.get(method) ?? 0) - mine);
    if (others > 0.5) endings += same > 0.3 ? 0.5 * Math.min(1, same) : -0.9 * Math.min(1, others);
    if (responseShapes === null || (crowd.responsesOf.get(method) ?? 0) - mine <= 0.4) continue;
    let alike = 0;
    for (const shape of responseShapes) alike = Math.max(alike, (crowd.responses.get(`${method} ${shape}`) ?? 0) - mine);
    endings += alike > 0.3 ? 1.2 : -0.8;
  }
  if (child.leaves.length > 0) score += endings / child.leaves.length;
  // An operation is called by many, a value is one among many.
  if (familiar && crowd.values - mine >= 4) {
    const usual = Math.max(1, (crowd.requests - mine * child.count) / (crowd.values - mine));
    const pronoun = /^(me|self|mine|current)$/i.test(word.bare);
    score -= pronoun
      ? Math.max(-2.5, Math.min(1.2, 0.8 * Math.log(child.count / usual)))
      : Math.max(-1.2, Math.min(1.2, 0.4 * Math.log(child.count / usual)));
  }
  return score;
}

/**
 * A word that nothing hangs below, among others of which the same is true and that answer the same methods: an interface
 * has few words of its own beside a parameter, so among many values it is one more. In a website's folders it is the
 * title of a document, the more so the more of them there are.
 */
function leafScore({ word, child, score }: Candidate, place: Place, crowd: Crowd): number {
  if ((word.isBesideIds && !place.inSite) || isProgram(word.text)) return 0;
  const mine = sigmoid(score);
  let alike = Math.max(0, crowd.words - mine);
  for (const { method } of child.leaves) alike = Math.min(alike, Math.max(0, (crowd.endings.get(method) ?? 0) - mine));
  let sum = place.inSite ? Math.min(1.5, 0.4 * Math.log2(1 + crowd.words + crowd.literals)) : 0;
  if (place.inSite && word.text.split(/[-_]+/).length >= titleWordsMin) sum += 2.5;
  if (word.isFamiliar && alike >= crowdMin) sum += Math.min(3, Math.log(alike / crowdMin));
  return sum;
}
