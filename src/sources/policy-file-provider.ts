/** Providers of a policy file with what they leave out. */
import type { ClaimNames, ProviderPolicy } from '../engine/policy/policy.ts';
import type { PolicyFile } from './policy-schema.ts';
import { milliseconds } from './policy-schema-values.ts';

export type ProviderFile = NonNullable<PolicyFile['providers']>[string];

export function providerPolicy(name: string, stated: ProviderFile): ProviderPolicy {
  switch (stated.kind) {
    case 'jwt':
      return {
        name,
        kind: 'jwt',
        issuer: stated.issuer,
        audiences: stated.audiences,
        algorithms: stated.algorithms,
        jwks: stated.jwks ?? null,
        clockSkewSeconds: milliseconds(stated['clock-skew'] ?? '30s') / 1000,
        claims: claimsOf(stated.claims),
      };
    case 'introspection':
      return {
        name,
        kind: 'introspection',
        address: stated.address,
        clientId: stated['client-id'],
        clientSecretEnv: stated['client-secret-env'],
        cacheSeconds: milliseconds(stated.cache ?? '60s') / 1000,
        claims: claimsOf(stated.claims),
      };
    case 'api-key':
      return { name, kind: 'api-key', in: stated.in ?? 'header', field: keyField(stated), file: stated.file };
    case 'mtls':
      return { name, kind: 'mtls', subjectFrom: stated['subject-from'] ?? 'subject', allow: stated.allow };
    case 'basic':
      return { name, kind: 'basic', realm: stated.realm ?? 'api', file: stated.file };
    case 'hmac':
      return {
        name,
        kind: 'hmac',
        file: stated.file,
        clockSkewSeconds: milliseconds(stated['clock-skew'] ?? '30s') / 1000,
        covered: stated.covered.map((field) => field.toLowerCase()),
      };
  }
}

/** Header fields have no case; parameters have. */
function keyField(stated: Extract<ProviderFile, { kind: 'api-key' }>): string {
  if (stated.in === 'query') return stated.field ?? 'api_key';
  return (stated.field ?? 'x-api-key').toLowerCase();
}

function claimsOf(stated: Extract<ProviderFile, { kind: 'jwt' }>['claims']): ClaimNames {
  return {
    subject: stated?.subject ?? 'sub',
    tenant: stated?.tenant ?? null,
    scopes: stated?.scopes ?? 'scope',
    roles: stated?.roles ?? null,
  };
}
