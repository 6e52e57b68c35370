/** Where a document says its API is reached: hosts, base paths and whether TLS is asked for. */
import type { DocumentNode } from './document-node.ts';

export interface DeclaredServer {
  /** `https`, `http`, `wss`, ...; null when the address is relative or leaves it open. */
  readonly scheme: string | null;
  /** Hosts in lower case, port unless default; a variable keeps its braces, and its stated values follow. */
  readonly hosts: readonly string[];
  /** Without a trailing slash; empty for the root. */
  readonly basePath: string;
  readonly node: DocumentNode;
}

/** Servers read of one list, and values taken of one variable. */
const serversMax = 100;
const valuesMax = 20;

/** Servers of OpenAPI 3 at `owner` (root, path item or operation); empty when it has none. */
export function serversOf(owner: DocumentNode): DeclaredServer[] {
  return owner
    .child('servers')
    .items()
    .slice(0, serversMax)
    .flatMap((server) => {
      const url = server.child('url').text;
      return url === null ? [] : [serverOf(url, server)];
    });
}

function serverOf(url: string, node: DocumentNode): DeclaredServer {
  const match = /^(?:([a-z][a-z0-9+.-]*|\{[^}/]+\}):)?(?:\/\/([^/?#]*))?([^?#]*)/i.exec(url.trim());
  // A scheme that is a variable is the caller's choice: the document leaves it open.
  const scheme = match?.[1]?.startsWith('{') === true ? '' : (match?.[1] ?? '').toLowerCase();
  const host = hostText(match?.[2] ?? '', scheme);
  const isPathOnly = match?.[2] === undefined;
  return {
    scheme: scheme === '' ? null : scheme,
    hosts: isPathOnly || host === '' ? [] : hostsOf(host, node, scheme),
    basePath: trimBase(fillDefaults(match?.[3] ?? '', node)),
    node,
  };
}

/** The server that Swagger 2.0 spells as `schemes`, `host` and `basePath`. One a scheme. */
export function swaggerServersOf(root: DocumentNode): DeclaredServer[] {
  const host = root.child('host').text ?? '';
  const basePath = trimBase(root.child('basePath').text ?? '');
  const schemes = root.child('schemes').texts();
  const node = root.has('schemes') ? root.child('schemes') : root.child('host');
  if (host === '' && basePath === '' && schemes.length === 0) return [];
  return (schemes.length === 0 ? [null] : schemes).slice(0, serversMax).map((scheme) => {
    const text = hostText(host, scheme ?? '');
    return { scheme: scheme?.toLowerCase() ?? null, hosts: text === '' ? [] : [text], basePath, node };
  });
}

/** true = every way in asks for TLS; false = one does not; null = the document leaves it open. */
export function tlsOf(servers: readonly DeclaredServer[]): boolean | null {
  if (servers.some(isPlain)) return false;
  const known = servers.filter(({ scheme }) => scheme === 'https' || scheme === 'wss');
  return known.length > 0 && known.length === servers.length ? true : null;
}

/** A server without TLS that others can reach; one's own machine needs none. */
export function isPlain({ scheme, hosts }: DeclaredServer): boolean {
  if (scheme !== 'http' && scheme !== 'ws') return false;
  return hosts.length === 0 || !hosts.every(isLoopback);
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|.*\.localhost)(?::.*)?$/.test(host);
}

function hostText(authority: string, scheme: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  return host
    .replace(scheme === 'http' || scheme === 'ws' ? /:80$/ : scheme === 'https' || scheme === 'wss' ? /:443$/ : /(?!)/, '')
    .slice(0, 253);
}

function hostsOf(host: string, node: DocumentNode, scheme: string): string[] {
  const names = [...host.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  if (names.length === 0) return [host];
  const stated = names.reduce(
    (hosts: string[], name) =>
      hosts.flatMap((text) => valuesOf(node, name).map((value) => text.replace(`{${name}}`, value))).slice(0, valuesMax),
    [host],
  );
  const whole = stated.filter((text) => text !== '' && !text.includes('{')).map((text) => hostText(text, scheme));
  return [...new Set([host, ...whole])];
}

/** Names compare in lower case, as the host was lowered. */
function valuesOf(server: DocumentNode, name: string): string[] {
  const variable = server
    .child('variables')
    .members()
    .find(({ key }) => key.toLowerCase() === name);
  if (variable === undefined) return [`{${name}}`];
  const values = [...variable.child('enum').texts(), variable.child('default').text ?? ''].filter((value) => value !== '');
  return values.length === 0 ? [`{${name}}`] : [...new Set(values.map((value) => value.toLowerCase()))].slice(0, valuesMax);
}

/** Variables replaced by their defaults; one without a default keeps its braces. */
function fillDefaults(text: string, server: DocumentNode): string {
  return text.replace(/\{([^}]+)\}/g, (braced, name: string) => server.at('variables', name, 'default').text ?? braced);
}

function trimBase(path: string): string {
  const text = path
    .trim()
    .replace(/\/{2,}/g, '/')
    .replace(/\/+$/, '');
  return text === '' || text.startsWith('/') ? text : `/${text}`;
}
