/**
 * Whether an entry of a policy fits a masked exchange: yes, no, or not to be told, because what it asks about is a value
 * that was never kept. Single addresses and subjects can be told by their keyed prints.
 */

import type { FingerprintFn } from '../evidence/fingerprint.ts';
import type { AuthSeen } from '../evidence/observation.ts';
import { addressText, parseNetwork } from '../http/address.ts';
import { mixedValues } from '../http/mixed-segment.ts';
import { type PathPattern, parsePathPattern } from '../http/path-pattern.ts';
import { isShape } from '../http/segment.ts';
import type { RequestMatch } from './policy.ts';

export type Fit = 'yes' | 'no' | 'unknown';

/** One exchange as it is kept. */
export interface MaskedExchange {
  readonly atMs: number;
  readonly service: string | null;
  readonly method: string;
  /** Literals, and shapes in braces. */
  readonly segments: readonly string[];
  readonly status: number | null;
  readonly client: string | null;
  readonly principal: string | null;
  readonly auth: AuthSeen;
  readonly agent: string | null;
}

export class MaskedMatch {
  readonly #match: RequestMatch;
  readonly #patterns: readonly PathPattern[] | null;
  readonly #clients: ReadonlySet<string>;
  readonly #hasNetworks: boolean;
  readonly #subjects: ReadonlySet<string> | null;
  readonly #methods: ReadonlySet<string> | null;

  constructor(match: RequestMatch, fingerprint: FingerprintFn) {
    this.#match = match;
    this.#patterns = match.paths?.flatMap((text) => parsePathPattern(text) ?? []) ?? null;
    const networks = (match.addresses ?? []).flatMap((text) => parseNetwork(text) ?? []);
    const single = networks.filter(({ family, prefix }) => prefix === (family === 4 ? 32 : 128));
    this.#clients = new Set(single.map((network) => fingerprint('client', addressText(network))));
    this.#hasNetworks = single.length < networks.length;
    this.#subjects = match.subjects === undefined ? null : new Set(match.subjects.map((subject) => fingerprint('principal', subject)));
    this.#methods = match.methods === undefined ? null : new Set(match.methods.map((method) => method.toUpperCase()));
  }

  fits(row: MaskedExchange): Fit {
    let least: Fit = 'yes';
    for (const answer of this.#answers(row)) {
      if (answer === 'no') return 'no';
      if (answer === 'unknown') least = 'unknown';
    }
    return least;
  }

  *#answers(row: MaskedExchange): Generator<Fit> {
    const match = this.#match;
    if (this.#methods !== null) yield this.#methods.has(row.method) ? 'yes' : 'no';
    if (this.#patterns !== null) yield bestOf(this.#patterns.map((pattern) => pathFits(pattern, row.segments)));
    if (match.services !== undefined) yield row.service === null ? 'unknown' : match.services.includes(row.service) ? 'yes' : 'no';
    if (match.agents !== undefined)
      yield row.agent === null ? 'unknown' : match.agents.some((agent) => agent.toLowerCase() === row.agent) ? 'yes' : 'no';
    if (match.addresses !== undefined) yield this.#addressFits(row);
    if (match.hosts !== undefined) yield 'unknown';
    if (match.authenticated !== undefined) yield row.auth === 'none' ? (match.authenticated ? 'no' : 'yes') : 'unknown';
    if (this.#subjects !== null)
      yield row.principal === null ? (row.auth === 'none' ? 'no' : 'unknown') : this.#subjects.has(row.principal) ? 'yes' : 'no';
    if (match.tenants !== undefined) yield row.auth === 'none' ? 'no' : 'unknown';
  }

  #addressFits({ client }: MaskedExchange): Fit {
    if (client === null) return 'unknown';
    return this.#clients.has(client) ? 'yes' : this.#hasNetworks ? 'unknown' : 'no';
  }
}

function bestOf(fits: readonly Fit[]): Fit {
  return fits.includes('yes') ? 'yes' : fits.includes('unknown') ? 'unknown' : 'no';
}

/** A shape may stand for the literal that a pattern asks for. */
function pathFits({ steps, isPrefix }: PathPattern, segments: readonly string[]): Fit {
  if (isPrefix ? segments.length < steps.length : segments.length !== steps.length) return 'no';
  let least: Fit = 'yes';
  for (const [at, step] of steps.entries()) {
    const text = segments[at] ?? '';
    if (step.kind === 'any') continue;
    if (isShape(text)) least = 'unknown';
    else if (step.kind === 'literal' && step.text.toLowerCase() !== text.toLowerCase()) return 'no';
    else if (step.kind === 'mixed' && mixedValues(step.segment, text) === null) return 'no';
  }
  return least;
}
