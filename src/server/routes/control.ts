import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Control } from '../../engine/controls/control.ts';
import type { ControlResult } from '../../engine/posture/assessment.ts';
import { StanceError } from '../../errors.ts';
import { answered } from '../answered.ts';
import { controlRow, rows, thingParams, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';
import { shortened } from './posture.ts';

export function controlRoutes({ pool, catalogue }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['control'];
    app.get(
      '/controls',
      {
        schema: {
          tags,
          summary: 'The catalogue with the outcome of each control',
          params: workspaceParams,
          response: answered(rows(controlRow)),
        },
      },
      async (request) => {
        const latest = await (await pool.get(request.params.ws)).store.latestAssessment();
        const results = new Map(latest === null ? [] : shortened(latest).controls.map((result) => [result.id, result]));
        return { rows: catalogue.map((control) => rowOf(control, results.get(control.id) ?? null)) };
      },
    );

    app.get(
      '/controls/:id',
      { schema: { tags, summary: 'One control with its units and evidence', params: thingParams, response: answered(controlRow) } },
      async (request) => {
        const { id, ws } = request.params;
        const control = catalogue.find((one) => one.id === id || one.name === id);
        if (control === undefined) {
          throw new StanceError('not-found', { message: `There is no control ${id}.`, next: 'GET …/controls lists them.' });
        }
        const latest = await (await pool.get(ws)).store.latestAssessment();
        return rowOf(control, latest?.controls.find((result) => result.id === control.id) ?? null);
      },
    );
  };
}

/** The control's words without its test. */
function rowOf(control: Control, result: ControlResult | null) {
  const { id, name, pillar, title, failTitle, intent, severity, effort, passRule, passShare, evidence, attestation } = control;
  const { prerequisites, mappings, remedy } = control;
  return {
    id,
    name,
    pillar,
    title,
    failTitle,
    intent,
    severity,
    effort,
    passRule,
    ...(passShare === undefined ? {} : { passShare }),
    evidence,
    attestation,
    prerequisites,
    mappings,
    remedy,
    result,
  };
}
