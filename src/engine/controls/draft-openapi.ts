/** Drafts for specifications: the lines to add, for the very operations that fail. */
import type { Operation } from '../inventory/operation.ts';
import type { Draft, Facts, UnitResult } from './control.ts';
import { dayMs, dayText } from './date.ts';
import { draftUnitsMax } from './draft-settings.ts';

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
  const schemes = [...new Set(operations.map(schemeOf))];
  const hunks = grouped(operations, (one) => {
    const stated = one.auth.declared !== null && one.auth.declared.length > 0 && one.auth.declared.every((way) => way.schemes.length > 0);
    if (stated)
      return [
        `     ${one.method.toLowerCase()}:   # the specification already asks for a credential: the gateway or service must refuse without one`,
      ];
    return [
      `     ${one.method.toLowerCase()}:`,
      `+      security:`,
      `+        - ${schemeOf(one)}: []`,
      `+      # with its answers:`,
      `+      #   '401': { description: No valid credential }`,
    ];
  });
  const components = [' components:', '   securitySchemes:', ...schemes.map((name) => `+    ${name}: { ${schemeBodies[name]} }`)].join(
    '\n',
  );
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${hunks}\n${components}\n`,
    safety: `Callers without a credential will be refused: ${callers(operations)}. Watch who they are for a day, then refuse with 401. When an operation is open on purpose, list it under public-operations in stance.yaml instead.`,
  };
}

export function declareDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const operations = chosen(facts, units);
  const lines = grouped(operations, (one) => {
    if (one.state === 'zombie')
      return [`     ${one.method.toLowerCase()}:   # declared ended: answer 410 at the gateway, or take \`deprecated\` back`];
    if (one.declared.length > 0)
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
    text: `${lines}\n# Send with every answer:\n#   Sunset: ${new Date(Date.parse(end)).toUTCString()}   (RFC 8594)\n#   Deprecation: @${Math.floor(facts.nowMs / 1000)}   (RFC 9745)\n`,
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
  const lines = grouped(operations, (one) => [
    `     ${one.method.toLowerCase()}:`,
    '+      parameters:',
    '+        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 20 } }',
    '+        - { name: cursor, in: query, schema: { type: string, maxLength: 200 } }',
  ]);
  return {
    language: 'diff',
    file: specFile(operations),
    text: `${lines}\n`,
    safety: 'Callers that read a whole list get one page: announce it, or start with a maximum above the largest list today.',
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
  const silent = facts.documents
    .filter((document) => files.has(document.place.file))
    .flatMap((document) =>
      document.operations
        .filter((one) => one.security === null)
        .map((one) => `#   ${one.place.file}:${one.place.line ?? '?'}  ${one.method} ${one.template}`),
    );
  const gate = units.some((unit) => unit.unit === 'organisation:gate') ? '\n# and in stance.yaml:\n# gate: { new: high }\n' : '';
  return {
    language: 'diff',
    file: [...files][0] ?? 'openapi.yaml',
    text: `+security:   # holds for every operation that does not say otherwise\n+  - bearerAuth: []\n components:\n   securitySchemes:\n+    bearerAuth: { type: http, scheme: bearer }\n   responses:\n+    Problem: { description: What went wrong, content: { application/problem+json: { schema: { type: object } } } }\n${silent.length > 0 ? `# Operations that say nothing today:\n${silent.slice(0, draftUnitsMax).join('\n')}\n` : ''}${gate}`,
    safety: 'A specification does not change what runs; tell the gateway as well.',
  };
}

function chosen(facts: Facts, units: readonly UnitResult[]): readonly Operation[] {
  const wanted = new Set(units.map((unit) => unit.unit));
  return facts.operations.filter((one) => wanted.has(one.id)).slice(0, draftUnitsMax);
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

function schemeOf(operation: Operation): string {
  const declared = operation.auth.declared?.flatMap((way) => way.schemes)[0]?.name;
  if (declared !== undefined) return declared;
  const seen = Object.entries(operation.auth.seen)
    .filter(([kind]) => kind !== 'none' && kind !== 'unknown')
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
  return seen === undefined ? 'bearerAuth' : (schemeNames[seen] ?? 'bearerAuth');
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
