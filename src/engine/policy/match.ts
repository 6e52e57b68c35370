/** Entries of a policy (lists, rules, routes) made ready to be found by the request they are about. */
import type { CallerOutcome } from '../access/caller.ts';
import { type Address, NetworkTable, parseAddress, parseNetwork } from '../http/address.ts';
import { header } from '../http/headers.ts';
import { parsePathPattern } from '../http/path-pattern.ts';
import type { RequestHead } from '../http/request.ts';
import { agentProduct } from '../http/user-agent.ts';
import { PathIndex } from './path-index.ts';
import type { RequestMatch } from './policy.ts';

/** A request as entries look at it. Parts that cost work are worked out once, and only when an entry asks. */
export class MatchSubject {
  readonly head: RequestHead;
  readonly segments: readonly string[];
  readonly service: string | null;
  /** null = not looked at yet: entries about callers do not fit. */
  readonly caller: CallerOutcome | null;
  #address: Address | null | undefined;
  #agent: string | null | undefined;

  constructor(parts: {
    readonly head: RequestHead;
    readonly segments: readonly string[];
    readonly service: string | null;
    readonly caller: CallerOutcome | null;
  }) {
    this.head = parts.head;
    this.segments = parts.segments;
    this.service = parts.service;
    this.caller = parts.caller;
  }

  get address(): Address | null {
    if (this.#address === undefined) this.#address = this.head.clientAddress === null ? null : parseAddress(this.head.clientAddress);
    return this.#address;
  }

  get agent(): string | null {
    if (this.#agent === undefined) this.#agent = agentProduct(header(this.head.headers, 'user-agent'));
    return this.#agent;
  }
}

interface Prepared<T> {
  readonly order: number;
  readonly value: T;
  /** What is left to ask once the indexes have spoken; null = nothing. */
  readonly fits: ((subject: MatchSubject) => boolean) | null;
}

/**
 * Entries by what they match: those with addresses through a table of networks, those with paths through a path index,
 * the rest one by one. Entries found come in the order they were given.
 */
export class MatchIndex<T> {
  readonly #always: Prepared<T>[] = [];
  readonly #byPath: PathIndex<Prepared<T>>;
  readonly #byAddress = new NetworkTable<Prepared<T>>();
  readonly size: number;
  #hasPaths = false;
  #hasAddresses = false;

  /** @param isCaseExact true for entries that let through, false for entries that restrict (see PathIndex) */
  constructor(entries: readonly { readonly match: RequestMatch; readonly value: T }[], { isCaseExact }: { readonly isCaseExact: boolean }) {
    this.#byPath = new PathIndex({ isCaseExact });
    this.size = entries.length;
    for (const [order, { match, value }] of entries.entries()) this.#add(order, match, value, isCaseExact);
  }

  #add(order: number, match: RequestMatch, value: T, isCaseExact: boolean): void {
    const isByAddress = match.addresses !== undefined;
    const prepared = { order, value, fits: remaining(match, { withPaths: isByAddress, isCaseExact }) };
    if (match.addresses !== undefined) {
      this.#hasAddresses = true;
      for (const text of match.addresses) {
        const network = parseNetwork(text);
        if (network !== null) this.#byAddress.add(network, prepared);
      }
    } else if (match.paths !== undefined) {
      this.#hasPaths = true;
      for (const text of match.paths) {
        const pattern = parsePathPattern(text);
        if (pattern !== null) this.#byPath.add(pattern, prepared);
      }
    } else this.#always.push(prepared);
  }

  /** Values whose entry fits, in the order given, each once. */
  find(subject: MatchSubject): readonly T[] {
    if (this.size === 0) return [];
    let found: Prepared<T>[] | null = null;
    const ask = (prepared: Prepared<T>): void => {
      if (prepared.fits !== null && !prepared.fits(subject)) return;
      if (found === null) found = [prepared];
      else if (!found.includes(prepared)) found.push(prepared);
    };
    for (const prepared of this.#always) ask(prepared);
    if (this.#hasPaths) this.#byPath.find(subject.segments, ask);
    if (this.#hasAddresses && subject.address !== null) for (const prepared of this.#byAddress.find(subject.address)) ask(prepared);
    if (found === null) return [];
    const fitting = found as Prepared<T>[];
    if (fitting.length > 1) fitting.sort((one, other) => one.order - other.order);
    return fitting.map(({ value }) => value);
  }
}

type Condition = (subject: MatchSubject) => boolean;

/** The conditions that no index has answered. An entry with an empty list fits nothing: it names nobody. */
function remaining(match: RequestMatch, parts: { readonly withPaths: boolean; readonly isCaseExact: boolean }): Condition | null {
  const conditions: Condition[] = [];
  if (match.methods !== undefined) {
    const methods = new Set(match.methods.map((method) => method.toUpperCase()));
    // HEAD is GET without its content (RFC 9110 section 9.3.2), and servers answer it by the same code.
    if (methods.has('GET') && !parts.isCaseExact) methods.add('HEAD');
    conditions.push(({ head }) => methods.has(head.method));
  }
  if (match.hosts !== undefined) conditions.push(hostCondition(match.hosts));
  if (match.services !== undefined) {
    const services = new Set(match.services);
    conditions.push(({ service }) => service !== null && services.has(service));
  }
  if (match.paths !== undefined && parts.withPaths) conditions.push(pathCondition(match.paths, parts.isCaseExact));
  if (match.agents !== undefined) {
    const agents = new Set(match.agents.map((agent) => agent.toLowerCase()));
    conditions.push(({ agent }) => agent !== null && agents.has(agent));
  }
  if (match.subjects !== undefined) {
    const subjects = new Set(match.subjects);
    conditions.push(({ caller }) => caller?.kind === 'proven' && subjects.has(caller.caller.subject));
  }
  if (match.tenants !== undefined) {
    const tenants = new Set(match.tenants);
    conditions.push(({ caller }) => caller?.kind === 'proven' && caller.caller.tenant !== null && tenants.has(caller.caller.tenant));
  }
  if (match.authenticated !== undefined) {
    const wanted = match.authenticated;
    conditions.push(({ caller }) => caller !== null && (caller.kind === 'proven') === wanted);
  }
  if (conditions.length === 0) return null;
  const only = conditions[0];
  return conditions.length === 1 && only !== undefined ? only : (subject) => conditions.every((condition) => condition(subject));
}

function pathCondition(paths: readonly string[], isCaseExact: boolean): Condition {
  const index = new PathIndex<true>({ isCaseExact });
  for (const text of paths) {
    const pattern = parsePathPattern(text);
    if (pattern !== null) index.add(pattern, true);
  }
  return ({ segments }) => {
    let fits = false;
    index.find(segments, () => {
      fits = true;
    });
    return fits;
  };
}

function hostCondition(hosts: readonly string[]): Condition {
  const exact = new Set(hosts.map((host) => host.toLowerCase()));
  const below = [...exact].filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  return ({ head }) => head.host !== null && hostFits(head.host, exact, below);
}

/** A host fits with and without its port; `*.example.com` is every name below, not the name itself. */
export function hostFits(host: string, exact: ReadonlySet<string>, below: readonly string[]): boolean {
  const name = withoutPort(host);
  return exact.has(host) || exact.has(name) || below.some((suffix) => name.length > suffix.length && name.endsWith(suffix));
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  if (colon < 0 || host.endsWith(']') || !/^\d+$/.test(host.slice(colon + 1))) return host;
  // An IPv6 address without brackets has colons and no port.
  return host.startsWith('[') || host.indexOf(':') === colon ? host.slice(0, colon) : host;
}
