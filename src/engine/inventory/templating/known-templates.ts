/** Templates that people, documents, routes and gateways declared, found for a masked path: the strongest basis first, then the most literal. */
import { parseTemplate } from '../../http/path-template.ts';
import type { KnownTemplate, TemplateBasis } from '../template.ts';
import { TemplateTrie } from '../template-match.ts';

const strength: Record<TemplateBasis, number> = { pinned: 0, spec: 1, route: 2, gateway: 3, learned: 4 };

/** `/users/{id}/x` -> `/users/{}/x`: what two templates have in common when only names differ. */
export function shapeOfTemplate(template: string): string {
  const segments = parseTemplate(template);
  if (segments === null) return template;
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'mixed' ? segment.text.replace(/\{[^{}]*\}/g, '{}') : '{}')).join('/')}`;
}

export class KnownTemplates {
  readonly #trie = new TemplateTrie<{ readonly method: string; readonly template: string; readonly known: KnownTemplate }>();
  /** Every literal segment of a declared template. */
  readonly literals = new Set<string>();

  constructor(templates: readonly KnownTemplate[]) {
    for (const known of templates) {
      const segments = parseTemplate(known.template);
      // A prefix route (`/api/*`) says which gateway answers, not which operation it is.
      if (segments === null || segments.some((segment) => segment.kind === 'rest')) continue;
      for (const segment of segments) if (segment.kind === 'literal') this.literals.add(segment.text);
      this.#trie.add({ method: known.method ?? '*', template: known.template, known }, strength[known.basis], segments);
    }
  }

  find(method: string, path: readonly string[]): KnownTemplate | null {
    return this.#trie.find(method, path)?.known ?? null;
  }
}
