/** The description of the REST API as a text to publish, made from the routes without listening anywhere. */
import { buildApp } from './app.ts';

/** Needed to build routes; describing them calls none of these. */
function unused(): never {
  throw new Error('a description calls no route');
}

export async function openApiDocument(version: string): Promise<string> {
  const app = await buildApp({
    host: { list: async () => [], open: unused, delete: unused },
    catalogue: [],
    openUpload: unused,
    uploadDir: '',
    uploadBytesMax: 0,
    webDir: null,
    version,
    actor: '',
    commandSecret: '',
    hostNames: [],
    now: () => 0,
  });
  await app.fastify.ready();
  const document = app.fastify.swagger();
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}
