import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answered } from '../answered.ts';
import { auditEntry, auditQuery, doctorLine, list, rows, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function doctorRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['workspace'];
    app.get(
      '/doctor',
      {
        schema: {
          tags,
          summary: 'What works, what is doubtful, what cannot be seen',
          params: workspaceParams,
          response: answered(z.strictObject({ lines: list(doctorLine) })),
        },
      },
      async (request) => ({ lines: await (await pool.get(request.params.ws)).doctor() }),
    );

    app.get(
      '/audit',
      {
        schema: {
          tags,
          summary: 'Who did what, newest first',
          params: workspaceParams,
          querystring: auditQuery,
          response: answered(rows(auditEntry)),
        },
      },
      async (request) => ({ rows: await (await pool.get(request.params.ws)).store.listAudit(request.query.limit ?? 100) }),
    );
  };
}
