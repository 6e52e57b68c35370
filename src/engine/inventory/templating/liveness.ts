/**
 * Does a path prove that there is an operation? An answer 2xx or 3xx does. Some refusals can only come from code behind
 * a route (RFC 9110 section 15.5: validation, conflict, precondition); others any front door gives for any path.
 */
import type { NoiseReason } from '../../evidence/observation.ts';
import { isShape } from '../../http/segment.ts';
import type { PathStat } from '../path-stat.ts';
import type { TemplateNode } from './template-tree.ts';

export type Verdict = 'alive' | 'hinted' | 'dead' | NoiseReason;

/** Refusals that a server gives only where it has something to refuse, or that leave open what is there. */
const hints = new Set([400, 401, 402, 403, 406, 409, 411, 412, 413, 415, 416, 422, 423, 424, 428, 429, 451, 500, 502, 503, 504]);

export function verdictOf(stat: PathStat | undefined): Verdict {
  if (stat === undefined) return 'dead';
  let most: NoiseReason | null = null;
  let noisy = 0;
  // No list of entries: this is asked of every path, and most have no noise.
  for (const name in stat.noise) {
    const reason = name as NoiseReason;
    const n = stat.noise[reason] ?? 0;
    noisy += n;
    if (most === null || n > (stat.noise[most] ?? 0)) most = reason;
  }
  if (most !== null && noisy * 2 > stat.count) return most;
  if (stat.ok > 0) return 'alive';
  let unanswered = 0;
  let hinted = 0;
  for (const [status, n] of Object.entries(stat.statuses)) {
    if (status === '0') unanswered += n;
    else if (hints.has(Number(status))) hinted += n;
  }
  // A source without statuses cannot tell; what it saw is taken as it is.
  if (unanswered === stat.count) return 'alive';
  if (stat.noise.scanner !== undefined) return 'scanner';
  return hinted > 0 && (stat.statuses[404] ?? 0) === 0 && (stat.statuses[405] ?? 0) === 0 ? 'hinted' : 'dead';
}

/**
 * A path that only met 404 and whose word is a slip of the pen from a literal that stands at the same place: a typing
 * error or wrong case, not a value.
 */
export function isMistyped(tree: TemplateNode, stat: PathStat): boolean {
  if (stat.ok > 0 || (stat.statuses[404] ?? 0) + (stat.statuses[405] ?? 0) < stat.count) return false;
  let nodes: TemplateNode[] = [tree];
  for (const text of stat.segments) {
    const next: TemplateNode[] = [];
    for (const node of nodes) {
      const literal = node.literals.get(text);
      if (literal !== undefined) {
        next.push(literal);
        continue;
      }
      if (!isShape(text)) for (const sibling of node.literals.keys()) if (isSlip(text, sibling)) return true;
      next.push(...node.parameters.values());
    }
    nodes = next.slice(0, 16);
  }
  return false;
}

/** Equal but for case, or one insertion, deletion, substitution or swap of neighbours apart (Damerau). Short words are too close to each other to tell. */
export function isSlip(text: string, word: string): boolean {
  if (text === word) return false;
  const a = text.toLowerCase();
  const b = word.toLowerCase();
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 4) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
