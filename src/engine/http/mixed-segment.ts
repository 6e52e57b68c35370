/** Path segments with fixed text around parameters (`{id}.json`, `{base}...{head}`), read in linear time. */

export interface MixedSegment {
  /** Parameter names in order; at least one. */
  readonly names: readonly string[];
  /** Fixed text before, between and after the parameters: one more than names. */
  readonly literals: readonly string[];
}

export function parseMixedSegment(text: string): MixedSegment {
  const literals: string[] = [];
  const names: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{([^{}:]*)(?::[^{}]*)?\}/g)) {
    literals.push(text.slice(from, match.index));
    names.push(match[1] === undefined || match[1] === '' ? 'id' : match[1]);
    from = match.index + match[0].length;
  }
  literals.push(text.slice(from));
  return { names, literals };
}

/**
 * The text of each parameter, every one at least one character and as short as the fixed text after it allows; null when
 * the segment does not fit. No backtracking: a segment comes from whoever calls.
 */
export function mixedValues({ names, literals }: MixedSegment, segment: string): readonly string[] | null {
  const first = literals[0] ?? '';
  const last = literals[names.length] ?? '';
  if (!segment.startsWith(first) || !segment.endsWith(last)) return null;
  const end = segment.length - last.length;
  const values: string[] = [];
  let from = first.length;
  for (let at = 1; at < names.length; at++) {
    const literal = literals[at] ?? '';
    const found = segment.indexOf(literal, from + 1);
    if (found < 0 || found + literal.length >= end) return null;
    values.push(segment.slice(from, found));
    from = found + literal.length;
  }
  if (from >= end) return null;
  values.push(segment.slice(from, end));
  return values;
}
