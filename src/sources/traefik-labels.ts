/** Labels of a compose service (`traefik.http.routers.api.rule=...`) as the tree that a dynamic file would hold. */
import { DocumentNode } from './document-node.ts';

/** Labels read of one service, and dots in one label. */
const labelsMax = 500;
const depthMax = 12;

/** A node shaped like a dynamic configuration; its places are those of the service. */
export function expandLabels(service: DocumentNode): DocumentNode {
  const tree: Record<string, unknown> = Object.create(null);
  const labels = service.child('labels');
  const pairs = labels.isMap
    ? labels.members().map((label) => [label.key, label.text ?? ''] as const)
    : labels.texts().map((label) => [label.slice(0, Math.max(0, label.indexOf('='))), label.slice(label.indexOf('=') + 1)] as const);
  for (const [name, value] of pairs.slice(0, labelsMax))
    if (name.startsWith('traefik.http.')) put(tree, name.split('.').slice(1, depthMax), value);
  const routers = (tree.http as Record<string, unknown> | undefined)?.routers;
  // A router without a service of its own leads to the container that carries the label.
  for (const router of Object.values((routers as Record<string, unknown> | undefined) ?? {})) {
    if (router !== null && typeof router === 'object' && !('service' in router)) (router as Record<string, unknown>).service = service.key;
  }
  const { position, file } = { position: service.position, file: service.file };
  return DocumentNode.root({ name: file.name, document: { value: tree, problems: [], positionOf: () => position } });
}

const lists: ReadonlySet<string> = new Set(['middlewares', 'entrypoints', 'accesscontrolalloworiginlist', 'users']);
/** Labels are written in any case; the names that are looked at have one. */
const spelled: Readonly<Record<string, string>> = {
  entrypoints: 'entryPoints',
  ratelimit: 'rateLimit',
  basicauth: 'basicAuth',
  digestauth: 'digestAuth',
  forwardauth: 'forwardAuth',
  redirectscheme: 'redirectScheme',
  sourcecriterion: 'sourceCriterion',
  requestheadername: 'requestHeaderName',
  accesscontrolalloworiginlist: 'accessControlAllowOriginList',
  accesscontrolallowcredentials: 'accessControlAllowCredentials',
  maxrequestbodybytes: 'maxRequestBodyBytes',
};

function put(tree: Record<string, unknown>, keys: readonly string[], value: string): void {
  let at = tree;
  for (const [index, raw] of keys.entries()) {
    const key = spelled[raw.toLowerCase()] ?? raw;
    if (index === keys.length - 1) {
      if (at[key] === null || typeof at[key] !== 'object')
        at[key] = labelValue(raw, { value, isTop: keys[1] === 'middlewares' && index === 1 });
      return;
    }
    const next = at[key];
    if (next !== null && typeof next === 'object' && !Array.isArray(next)) at = next as Record<string, unknown>;
    else at = at[key] = Object.create(null) as Record<string, unknown>;
  }
}

function labelValue(key: string, { value, isTop }: { value: string; isTop: boolean }): unknown {
  if (!isTop && lists.has(key.toLowerCase())) return value.split(',').map((part) => part.trim());
  return value === 'true' ? true : value === 'false' ? false : value;
}
