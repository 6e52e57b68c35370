import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import { START_MS } from './store-samples.fixture.ts';
import { databaseFile, placeLabel, schemaOf, workspaceOfSchema } from './workspace-name.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces } from './workspaces.ts';

const now = () => START_MS;
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-workspaces-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the workspaces of a data folder', () => {
  test('are listed with their badge, and with the reason when one cannot be opened', async () => {
    expect(await listWorkspaces({ dir }, now)).toEqual([]);
    await createWorkspace({ dir }, 'shop', 'sample', now);
    await createWorkspace({ dir }, 'own', null, now);
    await createWorkspace({ dir }, 'broken', null, now);
    writeFileSync(databaseFile(dir, 'broken'), 'garbage'.repeat(1000));
    writeFileSync(join(dir, 'workspaces', 'a-file'), '');
    mkdirSync(join(dir, 'workspaces', 'Not a name'));
    const listed = await listWorkspaces({ dir }, now);
    expect(listed.map(({ name, badge, unreadable }) => [name, badge, unreadable === null])).toEqual([
      ['broken', null, false],
      ['own', null, true],
      ['shop', 'sample', true],
    ]);
    expect(listed[2]?.sizeBytes).toBeGreaterThan(4096);
  });

  test('are not made twice', async () => {
    await createWorkspace({ dir }, 'own', null, now);
    await expect(createWorkspace({ dir }, 'own', 'sample', now)).rejects.toMatchObject({ code: 'conflict' });
    await expect(createWorkspace({ dir }, '../own', null, now)).rejects.toMatchObject({ code: 'usage' });
  });

  test('are deleted one at a time, whole, and not while somebody writes', async () => {
    await createWorkspace({ dir }, 'own', null, now);
    await createWorkspace({ dir }, 'shop', 'sample', now);
    const writer = await openStore({ dir, workspace: 'shop', mode: 'write', now });
    await expect(deleteWorkspace({ dir }, 'shop', now)).rejects.toMatchObject({ code: 'workspace-busy' });
    await writer.close();
    await deleteWorkspace({ dir }, 'shop', now);
    expect(readdirSync(join(dir, 'workspaces'))).toEqual(['own']);
    await expect(deleteWorkspace({ dir }, 'shop', now)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('are never deleted through a link, by a path, or when the folder is something else', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'stance-outside-'));
    try {
      writeFileSync(join(outside, 'stance.db'), 'precious');
      mkdirSync(join(dir, 'workspaces'));
      symlinkSync(outside, join(dir, 'workspaces', 'linked'));
      mkdirSync(join(dir, 'workspaces', 'photos'));
      writeFileSync(join(dir, 'workspaces', 'photos', 'one.jpg'), '');
      await expect(deleteWorkspace({ dir }, 'linked', now)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(deleteWorkspace({ dir }, 'photos', now)).rejects.toMatchObject({ code: 'forbidden' });
      for (const name of ['..', '.', '', 'a/../..', '/etc'])
        await expect(deleteWorkspace({ dir }, name, now)).rejects.toMatchObject({ code: 'usage' });
      expect(existsSync(join(outside, 'stance.db'))).toBe(true);
      expect(existsSync(join(dir, 'workspaces', 'photos', 'one.jpg'))).toBe(true);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});

describe('the name of a workspace', () => {
  test('goes to a schema and back, and no other schema is taken for one', () => {
    for (const name of ['a', 'my-shop', '0-9']) expect(workspaceOfSchema(schemaOf(name))).toBe(name);
    for (const schema of ['public', 'stance_', 'stance_A', 'pg_catalog', 'stance__a']) expect(workspaceOfSchema(schema)).toBeNull();
  });

  test('is told with the place, never with the password', () => {
    expect(placeLabel({ url: 'postgres://me:secret@db.example:5433/stance?sslmode=require' })).toBe('postgres://db.example:5433/stance');
    expect(placeLabel({ url: 'secret' })).not.toContain('secret');
  });
});
