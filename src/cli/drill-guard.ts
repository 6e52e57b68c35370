/**
 * A guard for a drill: the real decision and real doors on loopback before a service of its own, with parts that can be
 * taken away one at a time. Nothing of it touches the guard that runs.
 */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiContract } from '../engine/conformance/contract.ts';
import { compileGuard, type GuardPolicy } from '../engine/decide.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { type Door, startForwardAuth } from '../gateway/forward-auth.ts';
import { type Front, startFront } from '../gateway/front.ts';
import { GuardDecider } from '../gateway/guard-decider.ts';

/** What can be taken away. */
export const breakages = ['nothing', 'decision', 'identity-provider', 'admission', 'upstream', 'control-plane'] as const;
export type Breakage = (typeof breakages)[number];

/** Header field by which the service of the drill knows which request reached it. */
const MARK = 'drill-request';

export interface DrillAnswer {
  readonly status: number;
  /** Whether the request reached the service, or the gateway was told to let it pass. */
  readonly passed: boolean;
  readonly evidence: readonly string[];
}

export class DrillGuard {
  readonly compiled: GuardPolicy;
  #broken: Breakage = 'nothing';
  #evidence: string[] = [];
  #reached = new Set<string>();
  #asked = 0;
  #parts: { readonly origin: Server; readonly front: Front; readonly down: Front; readonly door: Door } | null = null;

  private constructor(compiled: GuardPolicy) {
    this.compiled = compiled;
  }

  static async start(policy: Policy, contracts: readonly ApiContract[]): Promise<DrillGuard> {
    // One hop is trusted, so that the drill can say where its requests come from.
    const drill = new DrillGuard(compileGuard({ ...policy, client: { trustedHops: 1, header: 'x-forwarded-for' } }, contracts));
    await drill.#open();
    return drill;
  }

  async #open(): Promise<void> {
    const origin = createServer((request, response) => {
      this.#reached.add(String(request.headers[MARK] ?? ''));
      request.resume();
      response.end('{}');
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    const decider = this.#decider();
    const listen = { host: '127.0.0.1', port: 0 };
    const upstream = (port: number) => ({
      ...{
        name: 'drill',
        urls: [`http://127.0.0.1:${port}`],
        hosts: [],
        paths: [],
        health: null,
        retries: 0,
        caFile: null,
        keepHost: true,
      },
      ...{ connectTimeoutMs: 1_000, answerTimeoutMs: 5_000, connectionsMax: 16 },
    });
    const common = { listen, decider, client: this.compiled.policy.client };
    const front = await startFront({ ...common, upstreams: [upstream((origin.address() as AddressInfo).port)] });
    // Port 9 is the discard service, which no machine runs any more: connections are refused.
    const down = await startFront({ ...common, upstreams: [upstream(9)] });
    const door = await startForwardAuth({ listen, decider, client: this.compiled.policy.client });
    this.#parts = { origin, front, down, door };
  }

  #decider(): GuardDecider {
    const print = (purpose: string, value: string) => `${purpose} ${value}`;
    const told = (rule: string) => {
      if (this.#broken !== 'control-plane') this.#evidence.push(rule);
    };
    const breaks = (what: Breakage) => {
      if (this.#broken === what) throw new Error(`${what} was broken by the drill`);
    };
    return new GuardDecider({
      compiled: this.compiled,
      state: { limiter: null, watch: null },
      callers: {
        authenticate: (_head, wanted) => {
          breaks('decision');
          const [provider] = wanted;
          if (this.#broken === 'identity-provider' && provider !== undefined)
            return { kind: 'unavailable', provider, reason: 'the drill took it away' };
          return { kind: 'none' };
        },
        bodyObjections: () => [],
      },
      admission: {
        admit: () => {
          breaks('admission');
          return { refusal: null, release: () => undefined };
        },
      },
      evidence: {
        exchange: () => undefined,
        decision: ({ rule, alsoRules }) => [rule, ...alsoRules].forEach(told),
        fault: ({ rule }) => told(rule),
      },
      ...{ fingerprint: print, segment: pathSegmenter(print), now: Date.now, onLimits: null, onScopes: null, chance: () => 1 },
    });
  }

  /** Sends one request through a door with one thing broken. */
  async ask(
    request: { readonly method: string; readonly target: string; readonly headers: Readonly<Record<string, string>> },
    broken: Breakage,
    door: 'proxy' | 'forward-auth',
  ): Promise<DrillAnswer> {
    const parts = this.#parts;
    if (parts === null) throw new Error('the drill guard is open until it is closed');
    this.#broken = broken;
    this.#evidence = [];
    const mark = String(++this.#asked);
    const { port } = door === 'forward-auth' ? parts.door : broken === 'upstream' ? parts.down : parts.front;
    const asked = {
      'x-forwarded-method': request.method,
      'x-forwarded-uri': request.target,
      'x-forwarded-host': request.headers.host ?? 'drill',
    };
    const fields = { ...request.headers, [MARK]: mark, ...(door === 'forward-auth' ? asked : {}) };
    const status = await send(port, door === 'proxy' ? request.method : 'GET', door === 'proxy' ? request.target : '/auth', fields);
    // Evidence of an exchange is written when its answer has left.
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.#broken = 'nothing';
    return { status, passed: door === 'proxy' ? this.#reached.has(mark) : status === 200, evidence: [...this.#evidence] };
  }

  async close(): Promise<void> {
    const parts = this.#parts;
    this.#parts = null;
    if (parts === null) return;
    await parts.door.close();
    await parts.front.close();
    await parts.down.close();
    parts.origin.closeAllConnections();
    await new Promise((resolve) => parts.origin.close(resolve));
  }
}

/** Status of the answer; 0 = the connection broke. */
function send(port: number, method: string, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      response.on('close', () => resolve(response.statusCode ?? 0));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
    request.end();
  });
}
