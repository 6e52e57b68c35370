/** How the routes become an OpenAPI 3.1 document. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';

const nameSchemas = createJsonSchemaTransformObject({});

export function apiDescription(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Stance',
        version,
        description: 'API security posture: inventory, score and the one change to make next. Changes need the header x-stance-csrf.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'stance_session', description: 'Set by opening a one-time link.' },
          commandLine: { type: 'http', scheme: 'bearer', description: 'The secret in server.json of the data folder.' },
        },
      },
      security: [{ session: [] }, { commandLine: [] }],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => withoutUnused(nameSchemas(document)),
  };
}

type Described = ReturnType<typeof nameSchemas>;

/** Each schema exists for input and for output; those nothing refers to, directly or through others, are left out. */
function withoutUnused(document: Described): Described {
  if (!('components' in document) || document.components?.schemas === undefined) return document;
  const { schemas } = document.components;
  const used = new Set<string>();
  const queue = [JSON.stringify({ ...document, components: {} })];
  for (let text = queue.pop(); text !== undefined; text = queue.pop()) {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      queue.push(JSON.stringify(schemas[name] ?? {}));
    }
  }
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...document.components, schemas: kept } } as Described;
}
