/** Real sockets for tests of the front: an origin, a front before it, raw bytes. Everything opened here is closed after each test. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { openDecider } from './decider.fixture.ts';
import { type Front, type FrontOptions, startFront } from './front.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];

/** Something to close after the test. */
export function closeLater(close: () => Promise<unknown> | unknown): void {
  closers.push(close);
}

/** For `afterEach`: the last opened first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export async function origin(handle: (req: IncomingMessage, res: ServerResponse) => void): Promise<{ url: string; server: Server }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export async function front(options: Partial<FrontOptions> & Pick<FrontOptions, 'upstreams'>): Promise<Front> {
  const started = await startFront({
    listen: { host: '127.0.0.1', port: 0 },
    decider: openDecider(),
    client: { trustedHops: 0, header: 'x-forwarded-for' },
    ...options,
  });
  closeLater(() => started.close());
  return started;
}

export const urlOf = (at: Front, path = '/'): string => `http://127.0.0.1:${at.port}${path}`;

/** Sends bytes as they are and gives back what came until the connection closed or fell silent. */
export function raw(port: number, text: string, quietMs = 250): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let out = '';
    let timer = setTimeout(() => socket.destroy(), quietMs + 1_000);
    socket.on('data', (chunk) => {
      out += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), quietMs);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(out);
    });
  });
}
