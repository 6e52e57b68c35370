/** CODEOWNERS of GitHub and GitLab: which team answers for which files. */
import type { OwnerRule } from '../engine/inventory/owner-pattern.ts';
import type { Input, SourceFormat, SourceItem } from './source.ts';
import { readWholeText } from './structured-document.ts';

/** A rule with the line it stands on, from 1. */
export interface OwnerRuleRead extends OwnerRule {
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
  readonly rules: readonly OwnerRuleRead[];
  readonly malformed: readonly Extract<SourceItem, { kind: 'malformed' }>[];
}

/** Rules in the order of the file. GitLab sections (`[Docs] @team`) give their owners to lines that name none. */
export function readOwnerRules(text: string): OwnerRulesRead {
  const rules: OwnerRuleRead[] = [];
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
