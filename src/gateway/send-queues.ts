/**
 * What the kernel still holds for each client of a port. A program is told that its bytes were "written" once the kernel has
 * them; a client that reads nothing can leave megabytes there, and its connection looks idle. Linux only; elsewhere nothing
 * is known, and time alone bounds such connections.
 */
import { readFileSync } from 'node:fs';

/** Lines looked at of each table; a machine with more connections has other troubles. */
const LINES_MAX = 100_000;
const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/** Bytes not yet taken by the other end, by `peerKey`; only connections that have any. Empty where the tables cannot be read. */
export function sendQueues(
  localPort: number,
  read: (file: string) => string = (file) => readFileSync(file, 'latin1'),
): ReadonlyMap<string, number> {
  const queues = new Map<string, number>();
  const local = `:${localPort.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of tables) {
    let text: string;
    try {
      text = read(table);
    } catch {
      continue;
    }
    let from = text.indexOf('\n') + 1;
    for (let line = 0; line < LINES_MAX && from > 0 && from < text.length; line++) {
      const end = text.indexOf('\n', from);
      const fields = text
        .slice(from, end < 0 ? text.length : end)
        .trim()
        .split(/\s+/, 5);
      from = end + 1;
      const [, own, peer, , queued] = fields;
      if (own === undefined || peer === undefined || queued === undefined || !own.endsWith(local)) continue;
      const bytes = Number.parseInt(queued.slice(0, 8), 16);
      if (bytes > 0) queues.set(peerKeyOf(peer), bytes);
      if (end < 0) break;
    }
  }
  return queues;
}

/** Of a table's `0100007F:C35A`: port and last four bytes of the address, which is enough to tell clients of one port apart. */
function peerKeyOf(text: string): string {
  const colon = text.indexOf(':');
  return `${Number.parseInt(text.slice(colon + 1), 16)} ${text.slice(Math.max(0, colon - 8), colon)}`;
}

/** The same of a socket's peer. */
export function peerKey(address: string, port: number): string {
  const four = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (four !== null) {
    const bytes = [four[4], four[3], four[2], four[1]].map((byte) => Number(byte).toString(16).padStart(2, '0'));
    return `${port} ${bytes.join('').toUpperCase()}`;
  }
  // The last two groups of an IPv6 address, bytes in the order of a little-endian word.
  const [, left = '0', right = '0'] = /([0-9a-f]*):([0-9a-f]*)$/i.exec(address) ?? [];
  const hex = left.padStart(4, '0') + right.padStart(4, '0');
  return `${port} ${(hex.match(/../g) ?? []).reverse().join('').toUpperCase()}`;
}
