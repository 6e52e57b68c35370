import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import { changeDecision, changeRecord, rows, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function changeRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['change'];
    app.get(
      '/changes',
      { schema: { tags, summary: 'What became of proposed changes', params: workspaceParams, response: answered(rows(changeRecord)) } },
      async (request) => ({ rows: await (await pool.get(request.params.ws)).store.listChanges() }),
    );

    app.post(
      '/changes',
      {
        schema: {
          tags,
          summary: 'Accepts, puts off or declines the one change',
          params: workspaceParams,
          body: changeDecision,
          response: answered(changeRecord),
        },
      },
      async (request) => {
        const { key, action, reason, until, owner } = request.body;
        const decision = { action, reason: reason ?? null, untilMs: until ?? null, owner: owner ?? null };
        return pool.change(request.params.ws, (workspace) => workspace.decideChange(key, decision, request.actor));
      },
    );
  };
}
