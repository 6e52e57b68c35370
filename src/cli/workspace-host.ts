/** Where workspaces live, listed, opened and deleted: folders below the data folder, or schemas of a PostgreSQL database. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import type { WorkspaceHost } from '../server/workspace-pool.ts';
import { deletePostgresWorkspace, listPostgresWorkspaces } from '../store/postgres-workspace.ts';
import { databaseFile, isWorkspaceName, workspaceDir, workspacesDir } from '../store/workspace-name.ts';
import { openWorkspace } from '../workspace/open-workspace.ts';
import type { Place } from './place.ts';

/** @param holder what this process is, for whoever finds the workspace taken */
export function workspaceHost({ dir, url }: Pick<Place, 'dir' | 'url'>, holder: string): WorkspaceHost {
  const open = (name: string) => openWorkspace({ dir, name, mode: 'write', holder, ...(url === null ? {} : { url }) });
  if (url !== null) {
    return {
      list: async () => (await listPostgresWorkspaces(url)).map((name) => ({ name, createdMs: null })),
      open,
      delete: (name) => deletePostgresWorkspace(url, name),
    };
  }
  return {
    list: () => foldersOf(dir),
    open,
    async delete(name) {
      // Taking the writer's place first: a workspace that another process writes to is not pulled away under it.
      await (await open(name)).close();
      await rm(workspaceDir(dir, name), { recursive: true, force: true });
    },
  };
}

async function foldersOf(dir: string) {
  if (!existsSync(workspacesDir(dir))) return [];
  const names = (await readdir(workspacesDir(dir))).filter((name) => isWorkspaceName(name) && existsSync(databaseFile(dir, name))).sort();
  return Promise.all(names.map(async (name) => ({ name, createdMs: Math.round((await stat(workspaceDir(dir, name))).birthtimeMs) })));
}
