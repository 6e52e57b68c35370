/** Which requests a drill of fail modes sends, what should come of each, and what did. */
import type { ApiContract } from '../engine/conformance/contract.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { Policy, RequestMatch } from '../engine/policy/policy.ts';
import type { FailModeDrill, FailModeTrial } from '../workspace/drill-record.ts';
import { type Breakage, DrillGuard } from './drill-guard.ts';

/** Routes of a policy that are drilled, the first ones. */
const ROUTES_MAX = 500;
/** A documentation address (RFC 5737): nobody's. */
const NOBODYS_ADDRESS = '192.0.2.77';

interface DrillRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Starts a guard of its own for the policy, breaks one thing after another at each route, and ends it. */
export async function drillFailModes(policy: Policy, contracts: readonly ApiContract[], nowMs: number): Promise<FailModeDrill> {
  const guard = await DrillGuard.start(policy, contracts);
  try {
    const trials: FailModeTrial[] = [];
    const notReached: string[] = [];
    const routes = [{ id: null, match: {} as RequestMatch }, ...policy.routes.slice(0, ROUTES_MAX)];
    for (const { id, match } of routes) {
      const request = requestFor(match);
      const route = guard.compiled.resolve(headOf(request));
      if (route.routeId !== id) notReached.push(id ?? 'defaults');
      else trials.push(...(await trialsOf(guard, id ?? 'defaults', request, route)));
    }
    return { atMs: nowMs, policyVersion: policy.version, trials, notReached };
  } finally {
    await guard.close();
  }
}

async function trialsOf(
  guard: DrillGuard,
  name: string,
  request: DrillRequest,
  route: ReturnType<DrillGuard['compiled']['resolve']>,
): Promise<FailModeTrial[]> {
  const { failMode = 'closed', authentication = [], public: isPublic = false } = route.settings;
  const healthy = await guard.ask(request, 'nothing', 'proxy');
  const trials: FailModeTrial[] = [];
  const trial = async (broken: Breakage, door: FailModeTrial['door'], expected: 'open' | 'closed', told: string | null) => {
    const { status, passed, evidence } = await guard.ask(request, broken, door);
    const observed = passed ? 'open' : 'closed';
    const isTold = told === null || evidence.some((rule) => (told === 'fail-open' ? rule.endsWith('.fail-open') : rule === told));
    const shown = `${request.method} ${request.target}`;
    trials.push({
      route: name,
      request: shown,
      broken,
      door,
      expected,
      observed,
      status,
      evidence,
      holds: observed === expected && isTold,
    });
  };
  const told = (closed: string) => (failMode === 'open' ? 'fail-open' : closed);
  for (const door of ['proxy', 'forward-auth'] as const) {
    if (route.mode('authentication') !== 'off') await trial('decision', door, failMode, told('protocol.decision-failed'));
    if (route.mode('authentication') === 'block' && authentication.length > 0 && !isPublic)
      await trial('identity-provider', door, failMode, told('authentication.unavailable'));
  }
  // Only a request that passes when all is well gets as far as these.
  if (healthy.passed) {
    await trial('admission', 'proxy', failMode, told('protocol.decision-failed'));
    await trial('upstream', 'proxy', 'closed', null);
  }
  await trial('control-plane', 'proxy', healthy.passed ? 'open' : 'closed', null);
  return trials;
}

/** A request that fits a match as far as a request can. */
function requestFor({ hosts, paths, methods, addresses, agents }: RequestMatch): DrillRequest {
  const path = paths?.[0] ?? '/stance-drill';
  const target = path.replace(/\/\*\*$/, '/stance-drill').replace(/\{[^}]*\}|\*/g, '1');
  const host = hosts?.[0]?.replace(/^\*\./, 'drill.') ?? 'stance-drill.example';
  return {
    method: (methods?.[0] ?? 'GET').toUpperCase(),
    target,
    headers: { host, 'x-forwarded-for': addresses?.[0]?.split('/')[0] ?? NOBODYS_ADDRESS, 'user-agent': agents?.[0] ?? 'stance-drill' },
  };
}

function headOf({ method, target, headers }: DrillRequest): RequestHead {
  return {
    ...{ method, scheme: 'http', host: headers.host ?? null, path: target, query: null },
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    ...{ clientAddress: headers['x-forwarded-for'] ?? null, certificate: null, httpVersion: '1.1', tlsVersion: null, clientShape: null },
  };
}
