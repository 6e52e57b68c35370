/** The files of this project as tests that read the tree see them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SourceFile } from './layer-rules.ts';

/** Folder of the checkout. */
export const root = path.resolve(import.meta.dirname, '..');

const skipped = new Set(['node_modules', 'dist', 'coverage']);

/** Files under `folders` whose name passes, with their text; paths from the project's folder with `/`, sorted. */
export function sourceFiles(folders: readonly string[], passes: RegExp): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && passes.test(entry.name))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter((file) => !file.split('/').some((part) => skipped.has(part)))
      .sort()
      .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
  );
}
