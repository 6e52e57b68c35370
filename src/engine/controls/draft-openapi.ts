/** Drafts for specifications: the lines to add, for the very operations that fail. */
import type { DeclaredOperation } from '../evidence/declaration.ts';
import type { Operation } from '../inventory/operation.ts';
import type { Draft, Facts, UnitResult } from './control.ts';
import { dayMs, dayText } from './date.ts';
import { refuseWithout } from './draft-gateway.ts';
import { draftUnitsMax } from './draft-settings.ts';
import { isSpecification, operationsOf } from './standing.ts';

const schemeNames: Readonly<Record<string, string>> = {
  basic: 'basicAuth',
  'api-key': 'apiKey',
  cookie: 'sessionCookie',
  mtls: 'mutualTls',
};
const schemeBodies: Readonly<Record<string, string>> = {
  basicAuth: 'type: http, scheme: basic',
  apiKey: 'type: apiKey, in: header, name: X-API-Key',
  sessionCookie: 'type: apiKey, in: cookie, name: session',
  mutualTls: 'type: mutualTLS',
  bearerAuth: 'type: http, scheme: bearer',
};

/** A diff that adds a security requirement where the specification lacks it, and what the gateway must refuse. */
export function authenticationDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const schemeOf = schemeNamer(facts);
  const stated = operations.filter((one) => asksForCredential(one));
  const silent = operations.filter((one) => !stated.includes(one));
  const safety = `Callers without a credential will be refused: ${callers(operations)}. Watch who they are for a day, then refuse with 401. When an operation is open on purpose, list it under public-operations in stance.yaml instead.`;
  const gateway = refuseWithout(facts, operations);
  // The contract is right already: what is wrong is what runs.
  if (silent.length === 0) return { ...gateway, safety };
  const missing = [...new Set(silent.map(schemeOf))].filter(
    (name) => schemeBodies[name] !== undefined && !declaredSchemes(facts).has(name),
  );
  const hunks = grouped(silent, (one) => [
    `     ${one.method.toLowerCase()}:`,
    '+      security:',
    `+        - ${schemeOf(one)}: []`,
    "+      # and among its answers: '401': { description: No valid credential }",
  ]);
  const components =
    missing.length === 0
      ? ''
      : [' components:', '   securitySchemes:', ...missing.map((name) => `+    ${name}: { ${schemeBodies[name]} }`), ''].join('\n');
  const enforced = gateway.text
    .trimEnd()
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
  return {
    language: 'diff',
    file: specFile(silent),
    text: `${hunks}\n${components}# And where it is enforced, ${gateway.file}:\n${enforced}\n`,
    safety,
  };
}

function asksForCredential(operation: Operation): boolean {
  const { declared } = operation.auth;
  return declared !== null && declared.length > 0 && declared.every((way) => way.schemes.length > 0);
}

export function declareDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const schemeOf = schemeNamer(facts);
  const lines = grouped(operations, (one) => {
    if (one.state === 'zombie')
      return [`     ${one.method.toLowerCase()}:   # declared ended: answer 410 at the gateway, or take \`deprecated\` back`];
    if (one.declared.some((each) => isSpecification(each.format)))
      return [`     ${one.method.toLowerCase()}:   # ${one.drift[0]?.text ?? 'no longer called: close it, or say why it stays'}`];
    return [
      `+    ${one.method.toLowerCase()}:`,
      `+      summary: <what it does>`,
      ...parameters(one),
      `+      security:`,
      `+        - ${schemeOf(one)}: []`,
      `+      responses:`,
      ...(one.statusesSeen.length > 0 ? one.statusesSeen.slice(0, 6) : [200]).map(
        (status) => `+        '${status}': { description: ${status < 400 ? 'Seen in traffic' : 'Refused or failed'} }`,
      ),
    ];
  });
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${lines}\n`,
    safety: 'Declaring changes nothing for callers. Closing does: look at the callers of each operation first.',
  };
}

export function sunsetDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const end = dayText(facts.nowMs + 90 * dayMs);
  const lines = grouped(operations, (one) => {
    const past = one.sunset !== null && Date.parse(one.sunset) <= facts.nowMs;
    if (past) return [`     ${one.method.toLowerCase()}:   # ended on ${one.sunset}: answer 410, or set a new date and tell the callers`];
    return [`     ${one.method.toLowerCase()}:`, ...(one.deprecated ? [] : ['+      deprecated: true']), `+      x-sunset: '${end}'`];
  });
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${lines}\n# When a new date is set, send with every answer:\n#   Sunset: ${new Date(Date.parse(end)).toUTCString()}   (RFC 8594)\n#   Deprecation: @${Math.floor(facts.nowMs / 1000)}   (RFC 9745)\n`,
    safety: `Tell the callers before the date: ${callers(operations)}.`,
  };
}

export function fieldsDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const lines = grouped(operations, (one) => {
    const declared = new Set(one.fieldsDeclared.response.map((field) => field.path.replaceAll('[]', '')));
    const extra = (one.fieldsSeen?.response ?? []).filter((field) => !declared.has(field.path.replaceAll('[]', '')));
    return [
      `     ${one.method.toLowerCase()}:   # remove these from the answer, or declare and classify each:`,
      ...extra.slice(0, 10).map((field) => `+      #   ${field.path}: { type: ${field.type}, x-data-class: <class> }`),
    ];
  });
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${lines}\n`,
    safety: 'Removing a field can break a caller that reads it: ask the callers, or remove it in the next version.',
  };
}

export function ceilingDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const lists = operations.filter((one) => one.method === 'GET');
  const writes = operations.filter((one) => one.method !== 'GET');
  const lines = grouped(lists, (one) => [
    `     ${one.method.toLowerCase()}:`,
    '+      parameters:',
    '+        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 20 } }',
    '+        - { name: cursor, in: query, schema: { type: string, maxLength: 200 } }',
  ]);
  const bodies =
    writes.length === 0
      ? ''
      : `# At the gateway, for ${writes.map((one) => `${one.method} ${one.template}`).join(', ')}:\n#   nginx:  client_max_body_size 1m;\n#   Kong:   { name: request-size-limiting, config: { allowed_payload_size: 1, size_unit: megabytes } }\n`;
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${lists.length > 0 ? `${lines}\n` : ''}${bodies}`,
    safety: 'Callers that read a whole list get one page, and larger bodies get 413: start above the largest seen today, and announce it.',
  };
}

export function specificationDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const services = units.filter((unit) => unit.unitKind === 'service').slice(0, draftUnitsMax);
  const lines = services.map(
    (unit) =>
      `stance export openapi-3.1 --service ${shell(unit.unit)} -o specs/${fileName(unit.unit)}.yaml   # draft from traffic: read and correct it`,
  );
  const imports = services.map((unit) => `stance import specs/${fileName(unit.unit)}.yaml`);
  const home = units.some((unit) => unit.unit === 'organisation:docs-home')
    ? [
        '# and name the home of the documents in stance.yaml:',
        `#   plans: { documentation: { location: docs, owner: <id>, reviewed-on: ${dayText(facts.nowMs)} } }`,
      ]
    : [];
  return {
    language: 'shell',
    file: null,
    text: `${[...lines, ...imports, ...home].join('\n')}\n`,
    safety: 'It writes files only; look through them before they are published.',
  };
}

export function lintDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const files = new Set(units.filter((unit) => unit.unitKind === 'document').map((unit) => unit.unit));
  const documents = facts.documents.filter((document) => files.has(document.place.file));
  const line = (one: DeclaredOperation): string => `#   ${one.place.file}:${one.place.line ?? '?'}  ${one.method} ${one.template}`;
  const listed = (title: string, operations: readonly DeclaredOperation[], fix: string): string =>
    operations.length === 0 ? '' : `${fix}# ${title}:\n${operations.slice(0, draftUnitsMax).map(line).join('\n')}\n`;
  const silent = documents.flatMap((document) => document.operations.filter((one) => one.security === null));
  const noErrors = documents.flatMap((document) =>
    document.operations.filter((one) => one.statuses.length > 0 && !one.statuses.some((status) => /^(4|5|default)/i.test(status))),
  );
  const rules = documents.flatMap((document) =>
    document.findings.filter((finding) => finding.controls.includes('PRC-17') && finding.severity !== 'info' && finding.severity !== 'low'),
  );
  const gate = units.some((unit) => unit.unit === 'organisation:gate')
    ? '# In stance.yaml, so that new faults stop:\n#   gate: { new: high }\n'
    : '';
  return {
    language: 'diff',
    file: [...files][0] ?? 'openapi.yaml',
    text: [
      listed(
        'Operations that say nothing of security today',
        silent,
        '+security:   # at the top: holds for every operation that does not say otherwise\n+  - bearerAuth: []\n components:\n   securitySchemes:\n+    bearerAuth: { type: http, scheme: bearer }\n',
      ),
      listed(
        'Operations without error answers',
        noErrors,
        "       responses:\n+        '401': { description: No valid credential }\n+        default: { description: What went wrong, content: { application/problem+json: { schema: { type: object } } } }\n",
      ),
      ...rules
        .slice(0, draftUnitsMax)
        .map((finding) => `# ${finding.places[0]?.file ?? ''}:${finding.places[0]?.line ?? '?'}  ${finding.title}. ${finding.fix}\n`),
      gate,
    ].join(''),
    safety: 'A specification does not change what runs; tell the gateway as well.',
  };
}

function chosen(facts: Facts, units: readonly UnitResult[]): readonly Operation[] {
  return operationsOf(facts, units).slice(0, draftUnitsMax);
}

/** One block a template: the diff of a specification is read by path. */
function grouped(operations: readonly Operation[], lines: (operation: Operation) => readonly string[]): string {
  const paths = new Map<string, string[]>();
  for (const one of operations) {
    const block = paths.get(one.template) ?? [` paths:\n   ${one.template}:`];
    block.push(...lines(one));
    paths.set(one.template, block);
  }
  return [...paths.values()]
    .map((block) => block.join('\n'))
    .join('\n')
    .replaceAll('\n paths:\n', '\n');
}

function parameters(operation: Operation): readonly string[] {
  const names = [...operation.template.matchAll(/\{([^}/]+)\}/g)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
  return names.length === 0
    ? []
    : ['+      parameters:', ...names.map((name) => `+        - { name: ${name}, in: path, required: true, schema: { type: string } }`)];
}

function declaredSchemes(facts: Facts): ReadonlySet<string> {
  return new Set(facts.operations.flatMap((one) => (one.auth.declared ?? []).flatMap((way) => way.schemes.map((scheme) => scheme.name))));
}

/** The scheme an operation would use: its own, else what its service uses most, else what its calls carry. */
function schemeNamer(facts: Facts): (operation: Operation) => string {
  const uses = new Map<string, Map<string, number>>();
  for (const one of facts.operations) {
    for (const scheme of (one.auth.declared ?? []).flatMap((way) => way.schemes)) {
      const names = uses.get(one.service) ?? new Map<string, number>();
      names.set(scheme.name, (names.get(scheme.name) ?? 0) + 1);
      uses.set(one.service, names);
    }
  }
  return (operation) => {
    const own = operation.auth.declared?.flatMap((way) => way.schemes)[0]?.name;
    if (own !== undefined) return own;
    const seen = mostOf(Object.entries(operation.auth.seen).filter(([kind]) => kind !== 'none' && kind !== 'unknown'));
    return mostOf([...(uses.get(operation.service) ?? [])]) ?? (seen === undefined ? 'bearerAuth' : (schemeNames[seen] ?? 'bearerAuth'));
  };
}

function mostOf(counts: readonly (readonly [string, number])[]): string | undefined {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

function specFile(operations: readonly Operation[]): string {
  const place = operations.flatMap((one) => one.declared).find((one) => one.format.startsWith('openapi'))?.place.file;
  return place ?? `specs/${fileName(operations[0]?.service ?? 'api')}.yaml`;
}

function callers(operations: readonly Operation[]): string {
  const clients = operations.reduce((sum, one) => Math.max(sum, one.traffic?.clients ?? 0), 0);
  const perDay = operations.reduce((sum, one) => sum + (one.traffic?.perDay ?? 0), 0);
  return `${clients} callers seen, ${Math.round(perDay).toLocaleString('en-US')} calls a day`;
}

function fileName(service: string): string {
  return service.replace(/[^A-Za-z0-9._-]/g, '-');
}

function shell(text: string): string {
  return /^[A-Za-z0-9._-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
