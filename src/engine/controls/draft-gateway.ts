/** Drafts for the gateway, written for nginx because it is the most common; the comment says what it does elsewhere. */
import type { Operation } from '../inventory/operation.ts';
import type { Draft, Facts, UnitResult } from './control.ts';
import { draftUnitsMax } from './draft-settings.ts';
import { burstPerMinute, isSignIn } from './limits.ts';
import { operationName, operationsOf } from './standing.ts';

/** Room above the busiest minute one caller was seen to need. */
const headroom = 2;

/** Writes for Kong where a Kong file was imported, else for nginx. */
function isKong(facts: Facts): boolean {
  return facts.documents.some((one) => one.format === 'kong-declarative');
}

function kongFile(facts: Facts): string {
  return facts.documents.find((one) => one.format === 'kong-declarative')?.place.file ?? 'kong.yaml';
}

/** One Kong route for these operations, with its plugins. */
function kongRoute(operation: Operation, plugins: readonly string[]): string {
  const name = `${operation.method}-${operation.template}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '');
  const path = `~${operation.template.replace(/[.+*?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]*\}/g, '[^/]+')}$`;
  return `      - name: ${name}\n        methods: [${operation.method}]\n        paths: ['${path}']\n        strip_path: false\n        plugins:\n${plugins.map((line) => `          - ${line}`).join('\n')}`;
}

function kongDraft(facts: Facts, operations: readonly Operation[], plugins: (operation: Operation) => readonly string[]): string {
  const services = [...new Set(operations.map((one) => one.service))];
  const blocks = services.map((service) => {
    const routes = operations.filter((one) => one.service === service).map((one) => kongRoute(one, plugins(one)));
    return `  - name: ${service}   # the service as it stands, with these routes before the wider ones\n    routes:\n${routes.join('\n')}`;
  });
  return `# ${kongFile(facts)}\nservices:\n${blocks.join('\n')}\n`;
}

/** A limit for these operations: rates from what callers need today, as a dry run first. */
export function limitDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const behind = 'Behind another proxy make the real client address known first, or all callers count as one.';
  if (isKong(facts)) {
    return {
      language: 'yaml',
      file: kongFile(facts),
      text: kongDraft(facts, operations, (one) => [
        `{ name: rate-limiting, config: { minute: ${rateOf(one)}, limit_by: consumer, policy: redis, fault_tolerant: false, error_code: 429 } }   # redis: one count for all nodes`,
      ]),
      safety: `Begin with ten times the rate and look at the X-RateLimit headers for a day. ${seenNeed(operations)} ${behind}`,
    };
  }
  return {
    language: 'nginx',
    file: 'nginx.conf',
    text: nginxLimits(operations),
    safety: `Starts as a dry run that only logs. ${seenNeed(operations)} ${behind}`,
  };
}

function nginxLimits(operations: readonly Operation[]): string {
  const rates = new Map<number, Operation[]>();
  for (const one of operations) rates.set(rateOf(one), [...(rates.get(rateOf(one)) ?? []), one]);
  const ordered = [...rates].sort((a, b) => a[0] - b[0]);
  const zones = ordered.map(([rate]) => `limit_req_zone $stance_caller zone=stance_${rate}:10m rate=${rate}r/m;`);
  const locations = ordered.flatMap(([rate, group]) =>
    [...new Set(group.map((one) => one.template))].map((template) => {
      const names = group.filter((one) => one.template === template).map(operationName);
      return nginxLocation(template, names, [`limit_req zone=stance_${rate} burst=${Math.max(5, Math.ceil(rate / 6))} nodelay;`]);
    }),
  );
  return `# http block: count by credential when there is one, else by address\nmap $http_authorization $stance_caller {\n    default $http_authorization;\n    ""      $binary_remote_addr;\n}\n${zones.join('\n')}\nlimit_req_status 429;\nlimit_req_dry_run on;   # first: only writes to the log; remove it after a day without good callers in it\n\n# server block\n${locations.join('\n')}\n`;
}

function nginxLocation(template: string, names: readonly string[], lines: readonly string[]): string {
  return `location ${locationOf(template)} {   # ${names.join(', ')}\n${lines.map((line) => `    ${line}`).join('\n')}\n    # proxy_pass and the rest stay as they are\n}`;
}

/** Refuses calls without a credential before they reach the service; that the credential is good stays with the service. */
export function refuseWithout(facts: Facts, operations: readonly Operation[]): Omit<Draft, 'safety'> {
  if (isKong(facts)) {
    return {
      language: 'yaml',
      file: kongFile(facts),
      text: kongDraft(facts, operations, (one) => [
        one.auth.declared?.some((way) => way.schemes.some((scheme) => /key/i.test(scheme.kind))) === true
          ? '{ name: key-auth }'
          : '{ name: jwt, config: { claims_to_verify: [exp] } }   # or the plugin your other routes use',
      ]),
    };
  }
  const locations = operations.map((one) => {
    const cookie = one.auth.declared?.some((way) => way.schemes.some((scheme) => /cookie/i.test(scheme.kind))) === true;
    return nginxLocation(
      one.template,
      [operationName(one)],
      [cookie ? 'if ($http_cookie = "") { return 401; }' : 'if ($http_authorization = "") { return 401; }'],
    );
  });
  return { language: 'nginx', file: 'nginx.conf', text: `# server block\n${locations.join('\n')}\n` };
}

function rateOf(operation: Operation): number {
  if (isSignIn(operation)) return 10;
  const peak = operation.traffic?.peakPerCallerMinute ?? null;
  // A peak that is itself the abuse must not become the limit.
  if (peak === null || peak >= burstPerMinute.ordinary) return 120;
  return [30, 60, 120, 300, 600, 1200].find((rate) => rate >= peak * headroom) ?? 1200;
}

function seenNeed(operations: readonly Operation[]): string {
  const peak = operations.reduce((most, one) => Math.max(most, one.traffic?.peakPerCallerMinute ?? 0), 0);
  return peak === 0
    ? 'How many calls a good caller needs is not known yet.'
    : `The busiest caller seen made ${peak.toLocaleString('en-US')} calls in one minute.`;
}

/** nginx location of a path template: exact when it has no parameter, else an anchored expression. */
function locationOf(template: string): string {
  if (!template.includes('{')) return `= ${template}`;
  return `~ ^${template.replace(/[.+*?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]*\}/g, '[^/]+')}$`;
}

export function tlsDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const hosts = [...new Set(chosen(facts, units).flatMap((one) => one.hosts))].sort().slice(0, draftUnitsMax);
  return {
    language: 'nginx',
    file: 'nginx.conf',
    text: `server {\n    listen 80;\n    server_name ${hosts.length > 0 ? hosts.join(' ') : '<host>'};\n    return 308 https://$host$request_uri;\n}\n# in the server on 443:\nssl_protocols TLSv1.2 TLSv1.3;\nadd_header Strict-Transport-Security "max-age=31536000" always;\n`,
    safety:
      'Callers that do not follow redirects will fail: look at who calls on port 80 first. A credential sent in plain text before the redirect is burnt; rotate it.',
  };
}

export function urlSecretDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const names = [
    ...new Set(operations.flatMap((one) => one.queryNames.filter((name) => /token|key|secret|pass|auth|session|sig/i.test(name)))),
  ].sort();
  const checks = (names.length > 0 ? names : ['access_token']).map(
    (name) => `    if ($arg_${name} != "") { return 400; }   # take it in the Authorization header`,
  );
  const paths = [...new Set(operations.map((one) => one.template))].slice(0, draftUnitsMax);
  return {
    language: 'nginx',
    file: 'nginx.conf',
    text: `${paths.map((template) => `location ${locationOf(template)} {\n${checks.join('\n')}\n    # proxy_pass and the rest stay as they are\n}`).join('\n')}\n# Then revoke every credential that stood in a log, and mask the query in the log format:\n# log_format masked '$remote_addr - [$time_local] "$request_method $uri" $status';\n`,
    safety: 'Callers that send it in the address get 400: move them to the header first, then refuse.',
  };
}

export function hardeningDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const files = new Set(units.filter((unit) => unit.unitKind === 'document').map((unit) => unit.unit));
  const lines = facts.documents
    .filter((document) => files.has(document.place.file))
    .flatMap((document) =>
      document.findings
        .filter((finding) => finding.severity !== 'info')
        .map(
          (finding) =>
            `- [ ] ${finding.places[0]?.file ?? document.place.file}:${finding.places[0]?.line ?? '?'} ${finding.title}. ${finding.fix}`,
        ),
    );
  const doors = chosen(facts, units).map((one) => `- [ ] Close ${operationName(one)} of ${one.service} to the outside.`);
  return {
    language: 'markdown',
    file: null,
    text: `${[...lines, ...doors].slice(0, 2 * draftUnitsMax).join('\n')}\n`,
    safety: 'Try each change on one gateway first, and keep the old file.',
  };
}

function chosen(facts: Facts, units: readonly UnitResult[]): readonly Operation[] {
  return operationsOf(facts, units).slice(0, draftUnitsMax);
}
