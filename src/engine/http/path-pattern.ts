/** Patterns that choose paths: templates (`/orders/{id}`), one segment of any text (`*`) and everything below (`/admin/**`). */
import { type MixedSegment, parseMixedSegment } from './mixed-segment.ts';
import { parseTemplate } from './path-template.ts';

/** One step of a pattern: a literal, one segment of any text, or text around a parameter. */
export type PatternStep =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'mixed'; readonly segment: MixedSegment };

export interface PathPattern {
  readonly steps: readonly PatternStep[];
  /** `/**` at the end: the path itself and all below it. */
  readonly isPrefix: boolean;
}

/** Of wildcards and regular expressions of other programs; as literals they would silently match nothing. */
const foreign = /[*?()[\]|^$\\#]/;

/** Reads a pattern; null when it is none: it does not begin with `/`, holds `**` before its end, or wildcards of another kind. */
export function parsePathPattern(text: string): PathPattern | null {
  if (!text.startsWith('/')) return null;
  const parts = text.split('/').filter((part) => part !== '');
  const isPrefix = parts.at(-1) === '**';
  if (isPrefix) parts.pop();
  const steps: PatternStep[] = [];
  for (const part of parts) {
    const [segment, ...more] = part === '*' ? [] : (parseTemplate(`/${part}`) ?? []);
    if (part === '*' || segment?.kind === 'parameter') steps.push({ kind: 'any' });
    else if (segment === undefined || more.length > 0 || segment.kind === 'rest' || foreign.test(part)) return null;
    else if (segment.kind === 'literal') steps.push({ kind: 'literal', text: segment.text });
    else steps.push({ kind: 'mixed', segment: parseMixedSegment(segment.text) });
  }
  return { steps, isPrefix };
}
