/** The open connections of a front: who is there, since when, and what each is busy with. Whoever hunts slow clients reads it. */
import type { Socket } from 'node:net';
import type { Peer } from './request-head.ts';

/** A request in flight, as whoever watches connections sees it. */
export interface InFlight {
  /** Monotonic, `performance.now()`. */
  readonly startedMs: number;
  /** Whether its body is still coming. */
  readonly isReceiving: boolean;
  /** Bytes of the body so far. */
  readonly requestBytes: number;
  /** The parser met something that is no HTTP within its body. */
  broke(incident: string): void;
}

/** One connection of a client. `socket.bytesRead` and `socket.bytesWritten` count what passed, TLS included. */
export class Connection {
  readonly socket: Socket;
  readonly peer: Peer;
  protocol: 'h1' | 'h2';
  readonly sinceMs: number;
  /** Requests begun on it. */
  requests = 0;
  /** Requests in flight: at most one on HTTP/1 unless the client pipelines. */
  readonly exchanges = new Set<InFlight>();
  /** It was refused for what came over it; nothing further on it is looked at. */
  isBroken = false;
  /** Called when the last exchange in flight ended. */
  onIdle: (() => void) | null = null;
  /** How this protocol says goodbye; null = by closing. */
  onClose: (() => void) | null = null;

  constructor(socket: Socket, peer: Peer, protocol: 'h1' | 'h2', sinceMs: number) {
    this.socket = socket;
    this.peer = peer;
    this.protocol = protocol;
    this.sinceMs = sinceMs;
  }

  began(exchange: InFlight): void {
    this.requests++;
    this.exchanges.add(exchange);
  }

  ended(exchange: InFlight): void {
    this.exchanges.delete(exchange);
    if (this.exchanges.size === 0) this.onIdle?.();
  }

  /** Asks for nothing more on it: what is in flight ends, then it closes. */
  close(): void {
    if (this.onClose === null) this.socket.end();
    else this.onClose();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** INVARIANT: holds exactly the connections that are open; the listener's own bound limits how many. */
export class ConnectionTable {
  private readonly bySocket = new Map<Socket, Connection>();

  get size(): number {
    return this.bySocket.size;
  }

  add(connection: Connection): void {
    this.bySocket.set(connection.socket, connection);
    connection.socket.once('close', () => this.bySocket.delete(connection.socket));
  }

  of(socket: Socket): Connection | undefined {
    return this.bySocket.get(socket);
  }

  values(): Iterable<Connection> {
    return this.bySocket.values();
  }
}
