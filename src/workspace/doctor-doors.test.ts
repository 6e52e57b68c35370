import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { sampleStatus } from '../store/decision-samples.fixture.ts';
import type { GuardWorker, Store } from '../store/store.ts';
import { examineDoors } from './doctor-doors.ts';
import { failModeDrillKey } from './drill-record.ts';

const nowMs = 1_800_000_000_000;

function storeOf(workers: readonly GuardWorker[], meta: Readonly<Record<string, string>>): Store {
  const parts: Partial<Store> = { listGuardWorkers: async () => workers, getMeta: async (key) => meta[key] ?? null };
  return parts as Store;
}

const worker = (doors: readonly string[], atMs = nowMs): GuardWorker => ({
  id: 'w',
  atMs,
  seen: '',
  status: sampleStatus({ doors, policyVersion: 'd-1' }),
});
const told = async (store: Store) => (await examineDoors(store, () => nowMs)).map(({ level, topic, text }) => `${level} ${topic}: ${text}`);

test('each door on this machine is asked, and one that is gone fails', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const door = `forward-auth 127.0.0.1:${port}`;
  const store = storeOf([worker([door, 'SPOE 192.0.2.1:7792'])], {});
  expect((await told(store)).slice(0, 2)).toEqual([`ok door: ${door} answers.`, expect.stringMatching(/^blind door: SPOE 192/)]);
  await new Promise((resolve) => server.close(resolve));
  expect((await told(store))[0]).toMatch(/^fail door: forward-auth/);
});

test('a drill that failed, and one that never was, are told; without a guard there is nothing to say', async () => {
  expect(await told(storeOf([worker([])], {}))).toEqual([expect.stringMatching(/^blind fail mode/)]);
  const drill = JSON.stringify({ atMs: nowMs, policyVersion: 'd-1', notReached: [], trials: [{ holds: true }, { holds: false }] });
  expect(await told(storeOf([worker([])], { [failModeDrillKey]: drill }))).toEqual(['fail fail mode: 1 of 2 trials held under d-1.']);
  expect(await told(storeOf([], {}))).toEqual([]);
});
