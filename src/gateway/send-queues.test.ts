import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { peerKey, sendQueues } from './send-queues.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1E6C 0200007F:C35A 01 00000400:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1E6C 0300007F:C35B 01 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0100007F:0050 0200007F:C35C 01 00000400:00000000 00:00000000 00000000     0        0 3
`;

describe('send queues', () => {
  it('tells what is queued, of the port asked for', () => {
    const queues = sendQueues(7788, (file) => (file.endsWith('6') ? '' : table));
    expect([...queues]).toEqual([[peerKey('127.0.0.2', 0xc35a), 1024]]);
  });
  it('knows nothing where there are no tables', () => {
    expect(
      sendQueues(7788, () => {
        throw new Error('no such file');
      }).size,
    ).toBe(0);
  });
  it('a mapped address is the address it means', () => {
    expect(peerKey('::ffff:127.0.0.2', 1)).toBe(peerKey('127.0.0.2', 1));
  });
  it.runIf(process.platform === 'linux')('sees what a real client leaves unread (needs Linux)', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.write(Buffer.alloc(16 * 1024 * 1024));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    client.pause();
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    await wait(200);
    expect(sendQueues(port).get(peerKey('127.0.0.1', client.localPort ?? 0))).toBeGreaterThan(0);
    client.destroy();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});
