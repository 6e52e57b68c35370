/** The name of a workspace, and where that puts it: one folder below `<dir>/workspaces`, or one PostgreSQL schema. */
import { join } from 'node:path';
import { StanceError } from '../errors.ts';

/** 40 keeps the schema name under PostgreSQL's 63 bytes and any path short; the alphabet keeps it one path segment. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Where workspaces live: a data folder, or a PostgreSQL database by address. */
export type StorePlace = { readonly dir: string } | { readonly url: string };

/** Throws `usage` for a name that is not 1 to 40 of `a-z 0-9 -`, starting and ending with a letter or digit. */
export function checkWorkspaceName(name: string): string {
  if (NAME.test(name)) return name;
  throw new StanceError('usage', {
    message: `"${name.slice(0, 60)}" cannot be the name of a workspace.`,
    next: 'Use 1 to 40 small letters, digits and hyphens, starting and ending with a letter or digit.',
  });
}

export function isWorkspaceName(name: string): boolean {
  return NAME.test(name);
}

export function workspacesDir(dir: string): string {
  return join(dir, 'workspaces');
}

export function workspaceDir(dir: string, workspace: string): string {
  return join(workspacesDir(dir), checkWorkspaceName(workspace));
}

export function databaseFile(dir: string, workspace: string): string {
  return join(workspaceDir(dir, workspace), 'stance.db');
}

const SCHEMA_PREFIX = 'stance_';

/** Names hold no underscore, so that hyphen to underscore can be turned back. */
export function schemaOf(workspace: string): string {
  return SCHEMA_PREFIX + checkWorkspaceName(workspace).replaceAll('-', '_');
}

/** null = a schema that is not ours. */
export function workspaceOfSchema(schema: string): string | null {
  if (!schema.startsWith(SCHEMA_PREFIX)) return null;
  const name = schema.slice(SCHEMA_PREFIX.length).replaceAll('_', '-');
  return isWorkspaceName(name) ? name : null;
}

/** How a place is called in messages; a database address without user and password. */
export function placeLabel(place: StorePlace): string {
  if ('dir' in place) return place.dir;
  try {
    const url = new URL(place.url);
    return `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return 'the PostgreSQL address';
  }
}
