/** Patterns that choose paths: templates (`/orders/{id}`), one segment of any text (`*`) and everything below (`/admin/**`). */
import { type MixedSegment, mixedValues, parseMixedSegment } from './mixed-segment.ts';
import { parseTemplate } from './path-template.ts';

/** One step of a pattern: a literal, one segment of any text, or text around a parameter. */
export type PatternStep =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any'; readonly name: string | null }
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
    if (part === '*' || segment?.kind === 'parameter')
      steps.push({ kind: 'any', name: segment?.kind === 'parameter' ? segment.name : null });
    else if (segment === undefined || more.length > 0 || segment.kind === 'rest' || foreign.test(part)) return null;
    else if (segment.kind === 'literal') steps.push({ kind: 'literal', text: segment.text });
    else steps.push({ kind: 'mixed', segment: parseMixedSegment(segment.text) });
  }
  return { steps, isPrefix };
}

/** Whether a pattern names parameters. */
export function hasParameters({ steps }: PathPattern): boolean {
  return steps.some((step) => step.kind === 'mixed' || (step.kind === 'any' && step.name !== null));
}

/**
 * Adds the parameters that a pattern names to `into`; false = the segments do not fit it, and nothing was added. Letters of
 * literals match without regard to case, as routes do.
 */
export function readParameters({ steps, isPrefix }: PathPattern, segments: readonly string[], into: Record<string, string>): boolean {
  if (isPrefix ? segments.length < steps.length : segments.length !== steps.length) return false;
  const found: [string, string][] = [];
  for (const [at, step] of steps.entries()) {
    const text = segments[at] ?? '';
    if (step.kind === 'literal' && step.text.toLowerCase() !== text.toLowerCase()) return false;
    if (step.kind === 'any' && step.name !== null) found.push([step.name, text]);
    if (step.kind !== 'mixed') continue;
    const values = mixedValues(step.segment, text);
    if (values === null) return false;
    for (const [place, name] of step.segment.names.entries()) found.push([name, values[place] ?? '']);
  }
  for (const [name, value] of found) into[name] = value;
  return true;
}
