/** The web page as built in `web/dist`. Any address that is no file and no API is the page's own (the URL is its state). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

/** Built files carry a hash in their name: they never change. */
const yearSeconds = 31_536_000;

const notBuilt = `The page of Stance is not built yet.

npm start       builds it and starts the server
npm run dev     builds it anew after every change

The API answers meanwhile at /api/v1, and so does the command line: npm run -s stance -- status
`;

/** @param folder of the built page; null or without `index.html` = only a plain message is served */
export async function serveStatic(app: FastifyInstance, folder: string | null): Promise<void> {
  const isBuilt = () => folder !== null && existsSync(join(folder, 'index.html'));
  if (folder !== null && existsSync(folder)) {
    await app.register(fastifyStatic, {
      root: folder,
      wildcard: true,
      index: false,
      dotfiles: 'ignore',
      redirect: false,
      cacheControl: false,
      setHeaders: (response, path) => {
        const isHashed = path.startsWith(join(folder, 'assets'));
        response.header('cache-control', isHashed ? `public, max-age=${yearSeconds}, immutable` : 'no-cache');
      },
    });
  }
  app.get('/', { schema: { hide: true } as object }, async (_request, reply) => {
    if (!isBuilt()) return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
  app.setNotFoundHandler((request, reply) => {
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && !/^\/(?:api|assets)(?:\/|$)/.test(request.url);
    const wantsPage = isPage && (request.headers.accept ?? '*/*').includes('*/*') && !/\.[a-z0-9]+(?:\?|$)/i.test(request.url);
    const accepts = isPage && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage && !accepts) {
      return sendProblem(reply, { status: 404, code: 'not-found', detail: 'There is nothing at this address.' });
    }
    if (!isBuilt()) return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
}
