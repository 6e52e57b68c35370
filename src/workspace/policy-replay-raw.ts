/**
 * A policy over captures and logs that are read again: the whole decision on each request, in memory only. Nothing of a
 * request is kept or shown but its masked path.
 */

import type { CallerOutcome } from '../engine/access/caller.ts';
import { credentialSeen } from '../engine/access/credential.ts';
import type { ApiContract } from '../engine/conformance/contract.ts';
import type { AuthSeen } from '../engine/evidence/observation.ts';
import { addressText, parseAddress } from '../engine/http/address.ts';
import type { Body, Exchange, JsonValue } from '../engine/http/exchange.ts';
import { type HeaderList, hasHeader, header } from '../engine/http/headers.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { ResolvedRoute } from '../engine/policy/compile.ts';
import type { ClaimNames, LimitKey, Policy, RouteSettings } from '../engine/policy/policy.ts';
import { mayVouch } from '../engine/policy/replay.ts';
import { type ReplayedRequest, type ReplayReport, ReplayTally } from '../engine/policy/replay-report.ts';
import { detectFormat } from '../sources/detect.ts';
import { openInputs } from '../sources/input.ts';
import { PolicyBench } from './policy-bench.ts';

type Unknown = ReplayedRequest['unknown'][number];

export class RawReplay {
  readonly #bench: PolicyBench;
  /** For requests of which nobody can say who sent them: the rest of the decision, with the same counts. */
  readonly #anonymous: PolicyBench;
  readonly #tally: ReplayTally;
  readonly #claims: ClaimNames;
  readonly #mask = pathSegmenter(() => '');

  constructor(policy: Policy, contracts: readonly ApiContract[]) {
    this.#bench = new PolicyBench(policy, contracts);
    const modes = { ...policy.modes, authentication: 'off', authorization: 'off' } as const;
    this.#anonymous = new PolicyBench({ ...policy, modes }, contracts, this.#bench);
    this.#tally = new ReplayTally('raw', policy.version);
    const named = policy.providers.find((provider) => 'claims' in provider);
    this.#claims = named !== undefined && 'claims' in named ? named.claims : { subject: 'sub', tenant: null, scopes: 'scope', roles: null };
  }

  /** One exchange; the oldest first, because limits count in that order. */
  add(exchange: Exchange): void {
    const head = headOf(exchange);
    const wanted = this.#bench.compiled.resolve(head);
    const auth = this.#credentialOf(exchange, wanted.settings);
    const caller = auth === 'unknown' ? null : callerOf(exchange, auth, this.#claims);
    const bench = caller === null || caller.isAssumed ? this.#anonymous : this.#bench;
    const body = bodyOf(exchange.requestBody);
    const judgement = bench.decide({ head, body, caller: caller?.outcome ?? { kind: 'none' } }, exchange.atMs);
    bench.answered(judgement, exchange.status ?? 0, exchange.atMs);
    const { decision, route } = judgement;
    const isRefused = decision.outcome === 'block';
    this.#tally.add({
      atMs: exchange.atMs,
      client: head.clientAddress,
      service: route.service,
      method: exchange.method,
      template:
        route.template ??
        `/${this.#mask(exchange.path)
          .segments.map(({ text }) => text)
          .join('/')}`,
      isGood: exchange.status !== null && exchange.status >= 200 && exchange.status < 400,
      // What an allow-list entry let through in spite of all is not refused.
      objections: decision.objections.map(({ rule, section, mode }) => ({ rule, section, mode: isRefused ? mode : 'log' })),
      unknown: this.#openOf(exchange, auth, caller, wanted),
    });
  }

  report(): ReplayReport {
    return this.#tally.report();
  }

  /** A credential of a kind that no provider here takes is none. */
  #credentialOf(exchange: Exchange, { authentication = [] }: RouteSettings): AuthSeen {
    const seen = credentialSeen(exchange);
    const kinds = this.#bench.compiled.policy.providers.filter(({ name }) => authentication.includes(name)).map(({ kind }) => kind);
    if (kinds.length === 0) return seen;
    if (seen === 'none') return kinds.includes('mtls') ? 'unknown' : 'none';
    return mayVouch(seen, kinds) ? seen : 'none';
  }

  #openOf(exchange: Exchange, auth: AuthSeen, caller: SeenCaller | null, route: RouteView): Unknown[] {
    const open: Unknown[] = [];
    const { settings } = route;
    const leave = (check: Exclude<Unknown['check'], 'route'>, because: string) => {
      if (route.mode(check) !== 'off') open.push({ check, because });
    };
    const asksCaller =
      settings.public !== true &&
      (settings.authentication ?? []).length + (settings.scopes ?? []).length + (settings.roles ?? []).length > 0;
    if (asksCaller && auth !== 'none')
      leave(
        'authentication',
        auth === 'unknown' ? 'the source does not show credentials' : 'credentials were taken for valid, not verified',
      );
    const asksGrants = (settings.scopes ?? []).length + (settings.roles ?? []).length + (settings.rules ?? []).length > 0;
    if (asksGrants && (caller === null || caller.isAssumed)) leave('authorization', 'the claims of the caller cannot be read');
    const byCaller = this.#bench.compiled.policy.limits.some(
      ({ name, by }) => settings.limits?.includes(name) === true && !callerless.has(by),
    );
    if (caller === null && byCaller) leave('limits', 'the source does not show who calls');
    if (exchange.clientAddress === null && (settings.limits ?? []).length > 0) leave('limits', 'the source does not show client addresses');
    if (exchange.requestHeaders === null) leave('attacks', 'the source does not show header fields');
    if (exchange.requestBody === null && mayHaveBody(exchange)) {
      leave('attacks', 'the source does not show request bodies');
      leave('validation', 'the source does not show request bodies');
    }
    leave('protocol', 'the bytes of the connection are not in the source');
    return open;
  }
}

/** What a limit can count by without knowing who calls. */
const callerless: ReadonlySet<LimitKey> = new Set(['address', 'route', 'global']);

type RouteView = Pick<ResolvedRoute, 'settings' | 'mode'>;

interface SeenCaller {
  readonly outcome: CallerOutcome;
  /** Only that somebody was there is known: no claims, scopes or roles. */
  readonly isAssumed: boolean;
}

/** Reads every exchange that `given` names, in order. Returns how many lines were no exchanges. */
export async function replayFiles(
  given: readonly string[],
  replay: RawReplay,
  options: { readonly format?: string; readonly logFormat?: string; readonly host?: string } = {},
): Promise<{ readonly malformed: number }> {
  let malformed = 0;
  for (const name of given) {
    for await (const input of openInputs(name)) {
      try {
        const format = detectFormat(await input.head(), input.name, options);
        for await (const items of format.read(input, options)) {
          for (const item of items) {
            if (item.kind === 'exchange') replay.add(item.exchange);
            else if (item.kind === 'malformed') malformed++;
          }
        }
      } finally {
        await input.close();
      }
    }
  }
  return { malformed };
}

function headOf(exchange: Exchange): RequestHead {
  const address = exchange.clientAddress === null ? null : parseAddress(exchange.clientAddress);
  return {
    method: exchange.method,
    scheme: exchange.scheme ?? 'https',
    host: exchange.host,
    path: exchange.path,
    query: exchange.query,
    headers: headersOf(exchange),
    clientAddress: address === null ? null : addressText(address),
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: exchange.tlsVersion,
    clientShape: null,
  };
}

/** As sent; of a log that carries none, those fields it has columns for. A body that is there has a length. */
function headersOf({ requestHeaders, userAgent, referer, host, requestBody }: Exchange): HeaderList {
  const stated = requestHeaders ?? [
    ...(host === null ? [] : [{ name: 'host', value: host }]),
    ...(userAgent === null ? [] : [{ name: 'user-agent', value: userAgent }]),
    ...(referer === null ? [] : [{ name: 'referer', value: referer }]),
  ];
  if (requestBody === null) return stated;
  const added: { name: string; value: string }[] = [];
  if (!hasHeader(stated, 'content-length') && !hasHeader(stated, 'transfer-encoding')) added.push({ name: 'content-length', value: '1' });
  if (!hasHeader(stated, 'content-type') && requestBody.mediaType !== null)
    added.push({ name: 'content-type', value: requestBody.mediaType });
  return added.length === 0 ? stated : [...stated, ...added];
}

function bodyOf(body: Body | null): Uint8Array | null {
  if (body === null) return null;
  const text = body.text ?? (body.json === undefined ? null : JSON.stringify(body.json));
  return text === null ? null : new TextEncoder().encode(text);
}

function mayHaveBody({ method, requestBytes }: Exchange): boolean {
  return !['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'].includes(method) && requestBytes !== 0;
}

/** Whoever was there is taken for who they say they are: a recording cannot be verified again. */
function callerOf(exchange: Exchange, auth: AuthSeen, names: ClaimNames): SeenCaller {
  if (auth === 'none') return { outcome: { kind: 'none' }, isAssumed: false };
  const claims = jwtClaims(header(exchange.requestHeaders, 'authorization'));
  const subject = claims?.[names.subject] ?? exchange.principal ?? exchange.clientAddress ?? '';
  const tenant = names.tenant === null ? undefined : claims?.[names.tenant];
  return {
    outcome: {
      kind: 'proven',
      caller: {
        provider: 'recorded',
        kind: claims === null ? 'opaque-token' : 'jwt',
        subject: String(subject),
        tenant: typeof tenant === 'string' ? tenant : null,
        scopes: wordsOf(claims?.[names.scopes]),
        roles: names.roles === null ? [] : wordsOf(claims?.[names.roles]),
        claims: claims ?? {},
        expiresMs: null,
        credentialPrint: `recorded ${String(subject)}`,
      },
    },
    isAssumed: claims === null,
  };
}

/** Claims of a bearer token without looking at its signature; null = it is none that can be read. */
function jwtClaims(authorization: string | null): { readonly [name: string]: JsonValue } | null {
  const payload = /^bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization?.trim() ?? '')?.[1];
  if (payload === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)
      ? (parsed as { readonly [name: string]: JsonValue })
      : null;
  } catch {
    // Three parts with dots that are no token with claims.
    return null;
  }
}

function wordsOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.map(String) : [];
}
