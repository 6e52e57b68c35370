/** How much a guard is told to do, as policies in files: nothing, callers and limits, everything with and without a specification. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { defaultPolicy } from '../../src/engine/policy/default-policy.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { readPolicy } from '../../src/sources/policy-file.ts';
import { HOST } from './requests.ts';

const ISSUER = 'https://login.example.test';
const AUDIENCE = 'https://shop.example.test';
const TOKEN_SECONDS = 7_200;

export interface Level {
  readonly name: string;
  readonly file: string;
  readonly policy: Policy;
  readonly isSpecified: boolean;
}

export interface Levels {
  readonly levels: readonly Level[];
  /** Of a caller that all levels let pass. */
  readonly token: string;
  /** OpenAPI document of the API under load. */
  readonly specFile: string;
}

/** Writes keys, specification and policies into `dir`. */
export async function writeLevels(dir: string): Promise<Levels> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  writeFileSync(
    join(dir, 'keys.json'),
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }] }),
  );
  const token = await new SignJWT({ scope: 'orders:read orders:write' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('bench-client')
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_SECONDS}s`)
    .sign(privateKey);
  const specFile = join(dir, 'orders.json');
  writeFileSync(specFile, JSON.stringify(specification));
  const level = (name: string, file: string, text: string, isSpecified: boolean): Level => {
    const path = join(dir, file);
    writeFileSync(path, text);
    return { name, file: path, policy: readPolicy(text, { file: path, base: defaultPolicy }), isSpecified };
  };
  const others = ['attacks', 'behaviour', 'validation', 'response', 'overload'].map((section) => `${section}: off`).join(', ');
  return {
    token,
    specFile,
    levels: [
      level('nothing', 'nothing.yaml', 'mode: off\noverload: { mode: off }\n', false),
      level('callers + limits', 'callers.yaml', `${callers}modes: { ${others} }\noverload: { mode: off }\n`, false),
      level('everything', 'everything.yaml', callers, true),
      level('no specification', 'learned.yaml', callers, false),
    ],
  };
}

const callers = `providers:
  login: { kind: jwt, issuer: '${ISSUER}', audiences: ['${AUDIENCE}'], algorithms: [ES256], jwks: keys.json }
limits:
  client: { by: subject, requests: 1000000000, window: 1m }
  place: { by: address, requests: 1000000000, window: 1m }
defaults:
  authentication: [login]
  scopes: ['orders:read']
  limits: [client, place]
`;

const text = (maxLength: number) => ({ type: 'string', maxLength });
const lineSchema = {
  type: 'object',
  required: ['article', 'count'],
  additionalProperties: false,
  properties: {
    article: { type: 'string', pattern: '^A-[0-9]{5}$' },
    name: text(120),
    count: { type: 'integer', minimum: 1, maximum: 999 },
    price: { type: 'object', properties: { cents: { type: 'integer' }, currency: { type: 'string', enum: ['EUR', 'SEK'] } } },
    gift: { type: 'boolean' },
    remark: { type: ['string', 'null'], maxLength: 400 },
  },
};
const specification = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '2' },
  servers: [{ url: `http://${HOST}` }],
  paths: {
    '/v2/orders': {
      post: {
        operationId: 'placeOrder',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['customer', 'lines'],
                additionalProperties: false,
                properties: {
                  customer: {
                    type: 'object',
                    properties: { id: { type: 'integer' }, name: text(80), email: text(120), city: text(80), postcode: text(12) },
                  },
                  placedAt: { type: 'string', format: 'date-time' },
                  delivery: { type: 'object', properties: { method: text(40), window: text(40), remarks: text(400) } },
                  lines: { type: 'array', maxItems: 1000, items: lineSchema },
                },
              },
            },
          },
        },
        responses: { 200: { description: 'Placed.' } },
      },
    },
    '/v2/orders/{orderId}': {
      get: {
        operationId: 'readOrder',
        parameters: [
          { name: 'orderId', in: 'path', required: true, schema: { type: 'integer' } },
          { name: 'include', in: 'query', schema: { type: 'string', enum: ['lines', 'customer'] } },
          { name: 'page', in: 'query', schema: { type: 'integer', minimum: 1 } },
        ],
        responses: { 200: { description: 'The order.' } },
      },
    },
  },
};
