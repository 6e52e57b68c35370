import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from './database.ts';
import { kyselyStore } from './kysely-store.ts';
import { migrate } from './migrations/migrate.ts';
import { openStore } from './open-store.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { storageError } from './storage-error.ts';
import { START_MS, sampleBatch, sampleOperation, samplePath, sampleSnapshot } from './store-samples.fixture.ts';
import type { Tables } from './tables.ts';
import { databaseFile, workspaceDir } from './workspace-name.ts';

const now = () => START_MS;
let dir = '';
const open = (mode: 'read' | 'write') => openStore({ dir, workspace: 'main', mode, now });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-faults-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs `work` as somebody without special rights: root may write everywhere, so permissions would prove nothing. */
async function withoutRights<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function filled(): Promise<void> {
  const store = await open('write');
  await store.commitImport(sampleBatch({ paths: Array.from({ length: 300 }, (_, id) => samplePath(id)) }));
  await store.saveInventory(sampleSnapshot(Array.from({ length: 300 }, (_, at) => sampleOperation(at))));
  await store.close();
}

describe('a data folder without permission', () => {
  test('is refused in clear words when it may not be written, and nothing is made in it', async () => {
    chmodSync(dir, 0o555);
    await withoutRights(async () => {
      await expect(open('write')).rejects.toMatchObject({
        code: 'workspace-unreadable',
        message: expect.stringContaining('may not read or write'),
      });
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is refused when the database in it may not be read', async () => {
    await filled();
    chmodSync(dir, 0o755);
    await withoutRights(async () => {
      // The workspace folder is its owner's alone.
      if (process.getuid?.() === 0) await expect(open('write')).rejects.toMatchObject({ code: 'workspace-unreadable' });
    });
    const folder = workspaceDir(dir, 'main');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(join(dir, 'workspaces'), 0o755);
    chmodSync(folder, 0o755);
    chmodSync(databaseFile(dir, 'main'), 0o000);
    await withoutRights(async () => {
      await expect(open('read')).rejects.toMatchObject({ code: 'workspace-unreadable' });
      await expect(open('write')).rejects.toMatchObject({ code: 'workspace-unreadable' });
    });
    chmodSync(databaseFile(dir, 'main'), 0o600);
  });

  test('can be read when it may not be written and nobody writes', async () => {
    await filled();
    const folder = workspaceDir(dir, 'main');
    for (const path of [dir, join(dir, 'workspaces'), folder]) chmodSync(path, 0o555);
    chmodSync(databaseFile(dir, 'main'), 0o444);
    await withoutRights(async () => {
      const store = await open('read');
      expect(await store.allOperations()).toHaveLength(300);
      await store.close();
      await expect(open('write')).rejects.toMatchObject({ code: 'workspace-unreadable' });
    });
    for (const path of [dir, join(dir, 'workspaces'), folder]) chmodSync(path, 0o755);
  });

  test('is refused when a file stands in its place', async () => {
    writeFileSync(join(dir, 'workspaces'), 'in the way');
    await expect(open('write')).rejects.toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('A file stands') });
    expect(readFileSync(join(dir, 'workspaces'), 'utf8')).toBe('in the way');
  });
});

describe('a damaged database', () => {
  test('is refused when it is no database, and left as it is', async () => {
    await filled();
    const file = databaseFile(dir, 'main');
    writeFileSync(file, 'not a database at all, but long enough to be read as one'.repeat(40));
    const before = readFileSync(file);
    for (const mode of ['write', 'read'] as const)
      await expect(open(mode)).rejects.toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('damaged') });
    expect(readFileSync(file).equals(before)).toBe(true);
    // The failed attempts let go of the lock.
    rmSync(file);
    await filled();
  });

  test('is named as such when pages in its middle are garbage or missing', async () => {
    await filled();
    const file = databaseFile(dir, 'main');
    const bytes = readFileSync(file);
    for (const damage of [() => writeFileSync(file, garbled(bytes)), () => truncateSync(file, bytes.length >> 1)]) {
      writeFileSync(file, bytes);
      damage();
      const failed = await (async () => {
        const store = await open('read');
        try {
          await store.allOperations();
          await store.listPaths();
          return null;
        } finally {
          await store.close();
        }
      })().catch((cause: unknown) => cause);
      expect(failed).toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('damaged') });
    }
  });

  test('does not stop a workspace beside it', async () => {
    await filled();
    writeFileSync(databaseFile(dir, 'main'), 'garbage'.repeat(1000));
    const other = await openStore({ dir, workspace: 'other', mode: 'write', now });
    await other.setMeta('badge', 'sample');
    await other.close();
  });
});

/** Everything from the sixth page on overwritten; the tables' own descriptions stay readable. */
function garbled(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xa5, 5 * 4096);
  return copy;
}

describe('a database that may not grow', () => {
  test('refuses a step whole, keeps the ones before, and takes the next one that fits', async () => {
    mkdirSync(workspaceDir(dir, 'main'), { recursive: true });
    const file = databaseFile(dir, 'main');
    const connect = (pagesMax: number) => () => {
      const database = new DatabaseSync(file);
      database.exec(`pragma journal_mode = wal; pragma max_page_count = ${pagesMax}`);
      return database;
    };
    const where = 'workspace "main"';
    const writer = new Kysely<Tables>({ dialect: sqliteDialect({ open: connect(250), connections: 1 }) });
    await migrate(writer, { dialect: 'sqlite', where, now });
    const reader = new Kysely<Tables>({ dialect: sqliteDialect({ open: connect(250), connections: 1 }) });
    const database = new Database({ dialect: 'sqlite', where, reader, writer });
    const store = kyselyStore(database, { sizeBytes: async () => null, describeHolder: async () => {}, close: () => database.close() });

    await store.commitImport(sampleBatch({ paths: [samplePath(1)] }));
    const tooMuch = sampleBatch({ paths: Array.from({ length: 2000 }, (_, id) => samplePath(id + 2)) });
    await expect(store.commitImport(tooMuch)).rejects.toMatchObject({ code: 'storage-full' });
    await expect(store.saveInventory(sampleSnapshot(Array.from({ length: 2000 }, (_, at) => sampleOperation(at))))).rejects.toMatchObject({
      code: 'storage-full',
    });
    expect((await store.listPaths()).map((path) => path.id)).toEqual([1]);
    expect(await store.inventorySummary()).toBeNull();
    await store.commitImport(sampleBatch({ paths: [samplePath(2)] }));
    expect((await store.listPaths()).map((path) => path.id)).toEqual([1, 2]);
    await store.close();
  });
});

describe('errors of the machine', () => {
  test('become what a user can act on', () => {
    const rows: readonly [Record<string, unknown>, string][] = [
      [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, 'storage-full'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 778 }, 'storage-full'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 266 }, 'workspace-unreadable'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 11 }, 'workspace-unreadable'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 26 }, 'workspace-unreadable'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 1032 }, 'workspace-unreadable'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 14 }, 'workspace-unreadable'],
      [{ code: 'ERR_SQLITE_ERROR', errcode: 5 }, 'workspace-busy'],
      [{ code: 'ENOSPC' }, 'storage-full'],
      [{ code: 'EDQUOT' }, 'storage-full'],
      [{ code: 'EROFS' }, 'workspace-unreadable'],
      [{ code: 'ECONNREFUSED' }, 'workspace-unreadable'],
      [{ code: '53100' }, 'storage-full'],
      [{ code: '57P01' }, 'workspace-unreadable'],
      [{ code: '28P01' }, 'workspace-unreadable'],
      [{ code: '42501' }, 'workspace-unreadable'],
    ];
    for (const [fields, code] of rows) {
      const cause = Object.assign(new Error('x'), fields);
      expect(storageError(cause, 'it')).toMatchObject({ code, cause });
    }
    expect(rows).toHaveLength(16);
  });

  test('that are our own mistakes come through as they are', () => {
    for (const fields of [{ code: 'ERR_SQLITE_ERROR', errcode: 1555 }, { code: '23505' }, { code: '42601' }, {}]) {
      const cause = Object.assign(new Error('x'), fields);
      expect(storageError(cause, 'it')).toBe(cause);
    }
  });
});

describe('a workspace in another form', () => {
  test('is refused to both modes when a newer version wrote it, and left as it is', async () => {
    await filled();
    const database = new DatabaseSync(databaseFile(dir, 'main'));
    database.exec("insert into migrations (number, name, at_ms) values (99, 'from-the-future', 0)");
    database.close();
    for (const mode of ['write', 'read'] as const)
      await expect(open(mode)).rejects.toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('from-the-future') });
    expect(existsSync(databaseFile(dir, 'main'))).toBe(true);
  });
});
