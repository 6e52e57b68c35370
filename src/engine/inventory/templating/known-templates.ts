/** Templates that people, documents, routes and gateways declared, found for a masked path: the strongest basis first, then the most literal. */
import { parseTemplate, type TemplateSegment } from '../../http/path-template.ts';
import { isShape } from '../../http/segment.ts';
import type { KnownTemplate, TemplateBasis } from '../template.ts';

const strength: Record<TemplateBasis, number> = { pinned: 0, spec: 1, route: 2, gateway: 3, learned: 4 };

interface Known {
  readonly known: KnownTemplate;
  /** Compares as text: the strongest basis first, then the more literal from the left, then one bound to a method. */
  readonly rank: string;
}

/** Templates by segment, so that a description with many thousands of paths is searched along the path only. */
interface Step {
  readonly literals: Map<string, Step>;
  readonly mixed: { readonly segment: TemplateSegment; readonly next: Step }[];
  parameter: Step | null;
  readonly ends: Known[];
}

function emptyStep(): Step {
  return { literals: new Map(), mixed: [], parameter: null, ends: [] };
}

/** `/users/{id}/x` -> `/users/{}/x`: what two templates have in common when only names differ. */
export function shapeOfTemplate(template: string): string {
  const segments = parseTemplate(template);
  if (segments === null) return template;
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'mixed' ? segment.text.replace(/\{[^{}]*\}/g, '{}') : '{}')).join('/')}`;
}

export class KnownTemplates {
  readonly #root = emptyStep();
  /** Every literal segment of a declared template. */
  readonly literals = new Set<string>();

  constructor(templates: readonly KnownTemplate[]) {
    for (const known of templates) {
      const segments = parseTemplate(known.template);
      // A prefix route (`/api/*`) says which gateway answers, not which operation it is.
      if (segments === null || segments.some((segment) => segment.kind === 'rest')) continue;
      let step = this.#root;
      let rank = `${strength[known.basis]}`;
      for (const segment of segments) {
        rank += segment.kind === 'literal' ? '0' : segment.kind === 'mixed' ? '1' : '2';
        if (segment.kind === 'literal') this.literals.add(segment.text);
        step = stepInto(step, segment);
      }
      step.ends.push({ known, rank: `${rank}${known.method === null ? '1' : '0'}${known.template}` });
    }
  }

  find(method: string, path: readonly string[]): KnownTemplate | null {
    let best: Known | null = null;
    const walk = (step: Step, at: number): void => {
      const text = path[at];
      if (text === undefined) {
        for (const end of step.ends) {
          if ((end.known.method === null || end.known.method === method) && (best === null || end.rank < best.rank)) best = end;
        }
        return;
      }
      const literal = step.literals.get(text);
      if (literal !== undefined) walk(literal, at + 1);
      for (const { segment, next } of step.mixed) if (fits(segment, text)) walk(next, at + 1);
      if (step.parameter !== null) walk(step.parameter, at + 1);
    };
    walk(this.#root, 0);
    return best === null ? null : (best as Known).known;
  }
}

function stepInto(step: Step, segment: TemplateSegment): Step {
  if (segment.kind === 'literal') {
    let next = step.literals.get(segment.text);
    if (next === undefined) {
      next = emptyStep();
      step.literals.set(segment.text, next);
    }
    return next;
  }
  if (segment.kind === 'mixed') {
    const held = step.mixed.find(
      (other) => other.segment.kind === 'mixed' && other.segment.before === segment.before && other.segment.after === segment.after,
    );
    if (held !== undefined) return held.next;
    const next = emptyStep();
    step.mixed.push({ segment, next });
    return next;
  }
  step.parameter ??= emptyStep();
  return step.parameter;
}

function fits(segment: TemplateSegment, text: string): boolean {
  if (segment.kind === 'literal') return segment.text === text;
  if (segment.kind !== 'mixed') return true;
  if (isShape(text)) return text.endsWith(segment.after) && segment.before === '';
  return text.length > segment.before.length + segment.after.length && text.startsWith(segment.before) && text.endsWith(segment.after);
}
