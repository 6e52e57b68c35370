/**
 * A file sent to be imported. It is written to disk whole before anything of it is read: an upload that breaks off
 * changes nothing, and a document can be read twice.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StanceError } from '../errors.ts';

/** Largest upload unless set otherwise: 4 GiB, the size of a day's log of a busy gateway, compressed. */
export const uploadBytesMax = 4 * 1024 ** 3;

export interface Upload {
  /** Where it lies until `discard`. */
  readonly path: string;
  discard(): Promise<void>;
}

/** @throws StanceError `too-large` past `bytesMax`, `storage-full`, `input-unreadable` when the sender broke off */
export async function receiveUpload(body: Readable, folder: string, bytesMax: number): Promise<Upload> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `upload-${randomUUID()}`);
  const discard = () => rm(path, { force: true });
  try {
    await pipeline(body, boundary(bytesMax), createWriteStream(path, { mode: 0o600, flags: 'wx' }));
    return { path, discard };
  } catch (cause) {
    await discard();
    throw uploadError(cause);
  }
}

/**
 * The name under which an upload is kept. From the page it is marked as no file of this machine, so that nothing is ever
 * read from or written to a path a browser named; the command line, which owns the folder, is believed.
 */
export function shownName(name: string, fromCommandLine: boolean): string {
  const clean = name.replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 1_000);
  if (fromCommandLine) return clean === '' ? 'stdin' : clean;
  const base = basename(clean.replaceAll('\\', '/'));
  return `upload:${base === '' || base === '.' || base === '..' ? 'file' : base}`;
}

export function tooLarge(bytesMax: number): StanceError {
  return new StanceError('too-large', {
    message: `The file is larger than ${bytesMax} bytes, the most an upload may have.`,
    next: 'Compress it (.gz, .zst), send it in parts, or import it with `stance import FILE`.',
  });
}

function boundary(bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(tooLarge(bytesMax));
      else done(null, chunk);
    },
  });
}

function uploadError(cause: unknown): unknown {
  if (cause instanceof StanceError) return cause;
  const code = (cause as { code?: unknown }).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StanceError('storage-full', {
      message: 'The disk of the data folder is full.',
      unchanged: 'Nothing of the upload was imported.',
      next: 'Free some space, then send the file again.',
      cause,
    });
  }
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return new StanceError('input-unreadable', {
      message: 'The upload broke off.',
      unchanged: 'Nothing of it was imported.',
      next: 'Send it again.',
      cause,
    });
  }
  return cause;
}
