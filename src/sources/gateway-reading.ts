/** What one gateway configuration gave so far: routes by service, and findings; made into declared APIs at the end. */
import { createHash } from 'node:crypto';
import type {
  DeclarationFormat,
  DeclaredApi,
  DeclaredLimit,
  DeclaredOperation,
  SecurityAlternative,
  SourcePlace,
} from '../engine/evidence/declaration.ts';
import type { DocumentFile } from './document-node.ts';
import { counted, FindingList, type FindingReport, type FindingRule } from './finding-list.ts';
import { gatewayRules } from './gateway-rules.ts';
import { kebab, serviceName } from './service-name.ts';

/** Operations made of one configuration: hosts, paths and methods multiply. */
const operationsMax = 50_000;

export interface GatewayRoute {
  /** Name of the service behind. */
  readonly service: string;
  readonly hosts: readonly string[];
  /** Methods in upper case; empty = every method. */
  readonly methods: readonly string[];
  /** Templates; a trailing `/**` marks a prefix. */
  readonly templates: readonly string[];
  readonly name?: string | null;
  readonly kind?: DeclaredOperation['kind'];
  readonly tags?: readonly string[];
  /** null = the gateway checks nothing here. */
  readonly security?: readonly SecurityAlternative[] | null;
  readonly limit?: DeclaredLimit | null;
  readonly bodyBytesMax?: number | null;
  readonly tlsRequired?: boolean | null;
  readonly place: SourcePlace;
}

export class GatewayReading {
  readonly #format: DeclarationFormat;
  readonly #file: string;
  readonly #digest: string;
  readonly #title: string;
  readonly #services = new Map<string, DeclaredOperation[]>();
  readonly #findings: FindingList;
  #operations = 0;

  constructor(parts: { format: DeclarationFormat; file: string; text: string; title: string }) {
    this.#format = parts.format;
    this.#file = parts.file;
    this.#title = parts.title;
    this.#digest = createHash('sha256').update(parts.text).digest('hex');
    this.#findings = new FindingList(`${parts.format} ${serviceName('', parts.file)}`);
  }

  find(rule: FindingRule, report: Omit<FindingReport, 'place'> & { readonly at: SourcePlace; readonly route?: string | null }): void {
    const { at, route, ...rest } = report;
    this.#findings.add(rule, { ...rest, place: { ...at, operation: route ?? null } });
  }

  syntax(file: DocumentFile): void {
    for (const problem of file.document.problems) {
      if (problem.isMinor === true) continue;
      this.find(gatewayRules.syntax, {
        detail: (count) => `${counted(count, 'error')} in the text; the first: ${problem.message} What could be read was read.`,
        at: { file: file.name, line: problem.line },
      });
    }
  }

  /** Adds a route, and the findings that hold for any gateway: no limit, no credential check, plain HTTP. */
  route(route: GatewayRoute): void {
    const service = kebab(route.service) || serviceName('', this.#file);
    const operations = this.#services.get(service) ?? [];
    this.#services.set(service, operations);
    const methods = route.methods.length === 0 ? ['*'] : route.methods;
    for (const template of new Set(route.templates)) {
      for (const method of new Set(methods)) {
        if (this.#operations++ < operationsMax) operations.push(operationOf(route, { method, template }));
      }
    }
    this.#judge(route);
  }

  #judge(route: GatewayRoute): void {
    const label = route.templates[0] ?? null;
    const at = { at: route.place, route: label === null ? null : `${route.methods[0] ?? '*'} ${label}` };
    if ((route.limit ?? null) === null)
      this.find(gatewayRules.limitAbsent, {
        detail: (count) => `${counted(count, 'route', { one: 'states', many: 'state' })} no rate limit.`,
        ...at,
      });
    if ((route.security ?? null) === null)
      this.find(gatewayRules.authAbsent, {
        detail: (count) => `${counted(count, 'route', { one: 'passes', many: 'pass' })} calls on without looking for a credential.`,
        ...at,
      });
    if (route.tlsRequired === false)
      this.find(gatewayRules.plainHttp, {
        detail: (count) => `${counted(count, 'route', { one: 'also answers', many: 'also answer' })} plain HTTP.`,
        ...at,
      });
  }

  /** One API a service; the findings go with the first. Never empty: a configuration without routes is an API without operations. */
  apis(): DeclaredApi[] {
    const services = this.#services.size > 0 ? [...this.#services] : [[serviceName('', this.#file), []] as const];
    return services.map(([service, operations], at) => ({
      format: this.#format,
      place: { file: this.#file, line: 1 },
      digest: this.#digest,
      service,
      title: `${service} (${this.#title})`,
      version: null,
      hosts: [...new Set(operations.flatMap(({ hosts }) => hosts ?? []))],
      basePaths: [],
      owner: null,
      docsUrl: null,
      operations,
      findings: at === 0 ? this.#findings.findings() : [],
    }));
  }
}

function operationOf(route: GatewayRoute, { method, template }: { method: string; template: string }): DeclaredOperation {
  return {
    method,
    template,
    kind: route.kind ?? (/\/graphql(?:\/\*\*)?$/i.test(template) ? 'graphql' : 'rest'),
    operationId: route.name ?? null,
    summary: null,
    tags: route.tags ?? [],
    deprecated: false,
    sunset: null,
    security: route.security ?? null,
    parameters: [],
    requestFields: [],
    responseFields: [],
    statuses: [],
    limit: route.limit ?? null,
    bodyBytesMax: route.bodyBytesMax ?? null,
    tlsRequired: route.tlsRequired ?? null,
    docsUrl: null,
    place: route.place,
    hosts: route.hosts,
  };
}

/** One way in by one scheme. */
export function oneScheme(name: string, kind: string): SecurityAlternative {
  return { schemes: [{ name, kind, scopes: [] }] };
}

/** Anonymous calls are let through too. */
export const anonymous: SecurityAlternative = { schemes: [] };
