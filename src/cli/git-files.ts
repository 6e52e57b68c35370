/** Files as they were at a commit, read from git without touching the working tree. */
import { execFile } from 'node:child_process';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StanceError } from '../errors.ts';
import { inputOfBytes, type OpenInput } from '../sources/input.ts';
import { namedInput } from './named-input.ts';

const run = promisify(execFile);

/** Largest file read from a commit, bytes. */
const fileBytesMax = 256 * 1024 * 1024;
const gitMsMax = 60_000;

/**
 * The files of `paths` (as the user gave them) that exist at `ref`, under the same names.
 * @throws StanceError `usage` when there is no git, no repository or no such commit
 */
export async function filesAt(ref: string, paths: readonly string[]): Promise<readonly OpenInput[]> {
  const first = paths[0];
  if (first === undefined) return [];
  // A ref never starts with a dash; what does would be read as an option.
  if (ref.startsWith('-')) throw unknownBase(ref, null);
  const top = (
    await git(['rev-parse', '--show-toplevel'], dirname(resolve(first))).catch((cause: unknown) => {
      throw unknownBase(ref, cause);
    })
  )
    .toString()
    .trim();
  await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], top).catch((cause: unknown) => {
    throw unknownBase(ref, cause);
  });
  const inputs = await Promise.all(paths.map((path) => fileAt(ref, top, path)));
  return inputs.filter((input) => input !== null);
}

async function fileAt(ref: string, top: string, path: string): Promise<OpenInput | null> {
  const read = (file: string) => git(['show', `${ref}:${relative(top, file).replaceAll('\\', '/')}`], top);
  const absolute = resolve(path);
  // Not there at that commit: all of it is new.
  const bytes = await read(absolute).catch(() => null);
  if (bytes === null) return null;
  return namedInput(inputOfBytes(path, bytes), {
    name: path,
    async sibling(beside) {
      const file = join(dirname(absolute), beside);
      const inside = relative(top, file);
      if (inside.startsWith('..')) {
        throw new StanceError('input-unreadable', {
          message: `${beside} lies outside the repository.`,
          next: 'Move it into the repository.',
        });
      }
      return read(file);
    },
  });
}

async function git(args: readonly string[], cwd: string): Promise<Buffer> {
  const { stdout } = await run('git', [...args], { cwd, encoding: 'buffer', maxBuffer: fileBytesMax, timeout: gitMsMax });
  return stdout;
}

function unknownBase(ref: string, cause: unknown): StanceError {
  return new StanceError('usage', {
    message: `${ref} is neither a file nor a commit of a git repository here.`,
    next: 'In CI, fetch the base branch first (fetch-depth: 0), or name a file: --base openapi.main.yaml',
    cause,
  });
}
