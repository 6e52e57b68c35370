import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { severityOrder } from '../../engine/evidence/finding.ts';
import { StanceError } from '../../errors.ts';
import { answered } from '../answered.ts';
import { findingPage, findingQuery, findingStateChange, nothing, thingParams, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

/** Findings one answer holds, the worst first; `total` tells of all. */
const findingsShownMax = 2_000;

export function findingRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['finding'];
    app.get(
      '/findings',
      {
        schema: {
          tags,
          summary: 'Findings with what was decided about them, worst first',
          params: workspaceParams,
          querystring: findingQuery,
          response: answered(findingPage),
        },
      },
      async (request) => {
        const { store } = await pool.get(request.params.ws);
        const { severity, rule, state, text } = request.query;
        const states = new Map((await store.listFindingStates()).map((decided) => [decided.id, decided]));
        const wanted = text?.toLowerCase();
        const found = (await store.listFindings())
          .map((finding) => ({ ...finding, state: states.get(finding.id) ?? null }))
          .filter(
            (row) =>
              (severity === undefined || severity.includes(row.severity)) &&
              (rule === undefined || rule.includes(row.rule)) &&
              (state === undefined || state.includes(row.state?.state ?? 'open')) &&
              (wanted === undefined || `${row.id} ${row.rule} ${row.title} ${row.subject} ${row.detail}`.toLowerCase().includes(wanted)),
          )
          .sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) || (a.id < b.id ? -1 : 1));
        return { rows: found.slice(0, findingsShownMax), total: found.length };
      },
    );

    app.post(
      '/findings/:id/state',
      {
        schema: {
          tags,
          summary: 'Accepts, dismisses, snoozes or reopens a finding',
          params: thingParams,
          body: findingStateChange,
          response: answered(nothing),
        },
      },
      async (request) => {
        const { id, ws } = request.params;
        const { state, reason, until, owner } = request.body;
        await pool.change(ws, async (workspace) => {
          if (!(await workspace.store.listFindings()).some((finding) => finding.id === id)) {
            throw new StanceError('not-found', { message: `There is no finding ${id} now.`, next: 'Reload the list.' });
          }
          const decided = { id, state, reason: reason ?? null, untilMs: until ?? null, owner: owner ?? null };
          await workspace.setFindingState(decided, request.actor);
        });
        return {};
      },
    );
  };
}
