import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import { nothing, rows, sourceRecord, thingParams, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function sourceRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['source'];
    app.get(
      '/sources',
      { schema: { tags, summary: 'What was imported, with its account', params: workspaceParams, response: answered(rows(sourceRecord)) } },
      async (request) => ({ rows: await (await pool.get(request.params.ws)).store.listSources() }),
    );

    app.delete(
      '/sources/:id',
      { schema: { tags, summary: 'Forgets a source', params: thingParams, response: answered(nothing) } },
      async (request) => {
        const { id, ws } = request.params;
        await pool.change(ws, (workspace) => workspace.deleteSource(id, request.actor));
        return {};
      },
    );
  };
}
