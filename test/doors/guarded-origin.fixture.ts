/** An origin, a guard's decider with a small policy, and the doors of it on free ports, for real gateways to ask. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { compileGuard, defaultPolicy } from '../../src/engine/decide.ts';
import type { DecisionRecord } from '../../src/engine/evidence/decision.ts';
import type { Observation } from '../../src/engine/evidence/observation.ts';
import { pathSegmenter } from '../../src/engine/http/path-segmenter.ts';
import { Limiter } from '../../src/engine/limits/limiter.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { ClientWatch } from '../../src/engine/threats/client-watch.ts';
import { type EvidenceSink, GuardDecider } from '../../src/gateway/guard-decider.ts';

export const policy: Policy = {
  ...defaultPolicy,
  limits: [
    {
      ...{ name: 'per-address', by: 'address', requests: 2, windowSeconds: 60, burst: 1, window: 'rolling', concurrency: null },
      ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
    },
  ],
  routes: [
    { id: 'limited', match: { paths: ['/limited'] }, limits: ['per-address'] },
    { id: 'private', match: { paths: ['/private'] }, authentication: ['tokens'] },
  ],
};

export interface Seen {
  readonly decisions: DecisionRecord[];
  readonly exchanges: Observation[];
  readonly faults: string[];
}

export function guard(change: Partial<Policy> = {}): { readonly decider: GuardDecider; readonly seen: Seen } {
  const seen: Seen = { decisions: [], exchanges: [], faults: [] };
  const evidence: EvidenceSink = {
    exchange: (observation) => void seen.exchanges.push(observation),
    decision: (record) => void seen.decisions.push(record),
    fault: (fault) => void seen.faults.push(fault.rule),
  };
  const fingerprint = (purpose: string, value: string) => `${purpose} ${value}`;
  const compiled = compileGuard({ ...policy, ...change }, []);
  const decider = new GuardDecider({
    compiled,
    state: { limiter: new Limiter(compiled.policy.limits, 1), watch: new ClientWatch(1) },
    callers: { authenticate: () => ({ kind: 'none' }), bodyObjections: () => [] },
    admission: null,
    onLimits: null,
    onScopes: null,
    evidence,
    fingerprint,
    segment: pathSegmenter(fingerprint),
    now: Date.now,
    chance: () => 1,
  });
  return { decider, seen };
}

export interface Origin {
  readonly port: number;
  /** Targets that reached it, with the subject it was told. */
  readonly asked: { readonly target: string; readonly subject: string | undefined; readonly body: string }[];
  close(): Promise<void>;
}

export async function startOrigin(): Promise<Origin> {
  const asked: Origin['asked'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const subject = request.headers['x-stance-subject'];
      asked.push({
        target: request.url ?? '',
        subject: typeof subject === 'string' ? subject : undefined,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
