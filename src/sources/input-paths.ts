/** From what a user names to the files that are meant. */
import { glob, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StanceError } from '../errors.ts';

/** Files that one folder or glob may stand for; more is most likely a mistake such as naming the whole disk. */
const filesMax = 100_000;
/** Folders within folders. Also ends circles of symbolic links. */
const depthMax = 32;
/** Folders that hold no input of anyone's. */
const passedOver: ReadonlySet<string> = new Set(['.git', 'node_modules', '.svn', '.hg']);

export interface ExpandedPaths {
  /** The folder that documents may include files from. */
  readonly root: string;
  /** Sorted by character code, so that an import reads the same order anywhere. */
  readonly paths: readonly string[];
}

export async function expandPaths(given: string): Promise<ExpandedPaths> {
  const facts = await stat(given).catch(() => null);
  if (facts?.isDirectory()) return { root: given, paths: sorted(given, await walk(given, 0)) };
  if (facts !== null || !/[*?[{]/.test(given)) return { root: dirname(given), paths: [given] };
  const paths: string[] = [];
  for await (const path of glob(given)) {
    if ((await stat(path).catch(() => null))?.isFile()) paths.push(path);
    if (paths.length > filesMax) break;
  }
  return { root: globRoot(given), paths: sorted(given, paths) };
}

function sorted(given: string, paths: string[]): string[] {
  if (paths.length === 0) {
    throw new StanceError('input-unreadable', { message: `${given} stands for no file.`, next: 'Check the name, then import again.' });
  }
  if (paths.length > filesMax) {
    throw new StanceError('too-large', {
      message: `${given} stands for more than ${filesMax} files.`,
      next: 'Name a smaller folder, or a glob.',
    });
  }
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

async function walk(folder: string, depth: number): Promise<string[]> {
  if (depth > depthMax) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new StanceError('input-unreadable', {
      message: `The folder ${folder} cannot be read.`,
      next: 'Check the permissions, then import again.',
      cause,
    });
  });
  const paths: string[] = [];
  for (const entry of entries) {
    if (passedOver.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...(await walk(path, depth + 1)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path).catch(() => null))?.isFile())) paths.push(path);
    if (paths.length > filesMax) break;
  }
  return paths;
}

/** The part of a glob before its first wildcard. */
function globRoot(pattern: string): string {
  const wildcard = pattern.search(/[*?[{]/);
  return dirname(resolve(`${pattern.slice(0, wildcard)}x`));
}
