/** Templates of one service while their paths are gathered; at the end people's names and exclusions are put on them. */
import { parseTemplate } from '../../http/path-template.ts';
import { isShape } from '../../http/segment.ts';
import type { PathStat } from '../path-stat.ts';
import type { Template, TemplateBasis, TemplateDecision } from '../template.ts';
import { shapeOfTemplate } from './known-templates.ts';
import type { FoldedLiteral, FoldedPath, LearnedTemplates } from './learn.ts';

interface Draft {
  readonly method: string;
  template: string;
  basis: TemplateBasis;
  readonly paths: number[];
  margin: number;
  because: string;
}

export class TemplateDrafts {
  readonly #drafts = new Map<string, Draft>();
  /** Template text to its shape, because many paths have one template. */
  readonly #shapes = new Map<string, string>();

  /** Every path that has a template. */
  placed(): Set<number> {
    const placed = new Set<number>();
    for (const draft of this.#drafts.values()) for (const path of draft.paths) placed.add(path);
    return placed;
  }

  /** Puts a path on a template; templates that differ in names only are one, and a declared one gives the names. */
  add(method: string, template: string, basis: TemplateBasis, path: number, margin: number, because: string): void {
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

  /** The templates as decided upon; `folded` gains what a person excluded. */
  finish(service: string, paths: readonly PathStat[], decisions: readonly TemplateDecision[], folded: FoldedPath[]): LearnedTemplates {
    const templates: Template[] = [];
    const foldedLiterals: FoldedLiteral[] = [];
    const excluded: { method: string | null; shape: string }[] = [];
    const renamed = new Map<string, string>();
    for (const decision of decisions) {
      if (decision.kind === 'exclude') excluded.push({ method: decision.method, shape: shapeOfTemplate(decision.template) });
      if (decision.kind === 'rename' && shapeOfTemplate(decision.into) === shapeOfTemplate(decision.template))
        renamed.set(shapeOfTemplate(decision.template), decision.into);
    }
    for (const key of [...this.#drafts.keys()].sort()) {
      const draft = this.#drafts.get(key);
      if (draft === undefined) continue;
      const shape = shapeOfTemplate(draft.template);
      if (excluded.some((rule) => rule.shape === shape && (rule.method === null || rule.method === draft.method))) {
        for (const path of draft.paths) folded.push({ path, reason: 'excluded-by-you' });
        continue;
      }
      const template = renamed.get(shape) ?? draft.template;
      const members = [...draft.paths].sort((a, b) => a - b);
      templates.push({
        service: service,
        method: draft.method,
        template,
        basis: draft.basis,
        confidence: draft.basis === 'learned' ? Math.round(1000 / (1 + Math.exp(-Math.max(0, draft.margin)))) / 1000 : 1,
        because: draft.because,
        paths: members,
      });
      const parameters = (parseTemplate(template) ?? []).flatMap((step, segment) => (step.kind === 'literal' ? [] : [segment]));
      for (const path of members) {
        const segments = paths[path]?.segments ?? [];
        for (const segment of parameters) {
          const text = segments[segment];
          if (text !== undefined && !isShape(text)) foldedLiterals.push({ path, segment, text });
        }
      }
    }
    return { templates, folded, foldedLiterals };
  }
}
