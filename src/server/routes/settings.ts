import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import { answersChange, assessment, settingsChange, settingsView, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';
import { shortened } from './posture.ts';

/** `stance.yaml` in JSON, where every line break becomes two characters; bytes. */
const settingsBodyMax = 8 * 1024 * 1024;

export function settingsRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['settings'];
    app.get(
      '/settings',
      { schema: { tags, summary: 'stance.yaml as text and as read', params: workspaceParams, response: answered(settingsView) } },
      async (request) => {
        const workspace = await pool.get(request.params.ws);
        return { text: await workspace.settingsText(), settings: await workspace.settings() };
      },
    );

    app.put(
      '/settings',
      {
        bodyLimit: settingsBodyMax,
        schema: {
          tags,
          summary: 'Replaces stance.yaml; refused whole when it is not valid',
          params: workspaceParams,
          body: settingsChange,
          response: answered(assessment),
        },
      },
      async (request) =>
        shortened(await pool.change(request.params.ws, (workspace) => workspace.putSettings(request.body.text, request.actor))),
    );

    app.put(
      '/answers',
      {
        schema: {
          tags,
          summary: 'Answers some of the six first questions',
          params: workspaceParams,
          body: answersChange,
          response: answered(assessment),
        },
      },
      async (request) => {
        const given = Object.fromEntries(Object.entries(request.body).filter(([, answer]) => answer !== undefined));
        return shortened(await pool.change(request.params.ws, (workspace) => workspace.putAnswers(given, request.actor)));
      },
    );
  };
}
