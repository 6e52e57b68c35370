import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { StanceError } from '../../errors.ts';
import { answered } from '../answered.ts';
import { evidenceQuery, evidenceView, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function evidenceRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/evidence',
      {
        schema: {
          tags: ['control'],
          summary: 'What an evidence reference points at',
          params: workspaceParams,
          querystring: evidenceQuery,
          response: answered(evidenceView),
        },
      },
      async (request) => {
        const view = await (await pool.get(request.params.ws)).evidence(request.query.ref);
        if (view !== null) return view;
        throw new StanceError('not-found', {
          message: 'There is nothing behind that reference now.',
          next: 'Its source may have been deleted: assess again.',
        });
      },
    );
  };
}
