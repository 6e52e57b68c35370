import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { answeredAs } from '../answered.ts';
import { exportQuery, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';

export function exportRoutes({ pool }: RouteParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/export',
      {
        schema: {
          tags: ['inventory'],
          summary: 'The inventory as OpenAPI, CycloneDX, CSV or JSON, for download',
          params: workspaceParams,
          querystring: exportQuery,
          response: answeredAs('*/*', 'The document; its media type is that of the form'),
        },
      },
      async (request, reply) => {
        const { form, service } = request.query;
        const made = await (await pool.get(request.params.ws)).export(form, service === undefined ? {} : { service });
        const fileName = made.fileName.replace(/[^\w.-]/g, '_');
        return reply
          .type(made.mediaType)
          .header('content-disposition', `attachment; filename="${fileName}"`)
          .serializer(String)
          .send(made.text);
      },
    );
  };
}
