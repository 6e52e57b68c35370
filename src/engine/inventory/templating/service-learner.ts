/** One service from its paths to its templates: what is declared first, then what is learned, then what only fits what was learned. */
import { parseTemplate } from '../../http/path-template.ts';
import { isShape } from '../../http/segment.ts';
import { looksLikeProbe } from '../noise.ts';
import type { PathStat } from '../path-stat.ts';
import type { KnownTemplate, TemplateDecision } from '../template.ts';
import { basisSentence, pinnedTemplates, writtenRoute } from './decided-templates.ts';
import { KnownTemplates, shapeOfTemplate } from './known-templates.ts';
import type { FoldedPath, LearnedTemplates, LearnOptions } from './learn.ts';
import { isMistyped, verdictOf } from './liveness.ts';
import { type NameStyle, nameParameter, styleOf } from './parameter-names.ts';
import { TemplateDrafts } from './template-drafts.ts';
import { findNode, type TemplateNode, verbTail } from './template-tree.ts';
import { TreeLearner } from './tree-learner.ts';
import { Website } from './website.ts';
import { WordBook } from './word-facts.ts';

/** Learns one service; made for one use. */
export class ServiceLearner {
  readonly #service: string;
  readonly #paths: readonly PathStat[];
  readonly #indexes: readonly number[];
  readonly #decisions: readonly TemplateDecision[];
  readonly #known: KnownTemplates;
  readonly #options: LearnOptions;
  readonly #drafts = new TemplateDrafts();
  readonly #folded: FoldedPath[] = [];
  readonly #words = new WordBook();

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
      for (const route in stat.routes) {
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
      else this.#drafts.add(stat.method, found.template, found.basis, index, 12, basisSentence(found.basis));
    }
    const site = new Website(this.#paths, this.#indexes);
    const lively: number[] = [];
    const dead: number[] = [];
    for (const index of open) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const isAlive = verdictOf(stat) === 'alive';
      if (isAlive && site.hasFile(stat)) this.#folded.push({ path: index, reason: 'static' });
      else (isAlive ? lively : dead).push(index);
    }
    const learner = new TreeLearner(this.#paths, {
      declared: this.#known.literals,
      words: this.#words,
      isSite: (first) => site.has(first),
    });
    const tree = learner.learn(lively);
    const style = styleOf(this.#literals(tree));
    this.#write(tree, [], [], style, 12);
    const placed = this.#drafts.placed();
    this.#placeLively(
      (index) => learner.placeOf(tree, index),
      lively.filter((index) => !placed.has(index)),
    );
    this.#place(tree, dead);
    return this.#drafts.finish(this.#service, this.#paths, this.#decisions, this.#folded);
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
      for (const path of leaf.paths) this.#drafts.add(method, template, 'learned', path, weakest, this.#because(nodes, leaf.count));
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
  #placeLively(placeOf: (index: number) => TemplateNode | null, indexes: readonly number[]): void {
    for (const index of indexes) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const node = placeOf(index);
      const text = node === null ? undefined : this.#texts.get(node);
      if (text !== undefined) this.#drafts.add(stat.method, text.template, 'learned', index, text.margin, '');
      else {
        const coarse = stat.segments.map((segment, at) =>
          !isShape(segment) && this.#words.of(segment).isFamiliar ? segment : `{part${String.fromCharCode(65 + (at % 26))}}`,
        );
        this.#drafts.add(
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
  #place(tree: TemplateNode, dead: readonly number[]): void {
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
        this.#drafts.add(stat.method, text.template, 'learned', index, text.margin, '');
        continue;
      }
      if (verdict === 'hinted') hinted.push(index);
      else this.#folded.push({ path: index, reason: verdict === 'dead' || verdict === 'alive' ? 'never-answered' : verdict });
    }
    this.#placeHinted(tree, hinted);
  }

  /** Refused by something behind the route (wrong rights, failed validation), at a place whose surroundings are known. */
  #placeHinted(tree: TemplateNode, hinted: readonly number[]): void {
    for (const index of hinted) {
      const stat = this.#paths[index];
      if (stat === undefined) continue;
      const same = findNode(tree, stat.segments, null);
      const whole = same === null ? undefined : this.#texts.get(same);
      if (whole !== undefined && !isMistyped(tree, stat) && hasMethods(same)) {
        this.#drafts.add(
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
        this.#drafts.add(
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
}

function hasMethods(node: TemplateNode | null): boolean {
  return node !== null && node.leaves.size > 0;
}

/** A file among values that are not page assets is one of them. */
function parameterSibling(tree: TemplateNode, stat: PathStat): TemplateNode | null {
  const node = findNode(tree, stat.segments, stat.method);
  return node !== null && node.parameter !== null && node.parameter.valuesMin >= 2 ? node : null;
}
