/** Starts the application on its address and stops it without cutting anybody off. */
import { setTimeout as wait } from 'node:timers/promises';
import { StanceError } from '../errors.ts';
import { type App, buildApp } from './app.ts';
import { checkListenAddress, isLoopback } from './host-names.ts';
import type { ServerParts } from './server-parts.ts';

/** Time requests in hand get to end when the server stops; milliseconds. */
const stopMsMax = 20_000;

export interface ListenOptions {
  readonly address: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Said in so many words by whoever starts the server; without it only loopback addresses are listened on. */
  readonly allowRemote: boolean;
}

export interface RunningServer {
  /** As a browser on this machine opens it. */
  readonly url: string;
  readonly link: App['link'];
  /** A workspace as this server holds it, for a receiver that feeds it. */
  readonly workspace: App['workspace'];
  stop(): Promise<void>;
}

/** @throws StanceError `config-invalid` for an address that exposes us, `conflict` when the port is taken */
export async function serve(parts: ServerParts, listen: ListenOptions): Promise<RunningServer> {
  checkListenAddress(listen.address, listen.allowRemote);
  const app = await buildApp(parts);
  try {
    await app.fastify.listen({ host: listen.address, port: listen.port });
  } catch (cause) {
    await app.close();
    throw listenError(listen, cause);
  }
  const bound = app.fastify.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : listen.port;
  const url = `http://${shownHost(listen.address)}:${port}`;
  app.listensOn(port, url);
  try {
    await app.openAll(`stance up, ${url}`);
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    url,
    link: () => app.link(),
    workspace: (name) => app.workspace(name),
    async stop() {
      const late = new AbortController();
      const closing = app.close().finally(() => late.abort());
      // A client that neither reads nor leaves does not keep us; what was acknowledged is on disk.
      const cut = wait(stopMsMax, undefined, { signal: late.signal, ref: false }).then(
        () => app.fastify.server.closeAllConnections(),
        () => undefined,
      );
      await Promise.all([closing, cut]);
    },
  };
}

/** An address that means "all" cannot be opened; this machine reaches it by loopback. */
function shownHost(address: string): string {
  if (address === '0.0.0.0' || address === '::' || isLoopback(address)) return address === 'localhost' ? 'localhost' : '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

export function listenError({ address, port }: Pick<ListenOptions, 'address' | 'port'>, cause: unknown): StanceError {
  const code = (cause as { code?: unknown }).code;
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    EADDRINUSE: ['something else listens there', 'Stop it, or choose another port.'],
    EACCES: ['this user may not', 'Choose a port above 1023.'],
    EADDRNOTAVAIL: ['this machine does not have that address', 'Choose 127.0.0.1.'],
  };
  const [why, next] = reasons[String(code)] ?? [`the system says ${String(code ?? 'no')}`, 'Choose another address or port.'];
  return new StanceError('conflict', {
    message: `Cannot listen on ${address}:${port}: ${why}.`,
    unchanged: 'The server was not started.',
    next,
    cause,
  });
}
