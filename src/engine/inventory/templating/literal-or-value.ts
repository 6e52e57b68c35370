/**
 * The one judgement of path templating: is this child of a node a word of the interface or a value of a parameter?
 * Evidence is added up as log-odds (positive = value), each line naming what it rests on, in the manner of a naive
 * Bayes classifier; siblings judge each other, so it is done in rounds, all siblings at once, which keeps it
 * independent of order.
 */
import { singular, wordsOf } from '../../http/vocabulary.ts';
import type { ParentKind, Place, ServiceKnowledge } from './segment-knowledge.ts';
import { type Candidate, company, crowdOf } from './siblings.ts';
import type { TrieNode } from './trie.ts';
import { bareWord, type WordFacts } from './word-facts.ts';

const certain = 12;
const calendarWord =
  /^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?|mon(day)?|tue(s|sday)?|wed(nesday)?|thu(r|rs|rsday)?|fri(day)?|sat(urday)?|sun(day)?)$/i;

const identifyingKey =
  /(^|\.)(id|uid|uuid|key|slug|login|name|username|acct|handle|number|code|sha|ref|tag|sid|title|domain|hostname)$|(_id|Id|_key|Key|_name|Name|_slug|_sha|_number|_code|Sid|login)$/;

/** A key that names or identifies something and has this very value makes it a value; `visibility: public` does not. */
function echoScore(node: TrieNode): number {
  let strong = 0;
  let weak = 0;
  for (const [name, n] of node.echoes) {
    if (identifyingKey.test(name)) strong += n;
    else weak += n;
  }
  if (strong === 0) return weak === 0 ? 0 : 0.4;
  return Math.min(5, 1.5 + 0.8 * Math.log2(strong)) + Math.min(1, strong / Math.max(1, node.ok));
}

/**
 * A word of the interface is met below many values of the parameter before it, as often as chance has it; a value
 * belongs to one (a repository to its owner). Expected with the requests each value had; surplus is evidence.
 */
function spreadScore(parent: TrieNode, child: TrieNode): number {
  let all = 0;
  let values = 0;
  for (const part of parent.parts) {
    all += part.count;
    values += part.values;
  }
  if (values < 3 || all === 0) return 0;
  let expected = 0;
  for (const part of parent.parts) expected += part.values * (1 - (1 - Math.min(1, part.count / part.values / all)) ** child.count);
  return Math.max(0, Math.min(2.5, 1.2 * Math.log(expected / Math.max(1, child.parents))));
}

/** `secrets/secret_name`, `teams/my-team-id`: clients and documents that name the parameter instead of filling it. */
function placeholderScore(text: string, parentText: string): number {
  const words = wordsOf(text);
  const last = words.at(-1)?.replace(/\d+$/, '') ?? '';
  if (words.length < 2 || !/^(id|name|uuid|login|slug|sid)$/.test(last)) return 0;
  const noun = wordsOf(singular(bareWord(parentText))).at(-1) ?? '';
  return words.includes(noun) ? 4 : last === 'id' ? 2 : 0;
}

/** The name of a month or a day below a value (`/2024/Aug`) is part of a date. */
function calendarScore(word: WordFacts, parent: ParentKind): number {
  return parent === 'parameter' && calendarWord.test(word.bare) ? 6 : 0;
}

/** What the word was judged to be elsewhere in this service: values travel, and so do words of the interface. */
function reputationScore(text: string, knowledge: ServiceKnowledge): number {
  const before = knowledge.judged.get(text);
  if (before === undefined) return 0;
  const asValue = Math.min(3, 0.5 * before.valueMargin);
  const asLiteral = before.literals >= 2 ? Math.min(1.2, 0.3 * before.literalMargin) : 0;
  return asValue - (asValue > 0.5 ? 0.5 : 1) * asLiteral;
}

const roundsOfSiblings = 4;

/** Judges all children of one node: log-odds that each is a value. */
export function judgeChildren(node: TrieNode, place: Place, knowledge: ServiceKnowledge): Map<string, number> {
  const candidates: Candidate[] = [];
  for (const [text, child] of node.children) {
    const word = knowledge.words.of(text);
    const isSettled = word.isShape || knowledge.declared.has(text);
    const base = word.isShape
      ? certain
      : isSettled
        ? -certain
        : word.lexical +
          placeholderScore(text, place.text) +
          calendarScore(word, place.kind) +
          echoScore(child) +
          spreadScore(node, child) +
          reputationScore(text, knowledge);
    candidates.push({ word, child, base, isSettled, score: base });
  }
  // Nobody to judge needs no round, and one without siblings is judged the same in each.
  const rounds = candidates.every((candidate) => candidate.isSettled) ? 0 : candidates.length === 1 ? 1 : roundsOfSiblings;
  for (let round = 0; round < rounds; round++) {
    const crowd = crowdOf(candidates, knowledge);
    for (const candidate of candidates) {
      if (!candidate.isSettled) candidate.score = candidate.base + company(candidate, place, crowd, knowledge);
    }
  }
  return new Map(candidates.map(({ word, score }) => [word.text, score]));
}

/** What kind of parent a literal makes. */
export function parentKindOf(word: WordFacts, depth: number, before: ParentKind): ParentKind {
  const isFrontWord = /^(api|apis|rest|services?|public|internal|private|beta|gateway|admin|web|ajax|rpc|graphql|odata|app)$/i.test(
    word.bare,
  );
  if (depth <= 2 && (word.isVersion || isFrontWord)) return before === 'root' || before === 'front' ? 'front' : 'singular';
  if (word.isVersion) return 'front';
  return word.isPlural ? 'plural' : 'singular';
}
