/** The first `stance.yaml`: what was found stands there, the rest is shown as comments to fill in. */
import type { Operation } from '../engine/inventory/operation.ts';
import type { ProjectFacts } from './project-facts.ts';

type Seen = Pick<Operation, 'service' | 'hosts'>;

/** APIs and hosts written out; more belong into the file by hand. */
const apisMax = 200;

export interface DraftParts {
  readonly facts: ProjectFacts;
  /** What was seen so far; empty when nothing was imported. */
  readonly operations: readonly Seen[];
  /** Where the JSON Schema for the editor lies, from the file's folder. */
  readonly schema: string;
}

export function settingsDraft({ facts, operations, schema }: DraftParts): string {
  const hostsByApi = new Map<string, Set<string>>();
  for (const { service, hosts } of operations) {
    const known = hostsByApi.get(service) ?? new Set<string>();
    for (const host of hosts) if (isPlainHost(host)) known.add(host);
    hostsByApi.set(service, known);
  }
  const hosts = [...new Set([...hostsByApi.values()].flatMap((set) => [...set]))].sort();
  return `# yaml-language-server: $schema=${schema}
# What this organisation says of itself. Everything is optional; what is not said is unknown, and unknown is not a fail.
# Stance reads it with: stance import stance.yaml
project: ${quoted(facts.name)}

# organisation:
#   name: Acme
#   staff: 140              # decides which rules apply
#   sector: retail
#   places: [DE, US-NY]     # where you work and where your customers are

${environmentLines(hosts)}

${listLine('specs', facts.specs)}
${listLine('docs', facts.docs)}

# One entry per API, by the short name that joins specs and traffic.
${apiLines(hostsByApi)}

# Who does what. The lead should not build the APIs: nobody marks their own work.
# people:
#   jo: { name: Jo Doe, team: security }
# roles:
#   api-security-lead: { person: jo, also-builds: false }
#   data-steward: { person: jo }
#   incident-commander: { person: jo }

# Plans and where they are. Dates older than a year count as stale.
# plans:
#   incident-response: { location: docs/incident-plan.md, reviewed-on: 2026-01-15, exercised-on: 2026-01-20 }
#   sdlc: { location: docs/sdlc.md }

# The six first questions; "unknown" is an answer.
# answers:
#   lead: unknown             # independent | also-builds | nobody | unknown
#   data-steward: unknown     # named | nobody | unknown
#   incident-plan: unknown    # written-and-exercised | written | none | unknown
#   sdlc-and-docs: unknown    # both | sdlc-only | docs-only | none | unknown
#   environments: unknown     # separate-with-own-data | separate-shared-data | shared | unknown
#   gateway-access: unknown   # named-with-2fa | named-without-2fa | shared | unknown

# Accepted for a time; \`stance waive\` writes here.
# waivers:
#   - { id: F-3k2m9x1a, until: 2026-12-01, because: internal only, owner: team }

# What fails \`stance check\`.
gate:
  new: high
  on-error: fail
`;
}

function environmentLines(hosts: readonly string[]): string {
  const isTest = (host: string) => /(?:^|[.-])(?:test|stage|staging|dev|qa|uat|sandbox|preprod)(?:[.-]|\d)/i.test(host);
  const production = hosts.filter((host) => !isTest(host));
  const test = hosts.filter(isTest);
  if (hosts.length === 0) {
    return `# Which hosts are production and which are not.
# environments:
#   prod: { hosts: [api.example.com] }
#   test: { hosts: [api.test.example.com] }`;
  }
  const lines = ['# Guessed from host names: please check.', 'environments:'];
  if (production.length > 0) lines.push(`  prod: { hosts: [${production.map(quoted).join(', ')}] }`);
  if (test.length > 0) lines.push(`  test: { hosts: [${test.map(quoted).join(', ')}] }`);
  return lines.join('\n');
}

function apiLines(hostsByApi: ReadonlyMap<string, ReadonlySet<string>>): string {
  const apis = [...hostsByApi].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, apisMax);
  if (apis.length === 0) {
    return `# apis:
#   orders:
#     hosts: [api.example.com]
#     audience: public        # public | partner | private | consumed
#     owner: team-orders
#     data-level: confidential
#     public-operations: [GET /health]`;
  }
  const lines = ['apis:'];
  for (const [service, hosts] of apis) {
    lines.push(`  ${quoted(service)}:`);
    if (hosts.size > 0) lines.push(`    hosts: [${[...hosts].sort().map(quoted).join(', ')}]`);
    else lines.push('    hosts: []');
    lines.push('    # audience: public      # public | partner | private | consumed', '    # owner: team');
  }
  return lines.join('\n');
}

function listLine(key: string, values: readonly string[]): string {
  return values.length === 0 ? `# ${key}: []` : `${key}: [${values.map(quoted).join(', ')}]`;
}

function isPlainHost(host: string): boolean {
  return /^[a-z0-9.-]+(?::\d+)?$/i.test(host) && host.length <= 253;
}

/** Plain where YAML takes it as text whatever it says, else in double quotes. */
function quoted(text: string): string {
  const isPlain = /^[a-z][\w./-]*$/i.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
