import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ImportOptions } from '../../workspace/use-cases.ts';
import { answered } from '../answered.ts';
import { commandLineActor } from '../caller.ts';
import { importQuery, importReport, workspaceParams } from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';
import { receiveUpload, shownName, tooLarge } from '../upload.ts';
import { shortened } from './posture.ts';

/** A stream, counted as it is written; what it holds is told by the import. */
const fileBytes = z.unknown().meta({ type: 'string', format: 'binary' });

export function importRoutes(parts: RouteParts): FastifyPluginAsyncZod {
  const { pool, uploadDir, uploadBytesMax } = parts;
  return async (app) => {
    // Any media type is taken as bytes: what a file is, is told by its content.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/octet-stream', { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, payload, done) => {
      done(null, payload);
    });

    app.post(
      '/imports',
      {
        // The stream is counted as it is written; the framework only has to let it through.
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          tags: ['source'],
          summary: 'Imports the file sent as the body (application/octet-stream); progress is on /events',
          consumes: ['application/octet-stream'],
          params: workspaceParams,
          querystring: importQuery,
          body: fileBytes,
          response: answered(importReport),
        },
      },
      async (request) => {
        if (Number(request.headers['content-length'] ?? 0) > uploadBytesMax) throw tooLarge(uploadBytesMax);
        const { ws } = request.params;
        await pool.get(ws);
        // Reading a large file takes longer than any idle socket may: the answer comes when it is done.
        request.raw.socket.setTimeout(0);
        const upload = await receiveUpload(request.body as Readable, uploadDir, uploadBytesMax);
        try {
          const input = await parts.openUpload(upload.path, shownName(request.query.name, request.actor === commandLineActor));
          const report = await pool.change(ws, (workspace) => workspace.importInputs([input], optionsOf(request.query)));
          return { ...report, assessment: shortened(report.assessment) };
        } finally {
          await upload.discard();
        }
      },
    );
  };
}

function optionsOf(query: {
  format?: string | undefined;
  logFormat?: string | undefined;
  host?: string | undefined;
  service?: string | undefined;
}): ImportOptions {
  const { format, logFormat, host, service } = query;
  return {
    ...(format === undefined ? {} : { format }),
    ...(logFormat === undefined ? {} : { logFormat }),
    ...(host === undefined ? {} : { host }),
    ...(service === undefined ? {} : { service }),
  };
}
