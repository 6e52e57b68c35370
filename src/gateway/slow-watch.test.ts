import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Mode } from '../engine/evidence/decision.ts';
import { Connection, ConnectionTable, type InFlight } from './connection-table.ts';
import { openDecider } from './decider.fixture.ts';
import type { ConnectionFault } from './decider.ts';
import { peerKey } from './send-queues.ts';
import { HEAD_MS_MAX, IDLE_PER_SOURCE_MAX, SlowWatch, SUSPECTS_PER_SOURCE_MAX } from './slow-watch.ts';

let ports = 1000;

/** As much of a socket as is looked at. */
class FakeSocket extends EventEmitter {
  bytesRead = 0;
  bytesWritten = 0;
  writableLength = 0;
  readableLength = 0;
  isPaused = () => false;
  remoteAddress = '203.0.113.9';
  remotePort = ++ports;
  destroyed = false;
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

interface Client {
  readonly socket: FakeSocket;
  readonly connection: Connection;
}

function world(mode: Mode = 'block', isBehindProxy = false) {
  let nowMs = 0;
  const faults: ConnectionFault[] = [];
  const queues = new Map<string, number>();
  const connections = new ConnectionTable();
  const decider = openDecider({ broken: (fault) => void faults.push(fault) });
  const watch = new SlowWatch({
    connections,
    decider: () => decider,
    mode: () => mode,
    isBehindProxy: () => isBehindProxy,
    now: () => nowMs,
    queues: () => queues,
  });
  watch.stop();
  return {
    faults,
    queues,
    connect(address = '203.0.113.9'): Client {
      const socket = new FakeSocket();
      const peer = { address, scheme: 'http' as const, tlsVersion: null, certificate: null };
      const connection = new Connection(socket as unknown as Socket, peer, 'h1', nowMs);
      connections.add(connection);
      return { socket, connection };
    },
    /** Seconds go by; each second `each` happens and the watch looks. */
    pass(seconds: number, each: () => void = () => undefined) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1000;
        each();
        watch.sweep();
      }
    },
  };
}

function receiving(client: Client): InFlight {
  const exchange = { startedMs: 0, isReceiving: true, requestBytes: 0, broke: () => undefined };
  client.connection.began(exchange);
  return exchange;
}

function answering(client: Client): void {
  client.connection.began({ startedMs: 0, isReceiving: false, requestBytes: 0, broke: () => undefined });
}

const count = 30;
const many = (make: () => Client) => Array.from({ length: count }, make);
const open = (clients: readonly Client[]) => clients.filter((client) => !client.socket.destroyed).length;

describe('slow watch', () => {
  it('heads that never end: a source keeps a handful at once, and none for longer than a head may take', () => {
    const { connect, pass, faults } = world();
    const clients = many(() => connect());
    for (const client of clients) client.socket.bytesRead = 60;
    pass(4);
    expect(open(clients)).toBe(SUSPECTS_PER_SOURCE_MAX);
    pass(HEAD_MS_MAX / 1000);
    expect([open(clients), faults[0]?.rule, faults[0]?.clientAddress]).toEqual([0, 'behaviour.slow-headers', '203.0.113.9']);
  });
  it('a head that drips is told as such', () => {
    const { connect, pass, faults } = world();
    const clients = Array.from({ length: SUSPECTS_PER_SOURCE_MAX }, () => connect());
    pass(9, () => {
      for (const client of clients) client.socket.bytesRead += 1;
    });
    expect([open(clients), faults.map((fault) => fault.rule)]).toEqual([0, ['behaviour.slow-drip']]);
  });
  it('bodies that trickle are cut by their rate', () => {
    const { connect, pass, faults } = world();
    const clients = many(() => connect());
    for (const client of clients) receiving(client);
    pass(7, () => {
      for (const client of clients) client.socket.bytesRead += 10;
    });
    expect([open(clients), faults[0]?.rule]).toEqual([0, 'behaviour.slow-body']);
  });
  it('an upload on a slow line that moves is left alone', () => {
    const { connect, pass, faults } = world();
    const clients = many(() => connect());
    for (const client of clients) receiving(client);
    pass(60, () => {
      for (const client of clients) client.socket.bytesRead += 2_000;
    });
    expect([open(clients), faults]).toEqual([count, []]);
  });
  it('readers that do not read are cut', () => {
    const { connect, pass, faults } = world();
    const clients = many(() => connect());
    for (const client of clients) {
      answering(client);
      client.socket.bytesWritten = 4_000_000;
      client.socket.writableLength = 3_000_000;
    }
    pass(7);
    expect([open(clients), faults[0]?.rule]).toEqual([0, 'behaviour.slow-read']);
  });
  it('an answer that the kernel holds because nobody reads it is no idle connection', () => {
    const { connect, pass, faults, queues } = world();
    const clients = many(() => connect());
    for (const client of clients) {
      answering(client);
      client.connection.exchanges.clear();
      client.socket.bytesWritten = 4_000_000;
      queues.set(peerKey(client.socket.remoteAddress, client.socket.remotePort), 2_000_000);
    }
    pass(7);
    expect([open(clients), faults[0]?.rule]).toEqual([0, 'behaviour.slow-read']);
  });
  it('long polls and event streams, which have nothing to send, are left alone', () => {
    const { connect, pass, faults } = world();
    const clients = many(() => connect());
    for (const client of clients) answering(client);
    pass(120);
    expect([open(clients), faults]).toEqual([count, []]);
  });
  it('of idle connections a source keeps so many, the youngest', () => {
    const { connect, pass } = world();
    const clients = Array.from({ length: IDLE_PER_SOURCE_MAX + 20 }, () => connect());
    for (const client of clients) {
      answering(client);
      client.connection.exchanges.clear();
    }
    pass(2);
    expect(open(clients)).toBe(IDLE_PER_SOURCE_MAX);
  });
  it('behind a proxy of ours no share of a source applies, time does', () => {
    const { connect, pass } = world('block', true);
    const clients = many(() => connect());
    pass(5);
    expect(open(clients)).toBe(count);
    pass(5);
    expect(open(clients)).toBe(0);
  });
  it('an attack from many addresses is told together', () => {
    const { connect, pass, faults } = world();
    Array.from({ length: 200 }, (_, at) => connect(`203.0.113.${at}`));
    pass(21);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.reduce((sum, fault) => sum + fault.count, 0)).toBeGreaterThanOrEqual(150);
  });
  it('logging cuts nothing and tells all the same', () => {
    const { connect, pass, faults } = world('log');
    const clients = many(() => connect());
    pass(12);
    expect([open(clients), faults.length > 0]).toEqual([count, true]);
  });
});
