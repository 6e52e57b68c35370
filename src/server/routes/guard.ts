import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { guardOverview } from '../../workspace/guard-status.ts';
import { answered } from '../answered.ts';
import { guardStatus, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function guardRoutes({ pool, now }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/guard/status',
      {
        schema: {
          tags: ['guard'],
          summary: 'Workers of the guard: doors, policy, what failed open and what was lost',
          params: workspaceParams,
          response: answered(guardStatus),
        },
      },
      async (request) => guardOverview((await pool.get(request.params.ws)).store, now()),
    );
  };
}
