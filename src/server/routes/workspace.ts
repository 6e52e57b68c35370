import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answered } from '../answered.ts';
import { nothing, rows, workspaceCreation, workspaceParams, workspaceRow } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

/** The workspace a user starts with. */
export const mainWorkspace = 'main';

export function workspaceRoutes(parts: RouteParts): FastifyPluginAsyncZod {
  const { pool } = parts;
  const describe = async (name: string, createdMs: number | null) => {
    const workspace = await pool.get(name);
    return { name, badge: workspace.badge, createdMs, empty: (await workspace.store.listSources()).length === 0 };
  };
  return async (app) => {
    app.get(
      '/workspaces',
      { schema: { tags: ['workspace'], summary: 'All workspaces', response: answered(rows(workspaceRow)) } },
      async () => {
        const all = await pool.list();
        return { rows: await Promise.all(all.map(({ name, createdMs }) => describe(name, createdMs))) };
      },
    );

    app.post(
      '/workspaces',
      { schema: { tags: ['workspace'], summary: 'An empty workspace', body: workspaceCreation, response: answered(workspaceRow) } },
      async (request) => {
        const { name } = request.body;
        const workspace = await pool.create(name);
        await workspace.store.appendAudit({
          atMs: parts.now(),
          actor: request.actor,
          action: 'workspace.create',
          subject: name,
          detail: '',
        });
        return describe(name, (await pool.list()).find((row) => row.name === name)?.createdMs ?? null);
      },
    );

    app.delete(
      '/workspaces/:ws',
      {
        schema: {
          tags: ['workspace'],
          summary: 'Deletes a workspace with everything in it',
          params: workspaceParams,
          response: answered(nothing),
        },
      },
      async (request) => {
        const { ws } = request.params;
        parts.events.close(ws);
        await pool.delete(ws);
        return {};
      },
    );
  };
}

/** `main` once it holds something; before that a sample, if one is there, so that the first page is not empty. */
export async function defaultWorkspace({ pool }: Pick<RouteParts, 'pool'>): Promise<string> {
  const names = (await pool.list()).map(({ name }) => name);
  const open = await Promise.all(
    names.map(async (name) => {
      const workspace = await pool.get(name);
      return { name, badge: workspace.badge, isEmpty: (await workspace.store.listSources()).length === 0 };
    }),
  );
  const best =
    open.find(({ name, isEmpty }) => name === mainWorkspace && !isEmpty) ??
    open.find(({ badge, isEmpty }) => badge === null && !isEmpty) ??
    open.find(({ badge }) => badge === 'sample');
  return best?.name ?? mainWorkspace;
}
