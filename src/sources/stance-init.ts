/** The first `stance.yaml` of a project: what was found filled in, what only people know left as comments to fill. */
import { stringify } from 'yaml';
import type { EnvironmentKind } from '../engine/evidence/settings.ts';
import { environmentKind } from './stance-yaml.ts';

/** What specs and imports have shown so far. */
export interface FoundThings {
  readonly project: string | null;
  /** Hosts met in documents and traffic. */
  readonly hosts: readonly string[];
  readonly services: readonly FoundService[];
  /** Spec files, as paths relative to the project. */
  readonly specs: readonly string[];
  readonly docs: readonly string[];
  /** Path or address of `stance.schema.json`, for completion in editors; absent = not known here. */
  readonly schema?: string;
}

export interface FoundService {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Base paths that tell it from others on the same hosts. */
  readonly paths: readonly string[];
  /** Who seems to answer for it (CODEOWNERS, the document, git), null when nobody does. */
  readonly owner: string | null;
  readonly specs: readonly string[];
}

/** Hosts and services written out; a larger organisation starts from a list of names in any case. */
const entriesMax = 300;

/** Text that `readSettings` accepts as it stands, and that says in comments what to do next. */
export function startingSettings(found: FoundThings): string {
  const sections = [
    [
      ...(found.schema === undefined ? [] : [`# yaml-language-server: $schema=${found.schema.replace(/\s/g, '')}`]),
      '# What this organisation declares about its APIs. Everything is optional; what stays unsaid is shown as unknown.',
      '# Stance reads it with: stance import stance.yaml',
      '# No secret belongs here; a name in braces after a dollar sign is filled from the environment.',
    ].join('\n'),
    found.project === null ? '# project: acme' : line('project', found.project),
    organisationPart,
    environmentsPart(found.hosts),
    listPart('specs', found.specs, {
      comment: '# Where specs are kept; patterns such as specs/**/*.yaml do.',
      example: '[specs/**/*.yaml]',
    }),
    listPart('docs', found.docs, { comment: '# Where documentation lives.', example: '[https://docs.example.com]' }),
    apisPart(found.services),
    peoplePart,
    answersPart,
    gatePart,
  ];
  return `${sections.join('\n\n')}\n`;
}

const organisationPart = `# organisation:
#   name: Acme
#   staff: 120             # decides which rules apply
#   sector: retail
#   places: [DE, US-NY]    # where you work and where your customers are`;

const peoplePart = `# Who answers for what. Roles stand empty until somebody is named; the lead should not build the APIs.
# people:
#   ana: { name: Ana Alves, team: security }
# roles:
#   api-security-lead: { person: ana, deputy: bo, accepted-on: 2026-01-31, also-builds: false }
#   data-steward: { person: ana }
#   incident-commander: { person: ana }
# Plans and where they are. Dates older than a year count as stale.
# plans:
#   incident-response: { location: docs/incident-response.md, owner: ana, reviewed-on: 2026-01-31, exercised-on: 2026-01-31 }
#   sdlc: { location: docs/sdlc.md }`;

const answersPart = `# The six first questions; "unknown" is an answer.
# answers:
#   lead: unknown             # independent, also-builds, nobody
#   data-steward: unknown     # named, nobody
#   incident-plan: unknown    # written-and-exercised, written, none
#   sdlc-and-docs: unknown    # both, sdlc-only, docs-only, none
#   environments: unknown     # separate-with-own-data, separate-shared-data, shared
#   gateway-access: unknown   # named-with-2fa, named-without-2fa, shared`;

const gatePart = `# Accepted for a time; \`stance waive\` writes here.
# waivers:
#   - { id: F-3k2m9x1a, until: 2026-12-31, because: internal only, owner: ana }

# What fails \`stance check\`: new findings of this severity or above.
# gate: { new: high, on-error: fail }`;

const kinds: readonly EnvironmentKind[] = ['production', 'staging', 'test', 'development'];

function environmentsPart(hosts: readonly string[]): string {
  const byKind = new Map<EnvironmentKind, string[]>();
  const unclear: string[] = [];
  for (const host of [...new Set(hosts)].sort().slice(0, entriesMax)) {
    // What cannot stand in the file as a host (a template with variables) is left to people.
    if (!/^[a-z0-9*][a-z0-9.:_*-]*$/i.test(host)) continue;
    const kind = isLocal(host) ? 'development' : environmentKind(host);
    if (kind === null) unclear.push(host);
    else byKind.set(kind, [...(byKind.get(kind) ?? []), host]);
  }
  const lines = ['# Which hosts are which environment. Guessed from their names: correct what is wrong.', 'environments:'];
  for (const kind of kinds) {
    const named = byKind.get(kind) ?? [];
    const guessed = kind === 'production' ? unclear : [];
    if (named.length + guessed.length === 0) continue;
    lines.push(`  ${kind}:`, '    hosts:');
    lines.push(
      ...named.map((host) => `      - ${scalar(host)}`),
      ...guessed.map((host) => `      - ${scalar(host)}   # its name says nothing; is this production?`),
    );
  }
  if (lines.length === 2)
    return `${lines[0]}\n# environments:\n#   production: { hosts: [api.example.com] }\n#   test: { hosts: [api.test.example.com] }`;
  return lines.join('\n');
}

function isLocal(host: string): boolean {
  return /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(host);
}

function apisPart(services: readonly FoundService[]): string {
  const comment = '# One entry an API. Audience: public, partner, private, or consumed (somebody else runs it).';
  if (services.length === 0)
    return `${comment}\n# apis:\n#   orders: { owner: team-orders, audience: public, hosts: [api.example.com], paths: [/orders] }`;
  const lines = [comment, 'apis:'];
  for (const service of services.toSorted((one, other) => (one.name < other.name ? -1 : 1)).slice(0, entriesMax)) {
    lines.push(`  ${scalar(service.name)}:`);
    lines.push(
      service.owner === null
        ? '    # owner: team-name   # nobody was found who answers for it'
        : `    owner: ${scalar(service.owner)}   # guessed; correct it if it is wrong`,
    );
    lines.push('    # audience: public');
    lines.push('    # purpose: why it exists');
    lines.push('    # data-level: confidential   # public, internal, confidential, restricted');
    lines.push('    # public-operations: [GET /health]   # meant for anyone, without a credential');
    const hosts = service.hosts.filter((host) => /^[^/\s{}]+$/.test(host));
    const paths = service.paths.filter((path) => path.startsWith('/') && path !== '/');
    if (hosts.length > 0) lines.push(`    hosts: ${flow(hosts)}`);
    if (paths.length > 0) lines.push(`    paths: ${flow(paths)}`);
    if (service.specs.length > 0) lines.push(`    specs: ${flow(service.specs)}`);
    if (hosts.length + paths.length + service.specs.length === 0 && service.owner === null) lines.push('    hosts: []');
  }
  return lines.join('\n');
}

function listPart(key: string, values: readonly string[], { comment, example }: { comment: string; example: string }): string {
  if (values.length === 0) return `${comment}\n# ${key}: ${example}`;
  return `${comment}\n${key}:\n${values
    .slice(0, entriesMax)
    .map((value) => `  - ${scalar(value)}`)
    .join('\n')}`;
}

function line(key: string, value: string): string {
  return `${key}: ${scalar(value)}`;
}

/** A text as one YAML scalar, quoted where it must be. `${` is doubled, so that it is not taken for a variable. */
function scalar(value: string): string {
  return stringify(value.replaceAll('${', '$${'), {
    lineWidth: 0,
    defaultStringType: /[\n,[\]{}#&*!|>'"%@`]/.test(value) ? 'QUOTE_DOUBLE' : 'PLAIN',
  }).trimEnd();
}

function flow(values: readonly string[]): string {
  return `[${values.slice(0, entriesMax).map(scalar).join(', ')}]`;
}
