import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import { foldedPage, foldedQuery, inventoryView, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function inventoryRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['inventory'];
    app.get(
      '/inventory',
      { schema: { tags, summary: 'The inventory in numbers', params: workspaceParams, response: answered(inventoryView) } },
      async (request) => (await (await pool.get(request.params.ws)).store.inventorySummary()) ?? { summary: null, builtMs: null },
    );

    app.get(
      '/folded',
      {
        schema: {
          tags,
          summary: 'Paths folded away as noise, with the reason',
          params: workspaceParams,
          querystring: foldedQuery,
          response: answered(foldedPage),
        },
      },
      async (request) => {
        const { reason, text, after, limit } = request.query;
        return (await pool.get(request.params.ws)).store.listFolded({
          ...(reason === undefined ? {} : { reason }),
          ...(text === undefined ? {} : { text }),
          ...(after === undefined ? {} : { after }),
          ...(limit === undefined ? {} : { limit }),
        });
      },
    );
  };
}
