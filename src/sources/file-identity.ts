/** Tells whether a log file is the one that was read before, after it was renamed, copied, truncated or replaced. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes at the beginning that identify a file's content. The first lines of two logs differ at least in their times. */
export const prefixBytesMax = 1024;

/** By content alone: inode numbers are given to new files again, and a copy has another one. */
export interface FileIdentity {
  /** How many bytes the hash is of; a young file has few. */
  readonly prefixBytes: number;
  /** SHA-256 in hex; the content itself is not kept. */
  readonly prefixHash: string;
}

export function identityOfBytes(bytes: Uint8Array): FileIdentity {
  const prefix = bytes.subarray(0, prefixBytesMax);
  return { prefixBytes: prefix.length, prefixHash: createHash('sha256').update(prefix).digest('hex') };
}

export async function identityOf(handle: FileHandle): Promise<FileIdentity> {
  return identityOfBytes(await prefixOf(handle, prefixBytesMax));
}

async function prefixOf(handle: FileHandle, bytes: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = bytes === 0 ? { bytesRead: 0 } : await handle.read(buffer, 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

/** Whether the file still begins as it did; more may have been written behind. */
export async function beginsAs(handle: FileHandle, identity: FileIdentity): Promise<boolean> {
  return isSameContent(await prefixOf(handle, identity.prefixBytes), identity);
}

/** Whether bytes from the beginning of a file are, as far as the identity knows them, those of that file. */
export function isSameContent(bytes: Uint8Array, identity: FileIdentity): boolean {
  const now = identityOfBytes(bytes.subarray(0, identity.prefixBytes));
  return now.prefixBytes === identity.prefixBytes && now.prefixHash === identity.prefixHash;
}
