/** Who may vouch for a caller: the settings without which a check would be no check are demanded, never guessed. */
import { z } from 'zod';
import { duration, entriesMax, environmentName, serviceAddress, text } from './policy-schema-values.ts';

const claims = z
  .strictObject({
    subject: text.optional().describe('Default `sub`.'),
    tenant: text.optional(),
    scopes: text.optional().describe('Default `scope`.'),
    roles: text.optional(),
  })
  .optional();

const skew = duration.optional().describe('Clocks may differ by this much; default 30s, at most 5m.');

/** `none` is no algorithm; those with one shared secret need it on every verifier. */
const algorithm = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
]);

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'the name of a header field');

const jwt = z.strictObject({
  kind: z.literal('jwt'),
  issuer: text.describe('Must be the `iss` of the token, character by character.'),
  audiences: z.array(text).min(1).max(50).describe('One of them must be in `aud`: a token for somebody else is no token for this API.'),
  algorithms: z.array(algorithm).min(1).describe('Those that are accepted; what a token says of itself is never believed.'),
  jwks: text.optional().describe('Address or file of the keys; absent = discovery at the issuer.'),
  'clock-skew': skew,
  claims,
});

const introspection = z.strictObject({
  kind: z.literal('introspection'),
  address: serviceAddress,
  'client-id': text,
  'client-secret-env': environmentName.describe('Environment variable that holds the secret.'),
  cache: duration.optional().describe('How long an answer is believed; default 60s, at most 15m.'),
  claims,
});

const apiKey = z.strictObject({
  kind: z.literal('api-key'),
  in: z.enum(['header', 'query']).optional().describe('Default header; a key in the query stands in every log on the way.'),
  field: text.optional().describe('Default `x-api-key`.'),
  file: text.describe('Keys by prefix and hash.'),
});

const mtls = z.strictObject({
  kind: z.literal('mtls'),
  'subject-from': z.enum(['subject', 'dns', 'uri']).optional(),
  allow: z.array(text).min(1).max(entriesMax).describe('Names that are let in; `*` = any that the authorities vouch for.'),
});

const basic = z.strictObject({
  kind: z.literal('basic'),
  realm: text.optional(),
  file: text.describe('Users with the hash of their password.'),
});

const hmac = z.strictObject({
  kind: z.literal('hmac'),
  file: text.describe('Key ids with the environment variable that holds each secret.'),
  'clock-skew': skew,
  covered: z.array(headerName).min(1).max(50).describe('Header fields that the signature must cover.'),
});

export const provider = z.discriminatedUnion('kind', [jwt, introspection, apiKey, mtls, basic, hmac]);
