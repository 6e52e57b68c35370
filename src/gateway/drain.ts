/** Leaving without breaking anything: no new connection, no new request, but every answer that is owed within the bound. */
import type { Server } from 'node:http';
import type { ConnectionTable } from './connection-table.ts';

/** Longest that requests in flight may take once the end was announced. */
export const DRAIN_MS_MAX = 30_000;
const LOOK_EVERY_MS = 20;

/** How a drain ended. */
export interface Drained {
  /** Requests that were cut because the bound was reached. */
  readonly cut: number;
  readonly tookMs: number;
}

/** INVARIANT: after it returns the server holds no connection. */
export async function drain(server: Server, connections: ConnectionTable, withinMs: number = DRAIN_MS_MAX): Promise<Drained> {
  const startedMs = performance.now();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  while (performance.now() - startedMs < withinMs && closeIdle(connections) > 0)
    await new Promise((next) => setTimeout(next, LOOK_EVERY_MS));
  let cut = 0;
  for (const connection of connections.values()) {
    cut += connection.exchanges.size;
    connection.destroy();
  }
  server.closeAllConnections();
  await closed;
  // A socket leaves the table on its own `close`, which may come after the server's.
  while (connections.size > 0) await new Promise((next) => setImmediate(next));
  return { cut, tookMs: performance.now() - startedMs };
}

/** Ends connections that owe nothing; returns how many still do. */
function closeIdle(connections: ConnectionTable): number {
  let busy = 0;
  for (const connection of connections.values()) {
    if (connection.exchanges.size > 0) busy++;
    else connection.close();
  }
  return busy;
}
