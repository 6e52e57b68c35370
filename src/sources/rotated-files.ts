/** Finds what log rotation made of a file: `access.log.1`, `access.log-20250303`, also compressed. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileIdentity, identityOfBytes, isSameContent, prefixBytesMax } from './file-identity.ts';
import { type OpenInput, openFile } from './input.ts';
import type { LinePosition } from './lines.ts';

/** Rotated files that are looked at, the newest ones; rotation keeps a few dozen at most. */
const rotatedFilesMax = 400;

interface RotatedFile {
  readonly path: string;
  readonly modifiedMs: number;
}

/** Files beside `path` whose name goes on where its name ends, newest first. */
async function rotatedFilesOf(path: string): Promise<RotatedFile[]> {
  const folder = dirname(path);
  const base = basename(path);
  const stem = base.replace(/\.[^.]+$/, '');
  const names = (await readdir(folder)).filter(
    (name) => name !== base && (name.startsWith(`${base}.`) || name.startsWith(`${base}-`) || name.startsWith(`${stem}-`)),
  );
  const files: RotatedFile[] = [];
  for (const name of names.slice(0, rotatedFilesMax * 4)) {
    const facts = await stat(join(folder, name)).catch(() => null);
    if (facts?.isFile()) files.push({ path: join(folder, name), modifiedMs: facts.mtimeMs });
  }
  return files.sort((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1)).slice(0, rotatedFilesMax);
}

/** The beginning of a file, decompressed; empty when it cannot be read, or only in part. */
async function prefixOfFile(path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of (await openFile(path)).bytes()) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= prefixBytesMax) break;
    }
  } catch {
    // Just being compressed or not ours to read: nothing can be read from it, so it is not the one.
    return new Uint8Array(0);
  }
  return Buffer.concat(parts).subarray(0, prefixBytesMax);
}

export async function identityOfRotated(path: string): Promise<FileIdentity> {
  return identityOfBytes(await prefixOfFile(path));
}

/** The file that the content of `identity` was moved or copied to, and those rotated after it, oldest first; null when it is gone. */
export async function rotatedSince(path: string, identity: FileIdentity): Promise<{ own: string; later: string[] } | null> {
  if (identity.prefixBytes === 0) return null;
  const later: string[] = [];
  for (const file of await rotatedFilesOf(path)) {
    if (isSameContent(await prefixOfFile(file.path), identity)) return { own: file.path, later: later.reverse() };
    later.push(file.path);
  }
  return null;
}

/** The rest of a file behind `position`. */
export async function restOf(path: string, position: LinePosition): Promise<OpenInput> {
  return openFile(path, { start: position });
}
