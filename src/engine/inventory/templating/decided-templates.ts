/** What people decided about templates, said as templates that are known; and how each basis is put into words. */
import { parseTemplate } from '../../http/path-template.ts';
import type { KnownTemplate, TemplateBasis, TemplateDecision } from '../template.ts';

/** A merge, a pin and each value split off are templates taken as they stand. */
export function pinnedTemplates(decisions: readonly TemplateDecision[]): KnownTemplate[] {
  const templates: KnownTemplate[] = [];
  for (const decision of decisions) {
    if (decision.kind === 'pin') templates.push({ method: null, template: decision.template, basis: 'pinned' });
    if (decision.kind === 'merge') templates.push({ method: null, template: decision.into, basis: 'pinned' });
    if (decision.kind !== 'split') continue;
    const segments = (parseTemplate(decision.template) ?? []).map((segment) =>
      segment.kind === 'literal' ? segment.text : segment.kind === 'mixed' ? segment.text : `{${segment.name}}`,
    );
    segments.forEach((text, at) => {
      if (!text.startsWith('{')) return;
      for (const value of decision.values)
        templates.push({
          method: null,
          template: `/${segments.map((other, place) => (place === at ? value : other)).join('/')}`,
          basis: 'pinned',
        });
    });
  }
  return templates;
}

/** A route in the dialect of templates here. */
export function writtenRoute(route: string): string {
  const segments = parseTemplate(route);
  if (segments === null) return route;
  return `/${segments.map((segment) => (segment.kind === 'literal' || segment.kind === 'mixed' ? segment.text : `{${segment.name}}`)).join('/')}`;
}

/** Why a declared template is believed. */
export function basisSentence(basis: TemplateBasis): string {
  switch (basis) {
    case 'pinned':
      return 'you decided so';
    case 'spec':
      return 'an API description declares it';
    case 'route':
      return 'the framework named this route';
    case 'gateway':
      return 'a gateway routes it';
    case 'learned':
      return 'learned from traffic';
  }
}
