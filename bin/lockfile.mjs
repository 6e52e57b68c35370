/** Whether a package-lock.json is whole. */

/**
 * Dependencies that a lockfile names without holding them. Some registries lack packages of foreign platforms; npm then
 * leaves them out when it writes a lockfile, and refuses that same lockfile in `npm ci`.
 */
export function missingFromLock(packages) {
  return Object.entries(packages).flatMap(([at, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...(at === '' ? entry.devDependencies : {}) })
      .filter((name) => !foldersAbove(at).some((folder) => packages[`${folder}node_modules/${name}`] !== undefined))
      .map((name) => `${name} (of ${at === '' ? 'the project' : at.replace(/^.*node_modules\//, '')})`),
  );
}

/** Where a package at `at` may find another: its own folder, then each one around it, the project last. */
function foldersAbove(at) {
  const parts = at === '' ? [] : at.split(/\/?node_modules\//).slice(1);
  return Array.from({ length: parts.length + 1 }, (_, count) =>
    parts.slice(0, count).reduce((folder, part) => `${folder}node_modules/${part}/`, ''),
  );
}
