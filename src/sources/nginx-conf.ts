/** nginx configuration: `server` and `location` blocks as routes, with the limits, credential checks and TLS that hold there. */
import type { DeclaredLimit, SecurityAlternative } from '../engine/evidence/declaration.ts';
import { limitedBy, limitText } from './declared-limit.ts';
import { counted } from './finding-list.ts';
import { anonymous, GatewayReading, oneScheme } from './gateway-reading.ts';
import { gatewayRules } from './gateway-rules.ts';
import { type Directive, readNginxText } from './nginx-text.ts';
import { bytesOf } from './openapi-operations.ts';
import { exactTemplate, expressionTemplate, prefixTemplate } from './route-template.ts';
import type { Input, SourceFormat, SourceItem } from './source.ts';
import { readWholeText } from './structured-document.ts';

export const nginxConf: SourceFormat = { id: 'nginx-conf', title: 'nginx configuration', kind: 'declaration', detect, read };

/** Body size that nginx takes when nobody sets one. */
const bodyBytesDefault = 1024 * 1024;
/** `include` is not followed: its files are inputs of their own. */
const includesShown = 20;

function detect(head: string, name: string): number {
  const hasServer = /^\s*server\s*\{/m.test(head) && /^\s*(?:listen|location|server_name)\s/m.test(head);
  if (hasServer) return 0.95;
  if (/^\s*(?:http|upstream\s+\S+)\s*\{/m.test(head) && /;\s*$/m.test(head)) return 0.85;
  return /(?:^|[/\\])nginx[^/\\]*\.conf$/i.test(name) ? 0.8 : 0;
}

async function* read(input: Input): AsyncGenerator<readonly SourceItem[]> {
  const text = await readWholeText(input);
  const parsed = readNginxText(text);
  const reading = new GatewayReading({ format: 'nginx-conf', file: input.name, text, title: 'nginx' });
  const file = new NginxFile(input.name, parsed.directives, reading);
  for (const { line, message } of parsed.problems) {
    reading.find(gatewayRules.syntax, {
      detail: (count) => `${counted(count, 'error')} in the text; the first: ${message}`,
      at: { file: input.name, line },
    });
  }
  file.readServers();
  yield reading.apis().map((api) => ({ kind: 'declared-api', api }));
  const includes = all(parsed.directives, 'include').filter(({ words }) => !/mime\.types$/.test(words[0] ?? ''));
  if (includes.length > 0) yield includes.slice(0, includesShown).map(({ line }) => ({ kind: 'excluded', line, reason: 'include' }));
}

/** Directives in force at some place: the innermost block that has one of a name decides. */
type Scope = readonly (readonly Directive[])[];

interface Zone {
  readonly key: string;
  readonly limit: DeclaredLimit;
}

class NginxFile {
  readonly #name: string;
  readonly #directives: readonly Directive[];
  readonly #reading: GatewayReading;
  readonly #zones = new Map<string, Zone>();

  constructor(name: string, directives: readonly Directive[], reading: GatewayReading) {
    this.#name = name;
    this.#directives = directives;
    this.#reading = reading;
    for (const directive of all(directives, 'limit_req_zone')) this.#addZone(directive);
  }

  readServers(): void {
    const roots: Scope[] = [
      [this.#directives],
      ...all(this.#directives, 'http').map((http): Scope => [this.#directives, http.block ?? []]),
    ];
    for (const scope of roots) {
      for (const server of scope.at(-1)?.filter(({ name, block }) => name === 'server' && block !== null) ?? [])
        this.#server(server, scope);
    }
  }

  #addZone({ words, line }: Directive): void {
    const name = option(words, 'zone')?.split(':')[0];
    const rate = option(words, 'rate');
    const limit = rate === null ? null : limitText(rate);
    if (name === undefined || limit === null) return;
    const key = words[0] ?? '';
    this.#zones.set(name, { key, limit: { ...limit, by: limitedBy(key) } });
    const at = { file: this.#name, line };
    this.#reading.find(gatewayRules.counterPerNode, {
      detail: (count) =>
        `${counted(count, 'zone')} of limit_req count in the memory of one nginx; every further node adds the whole limit again.`,
      at,
    });
    if (limitedBy(key) === 'address')
      this.#reading.find(gatewayRules.limitByAddress, {
        detail: (count) => `${counted(count, 'zone', { one: 'counts', many: 'count' })} by client address.`,
        at,
      });
  }

  #server(server: Directive, outer: Scope): void {
    const scope: Scope = [...outer, server.block ?? []];
    const listens = last(scope, 'listen') ?? [];
    const secure = listens.filter(({ words }) => words.includes('ssl') || words.includes('quic') || /(?:^|:)443$/.test(words[0] ?? ''));
    // A server that only sends people on to https serves nothing itself.
    if (isRedirect(server.block ?? [])) return;
    const names = (last(scope, 'server_name') ?? []).flatMap(({ words }) => words);
    const hosts = names
      .filter((name) => name !== '_' && name !== '' && !name.startsWith('~'))
      .map((name) => name.replace(/^\./, '*.').toLowerCase());
    const tlsRequired = listens.length === 0 ? false : secure.length === listens.length;
    this.#judgeServer(server, scope);
    const locations = locationsOf(server.block ?? []);
    for (const location of locations) this.#location(location, { scope, hosts, tlsRequired });
    if (locations.length === 0 && passes(server.block ?? []))
      this.#location({ ...server, name: 'location', words: ['/'] }, { scope: outer, hosts, tlsRequired });
  }

  #judgeServer(server: Directive, scope: Scope): void {
    const at = { file: this.#name, line: server.line };
    const old = (last(scope, 'ssl_protocols') ?? [])
      .flatMap(({ words }) => words)
      .filter((word) => /^(?:SSLv[23]|TLSv1(?:\.1)?)$/.test(word));
    const line = last(scope, 'ssl_protocols')?.[0]?.line ?? server.line;
    if (old.length > 0)
      this.#reading.find(gatewayRules.tlsOld, {
        cause: old.join(' '),
        detail: `ssl_protocols names ${old.join(', ')}.`,
        at: { ...at, line },
      });
    const verify = last(scope, 'ssl_verify_client')?.[0];
    if (verify?.words[0]?.startsWith('optional') === true) {
      this.#reading.find(gatewayRules.authOptional, {
        cause: 'ssl_verify_client',
        detail: 'ssl_verify_client is optional: callers without a certificate pass.',
        at: { ...at, line: verify.line },
      });
    }
  }

  #location(location: Directive, server: { scope: Scope; hosts: readonly string[]; tlsRequired: boolean }): void {
    const block = location.block ?? [];
    const template = templateOf(location.words);
    const answers = passes(block);
    if (template === null || !answers) return;
    const scope: Scope = [...server.scope, block];
    const at = { file: this.#name, line: location.line };
    const { limit, methods } = { limit: this.#limitOf(scope), methods: methodsOf(block) };
    const body = last(scope, 'client_max_body_size')?.[0];
    const bytes = body === undefined ? bodyBytesDefault : bytesOf(body.words[0] ?? '');
    this.#judgeLocation(scope, { at, template });
    this.#reading.route({
      service: upstreamOf(block) ?? server.hosts[0] ?? 'nginx',
      hosts: server.hosts,
      methods,
      templates: [template],
      security: securityOf(scope),
      limit,
      bodyBytesMax: bytes === 0 ? null : bytes,
      tlsRequired: server.tlsRequired,
      place: at,
    });
    if (bytes === 0)
      this.#reading.find(gatewayRules.bodyUnbounded, {
        detail: (count) => `client_max_body_size is 0 for ${counted(count, 'location')}.`,
        at,
        route: template,
      });
  }

  #limitOf(scope: Scope): DeclaredLimit | null {
    const limits = (last(scope, 'limit_req') ?? []).flatMap(({ words }) => this.#zones.get(option(words, 'zone') ?? '') ?? []);
    // Several zones hold together; the tightest is what a caller meets.
    return (
      limits
        .map(({ limit }) => limit)
        .toSorted((one, other) => one.requests / one.windowSeconds - other.requests / other.windowSeconds)[0] ?? null
    );
  }

  #judgeLocation(scope: Scope, { at, template }: { at: { file: string; line: number }; template: string }): void {
    const find = this.#reading;
    const limits = last(scope, 'limit_req');
    const status = last(scope, 'limit_req_status')?.[0]?.words[0];
    if (limits !== undefined && status !== '429') {
      find.find(gatewayRules.limitAnswers503, {
        detail: (count) => `limit_req_status is ${status ?? 'not set, which means 503,'} in ${counted(count, 'location')}.`,
        at,
        route: template,
      });
    }
    if ((last(scope, 'limit_req_dry_run') ?? []).some(({ words }) => words[0] === 'on')) {
      find.find(gatewayRules.limitFailsOpen, {
        cause: 'dry run',
        detail: 'limit_req_dry_run is on: the limit is counted and never enforced.',
        at,
        route: template,
      });
    }
    const origin = (last(scope, 'add_header') ?? []).find(({ words }) => words[0]?.toLowerCase() === 'access-control-allow-origin');
    if (origin?.words[1] === '*' || origin?.words[1] === '$http_origin') {
      const credentials = (last(scope, 'add_header') ?? []).some(
        ({ words }) => words[0]?.toLowerCase() === 'access-control-allow-credentials' && words[1] === 'true',
      );
      find.find(gatewayRules.corsWildcard, {
        detail: `Access-Control-Allow-Origin is ${origin.words[1]}${credentials ? ', with credentials' : ''}.`,
        ...(credentials ? { severity: 'high' as const } : {}),
        at: { ...at, line: origin.line },
        route: template,
      });
    }
    const pass = (scope.at(-1) ?? []).find(({ name }) => name === 'proxy_pass' || name === 'grpc_pass');
    if (pass?.words[0]?.startsWith('https:') === true && last(scope, 'proxy_ssl_verify')?.[0]?.words[0] !== 'on') {
      find.find(gatewayRules.upstreamUnverified, {
        detail: (count) => `proxy_ssl_verify is not on for ${counted(count, 'location')}, which is the default.`,
        at: { ...at, line: pass.line },
        route: template,
      });
    }
    if (pass?.words[0]?.startsWith('http:') === true) {
      find.find(gatewayRules.upstreamPlain, {
        detail: (count) => `${counted(count, 'location', { one: 'passes', many: 'pass' })} calls on over plain HTTP.`,
        at: { ...at, line: pass.line },
        route: template,
      });
    }
    if ((scope.at(-1) ?? []).some(({ name }) => name === 'stub_status'))
      find.find(gatewayRules.adminOpen, {
        cause: 'stub_status',
        detail: 'stub_status answers here; make sure that only the monitor reaches it.',
        severity: 'low',
        at,
        route: template,
      });
  }
}

/** Locations at any depth: nested ones stand for themselves. `@name` ones are internal. */
function locationsOf(block: readonly Directive[]): Directive[] {
  return block.filter(({ name }) => name === 'location').flatMap((location) => [location, ...locationsOf(location.block ?? [])]);
}

function templateOf(words: readonly string[]): string | null {
  const [first, second] = words;
  if (first === undefined || first.startsWith('@')) return null;
  if (first === '=' && second !== undefined) return exactTemplate(second);
  if ((first === '~' || first === '~*') && second !== undefined) return expressionTemplate(second);
  if (first === '^~' && second !== undefined) return prefixTemplate(second);
  return prefixTemplate(first);
}

const passing: ReadonlySet<string> = new Set([
  'proxy_pass',
  'grpc_pass',
  'fastcgi_pass',
  'uwsgi_pass',
  'scgi_pass',
  'content_by_lua_block',
  'content_by_lua_file',
  'js_content',
]);

/** Whether calls are handed to an application here, also inside an `if` or `limit_except`. */
function passes(block: readonly Directive[]): boolean {
  return block.some(
    (directive) => passing.has(directive.name) || (directive.name !== 'location' && directive.block !== null && passes(directive.block)),
  );
}

function isRedirect(block: readonly Directive[]): boolean {
  return (
    !passes(block) &&
    !block.some(({ name }) => name === 'location') &&
    block.some(({ name, words }) => name === 'return' && /^30[1278]$/.test(words[0] ?? ''))
  );
}

function upstreamOf(block: readonly Directive[]): string | null {
  const pass = block.find(({ name }) => passing.has(name))?.words[0];
  const host = pass === undefined ? undefined : /^(?:[a-z]+:\/\/)?([^/:$]+)/i.exec(pass)?.[1];
  return host === undefined || host === 'unix' || /^[\d.]+$|^localhost$/.test(host) ? null : host;
}

function methodsOf(block: readonly Directive[]): string[] {
  const except = block.find(
    ({ name, block: inside }) => name === 'limit_except' && inside?.some((rule) => rule.name === 'deny' && rule.words[0] === 'all'),
  );
  return (except?.words ?? []).map((word) => word.toUpperCase());
}

function securityOf(scope: Scope): SecurityAlternative[] | null {
  const found: SecurityAlternative[] = [];
  const on = (name: string) => last(scope, name)?.find(({ words }) => words[0] !== 'off');
  if (on('auth_basic') !== undefined) found.push(oneScheme('auth_basic', 'basic'));
  if (on('auth_jwt') !== undefined) found.push(oneScheme('auth_jwt', 'jwt'));
  if (on('auth_request') !== undefined) found.push(oneScheme('auth_request', 'other'));
  const verify = last(scope, 'ssl_verify_client')?.[0]?.words[0];
  if (verify === 'on') found.push(oneScheme('ssl_verify_client', 'mtls'));
  if (verify?.startsWith('optional') === true && found.length === 0) found.push(oneScheme('ssl_verify_client', 'mtls'), anonymous);
  if (found.length === 0) return null;
  const isAny = last(scope, 'satisfy')?.[0]?.words[0] === 'any';
  // `satisfy any` with an address rule lets those addresses in without a credential.
  const byAddress = isAny && last(scope, 'allow') !== undefined;
  if (isAny) return byAddress ? [...found, anonymous] : found;
  return found.some(({ schemes }) => schemes.length === 0) ? found : [{ schemes: found.flatMap(({ schemes }) => schemes) }];
}

/** Directives of a name in the innermost block that has any. */
function last(scope: Scope, name: string): readonly Directive[] | undefined {
  for (let at = scope.length - 1; at >= 0; at--) {
    const found = scope[at]?.filter((directive) => directive.name === name) ?? [];
    if (found.length > 0) return found;
  }
  return undefined;
}

/** Directives of a name anywhere. */
function all(directives: readonly Directive[], name: string): Directive[] {
  return directives.flatMap((directive) => [...(directive.name === name ? [directive] : []), ...all(directive.block ?? [], name)]);
}

/** The value of `name=value` among words. */
function option(words: readonly string[], name: string): string | null {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
