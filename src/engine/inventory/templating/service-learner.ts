import { parseTemplate } from '../../http/path-template.ts';
import { isShape } from '../../http/segment.ts';
import { familiarity } from '../../http/vocabulary.ts';
import { looksLikeProbe } from '../noise.ts';
import type { PathStat } from '../path-stat.ts';
import type { KnownTemplate, Template, TemplateBasis, TemplateDecision } from '../template.ts';
import { basisSentence, pinnedTemplates, writtenRoute } from './decided-templates.ts';
import { KnownTemplates, shapeOfTemplate } from './known-templates.ts';
import type { FoldedLiteral, FoldedPath, LearnedTemplates, LearnOptions } from './learn.ts';
import type { Reputation, ServiceKnowledge } from './literal-or-value.ts';
import { isMistyped, verdictOf } from './liveness.ts';
import { type NameStyle, nameParameter, styleOf } from './parameter-names.ts';
import { smallest, spread } from './path-order.ts';
import { buildTree, findNode, type TemplateNode, verbTail } from './template-tree.ts';
import { addPath, emptyNode, type TrieNode } from './trie.ts';
import { Website } from './website.ts';
import { bareWord, WordBook, type WordFacts } from './word-facts.ts';

const rounds = 2;
/** Paths that one service is learned from at once: enough to see any parameter, few enough for a few seconds. */
const partMax = 20_000;
/** Paths that found no place in what was learned, added for the second go. */
const lostMax = 5_000;

interface Draft {
  readonly method: string;
  template: string;
  basis: TemplateBasis;
  readonly paths: number[];
  margin: number;
  because: string;
}

/** Learns one service; made for one use. */
export class ServiceLearner {
  readonly #service: string;
  readonly #paths: readonly PathStat[];
  readonly #indexes: readonly number[];
  readonly #decisions: readonly TemplateDecision[];
  readonly #known: KnownTemplates;
  readonly #options: LearnOptions;
  readonly #drafts = new Map<string, Draft>();
  readonly #folded: FoldedPath[] = [];
  readonly #words = new WordBook();
  #site = new Website([], []);
  /** Template text to its shape, because many paths have one template. */
  readonly #shapes = new Map<string, string>();

  constructor(
    service: string,
    paths: readonly PathStat[],
    indexes: readonly number[],
    known: readonly KnownTemplate[],
    decisions: readonly TemplateDecision[],
    options: LearnOptions,
  ) {
    this.#service = service;
    this.#paths = paths;
    this.#indexes = indexes;
    this.#decisions = decisions;
    this.#options = options;
    const routes = new Map<string, KnownTemplate>();
    for (const index of indexes) {
      const stat = paths[index];
      if (stat === undefined) continue;
      for (const route of Object.keys(stat.routes)) {
        const segments = parseTemplate(route);
        // A catch-all or a middleware name is no route of this path.
        if (segments === null || segments.length !== stat.segments.length) continue;
        routes.set(`${stat.method} ${shapeOfTemplate(route)}`, { method: stat.method, template: writtenRoute(route), basis: 'route' });
      }
    }
    this.#known = new KnownTemplates([...known, ...routes.values(), ...pinnedTemplates(decisions)]);
  }

  learn(): LearnedTemplates {
    const open: number[] = [];
    for (const index of this.#indexes) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const found = this.#known.find(stat.method, this.#afterSplits(stat));
      if (found === null) open.push(index);
      else this.#draft(stat.method, found.template, found.basis, index, 12, basisSentence(found.basis));
    }
    this.#site = new Website(this.#paths, this.#indexes);
    const lively: number[] = [];
    const dead: number[] = [];
    for (const index of open) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const isAlive = verdictOf(stat) === 'alive';
      if (isAlive && this.#site.hasFile(stat)) this.#folded.push({ path: index, reason: 'static' });
      else (isAlive ? lively : dead).push(index);
    }
    const tree = this.#learnTree(lively);
    const style = styleOf(this.#literals(tree));
    this.#write(tree, [], [], style, 12);
    const placed = new Set<number>();
    for (const draft of this.#drafts.values()) for (const path of draft.paths) placed.add(path);
    this.#placeLively(
      tree,
      lively.filter((index) => !placed.has(index)),
    );
    this.#place(tree, dead, style);
    return this.#finish();
  }

  /** A literal that a person split off stands for itself, also where only its print is left. */
  #afterSplits(stat: PathStat): readonly string[] {
    let segments: string[] | null = null;
    for (const decision of this.#decisions) {
      if (decision.kind !== 'split') continue;
      const prints = this.#options.fingerprint;
      for (const value of decision.values) {
        if (stat.segments.includes(value) || prints === undefined) continue;
        stat.values.forEach((values, at) => {
          if (values.estimate === 1 && values.prints[0] === prints('segment', value) && isShape(stat.segments[at] ?? '')) {
            segments ??= [...stat.segments];
            segments[at] = value;
          }
        });
      }
    }
    return segments ?? stat.segments;
  }

  /**
   * Learns from all lively paths, or, of very many, from a part that does not depend on their order: some of each way
   * to go along familiar words. The rest finds its place afterwards; what finds none is learned in a second go together
   * with that part.
   */
  #learnTree(lively: readonly number[]): TemplateNode {
    const part = this.#part(lively);
    const tree = this.#learnFrom(part);
    if (part.length === lively.length) return tree;
    const learned = new Set(part);
    const lost = lively.filter((index) => !learned.has(index) && this.#nodeFor(tree, index) === null);
    return lost.length === 0 ? tree : this.#learnFrom([...part, ...smallest(lost, this.#paths, lostMax)]);
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
        declared: this.#known.literals,
        judged: before,
        words: this.#words,
        isSite: (first) => this.#site.has(first),
        abstracted: (text) => standIn(this.#words.of(text), before, this.#known.literals),
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

  *#literals(node: TemplateNode): Iterable<string> {
    for (const [text, child] of node.literals) {
      yield text;
      yield* this.#literals(child);
    }
    for (const child of node.parameters.values()) yield* this.#literals(child);
  }

  /** Turns the tree into drafts; a node's template text is remembered, so that paths can be placed on it later. */
  readonly #texts = new Map<TemplateNode, { template: string; margin: number; nodes: readonly TemplateNode[] }>();

  #write(node: TemplateNode, written: readonly string[], nodes: readonly TemplateNode[], style: NameStyle, margin: number): void {
    const template = `/${written.join('/')}`;
    const weakest = Math.min(margin, node.margin);
    this.#texts.set(node, { template, margin: weakest, nodes });
    for (const [method, leaf] of node.leaves) {
      for (const path of leaf.paths) this.#draft(method, template, 'learned', path, weakest, this.#because(nodes, leaf.count));
    }
    for (const [text, child] of node.literals) this.#write(child, [...written, text], [...nodes, child], style, weakest);
    for (const [tail, child] of node.parameters) {
      const facts = child.parameter;
      if (facts === null) continue;
      const literals = nodes.filter((step) => step.parameter === null).map((step) => step.text);
      const taken = new Set(written.flatMap((text) => /^\{([^}]*)\}/.exec(text)?.[1] ?? []));
      const name = nameParameter(facts, literals, nodes.at(-1)?.parameter !== null && nodes.length > 0, style, taken);
      const key = facts.shapes.has('key') && [...facts.shapes.keys()].every((shape) => shape === 'key');
      const text = key ? `${facts.words[0] ?? ''}{${name}}` : `{${name}}${tail}`;
      this.#write(child, [...written, text], [...nodes, child], style, weakest);
    }
  }

  #because(nodes: readonly TemplateNode[], count: number): string {
    let weakest: TemplateNode | null = null;
    for (const node of nodes) if (weakest === null || node.margin < weakest.margin) weakest = node;
    if (weakest === null) return `the root, called ${count} times`;
    const facts = weakest.parameter;
    if (facts === null) return `“${weakest.text}” reads as a word of the interface, and what hangs below it differs from its neighbours`;
    const shapes = [...facts.shapes.keys()].filter((shape) => shape !== 'unset').sort();
    const kinds = shapes.map((shape) => (shape === 'word' ? 'words' : shape)).join(', ');
    const echo = [...facts.echoes.keys()].sort()[0];
    return `${facts.valuesMin.toLocaleString('en')} or more values (${kinds || 'unset'})${echo === undefined ? '' : `, sent back as “${echo}”`}`;
  }

  /** Lively paths that were too many to be learned from. What fits nowhere even so is counted under one coarse template a length. */
  #placeLively(tree: TemplateNode, indexes: readonly number[]): void {
    for (const index of indexes) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const node = findNode(tree, stat.segments, stat.method);
      const text = node === null ? undefined : this.#texts.get(node);
      if (text !== undefined) this.#draft(stat.method, text.template, 'learned', index, text.margin, '');
      else {
        const coarse = stat.segments.map((segment, at) =>
          !isShape(segment) && this.#words.of(segment).isFamiliar ? segment : `{part${String.fromCharCode(65 + (at % 26))}}`,
        );
        this.#draft(
          stat.method,
          `/${coarse.join('/')}`,
          'learned',
          index,
          0,
          'too many different paths to tell; unfamiliar words are taken as values',
        );
      }
    }
  }

  /** Paths that prove no operation by themselves: they belong to one that is known, or are folded. */
  #place(tree: TemplateNode, dead: readonly number[], style: NameStyle): void {
    const hinted: number[] = [];
    for (const index of dead) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const verdict = verdictOf(stat);
      if (verdict === 'preflight') {
        this.#folded.push({ path: index, reason: 'preflight' });
        continue;
      }
      // 405 says that the operation does not exist (RFC 9110 section 15.5.6); a probe is no value.
      if (
        (stat.statuses[405] ?? 0) === stat.count ||
        (verdict === 'scanner' && looksLikeProbe(stat.segments.filter((text) => !isShape(text))))
      ) {
        this.#folded.push({ path: index, reason: verdict === 'scanner' ? 'scanner' : 'never-answered' });
        continue;
      }
      const node = verdict === 'static' || verdict === 'page' ? parameterSibling(tree, stat) : findNode(tree, stat.segments, stat.method);
      const text = node === null ? undefined : this.#texts.get(node);
      if (node !== null && text !== undefined && !isMistyped(tree, stat)) {
        this.#draft(stat.method, text.template, 'learned', index, text.margin, '');
        continue;
      }
      if (verdict === 'hinted') hinted.push(index);
      else this.#folded.push({ path: index, reason: verdict === 'dead' || verdict === 'alive' ? 'never-answered' : verdict });
    }
    this.#placeHinted(tree, hinted, style);
  }

  /** Refused by something behind the route (wrong rights, failed validation), at a place whose surroundings are known. */
  #placeHinted(tree: TemplateNode, hinted: readonly number[], style: NameStyle): void {
    void style;
    for (const index of hinted) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const same = findNode(tree, stat.segments, null);
      const whole = same === null ? undefined : this.#texts.get(same);
      if (whole !== undefined && !isMistyped(tree, stat) && hasMethods(same)) {
        this.#draft(
          stat.method,
          whole.template,
          'learned',
          index,
          Math.min(1, whole.margin),
          'refused so far, at a path that answers other methods',
        );
        continue;
      }
      const last = stat.segments.at(-1) ?? '';
      const parent = stat.segments.length < 2 ? null : findNode(tree, stat.segments.slice(0, -1), null);
      const above = parent === null ? undefined : this.#texts.get(parent);
      if (
        above !== undefined &&
        !isMistyped(tree, stat) &&
        (isShape(last) || this.#words.of(last).isFamiliar) &&
        stat.noise.scanner === undefined
      ) {
        const facts = { shapes: new Map([['id', stat.count]]), words: [], valuesMin: 1, echoes: new Map<string, number>() };
        const literals = above.nodes.filter((step) => step.parameter === null).map((step) => step.text);
        const taken = new Set([...above.template.matchAll(/\{([^}]*)\}/g)].flatMap((match) => match[1] ?? []));
        const tail = isShape(last)
          ? `{${nameParameter(facts, literals, above.nodes.at(-1)?.parameter !== null, 'camel', taken)}}${verbTail(last)}`
          : last;
        this.#draft(
          stat.method,
          `${above.template === '/' ? '' : above.template}/${tail}`,
          'learned',
          index,
          0.5,
          'refused so far, by an answer that a missing path does not give',
        );
      } else this.#folded.push({ path: index, reason: 'never-answered' });
    }
  }

  #draft(method: string, template: string, basis: TemplateBasis, path: number, margin: number, because: string): void {
    let shape = this.#shapes.get(template);
    if (shape === undefined) {
      shape = shapeOfTemplate(template);
      this.#shapes.set(template, shape);
    }
    const key = `${method} ${shape}`;
    const held = this.#drafts.get(key);
    if (held === undefined) this.#drafts.set(key, { method, template, basis, paths: [path], margin, because });
    else {
      held.paths.push(path);
      if (held.because === '') held.because = because;
      if (basis !== held.basis && basis !== 'learned' && held.basis === 'learned') {
        held.template = template;
        held.basis = basis;
        held.margin = margin;
        held.because = because;
      }
    }
  }

  #finish(): LearnedTemplates {
    const templates: Template[] = [];
    const foldedLiterals: FoldedLiteral[] = [];
    const excluded: { method: string | null; shape: string }[] = [];
    const renamed = new Map<string, string>();
    for (const decision of this.#decisions) {
      if (decision.kind === 'exclude') excluded.push({ method: decision.method, shape: shapeOfTemplate(decision.template) });
      if (decision.kind === 'rename' && shapeOfTemplate(decision.into) === shapeOfTemplate(decision.template))
        renamed.set(shapeOfTemplate(decision.template), decision.into);
    }
    for (const key of [...this.#drafts.keys()].sort()) {
      const draft = this.#drafts.get(key);
      if (draft === undefined) continue;
      const shape = shapeOfTemplate(draft.template);
      if (excluded.some((rule) => rule.shape === shape && (rule.method === null || rule.method === draft.method))) {
        for (const path of draft.paths) this.#folded.push({ path, reason: 'excluded-by-you' });
        continue;
      }
      const template = renamed.get(shape) ?? draft.template;
      const paths = [...draft.paths].sort((a, b) => a - b);
      templates.push({
        service: this.#service,
        method: draft.method,
        template,
        basis: draft.basis,
        confidence: draft.basis === 'learned' ? Math.round(1000 / (1 + Math.exp(-Math.max(0, draft.margin)))) / 1000 : 1,
        because: draft.because,
        paths,
      });
      const parameters = (parseTemplate(template) ?? []).flatMap((step, segment) => (step.kind === 'literal' ? [] : [segment]));
      for (const path of paths) {
        const segments = this.#paths[path]?.segments ?? [];
        for (const segment of parameters) {
          const text = segments[segment];
          if (text !== undefined && !isShape(text)) foldedLiterals.push({ path, segment, text });
        }
      }
    }
    return { templates, folded: this.#folded, foldedLiterals };
  }
}

function hasMethods(node: TemplateNode | null): boolean {
  return node !== null && node.leaves.size > 0;
}

/** A file among values that are not page assets is one of them. */
function parameterSibling(tree: TemplateNode, stat: PathStat): TemplateNode | null {
  const node = findNode(tree, stat.segments, stat.method);
  return node !== null && node.parameter !== null && node.parameter.valuesMin >= 2 ? node : null;
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
