/**
 * The `stance.yaml` of a workspace: its text is kept in the store, and written back to the file it came from, so that
 * the repository and the page show the same thing. A file that somebody changed meanwhile is never overwritten.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { emptySettings, type Settings } from '../engine/evidence/settings.ts';
import { StanceError } from '../errors.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import type { Store } from '../store/store.ts';

const TEXT = 'settings.text';
const FILE = 'settings.file';

export async function settingsText(store: Store): Promise<string> {
  return (await store.getMeta(TEXT)) ?? '';
}

/** Settings in force; empty when there are none. */
export async function currentSettings(store: Store): Promise<Settings> {
  const text = await settingsText(store);
  return text === '' ? emptySettings : readSettings(text, { file: (await store.getMeta(FILE)) ?? 'stance.yaml', variables: process.env });
}

/** Keeps a text that was imported from a file. */
export async function keepImported(store: Store, file: string, text: string): Promise<void> {
  await store.setMeta(TEXT, text);
  await store.setMeta(FILE, file === 'stdin' ? '' : resolve(file));
}

/** Checks, keeps and writes back a new text. Refused whole when it is invalid or the file has changed. */
export async function changeSettings(store: Store, text: string): Promise<Settings> {
  const file = (await store.getMeta(FILE)) ?? '';
  const settings = readSettings(text, { file: file === '' ? 'stance.yaml' : file, variables: process.env });
  if (file !== '' && existsSync(file)) {
    const held = await settingsText(store);
    if (readFileSync(file, 'utf8') !== held) {
      throw new StanceError('conflict', {
        message: `${file} was changed since it was imported.`,
        next: `Run: stance import ${file}, then make the change again.`,
      });
    }
    writeWhole(file, text);
  }
  await store.setMeta(TEXT, text);
  return settings;
}

/** A reader never sees half a file: written beside it, then renamed over it. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    throw new StanceError('input-unreadable', {
      message: `Cannot write ${file}: ${(cause as Error).message}.`,
      next: 'Give this user the right to write the file, or edit it by hand and import it.',
      cause,
    });
  }
}
