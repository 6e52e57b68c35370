/** Templates that people, documents, routes and gateways declared, found for a masked path: the strongest basis first, then the most literal. */
import { parseTemplate, type TemplateSegment } from '../../http/path-template.ts';
import { isShape } from '../../http/segment.ts';
import type { KnownTemplate, TemplateBasis } from '../template.ts';

const strength: Record<TemplateBasis, number> = { pinned: 0, spec: 1, route: 2, gateway: 3, learned: 4 };

interface Known {
  readonly known: KnownTemplate;
  readonly segments: readonly TemplateSegment[];
  /** One digit a segment, so that comparing texts prefers the more literal one from the left. */
  readonly rank: string;
}

/** `/users/{id}/x` -> `/users/{}/x`: what two templates have in common when only names differ. */
export function shapeOfTemplate(template: string): string {
  const segments = parseTemplate(template);
  if (segments === null) return template;
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'mixed' ? segment.text.replace(/\{[^{}]*\}/g, '{}') : '{}')).join('/')}`;
}

export class KnownTemplates {
  readonly #byLength = new Map<number, Known[]>();
  /** Every literal segment of a declared template. */
  readonly literals = new Set<string>();

  constructor(templates: readonly KnownTemplate[]) {
    for (const known of templates) {
      const segments = parseTemplate(known.template);
      // A prefix route (`/api/*`) says which gateway answers, not which operation it is.
      if (segments === null || segments.some((segment) => segment.kind === 'rest')) continue;
      for (const segment of segments) if (segment.kind === 'literal') this.literals.add(segment.text);
      const rank = segments.map((segment) => (segment.kind === 'literal' ? '0' : segment.kind === 'mixed' ? '1' : '2')).join('');
      const list = this.#byLength.get(segments.length) ?? [];
      list.push({ known, segments, rank: `${strength[known.basis]}${rank}${known.method === null ? '1' : '0'}${known.template}` });
      this.#byLength.set(segments.length, list);
    }
    for (const list of this.#byLength.values()) list.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  }

  find(method: string, path: readonly string[]): KnownTemplate | null {
    for (const { known, segments } of this.#byLength.get(path.length) ?? []) {
      if (known.method !== null && known.method !== method) continue;
      if (segments.every((segment, index) => fits(segment, path[index] ?? ''))) return known;
    }
    return null;
  }
}

function fits(segment: TemplateSegment, text: string): boolean {
  if (segment.kind === 'literal') return segment.text === text;
  if (segment.kind !== 'mixed') return true;
  if (isShape(text)) return text.endsWith(segment.after) && segment.before === '';
  return text.length > segment.before.length + segment.after.length && text.startsWith(segment.before) && text.endsWith(segment.after);
}
