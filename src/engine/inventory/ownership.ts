/** Who answers for an operation: `stance.yaml` first, then CODEOWNERS of the file that declares it, then what the document says. */
import type { DeclaredApi } from '../evidence/declaration.ts';
import type { ApiSetting, Settings } from '../evidence/settings.ts';
import type { Sourced } from './operation.ts';

export interface OwnerRule {
  /** CODEOWNERS pattern, gitignore syntax. */
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** Owner of an operation, or null: an orphan. People who left (`active: false`) own nothing. */
export function ownerOf(
  setting: ApiSetting | null,
  documents: readonly DeclaredApi[],
  rules: readonly OwnerRule[],
  settings: Settings,
): Sourced<string> | null {
  if (setting?.owner != null)
    return isLiving(setting.owner, settings) ? { value: setting.owner, from: 'stance.yaml', confidence: 1 } : null;
  for (const document of documents) {
    const owner = codeOwner(document.place.file, rules);
    if (owner !== null && isLiving(owner, settings)) return { value: owner, from: 'CODEOWNERS', confidence: 0.9 };
  }
  for (const document of documents) if (document.owner !== null) return { value: document.owner, from: 'spec', confidence: 0.6 };
  return null;
}

/** The last rule that fits wins, as in the forges' own reading; a rule without owners takes ownership away. */
export function codeOwner(file: string, rules: readonly OwnerRule[]): string | null {
  const path = file.replace(/^\.?\//, '');
  for (let at = rules.length - 1; at >= 0; at--) {
    const rule = rules[at] as OwnerRule;
    if (!patternFits(rule.pattern, path)) continue;
    return rule.owners[0] ?? null;
  }
  return null;
}

/** Files are given with whatever folder stood in front, so a rooted pattern may fit from any folder boundary on. */
function patternFits(pattern: string, path: string): boolean {
  const rooted = pattern.startsWith('/');
  const folder = pattern.endsWith('/');
  const body = pattern.replace(/^\//, '').replace(/\/$/, '');
  if (body === '' || body === '*' || body === '**') return true;
  const source = body
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) =>
      part === '**/'
        ? '(?:[^/]+/)*'
        : part === '**'
          ? '.*'
          : part === '*'
            ? '[^/]*'
            : part === '?'
              ? '[^/]'
              : part.replace(/[.+^$()|[\]{}\\]/g, '\\$&'),
    )
    .join('');
  const anchored = rooted || body.includes('/');
  return new RegExp(`(?:^|/)${source}${folder || !anchored ? '(?:/|$)' : '(?:/.*)?$'}`).test(path);
}

function isLiving(owner: string, settings: Settings): boolean {
  const person = settings.people.find((candidate) => candidate.id === owner || candidate.name === owner);
  return person === undefined || person.active;
}
