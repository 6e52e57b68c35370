import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { limitsYaml, suggestLimits } from '../../workspace/limit-suggestions.ts';
import { answered } from '../answered.ts';
import { limitSuggestions, limitSuggestionsQuery, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function limitRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/limits/suggestions',
      {
        schema: {
          tags: ['policy'],
          summary: 'Limits that recorded traffic suggests, and whom each would have hit',
          params: workspaceParams,
          querystring: limitSuggestionsQuery,
          response: answered(limitSuggestions),
        },
      },
      async (request) => {
        const { operation, by } = request.query;
        const { store } = await pool.get(request.params.ws);
        const found = await suggestLimits(store, operation ?? null, by ?? 'identity');
        return { rows: found, yaml: limitsYaml(found) };
      },
    );
  };
}
