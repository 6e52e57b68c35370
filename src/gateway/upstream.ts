/** Which upstream a request is for, by host and longest path prefix, and which of its origins gets it, by least requests in flight. */
import type { UpstreamPolicy } from '../engine/policy/policy.ts';
import { HealthCheck } from './upstream-health.ts';
import { Origin } from './upstream-pool.ts';

export class Upstream {
  readonly policy: UpstreamPolicy;
  readonly origins: readonly Origin[];
  private readonly checks: readonly HealthCheck[];
  private next = 0;

  constructor(policy: UpstreamPolicy) {
    this.policy = policy;
    this.origins = policy.urls.map((url) => new Origin(url, policy));
    const { health } = policy;
    this.checks = health === null ? [] : this.origins.map((origin) => new HealthCheck(origin, health));
  }

  /**
   * The origin with the fewest requests in flight among those that are up; the turn goes round between equals. When none is up, all are
   * asked again: a wrong verdict of ours must not be an outage of theirs.
   * @param tried origin of a failed first try, avoided where another exists
   * @returns null when every origin has as much waiting as it may
   */
  pick(nowMs: number, tried: Origin | null = null): Origin | null {
    const { origins } = this;
    const only = origins[0];
    if (origins.length === 1 && only !== undefined) return only.hasRoom() ? only : null;
    return this.least(nowMs, tried, true) ?? this.least(nowMs, null, false);
  }

  private least(nowMs: number, tried: Origin | null, onlyUp: boolean): Origin | null {
    const { origins } = this;
    const start = this.next++ % Math.max(1, origins.length);
    let best: Origin | null = null;
    for (let step = 0; step < origins.length; step++) {
      const origin = origins[(start + step) % origins.length];
      if (origin === undefined || origin === tried || !origin.hasRoom() || (onlyUp && !origin.isUp(nowMs))) continue;
      if (best === null || origin.inFlight < best.inFlight) best = origin;
    }
    return best;
  }

  /** Takes no new requests, lets those in flight finish. */
  async close(): Promise<void> {
    for (const check of this.checks) check.stop();
    await Promise.all(this.origins.map((origin) => origin.close()));
  }

  async destroy(): Promise<void> {
    for (const check of this.checks) check.stop();
    await Promise.all(this.origins.map((origin) => origin.destroy()));
  }
}

interface Entry {
  readonly upstream: Upstream;
  readonly prefix: string;
}

/** All upstreams of a policy, ready to be asked. */
export class UpstreamTable {
  readonly upstreams: readonly Upstream[];
  /** Longest prefix first; `*` stands for the upstreams that name no host. */
  private readonly byHost = new Map<string, Entry[]>();
  private readonly single: Upstream | null;

  constructor(policies: readonly UpstreamPolicy[]) {
    this.upstreams = policies.map((policy) => new Upstream(policy));
    const [first] = this.upstreams;
    const takesAll = first !== undefined && first.policy.hosts.length === 0 && first.policy.paths.length === 0;
    this.single = this.upstreams.length === 1 && takesAll ? first : null;
    for (const upstream of this.upstreams) {
      const hosts = upstream.policy.hosts.length === 0 ? ['*'] : upstream.policy.hosts;
      const prefixes = upstream.policy.paths.length === 0 ? ['/'] : upstream.policy.paths;
      for (const host of hosts) {
        const entries = this.byHost.get(host.toLowerCase()) ?? [];
        for (const prefix of prefixes) entries.push({ upstream, prefix });
        entries.sort((a, b) => b.prefix.length - a.prefix.length);
        this.byHost.set(host.toLowerCase(), entries);
      }
    }
  }

  /** @param host as in `RequestHead`, with a port when it was not the default one; null = none was sent */
  find(host: string | null, sent: string): Upstream | null {
    if (this.single !== null) return this.single;
    const path = isPlain(sent) ? sent : resolved(sent);
    if (host !== null) {
      const named =
        fits(this.byHost.get(host), path) ?? fits(this.byHost.get(withoutPort(host)), path) ?? fits(this.byHost.get(wildcard(host)), path);
      if (named !== null) return named;
    }
    return fits(this.byHost.get('*'), path);
  }

  async close(): Promise<void> {
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all(this.upstreams.map((upstream) => upstream.destroy()));
  }
}

function fits(entries: readonly Entry[] | undefined, path: string): Upstream | null {
  if (entries === undefined) return null;
  for (const { upstream, prefix } of entries) if (isPrefix(prefix, path)) return upstream;
  return null;
}

/** `/api` takes `/api` and `/api/x`, not `/apis`; `/api/` takes what lies below. */
function isPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return prefix === '/';
  return prefix.endsWith('/') || path.length === prefix.length || path.charCodeAt(prefix.length) === 47;
}

function isPlain(path: string): boolean {
  return !path.includes('/.') && !path.includes('%') && !path.includes('//');
}

/** Without dot segments, as the server behind will read it (RFC 3986 section 5.2.4); a prefix must not be passed by going back up. */
function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    const plain = segment.replace(/%2e/gi, '.');
    if (plain === '..') segments.pop();
    else if (plain !== '.' && plain !== '') segments.push(segment);
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]+$/, '');
}

/** `*.example.test` for `api.example.test`. */
function wildcard(host: string): string {
  const name = withoutPort(host);
  const dot = name.indexOf('.');
  return dot < 0 ? '' : `*${name.slice(dot)}`;
}
