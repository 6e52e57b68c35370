/** The workspaces of a data folder or database: listed, made with a badge, deleted with care for what lies around them. */
import { lstatSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StanceError } from '../errors.ts';
import { openStore } from './open-store.ts';
import { deletePostgresWorkspace, listPostgresWorkspaces } from './postgres-workspace.ts';
import { storageError } from './storage-error.ts';
import type { Store } from './store.ts';
import {
  checkWorkspaceName,
  databaseFile,
  isWorkspaceName,
  placeLabel,
  type StorePlace,
  workspaceDir,
  workspacesDir,
} from './workspace-name.ts';
import { takeWriterLock } from './writer-lock.ts';

export interface WorkspaceEntry {
  readonly name: string;
  /** `sample` = made-up data, shown as such and offered for deletion. */
  readonly badge: 'sample' | null;
  readonly sizeBytes: number | null;
  /** Why it cannot be opened, in words for the user; null = it can. */
  readonly unreadable: string | null;
}

const BADGE_KEY = 'badge';
/** More than anyone keeps on one machine; the rest of a longer list is left out. */
const WORKSPACES_MAX = 500;
/** A folder on its way out; never listed, swept at the next deletion. */
const LEAVING_PREFIX = '.deleting-';

type Now = () => number;

/** In order of name. One that cannot be opened is listed with the reason. */
export async function listWorkspaces(place: StorePlace, now: Now): Promise<readonly WorkspaceEntry[]> {
  const names = 'dir' in place ? folderNames(place.dir) : await listPostgresWorkspaces(place.url);
  const entries: WorkspaceEntry[] = [];
  for (const name of names.slice(0, WORKSPACES_MAX)) entries.push(await describe(place, name, now));
  return entries;
}

async function describe(place: StorePlace, name: string, now: Now): Promise<WorkspaceEntry> {
  let store: Store | null = null;
  try {
    store = await openStore({ ...place, workspace: name, mode: 'read', now });
    const badge = (await store.getMeta(BADGE_KEY)) === 'sample' ? 'sample' : null;
    return { name, badge, sizeBytes: await store.sizeBytes(), unreadable: null };
  } catch (cause) {
    if (!(cause instanceof StanceError)) throw cause;
    return { name, badge: null, sizeBytes: null, unreadable: cause.message };
  } finally {
    await store?.close();
  }
}

/** Throws `conflict` when the name is taken. */
export async function createWorkspace(place: StorePlace, name: string, badge: 'sample' | null, now: Now): Promise<void> {
  checkWorkspaceName(name);
  const taken = 'dir' in place ? folderNames(place.dir) : await listPostgresWorkspaces(place.url);
  if (taken.includes(name))
    throw new StanceError('conflict', {
      message: `There is a workspace "${name}" in ${placeLabel(place)} already.`,
      next: 'Choose another name.',
    });
  const store = await openStore({ ...place, workspace: name, mode: 'write', now, holder: 'stance, making the workspace' });
  try {
    if (badge !== null) await store.setMeta(BADGE_KEY, badge);
  } finally {
    await store.close();
  }
}

/**
 * Deletes everything of one workspace and nothing else. Throws `workspace-busy` while a process writes to it, `not-found`,
 * and `forbidden` when its folder is not a plain folder below the data folder (a link that leads elsewhere).
 */
export async function deleteWorkspace(place: StorePlace, name: string, now: Now): Promise<void> {
  checkWorkspaceName(name);
  if ('dir' in place) deleteFolder(place.dir, name, now);
  else await deletePostgresWorkspace(place.url, name);
}

function deleteFolder(dir: string, name: string, now: Now): void {
  const folder = workspaceDir(dir, name);
  const where = `workspace "${name}" in ${dir}`;
  try {
    checkIsOurs(dir, name, where);
    const lock = takeWriterLock(folder, where, 'stance, deleting the workspace', now());
    const leaving = join(workspacesDir(dir), `${LEAVING_PREFIX}${name}-${process.pid}`);
    try {
      // Renamed first: from here on it is gone for everyone, also when the deletion is cut short.
      renameSync(folder, leaving);
    } finally {
      lock.release();
    }
    for (const entry of readdirSync(workspacesDir(dir))) {
      if (entry.startsWith(LEAVING_PREFIX)) rmSync(join(workspacesDir(dir), entry), { recursive: true, force: true });
    }
  } catch (cause) {
    throw storageError(cause, where);
  }
}

/** The folder is a real one, stands where its name says, and holds a database of ours. */
function checkIsOurs(dir: string, name: string, where: string): void {
  const folder = workspaceDir(dir, name);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) throw new StanceError('not-found', { message: `There is no ${where}.` });
  const inPlace = stat.isDirectory() && realpathSync(folder) === join(realpathSync(dir), 'workspaces', name);
  const database = lstatSync(databaseFile(dir, name), { throwIfNoEntry: false });
  if (inPlace && database?.isFile() === true) return;
  throw new StanceError('forbidden', {
    message: `${folder} is not a workspace folder of Stance, so it is not deleted.`,
    next: 'Look at what is there, and remove it by hand if it may go.',
  });
}

function folderNames(dir: string): string[] {
  const folder = workspacesDir(dir);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isWorkspaceName(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw storageError(cause, `the workspaces in ${dir}`);
  }
}
