/** Patterns of specifications, matched in time linear in the text: whoever writes a value must not be able to make it dear. */
import { RE2JS } from 're2js';

export interface LinearPattern {
  test(text: string): boolean;
  /** Tells one pattern from another; ajv names the generated code by it. */
  toString(): string;
}

/** Repeats after the open part: each place it may end is tried against them. */
const tailMax = 100;
/** A longer pattern is not compiled. */
const patternLengthMax = 2000;

/** Null when it cannot be matched in linear time (look-around, back-references) or is no pattern. Unanchored, as in JSON Schema. */
export function linearPattern(source: string): LinearPattern | null {
  if (source.length > patternLengthMax) return null;
  try {
    if (isPlain(source)) return new RegExp(source, 'u');
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    return { test: (text) => compiled.test(text), toString: () => `linear ${source}` };
  } catch {
    // What the engine refuses is exactly what cannot be promised to be linear.
    return null;
  }
}

const atom = /\\[dwsDWS]|\\[-^$\\.*+?()[\]{}|/]|\[\^?(?:[^\\[\]&~]|\\[-dwsDWS^$\\.*+?()[\]{}|/])+\]|[A-Za-z0-9_ @:;,<>=!#%&~"'/-]|\./y;
const quantifier = /[*+?]|\{(\d{1,4})(,(\d{0,5}))?\}/y;

/**
 * Anchored at the start, no groups, no alternatives, at most one part of open length: the built-in matcher then goes over
 * the text once or, for what follows the open part, back over it once, and is many times as fast.
 */
function isPlain(source: string): boolean {
  if (!source.startsWith('^')) return false;
  const end = source.endsWith('$') && !source.endsWith('\\$') ? source.length - 1 : source.length;
  let at = 1;
  let open = 0;
  let tail = 0;
  while (at < end) {
    atom.lastIndex = at;
    if (!atom.test(source)) return false;
    at = atom.lastIndex;
    quantifier.lastIndex = at;
    const match = quantifier.exec(source);
    if (match !== null) at = quantifier.lastIndex;
    const isFixed = match === null || (match[1] !== undefined && (match[2] === undefined || match[3] === match[1]));
    if (!isFixed) open += 1;
    else if (open > 0) tail += Number(match?.[1] ?? 1);
    if (open > 1 || tail > tailMax || source[at] === '?' || source[at] === '+') return false;
  }
  return at === end;
}

const wordAtom =
  /(?:\\[dw]|\[(?:[A-Za-z0-9_]|\\[-dw]|-(?=\])|(?<=\[)-|[A-Za-z0-9]-[A-Za-z0-9])+\]|[A-Za-z0-9_-])(?:[*+?]|\{\d{1,5}(?:,\d{0,5})?\})?/y;

/** Whether the pattern lets nothing through but ASCII letters, digits, `_` and `-`: no attack is written in these alone. */
export function isHarmlessPattern(source: string): boolean {
  if (!source.startsWith('^') || !source.endsWith('$')) return false;
  let at = 1;
  while (at < source.length - 1) {
    wordAtom.lastIndex = at;
    if (!wordAtom.test(source) || wordAtom.lastIndex <= at) return false;
    at = wordAtom.lastIndex;
  }
  return at === source.length - 1 && linearPattern(source) !== null;
}
