import { z } from 'zod';
import { list } from './list.ts';

export const sourcePlace = z.strictObject({ file: z.string(), line: z.number().nullable() }).meta({ id: 'SourcePlace' });

export const declaredField = z
  .strictObject({ path: z.string(), type: z.string(), required: z.boolean(), dataClass: z.string().nullable() })
  .meta({ id: 'DeclaredField' });

/** All schemes of one alternative together; an empty list means that anonymous calls are allowed. */
export const securityAlternative = z
  .strictObject({ schemes: list(z.strictObject({ name: z.string(), kind: z.string(), scopes: list(z.string()) })) })
  .meta({ id: 'SecurityAlternative' });

export const declaredLimit = z
  .strictObject({ requests: z.number(), windowSeconds: z.number(), by: z.string().nullable() })
  .meta({ id: 'DeclaredLimit' });

export const fieldSeen = z
  .strictObject({ path: z.string(), type: z.enum(['string', 'number', 'boolean', 'null', 'object', 'array']) })
  .meta({ id: 'FieldSeen' });

export const authSeen = z.enum([
  'none',
  'bearer',
  'jwt',
  'basic',
  'api-key',
  'cookie',
  'mtls',
  'digest',
  'signature',
  'identified',
  'other',
  'unknown',
]);

export const noiseReason = z.enum([
  'static',
  'preflight',
  'health',
  'scanner',
  'never-answered',
  'page',
  'malformed-path',
  'excluded-by-you',
]);

export const sourceKind = z.enum(['traffic', 'declaration', 'settings', 'ownership']);
