import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answeredAs } from '../answered.ts';
import { workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function eventRoutes({ pool, events }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/events',
      {
        schema: {
          tags: ['workspace'],
          summary: 'Server-sent events `inventory`, `assessment`, `decisions` and `import` (text/event-stream)',
          params: workspaceParams,
          response: answeredAs('text/event-stream', 'A stream that does not end'),
        },
      },
      async (request, reply) => {
        events.open(request, reply, await pool.get(request.params.ws));
        return reply;
      },
    );
  };
}
