/** Who answers for an operation: `stance.yaml` first, then CODEOWNERS of the file that declares it, then what the document says. */
import type { DeclaredApi } from '../evidence/declaration.ts';
import type { ApiSetting, Settings } from '../evidence/settings.ts';
import type { Sourced } from './operation.ts';
import { type OwnerRule, ownersOfPath } from './owner-pattern.ts';

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
    const [owner] = ownersOfPath(rules, document.place.file);
    if (owner !== undefined && isLiving(owner, settings)) return { value: owner, from: 'CODEOWNERS', confidence: 0.9 };
  }
  for (const document of documents) if (document.owner !== null) return { value: document.owner, from: 'spec', confidence: 0.6 };
  return null;
}

function isLiving(owner: string, settings: Settings): boolean {
  const person = settings.people.find((candidate) => candidate.id === owner || candidate.name === owner);
  return person === undefined || person.active;
}
