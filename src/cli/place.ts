/** Which workspace a command works on, and opening it. */
import { resolve } from 'node:path';
import { StanceError } from '../errors.ts';
import type { OpenWorkspaceOptions, Workspace } from '../workspace/use-cases.ts';
import { type ConfigurationPlaces, configured, readConfigurationFile, userConfigurationFile } from './configuration.ts';
import { readServerFile } from './server-file.ts';
import type { TerminalOptions } from './terminal.ts';

/** Options every command takes. */
export interface GlobalOptions extends TerminalOptions {
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly workspace?: string | undefined;
}

export interface Place {
  /** Absolute path of the data folder. */
  readonly dir: string;
  /** PostgreSQL address, null for files in `dir`. */
  readonly url: string | null;
  readonly workspace: string;
}

/** Project and user files and the flags given: what `configured` looks through. */
export async function configurationPlaces(flags: object): Promise<ConfigurationPlaces> {
  const [project, user] = await Promise.all([readConfigurationFile('stance.yaml'), readConfigurationFile(userConfigurationFile())]);
  return { flags: flags as Readonly<Record<string, unknown>>, env: process.env, project, user };
}

export async function placeOf(options: GlobalOptions): Promise<Place> {
  const user = await readConfigurationFile(userConfigurationFile());
  const places: ConfigurationPlaces = { flags: { ...options }, env: process.env, project: null, user };
  const url = configured('url', places).value;
  return {
    dir: resolve(configured('data', places).value),
    url: url === '' ? null : url,
    workspace: configured('workspace', places).value,
  };
}

/** Runs `work` on the workspace as it stands; works while a server holds it. */
export async function reading<T>(options: GlobalOptions, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const place = await placeOf(options);
  const workspace = await open(place, 'read').catch((error: unknown) => {
    throw error instanceof StanceError && error.code === 'not-found' ? noWorkspace(place, error) : error;
  });
  return finishing(workspace, work);
}

/** Runs `work` as the one writer. */
export async function writing<T>(options: GlobalOptions, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const place = await placeOf(options);
  const workspace = await open(place, 'write').catch((error: unknown) => {
    throw error instanceof StanceError && error.code === 'workspace-busy' ? busyWithServer(error, place) : error;
  });
  return finishing(workspace, work);
}

export function openOptions(place: Place): Omit<OpenWorkspaceOptions, 'mode'> {
  return { dir: place.dir, name: place.workspace, ...(place.url === null ? {} : { url: place.url }) };
}

async function open(place: Place, mode: 'read' | 'write'): Promise<Workspace> {
  const { openWorkspace } = await import('../workspace/open-workspace.ts');
  return openWorkspace({ ...openOptions(place), mode });
}

async function finishing<T>(workspace: Workspace, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

function noWorkspace(place: Place, cause: StanceError): StanceError {
  return new StanceError('nothing-to-do', {
    message: `There is no workspace ${place.workspace} in ${place.url === null ? place.dir : 'that database'} yet.`,
    next: 'stance import FILE…; `stance workspace list` shows the other workspaces.',
    cause,
  });
}

/** When the writer is our own server, there is a way to write through it. */
function busyWithServer(error: StanceError, place: Place): StanceError {
  const server = readServerFile(place.dir);
  if (server === null) return error;
  return new StanceError('workspace-busy', {
    message: `The server at ${server.url} is the writer of ${place.workspace}, and only one process may be.`,
    next: `Send files through it with \`stance import --upload FILE…\`, use its page, or stop it (kill ${server.pid}).`,
    cause: error,
  });
}
