import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../../test/postgres.ts';
import { decisionRecordsContract } from './decision-records.contract.ts';
import { openStore } from './open-store.ts';
import { policyVersionsContract } from './policy-versions.contract.ts';
import { storeContract } from './store.contract.ts';
import { START_MS, sampleBatch, samplePath, sampleRollup } from './store-samples.fixture.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces } from './workspaces.ts';

const server = await startPostgres();
const now = () => START_MS;

if (typeof server === 'string') {
  process.stderr.write(`The store is not tested on PostgreSQL: ${server}.\n`);
  test.skip(`keeps the store contract on PostgreSQL (needs a PostgreSQL of npm for this platform: ${server})`);
} else {
  const { url } = server;
  afterAll(() => server.stop());

  storeContract('PostgreSQL', () => ({ url }));
  decisionRecordsContract('PostgreSQL', () => ({ url }));
  policyVersionsContract('PostgreSQL', () => ({ url }));

  describe('a PostgreSQL database of workspaces', () => {
    test('lists workspaces with badge and size, and deletes one and nothing else', async () => {
      await createWorkspace({ url }, 'list-shop', 'sample', now);
      await createWorkspace({ url }, 'list-own', null, now);
      await expect(createWorkspace({ url }, 'list-own', null, now)).rejects.toMatchObject({ code: 'conflict' });
      const listed = async () => (await listWorkspaces({ url }, now)).filter((entry) => entry.name.startsWith('list-'));
      expect((await listed()).map(({ name, badge, unreadable }) => [name, badge, unreadable])).toEqual([
        ['list-own', null, null],
        ['list-shop', 'sample', null],
      ]);
      expect((await listed())[0]?.sizeBytes).toBeGreaterThan(0);
      const writer = await openStore({ url, workspace: 'list-shop', mode: 'write', now });
      await expect(deleteWorkspace({ url }, 'list-shop', now)).rejects.toMatchObject({ code: 'workspace-busy' });
      await writer.close();
      await deleteWorkspace({ url }, 'list-shop', now);
      expect((await listed()).map((entry) => entry.name)).toEqual(['list-own']);
      await expect(deleteWorkspace({ url }, 'list-shop', now)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('keeps every acknowledged step when the server falls over in the middle, and goes on with the lock won again', async () => {
      const store = await openStore({ url, workspace: 'fallen', mode: 'write', now });
      const acknowledged: number[] = [];
      let refused = 0;
      let crash: Promise<void> | null = null;
      for (let id = 1; id <= 60; id++) {
        if (id === 20) crash = server.crash();
        try {
          await store.commitImport(sampleBatch({ paths: [samplePath(id)], rollups: [sampleRollup(1, START_MS, 1)] }));
          acknowledged.push(id);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('does not answer') });
          refused++;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      await crash;
      await store.commitImport(sampleBatch({ paths: [samplePath(100)] }));
      expect(refused).toBeGreaterThan(0);
      await expect(openStore({ url, workspace: 'fallen', mode: 'write', now })).rejects.toMatchObject({ code: 'workspace-busy' });
      const kept = (await store.listPaths()).map((path) => path.id);
      expect(kept).toEqual(expect.arrayContaining([...acknowledged, 100]));
      // A commit whose answer was lost may be there unacknowledged; it counts once, as every other.
      expect((await store.listRollups({ fromMs: 0 }))[0]?.count).toBe(kept.length - 1);
      await store.close();
    });

    test('lets no writer go on that lost its connection and, with it, the lock to another', async () => {
      const first = await openStore({ url, workspace: 'contested', mode: 'write', now, holder: 'first' });
      await first.setMeta('who', 'first');
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      const ended = await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '% first'");
      expect(ended.rowCount).toBe(1);
      await admin.end();
      const second = await openStore({ url, workspace: 'contested', mode: 'write', now, holder: 'second' });
      await expect(first.setMeta('who', 'first again')).rejects.toMatchObject({
        code: 'workspace-busy',
        message: expect.stringContaining('(second on'),
      });
      expect(await second.getMeta('who')).toBe('first');
      await second.close();
      await first.setMeta('who', 'first again');
      await first.close();
    });

    test('says that the server does not answer, and never the password', async () => {
      const unreachable = new URL(url);
      unreachable.port = '1';
      unreachable.password = 'hunter2';
      const failed = await openStore({ url: unreachable.href, workspace: 'a', mode: 'write', now }).catch((cause: unknown) => cause);
      expect(failed).toMatchObject({ code: 'workspace-unreadable', message: expect.stringContaining('127.0.0.1:1') });
      expect(String(failed)).not.toContain('hunter2');
      const absent = url.replace(/postgres$/, 'absent');
      await expect(openStore({ url: absent, workspace: 'a', mode: 'write', now })).rejects.toMatchObject({
        message: expect.stringContaining('no such database'),
      });
    });
  });
}
