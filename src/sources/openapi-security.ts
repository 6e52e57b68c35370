/** Security schemes and requirements of a document: who may call an operation, as the document states it. */
import type { SecurityAlternative } from '../engine/evidence/declaration.ts';
import type { DocumentNode } from './document-node.ts';
import type { OpenapiFiles } from './openapi-files.ts';

export interface DeclaredScheme {
  readonly name: string;
  /** `api-key-header`, `api-key-query`, `api-key-cookie`, `basic`, `bearer`, `jwt`, `digest`, `http-…`, `oauth2`, `openid-connect`, `mtls`, `unknown`. */
  readonly kind: string;
  readonly node: DocumentNode;
}

/** Schemes, alternatives and scopes read of one list. */
const listMax = 200;

export function schemesOf(root: DocumentNode, files: OpenapiFiles): Map<string, DeclaredScheme> {
  const stated = root.has('swagger') ? root.child('securityDefinitions') : root.at('components', 'securitySchemes');
  const schemes = new Map<string, DeclaredScheme>();
  for (const member of stated.members().slice(0, listMax)) {
    const node = files.resolve(member).node;
    if (node?.isMap === true) schemes.set(member.key, { name: member.key, kind: schemeKind(node), node });
  }
  return schemes;
}

function schemeKind(scheme: DocumentNode): string {
  const type = scheme.child('type').text?.toLowerCase();
  if (type === 'apikey') return `api-key-${scheme.child('in').text?.toLowerCase() ?? 'unknown'}`;
  if (type === 'basic' || type === 'oauth2') return type;
  if (type === 'openidconnect') return 'openid-connect';
  if (type === 'mutualtls') return 'mtls';
  if (type !== 'http') return 'unknown';
  const http = scheme.child('scheme').text?.toLowerCase() ?? 'unknown';
  if (http === 'bearer') return scheme.child('bearerFormat').text?.toLowerCase().includes('jwt') === true ? 'jwt' : 'bearer';
  return http === 'basic' || http === 'digest' ? http : `http-${http}`;
}

/**
 * The `security` member of a root or operation: null when absent, [] when it opens to anyone (`[]` or only `{}`), else
 * its alternatives. A member of the wrong type counts as absent: it protects nothing, and opens nothing by intent.
 */
export function securityOf(owner: DocumentNode, schemes: ReadonlyMap<string, DeclaredScheme>): readonly SecurityAlternative[] | null {
  const stated = owner.child('security');
  if (!stated.isList) return null;
  const alternatives = stated
    .items()
    .filter(({ isMap }) => isMap)
    .slice(0, listMax)
    .map((alternative) => ({
      schemes: alternative.members().map((member) => ({
        name: member.key,
        kind: schemes.get(member.key)?.kind ?? 'unknown',
        scopes: member.texts().slice(0, listMax),
      })),
    }));
  return alternatives.every(({ schemes: names }) => names.length === 0) ? [] : alternatives;
}
