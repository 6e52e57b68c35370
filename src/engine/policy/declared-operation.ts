/** Finds the declared operation a request calls, with its path parameters: by host, base path, template and method. */
import { type MixedSegment, mixedValues, parseMixedSegment } from '../http/mixed-segment.ts';
import { parseTemplate, type TemplateSegment } from '../http/path-template.ts';
import { TemplateTrie } from '../inventory/template-match.ts';
import { hostFits } from './match.ts';

/** What is needed of a declared operation to find it. */
export interface RoutedOperation {
  /** Upper case; `*` = any. */
  readonly method: string;
  /** Without base path. */
  readonly template: string;
  /** Base paths it is served under; absent = those of its contract. */
  readonly basePaths?: readonly string[];
}

/** What is needed of a contract to find its operations. */
export interface RoutedContract<O extends RoutedOperation = RoutedOperation> {
  readonly service: string;
  /** Lower case; `*.example.com` or `{tenant}.example.com` for all below. Empty = any host. */
  readonly hosts: readonly string[];
  /** Path prefixes in front of every template, `/api/v3`; empty or `/` = none. */
  readonly basePaths: readonly string[];
  readonly operations: readonly O[];
}

export interface DeclaredCall<C extends RoutedContract> {
  readonly contract: C;
  /** null = the path is declared, for other methods only. */
  readonly operation: C['operations'][number] | null;
  /** With the base path under which it was called. */
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
}

/** How much a fit counts: 0 is best. A specification often names hosts and base paths of another place than the one called. */
const strengths = { named: 0, anyHost: 1, otherHost: 3, withoutBase: 1 } as const;

/** Hosts whose table is remembered; hosts are sent by whoever calls. */
const hostsMax = 1024;

interface Entry<C extends RoutedContract> {
  readonly method: string;
  readonly template: string;
  readonly contract: C;
  readonly operation: C['operations'][number];
  readonly reads: readonly ParameterRead[];
}

type ParameterRead =
  | { readonly kind: 'segment'; readonly at: number; readonly name: string }
  | { readonly kind: 'mixed'; readonly at: number; readonly segment: MixedSegment }
  | { readonly kind: 'rest'; readonly at: number; readonly name: string };

export class DeclaredOperations<C extends RoutedContract> {
  readonly #contracts: readonly { readonly contract: C; readonly exact: ReadonlySet<string>; readonly below: readonly string[] }[];
  readonly #tries = new Map<string, TemplateTrie<Entry<C>>>();
  readonly #byHost = new Map<string, TemplateTrie<Entry<C>>>();

  constructor(contracts: readonly C[]) {
    this.#contracts = contracts.map((contract) => {
      const hosts = contract.hosts.map((host) => host.toLowerCase().replace(/^\{[^{}]*\}\./, '*.'));
      return { contract, exact: new Set(hosts), below: hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1)) };
    });
  }

  /** @param segments decoded, as `splitPath` gives them */
  find(call: { readonly method: string; readonly host: string | null; readonly segments: readonly string[] }): DeclaredCall<C> | null {
    if (this.#contracts.length === 0) return null;
    const trie = this.#trieOf(call.host ?? '');
    // What answers GET answers HEAD (RFC 9110 section 9.3.2), whether a specification says so or not.
    const found = trie.find(call.method, call.segments) ?? (call.method === 'HEAD' ? trie.find('GET', call.segments) : null);
    if (found !== null) return { ...found, params: paramsOf(found.reads, call.segments) };
    const other = trie.find('*', call.segments);
    return other === null ? null : { ...other, operation: null, params: paramsOf(other.reads, call.segments) };
  }

  /** The contract whose host and base path a path of no declared operation falls under; null = none. */
  contractOf(host: string | null, segments: readonly string[]): C | null {
    let best: { readonly contract: C; readonly depth: number } | null = null;
    for (const { contract, exact, below } of this.#contracts) {
      if (exact.size > 0 && !(host !== null && hostFits(host, exact, below)) && this.#contracts.length > 1) continue;
      for (const base of basesOf(contract.basePaths)) {
        const parts = base.split('/').filter((part) => part !== '');
        if (parts.every((part, at) => segments[at] === part) && (best === null || parts.length > best.depth))
          best = { contract, depth: parts.length };
      }
    }
    return best?.contract ?? null;
  }

  #trieOf(host: string): TemplateTrie<Entry<C>> {
    const known = this.#byHost.get(host);
    if (known !== undefined) return known;
    const named = this.#contracts.map(({ exact, below }) => host !== '' && hostFits(host, exact, below));
    const isKnown = named.includes(true);
    const ranks = this.#contracts.map(({ exact }, at) => {
      if (named[at] === true) return strengths.named;
      if (exact.size === 0) return strengths.anyHost;
      // A host that no contract names is taken for one of them: its operations' demands hold whatever `Host` says.
      return isKnown ? null : strengths.otherHost;
    });
    const key = ranks.join();
    const trie = this.#tries.get(key) ?? this.#build(ranks);
    this.#tries.set(key, trie);
    if (this.#byHost.size < hostsMax) this.#byHost.set(host, trie);
    return trie;
  }

  #build(ranks: readonly (number | null)[]): TemplateTrie<Entry<C>> {
    const trie = new TemplateTrie<Entry<C>>();
    for (const [at, { contract }] of this.#contracts.entries()) {
      const rank = ranks[at] ?? null;
      if (rank === null) continue;
      for (const operation of contract.operations) {
        const bases = basesOf(operation.basePaths ?? contract.basePaths);
        for (const base of bases) add(trie, { contract, operation, base, strength: rank });
        if (!bases.includes('')) add(trie, { contract, operation, base: '', strength: rank + strengths.withoutBase });
      }
    }
    return trie;
  }
}

function basesOf(basePaths: readonly string[]): readonly string[] {
  return basePaths.length === 0 ? [''] : [...new Set(basePaths.map((base) => base.replace(/\/+$/, '')))];
}

function add<C extends RoutedContract>(
  trie: TemplateTrie<Entry<C>>,
  parts: { readonly contract: C; readonly operation: C['operations'][number]; readonly base: string; readonly strength: number },
): void {
  const template = `${parts.base}${parts.operation.template}`;
  const segments = parseTemplate(template) ?? [];
  const { method } = parts.operation;
  trie.add({ method, template, contract: parts.contract, operation: parts.operation, reads: readsOf(segments) }, parts.strength, segments);
}

function readsOf(segments: readonly TemplateSegment[]): ParameterRead[] {
  const reads: ParameterRead[] = [];
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === 'parameter') reads.push({ kind: 'segment', at, name: segment.name });
    else if (segment.kind === 'rest') reads.push({ kind: 'rest', at, name: segment.name });
    else if (segment.kind === 'mixed') reads.push({ kind: 'mixed', at, segment: parseMixedSegment(segment.text) });
  }
  return reads;
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

function paramsOf(reads: readonly ParameterRead[], segments: readonly string[]): Readonly<Record<string, string>> {
  if (reads.length === 0) return noParams;
  // Without a prototype: a parameter may be called `constructor`.
  const params: Record<string, string> = Object.create(null);
  for (const read of reads) {
    if (read.kind === 'segment') params[read.name] = segments[read.at] ?? '';
    else if (read.kind === 'rest') params[read.name] = segments.slice(read.at).join('/');
    else {
      const values = mixedValues(read.segment, segments[read.at] ?? '') ?? [];
      for (const [at, name] of read.segment.names.entries()) params[name] = values[at] ?? '';
    }
  }
  return params;
}
