import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { TemplateDecision } from '../../engine/inventory/template.ts';
import { StanceError } from '../../errors.ts';
import type { OperationQuery } from '../../store/store.ts';
import type { Workspace } from '../../workspace/use-cases.ts';
import { answered } from '../answered.ts';
import {
  exchangePage,
  exchangeQuery,
  hourQuery,
  hourRows,
  nothing,
  operationDetail,
  operationFacets,
  operationFilterQuery,
  operationPage,
  operationQuery,
  ownerChange,
  thingParams,
  workspaceParams,
} from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

const exchangesShown = 50;
const dayMs = 86_400_000;

export function operationRoutes(parts: RouteParts): FastifyPluginAsyncZod {
  const { pool } = parts;
  const tags = ['inventory'];
  return async (app) => {
    app.get(
      '/operations',
      {
        schema: {
          tags,
          summary: 'Operations that match, a page at a time',
          params: workspaceParams,
          querystring: operationQuery,
          response: answered(operationPage),
        },
      },
      async (request) => {
        const { store } = await pool.get(request.params.ws);
        return store.listOperations(queryOf(request.query));
      },
    );

    app.get(
      '/operations/facets',
      {
        schema: {
          tags,
          summary: 'How many operations each value of a filter would leave',
          params: workspaceParams,
          querystring: operationFilterQuery,
          response: answered(operationFacets),
        },
      },
      async (request) => {
        const { store } = await pool.get(request.params.ws);
        return store.operationFacets(queryOf(request.query));
      },
    );

    app.get(
      '/operations/:id',
      {
        schema: {
          tags,
          summary: 'One operation with findings, documents and decisions',
          params: thingParams,
          response: answered(operationDetail),
        },
      },
      async (request) => {
        const { id, ws } = request.params;
        const workspace = await pool.get(ws);
        const operation = await existing(workspace, id);
        const [findings, decisions] = await Promise.all([workspace.store.listFindings(), workspace.store.listDecisions()]);
        return {
          operation,
          findings: findings.filter((finding) => finding.subject === id || finding.places.some((place) => place.operation === id)),
          documents: operation.declared.map(({ place, format }) => ({ file: place.file, line: place.line, format })),
          decisions: decisions.filter(
            ({ decision }) => decision.service === operation.service && namesTemplate(decision, operation.template),
          ),
        };
      },
    );

    app.get(
      '/operations/:id/exchanges',
      {
        schema: {
          tags,
          summary: 'Calls as kept (masked), newest first',
          params: thingParams,
          querystring: exchangeQuery,
          response: answered(exchangePage),
        },
      },
      async (request) => {
        const { id, ws } = request.params;
        const { before, limit = exchangesShown } = request.query;
        const workspace = await pool.get(ws);
        await existing(workspace, id);
        const pathIds = await workspace.store.pathIdsOf(id);
        const found = await workspace.store.listExchanges({ pathIds, ...(before === undefined ? {} : { beforeMs: before }), limit });
        return { rows: found, next: found.length < limit ? null : (found.at(-1)?.atMs ?? null) };
      },
    );

    app.get(
      '/operations/:id/hours',
      {
        schema: { tags, summary: 'Calls per hour', params: thingParams, querystring: hourQuery, response: answered(hourRows) },
      },
      async (request) => {
        const { id, ws } = request.params;
        const workspace = await pool.get(ws);
        const operation = await existing(workspace, id);
        const pathIds = await workspace.store.pathIdsOf(id);
        const fromMs = request.query.from ?? (operation.traffic?.lastMs ?? parts.now()) - 30 * dayMs;
        return { rows: summedByHour(await workspace.store.listRollups({ pathIds, fromMs })) };
      },
    );

    app.put(
      '/operations/:id/owner',
      {
        schema: {
          tags,
          summary: 'Who answers for the API of this operation; written to stance.yaml',
          params: thingParams,
          body: ownerChange,
          response: answered(nothing),
        },
      },
      async (request) => {
        const { id, ws } = request.params;
        await pool.change(ws, async (workspace) => {
          const { service } = await existing(workspace, id);
          await workspace.patchSettings([{ kind: 'set', path: ['apis', service, 'owner'], value: request.body.owner }], request.actor);
        });
        return {};
      },
    );
  };
}

/** The query of the page in the words of the store; exported for the list that the command line prints. */
export function queryOf(query: z.output<typeof operationQuery>): OperationQuery {
  const { state, service, method, desc, ...rest } = query;
  const defined = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...defined,
    ...(state === undefined ? {} : { states: state }),
    ...(service === undefined ? {} : { services: service }),
    ...(method === undefined ? {} : { methods: method.map((name) => name.toUpperCase()) }),
    ...(desc === undefined ? {} : { descending: desc }),
  };
}

async function existing(workspace: Workspace, id: string) {
  const operation = await workspace.store.getOperation(id);
  if (operation !== null) return operation;
  throw new StanceError('not-found', {
    message: 'There is no such operation now.',
    next: 'Look it up in the inventory: after a split or merge an operation has another id.',
  });
}

function namesTemplate(decision: TemplateDecision, template: string): boolean {
  if (decision.kind === 'merge') return decision.into === template || decision.templates.includes(template);
  return decision.template === template || (decision.kind === 'rename' && decision.into === template);
}

type HourCounts = { hourMs: number; count: number; s1: number; s2: number; s3: number; s4: number; s5: number; unanswered: number };

/** An operation is many paths; their hours are added up. */
function summedByHour(rollups: readonly HourCounts[]): HourCounts[] {
  const hours = new Map<number, HourCounts>();
  for (const row of rollups) {
    const sum = hours.get(row.hourMs) ?? { hourMs: row.hourMs, count: 0, s1: 0, s2: 0, s3: 0, s4: 0, s5: 0, unanswered: 0 };
    for (const key of ['count', 's1', 's2', 's3', 's4', 's5', 'unanswered'] as const) sum[key] += row[key];
    hours.set(row.hourMs, sum);
  }
  return [...hours.values()].sort((a, b) => a.hourMs - b.hourMs);
}
