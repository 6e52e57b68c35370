/** Server-sent events of a workspace: what the page listens to instead of asking again and again. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StanceError } from '../errors.ts';
import type { Workspace, WorkspaceEvent } from '../workspace/use-cases.ts';
import { securityHeaders } from './security-headers.ts';

/** Listeners at once, all workspaces together. */
const clientsMax = 64;
/** A comment line this often keeps proxies and the browser from giving up. */
const heartbeatMs = 15_000;
/** A listener that is this far behind is let go; it connects again and asks for the state. */
const behindBytesMax = 256 * 1024;
/** What the browser waits before it connects again. */
const reconnectMs = 2_000;

export class EventStreams {
  readonly #ends = new Map<object, { readonly workspace: string; readonly end: () => void }>();
  #closed = false;

  get size(): number {
    return this.#ends.size;
  }

  /** Turns the request into a stream of `workspace`'s events until either side ends it. */
  open(request: FastifyRequest, reply: FastifyReply, workspace: Workspace): void {
    if (this.#closed || this.#ends.size >= clientsMax) {
      throw new StanceError('workspace-busy', {
        message: `${clientsMax} pages are listening already.`,
        next: 'Close a page; this one asks again by itself.',
      });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const send = (text: string): void => {
      if (raw.writableLength > behindBytesMax) end();
      else raw.write(text);
    };
    const stop = workspace.onEvent((event) => send(frameOf(event)));
    const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs);
    heartbeat.unref();
    const end = (): void => {
      if (!this.#ends.delete(raw)) return;
      clearInterval(heartbeat);
      stop();
      raw.end();
    };
    this.#ends.set(raw, { workspace: workspace.name, end });
    raw.on('close', end);
    raw.on('error', end);
    request.raw.socket.setNoDelay(true);
    send(`retry: ${reconnectMs}\n\n`);
  }

  /** Ends the streams of a workspace that is deleted, or all. */
  close(workspace?: string): void {
    if (workspace === undefined) this.#closed = true;
    for (const client of [...this.#ends.values()]) if (workspace === undefined || client.workspace === workspace) client.end();
  }
}

/** JSON holds no line break, so one `data` line is enough. */
function frameOf(event: WorkspaceEvent): string {
  return `event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}
