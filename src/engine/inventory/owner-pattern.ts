/**
 * Which team answers for a file, as the code hosts read CODEOWNERS: the last matching line wins. Files are given with
 * whatever folder stood in front when they were imported (`./examples/shop/specs/orders.yaml`), so where the repository
 * begins is first learned from the rules themselves.
 */

export interface OwnerRule {
  /** gitignore syntax without negation and character ranges. */
  readonly pattern: string;
  /** Empty takes ownership away from what earlier lines gave. */
  readonly owners: readonly string[];
}

/** Owners of a file by the rules; [] when nobody is named. @param path relative or absolute, with any folder in front */
export function ownersOfPath(rules: readonly OwnerRule[], path: string): readonly string[] {
  const inRepository = fromRoot(rules, path);
  return rules.findLast(({ pattern }) => matchesPattern(pattern, inRepository))?.owners ?? [];
}

/** Folders tried as the repository's root; a file lies deeper only in a constructed path. */
const rootsMax = 64;

/**
 * The path from the root of the repository on: from the first folder at which a rule that begins with a name at the root
 * (`/specs/`) covers it. Where none does, the path is taken as it stands.
 */
function fromRoot(rules: readonly OwnerRule[], path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const rooted = rules.filter(({ pattern }) => isRooted(pattern));
  for (const [dropped, first] of names.slice(0, rootsMax).entries()) {
    // A wildcard in the first place fits under any folder, so only a plain name there tells where the root is.
    const telling = rooted.filter(({ pattern }) => pattern.replace(/^\/+/, '').split('/', 1)[0] === first && !/[*?]/.test(first));
    const candidate = names.slice(dropped).join('/');
    if (telling.some(({ pattern }) => matchesPattern(pattern, candidate))) return candidate;
  }
  return names.join('/');
}

/** A slash anywhere but at the end ties the pattern to the root, as in gitignore. */
function isRooted(pattern: string): boolean {
  return pattern.startsWith('/') || pattern.replace(/\/+$/, '').includes('/');
}

/** Whether a pattern covers a path. @param path relative to the repository, without leading slash */
export function matchesPattern(pattern: string, path: string): boolean {
  const isFolder = pattern.endsWith('/');
  const bare = pattern.replace(/^\/+|\/+$/g, '');
  const parts = isRooted(pattern) ? bare.split('/') : ['**', bare];
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
