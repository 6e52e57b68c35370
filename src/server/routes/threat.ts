import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { StanceError } from '../../errors.ts';
import type { DecisionFilter, DecisionQuery } from '../../store/store.ts';
import { drawDecisions, spanned, summariseThreats } from '../../workspace/threats-queries.ts';
import { answered } from '../answered.ts';
import {
  decisionFacets,
  decisionFilterQuery,
  decisionPage,
  decisionQuery,
  decisionRecord,
  decisionSeries,
  decisionSeriesQuery,
  type decisionFilterQuery as FilterSchema,
  thingParams,
  threatSummary,
  workspaceParams,
} from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function threatRoutes({ pool, now }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['threat'];
    app.get(
      '/threats/summary',
      {
        schema: {
          tags,
          summary: 'What the guard decided in a span, and what stands out',
          params: workspaceParams,
          querystring: decisionFilterQuery,
          response: answered(threatSummary),
        },
      },
      async (request) => {
        const { store } = await pool.get(request.params.ws);
        return summariseThreats(store, queryOf(request.query), now());
      },
    );

    app.get(
      '/threats/series',
      {
        schema: {
          tags,
          summary: 'Requests, blocked and would-be blocked over time',
          params: workspaceParams,
          querystring: decisionSeriesQuery,
          response: answered(decisionSeries),
        },
      },
      async (request) => {
        const { step, ...filter } = request.query;
        const { store } = await pool.get(request.params.ws);
        return drawDecisions(store, queryOf(filter), step ?? null, now());
      },
    );

    app.get(
      '/threats/decisions',
      {
        schema: {
          tags,
          summary: 'Decisions that were not plainly allow, newest first',
          params: workspaceParams,
          querystring: decisionQuery,
          response: answered(decisionPage),
        },
      },
      async (request) => {
        const { after, limit, ...filter } = request.query;
        const { store } = await pool.get(request.params.ws);
        return store.listDecisionRecords({
          ...spanned(queryOf(filter), now()),
          ...(after === undefined ? {} : { after }),
          ...(limit === undefined ? {} : { limit }),
        });
      },
    );

    app.get(
      '/threats/decisions/:id',
      {
        schema: {
          tags,
          summary: 'One decision by the number its caller was shown',
          params: thingParams,
          response: answered(decisionRecord),
        },
      },
      async (request) => {
        const { id, ws } = request.params;
        const found = await (await pool.get(ws)).store.findDecisionRecord(id);
        if (found === null)
          throw new StanceError('not-found', {
            message: `No decision is kept under ${id}.`,
            next: 'Look for it by client, rule and time: identical decisions of a flood share one record, and records are kept for 30 days.',
          });
        return found;
      },
    );

    app.get(
      '/threats/facets',
      {
        schema: {
          tags,
          summary: 'How often each value occurs, under every filter but its own',
          params: workspaceParams,
          querystring: decisionFilterQuery,
          response: answered(decisionFacets),
        },
      },
      async (request) => {
        const { store } = await pool.get(request.params.ws);
        return store.decisionFacets(spanned(queryOf(request.query), now()));
      },
    );
  };
}

/** `rule=a&not.client=b` as the store asks for it. */
export function queryOf(given: z.output<typeof FilterSchema>): DecisionQuery {
  const only: Record<string, readonly string[]> = {};
  const not: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(given)) {
    if (!Array.isArray(values)) continue;
    if (name.startsWith('not.')) not[name.slice('not.'.length)] = values;
    else only[name] = values;
  }
  return {
    ...(given.from === undefined ? {} : { fromMs: given.from }),
    ...(given.to === undefined ? {} : { toMs: given.to }),
    only: only satisfies DecisionFilter,
    not: not satisfies DecisionFilter,
  };
}
