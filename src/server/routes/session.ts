import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answered } from '../answered.ts';
import { linkView, sessionView } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';
import { sessionLifeMs } from '../session.ts';
import { defaultWorkspace } from './workspace.ts';

export function sessionRoutes(parts: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/session',
      { schema: { tags: ['session'], summary: 'Who is signed in', response: answered(sessionView) } },
      async (request) => ({
        actor: request.actor,
        workspaceDefault: await defaultWorkspace(parts),
        version: parts.version,
        csrf: request.csrf,
      }),
    );

    app.post(
      '/session/links',
      { schema: { tags: ['session'], summary: 'A new one-time link; what `stance link` asks for', response: answered(linkView) } },
      async () => {
        const { token, expiresMs } = parts.sessions.makeLink();
        return { url: linkAddress(parts.address(), token), expiresMs };
      },
    );
  };
}

export function linkAddress(address: string, token: string): string {
  return `${address}/open?token=${token}`;
}

const openQuery = z.strictObject({ token: z.string().max(100) });

const usedUp = `This link was used already, or is too old.

stance link                     prints a new one
npm run -s stance -- link       the same, in the folder of Stance
`;

/** Turns the one-time link into a session cookie. SameSite=Strict: no other site's request ever carries it. */
export function addOpenRoute(app: FastifyInstance, parts: RouteParts, cookieName: () => string): void {
  app.get('/open', { schema: { hide: true } as object }, async (request, reply) => {
    const query = openQuery.safeParse(request.query);
    const session = query.success ? parts.sessions.openLink(query.data.token) : null;
    reply.header('cache-control', 'no-store');
    if (session === null) return reply.code(401).type('text/plain; charset=utf-8').send(usedUp);
    return reply
      .setCookie(cookieName(), session.cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: parts.address().startsWith('https:'),
        maxAge: sessionLifeMs / 1000,
      })
      .redirect('/', 303);
  });
}
