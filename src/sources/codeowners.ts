/** CODEOWNERS of GitHub and GitLab: which team answers for which files. The last matching line wins. */
import type { Input, SourceFormat, SourceItem } from './source.ts';
import { readWholeText } from './structured-document.ts';

export interface OwnerRule {
  readonly pattern: string;
  /** Empty takes ownership away from what earlier lines gave. */
  readonly owners: readonly string[];
  readonly line: number;
}

/** Lines read of one file (GitHub itself stops at 3 MB). */
const rulesMax = 20_000;

export const codeowners: SourceFormat = { id: 'codeowners', title: 'CODEOWNERS (GitHub, GitLab)', kind: 'ownership', detect, read };

function detect(_head: string, name: string): number {
  return /(?:^|[/\\])CODEOWNERS$/.test(name) ? 1 : 0;
}

async function* read(input: Input): AsyncGenerator<readonly SourceItem[]> {
  const { rules, malformed } = readOwnerRules(await readWholeText(input));
  yield [{ kind: 'owners', rules }, ...malformed.slice(0, 999)];
}

export interface OwnerRulesRead {
  readonly rules: readonly OwnerRule[];
  readonly malformed: readonly Extract<SourceItem, { kind: 'malformed' }>[];
}

/** Rules in the order of the file. GitLab sections (`[Docs] @team`) give their owners to lines that name none. */
export function readOwnerRules(text: string): OwnerRulesRead {
  const rules: OwnerRule[] = [];
  const malformed: Extract<SourceItem, { kind: 'malformed' }>[] = [];
  let sectionOwners: readonly string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const section = /^\s*\^?\[[^\]]+\](?:\[\d+\])?\s*(.*)$/.exec(raw);
    if (section !== null) {
      sectionOwners = ownersOf(section[1] ?? '').owners;
      continue;
    }
    const words = wordsOf(raw);
    const [pattern, ...rest] = words;
    if (pattern === undefined) continue;
    const { owners, strange } = ownersOf(rest.join(' '));
    if (strange.length > 0)
      malformed.push({
        kind: 'malformed',
        line,
        message: `"${strange[0]?.slice(0, 60)}" is no owner: expected @user, @org/team or an address.`,
      });
    if (pattern.startsWith('!')) malformed.push({ kind: 'malformed', line, message: 'A pattern cannot be negated here.' });
    else if (rules.length < rulesMax) rules.push({ pattern, owners: owners.length > 0 || rest.length > 0 ? owners : sectionOwners, line });
  }
  return { rules, malformed };
}

/** Words parted by spaces, `\ ` being part of a word; a word that begins with `#` ends the line. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:\\.|[^\s\\])+/g)) {
    if (match[0].startsWith('#')) break;
    words.push(match[0].replace(/\\([ #])/g, '$1'));
  }
  return words;
}

function ownersOf(text: string): { readonly owners: string[]; readonly strange: string[] } {
  const words = wordsOf(text);
  const isOwner = (word: string) => /^@{1,2}[\w.-]+(?:\/[\w.-]+)*$/.test(word) || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(word);
  return { owners: words.filter(isOwner), strange: words.filter((word) => !isOwner(word)) };
}

/** Owners of a file by the rules; [] when nobody is named. @param path relative to the repository, without leading slash. */
export function ownersOfPath(rules: readonly OwnerRule[], path: string): readonly string[] {
  for (let at = rules.length - 1; at >= 0; at--) {
    const rule = rules[at];
    if (rule !== undefined && matchesPattern(rule.pattern, path)) return rule.owners;
  }
  return [];
}

/** Whether a CODEOWNERS pattern covers a path: gitignore rules without negation and character ranges. */
export function matchesPattern(pattern: string, path: string): boolean {
  const isFolder = pattern.endsWith('/');
  const bare = pattern.replace(/^\/+|\/+$/g, '');
  // A slash anywhere but at the end ties the pattern to the root, as in gitignore.
  const isRooted = pattern.startsWith('/') || bare.includes('/');
  const parts = isRooted ? bare.split('/') : ['**', bare];
  const names = path.replace(/^\/+/, '').split('/');
  return matchParts(parts, names, { isFolder, endsInStar: bare.endsWith('/*') });
}

interface PatternKind {
  readonly isFolder: boolean;
  /** `docs/*` covers files in docs and not those below. */
  readonly endsInStar: boolean;
}

/**
 * Which numbers of leading names the first parts can have used up, part by part: linear in parts times names, so that a
 * pattern of many `**` costs no more than any other.
 */
function matchParts(parts: readonly string[], names: readonly string[], kind: PatternKind): boolean {
  let reached = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const used of reached) {
      if (part === '**') for (let at = used; at <= names.length; at++) next.add(at);
      else if (used < names.length && matchesName(part, names[used] ?? '')) next.add(used + 1);
    }
    reached = next;
  }
  for (const used of reached) {
    if (used === names.length && !kind.isFolder) return true;
    if (used > 0 && used < names.length && !kind.endsInStar) return true;
    if (parts.at(-1) === '**' && used === names.length) return true;
  }
  return false;
}

/** `*` and `?` inside one name. */
function matchesName(part: string, name: string): boolean {
  let at = 0;
  let inPart = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    if (inPart < part.length && part[inPart] !== '*' && (part[inPart] === '?' || part[inPart] === name[at])) {
      at++;
      inPart++;
    } else if (inPart < part.length && part[inPart] === '*') {
      star = inPart++;
      resume = at;
    } else if (star >= 0) {
      inPart = star + 1;
      at = ++resume;
    } else return false;
  }
  while (part[inPart] === '*') inPart++;
  return inPart === part.length;
}
