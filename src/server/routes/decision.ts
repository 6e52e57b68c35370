import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import {
  decisionMade,
  decisionPreview,
  decisionRequest,
  nothing,
  rows,
  storedDecision,
  thingParams,
  workspaceParams,
} from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function decisionRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['inventory'];
    app.get(
      '/decisions',
      {
        schema: {
          tags,
          summary: 'Merges, splits, names, pins and exclusions',
          params: workspaceParams,
          response: answered(rows(storedDecision)),
        },
      },
      async (request) => ({ rows: await (await pool.get(request.params.ws)).store.listDecisions() }),
    );

    app.post(
      '/decisions/preview',
      {
        schema: {
          tags,
          summary: 'What a decision would do',
          params: workspaceParams,
          body: decisionRequest,
          response: answered(decisionPreview),
        },
      },
      async (request) => (await pool.get(request.params.ws)).previewDecision(request.body.decision),
    );

    app.post(
      '/decisions',
      {
        schema: {
          tags,
          summary: 'Decides; outlives re-learning',
          params: workspaceParams,
          body: decisionRequest,
          response: answered(decisionMade),
        },
      },
      async (request) => ({
        id: await pool.change(request.params.ws, (workspace) => workspace.decide(request.body.decision, request.actor)),
      }),
    );

    app.delete(
      '/decisions/:id',
      { schema: { tags, summary: 'Takes a decision back', params: thingParams, response: answered(nothing) } },
      async (request) => {
        const { id, ws } = request.params;
        await pool.change(ws, (workspace) => workspace.undoDecision(id, request.actor));
        return {};
      },
    );
  };
}
