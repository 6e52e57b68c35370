import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Assessment } from '../../engine/posture/assessment.ts';
import { answered } from '../answered.ts';
import { assessment, ledgerLine, ledgerQuery, posture, rows, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

/** Units a control shows on the first page; the worst come first. */
const unitsShownMax = 10;
const ledgerShown = 50;
/** History on the first page, days. */
const historyDays = 400;
const dayMs = 86_400_000;

export function postureRoutes({ pool, now }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['posture'];
    app.get(
      '/posture',
      { schema: { tags, summary: 'Score, ledger, the one change', params: workspaceParams, response: answered(posture) } },
      async (request) => {
        const workspace = await pool.get(request.params.ws);
        const { store } = workspace;
        const [latest, history, ledger, changes, inventory, sources, settings, text] = await Promise.all([
          store.latestAssessment(),
          store.listScores(now() - historyDays * dayMs),
          store.listLedger({ limit: ledgerShown }),
          store.listChanges(),
          store.inventorySummary(),
          store.listSources(),
          workspace.settings(),
          workspace.settingsText(),
        ]);
        return {
          assessment: latest === null ? null : shortened(latest),
          history,
          ledger,
          changes,
          summary: inventory?.summary ?? null,
          sources: sources.length,
          answered: Object.values(settings.answers).filter((answer) => answer !== null).length,
          settingsPresent: text.trim() !== '',
        };
      },
    );

    app.get(
      '/ledger',
      {
        schema: {
          tags,
          summary: 'Movements of the score, newest first',
          params: workspaceParams,
          querystring: ledgerQuery,
          response: answered(rows(ledgerLine)),
        },
      },
      async (request) => {
        const { from, limit } = request.query;
        const { store } = await pool.get(request.params.ws);
        return { rows: await store.listLedger({ ...(from === undefined ? {} : { fromMs: from }), limit: limit ?? 100 }) };
      },
    );

    app.post(
      '/assess',
      { schema: { tags, summary: 'Judges what is stored as of now', params: workspaceParams, response: answered(assessment) } },
      async (request) => pool.change(request.params.ws, (workspace) => workspace.assess()),
    );
  };
}

/** Seventy controls with 200 units each would be megabytes; `unitCounts` still tells of all. */
export function shortened(assessment: Assessment): Assessment {
  return { ...assessment, controls: assessment.controls.map((control) => ({ ...control, units: control.units.slice(0, unitsShownMax) })) };
}
