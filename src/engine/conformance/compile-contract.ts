/** A contract made fast: plans per operation and checks per schema, each built when traffic first asks for it. */
import type { SecurityAlternative } from '../evidence/declaration.ts';
import type {
  ApiContract,
  BodyContract,
  OperationContract,
  ParameterContract,
  ParameterPlace,
  ResponseContract,
  Schema,
} from './contract.ts';
import { type FieldShape, FieldShapes } from './field-shape.ts';
import { type SchemaCheck, SchemaCompiler } from './schema-compiler.ts';

/** A parameter with what is needed to read and check it. */
export interface ParameterPlan {
  readonly declared: ParameterContract;
  readonly shape: FieldShape;
  readonly check: SchemaCheck;
  /** `query.limit`. */
  readonly place: string;
}

export interface HeadPlan {
  readonly path: readonly ParameterPlan[];
  readonly query: ReadonlyMap<string, ParameterPlan>;
  /** Query objects whose fields stand in the query by their own names. */
  readonly exploded: readonly ParameterPlan[];
  readonly headers: readonly ParameterPlan[];
  readonly cookies: readonly ParameterPlan[];
}

/** A schema of a body with its check and its fields. */
export interface MediaPlan {
  readonly schema: Schema;
  readonly shape: FieldShape;
  readonly check: SchemaCheck;
}

export class CompiledOperation implements OperationContract {
  readonly contract: CompiledContract;
  readonly method: string;
  readonly template: string;
  readonly basePaths: readonly string[];
  readonly operationId: string | null;
  readonly deprecated: boolean;
  readonly parameters: readonly ParameterContract[];
  readonly body: BodyContract | null;
  readonly responses: Readonly<Record<string, ResponseContract>>;
  readonly security: readonly SecurityAlternative[] | null;
  readonly bodyBytesMax: number | null;
  #head: HeadPlan | null = null;

  constructor(contract: CompiledContract, declared: OperationContract) {
    this.contract = contract;
    this.method = declared.method;
    this.template = declared.template;
    this.basePaths = declared.basePaths;
    this.operationId = declared.operationId;
    this.deprecated = declared.deprecated;
    this.parameters = declared.parameters;
    this.body = declared.body;
    this.responses = declared.responses;
    this.security = declared.security;
    this.bodyBytesMax = declared.bodyBytesMax;
  }

  get head(): HeadPlan {
    this.#head ??= this.#headPlan();
    return this.#head;
  }

  /** Declared media type or range that covers `mediaType`, the narrowest; null = none does, or no body is declared. */
  mediaKey(mediaType: string): string | null {
    return this.body === null ? null : mediaKeyOf(this.body.byMediaType, mediaType);
  }

  requestMedia(key: string): MediaPlan {
    return this.contract.plan(this.body?.byMediaType[key]?.schema ?? true, 'request');
  }

  /** What is declared for a status: itself, its class (`4XX`), else `default`; null = nothing is. */
  response(status: number): ResponseContract | null {
    return this.responses[String(status)] ?? this.responses[`${Math.floor(status / 100)}XX`] ?? this.responses.default ?? null;
  }

  responseMedia(response: ResponseContract, mediaType: string): MediaPlan | null {
    const key = mediaKeyOf(response.byMediaType, mediaType);
    return key === null ? null : this.contract.plan(response.byMediaType[key] ?? true, 'response');
  }

  #headPlan(): HeadPlan {
    const plans = this.parameters.map((declared): ParameterPlan => {
      const { shape, check } = this.contract.plan(declared.schema, 'request');
      return { declared, shape, check, place: `${declared.in}.${declared.name}` };
    });
    const of = (place: ParameterPlace) => plans.filter(({ declared }) => declared.in === place);
    const query = of('query');
    return {
      path: of('path'),
      query: new Map(query.map((plan) => [plan.declared.name, plan])),
      exploded: query.filter(({ declared, shape }) => declared.style === 'form' && declared.explode && shape.types?.has('object') === true),
      headers: of('header'),
      cookies: of('cookie'),
    };
  }
}

export class CompiledContract {
  readonly declared: ApiContract;
  readonly service: string;
  readonly hosts: readonly string[];
  readonly basePaths: readonly string[];
  readonly operations: readonly CompiledOperation[];
  readonly shapes: FieldShapes;
  /** Query names that carry credentials. */
  readonly credentialQuery: ReadonlySet<string>;
  readonly #request: SchemaCompiler;
  readonly #response: SchemaCompiler;

  constructor(declared: ApiContract) {
    this.declared = declared;
    this.service = declared.service;
    this.hosts = declared.hosts;
    this.basePaths = declared.basePaths;
    this.shapes = new FieldShapes(declared.schemas);
    this.#request = new SchemaCompiler(declared.schemas, 'request');
    this.#response = new SchemaCompiler(declared.schemas, 'response');
    this.operations = declared.operations.map((operation) => new CompiledOperation(this, operation));
    this.credentialQuery = new Set(declared.credentials.flatMap((place) => (place.in === 'query' ? [place.name] : [])));
  }

  /** What is declared and could not be checked, as far as it was needed yet. */
  get gaps(): readonly string[] {
    return [...new Set([...this.declared.gaps, ...this.#request.gaps, ...this.#response.gaps])];
  }

  /** Schemas compiled at present, both directions. */
  get compiledSchemas(): number {
    return this.#request.size + this.#response.size;
  }

  plan(schema: Schema, direction: 'request' | 'response'): MediaPlan {
    return { schema, shape: this.shapes.of([schema]), check: (direction === 'request' ? this.#request : this.#response).of(schema) };
  }
}

/** Costs a few microseconds per operation; schemas are compiled when a request first meets them. */
export function compileContract(contract: ApiContract): CompiledContract {
  return new CompiledContract(contract);
}

function mediaKeyOf(byMediaType: Readonly<Record<string, unknown>>, mediaType: string): string | null {
  if (Object.hasOwn(byMediaType, mediaType)) return mediaType;
  let best: string | null = null;
  for (const key of Object.keys(byMediaType)) if (covers(key, mediaType) && (best === null || key.length > best.length)) best = key;
  return best;
}

/** Whether a range (`text/*`, `application/*+json`) covers a media type. */
function covers(range: string, mediaType: string): boolean {
  const star = range.indexOf('*');
  if (star < 0) return false;
  if (range === '*/*' || range === '*') return true;
  const before = range.slice(0, star);
  const after = range.slice(star + 1);
  return mediaType.length >= before.length + after.length && mediaType.startsWith(before) && mediaType.endsWith(after);
}
