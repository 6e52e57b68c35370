/** A document read for enforcement: parameters, bodies and responses with their schemas, which `openapi.ts` only counts. */
import type {
  ApiContract,
  BodyContract,
  FieldEncoding,
  MediaContract,
  OperationContract,
  ParameterContract,
  ParameterPlace,
  ParameterStyle,
  ResponseContract,
  Schema,
} from '../engine/conformance/contract.ts';
import type { JsonValue } from '../engine/http/exchange.ts';
import { StanceError } from '../errors.ts';
import { DocumentNode } from './document-node.ts';
import { ContractSchemas } from './openapi-contract-schema.ts';
import { OpenapiFiles } from './openapi-files.ts';
import { type OpenapiContext, openapiContext, type ReadOperation, readOperations } from './openapi-operations.ts';
import { serversOf } from './openapi-servers.ts';
import { serviceName } from './service-name.ts';
import type { Input } from './source.ts';
import { readStructured, readWholeText } from './structured-document.ts';

/** Operations of one document that are enforced; more is a gap. */
const operationsMax = 50_000;
/** Media types read of one body or response, and headers of one response. */
const mediaMax = 50;

/**
 * Reads an OpenAPI 2.0, 3.0 or 3.1 document with the files beside it.
 * @throws StanceError `input-unknown-format` when it is no such document or declares no operation
 */
export async function readContract(input: Input, options: { readonly service?: string } = {}): Promise<ApiContract> {
  const text = await readWholeText(input);
  const file = { name: input.name, document: readStructured(text) };
  const files = await OpenapiFiles.load(input, file, text);
  const root = DocumentNode.root(file);
  const context = openapiContext(files, root);
  const reader = new ContractReader(context);
  const operations = reader.operations();
  if (operations.length === 0) {
    throw new StanceError('input-unknown-format', {
      message: `${input.name} declares no operation that could be read.`,
      unchanged: 'No request is validated against it; what was in force stays in force.',
      next: 'Give an OpenAPI 2.0, 3.0 or 3.1 document; `stance scan` on it lists what is wrong with it.',
    });
  }
  const title = root.at('info', 'title').text?.trim() ?? '';
  return {
    service: options.service ?? serviceName(title, input.name),
    title: title === '' ? input.name : title,
    hosts: [...new Set(context.servers.flatMap(({ hosts }) => hosts))].slice(0, 200),
    basePaths: [...new Set(context.servers.map(({ basePath }) => (basePath === '' ? '/' : basePath)))],
    digest: files.digest,
    operations,
    credentials: credentialsOf(context),
    schemas: reader.schemas.shared,
    gaps: reader.schemas.gaps,
  };
}

function credentialsOf(context: OpenapiContext): ApiContract['credentials'] {
  return [...context.schemes.values()].flatMap(({ node, kind }): ApiContract['credentials'][number][] => {
    const name = node.child('name').text;
    if (name === null) return [];
    if (kind === 'api-key-query') return [{ in: 'query', name }];
    if (kind === 'api-key-header') return [{ in: 'header', name: name.toLowerCase() }];
    return kind === 'api-key-cookie' ? [{ in: 'cookie', name }] : [];
  });
}

class ContractReader {
  readonly schemas: ContractSchemas;
  readonly #context: OpenapiContext;

  constructor(context: OpenapiContext) {
    this.#context = context;
    const version = context.root.child('openapi').text ?? '';
    this.schemas = new ContractSchemas(context.files, context.isSwagger || /^3\.0/.test(version));
  }

  operations(): OperationContract[] {
    const operations: OperationContract[] = [];
    for (const read of readOperations(this.#context)) {
      if (operations.length >= operationsMax) break;
      operations.push(this.#operation(read));
    }
    this.schemas.finish();
    return operations;
  }

  #operation(read: ReadOperation): OperationContract {
    const { declared, node, pathItem } = read;
    const servers = [serversOf(node), serversOf(pathItem), this.#context.servers].find((list) => list.length > 0) ?? [];
    const basePaths = [...new Set(servers.map(({ basePath }) => basePath))];
    const base = basePaths[0] ?? '';
    return {
      method: declared.method,
      template: declared.template.slice(base.length) || '/',
      basePaths: basePaths.length === 0 ? [''] : basePaths,
      operationId: declared.operationId,
      deprecated: declared.deprecated,
      parameters: read.parameters.flatMap((parameter) => this.#parameter(parameter)),
      body: this.#context.isSwagger ? this.#swaggerBody(read) : this.#body(node.child('requestBody')),
      responses: this.#responses(node),
      security: declared.security,
      bodyBytesMax: declared.bodyBytesMax,
    };
  }

  #parameter(node: DocumentNode): ParameterContract[] {
    const place = node.child('in').text;
    const stated = node.child('name').text;
    if (stated === null || !isPlace(place)) return [];
    const name = place === 'header' ? stated.toLowerCase() : stated;
    // These fields are described elsewhere in the document; as parameters they are ignored (OpenAPI 3.0.3, Parameter Object).
    if (place === 'header' && ['accept', 'content-type', 'authorization'].includes(name)) return [];
    const required = place === 'path' || node.get('required') === true;
    if (this.#context.isSwagger) {
      return [{ in: place, name, required, ...swaggerStyle(node, place), schema: this.schemas.of(node), contentType: null }];
    }
    const style = styleOf(node.child('style').text, place === 'query' || place === 'cookie' ? 'form' : 'simple');
    const explode = typeof node.get('explode') === 'boolean' ? node.get('explode') === true : style === 'form' || style === 'deepObject';
    const content = node.child('content').members()[0];
    const schema: Schema = content === undefined ? this.schemas.of(node.child('schema')) : this.schemas.of(content.child('schema'));
    return [{ in: place, name, required, style, explode, schema, contentType: content === undefined ? null : mediaType(content.key) }];
  }

  #body(stated: DocumentNode): BodyContract | null {
    const node = this.#context.files.resolve(stated).node;
    if (node === null || !node.isMap) return null;
    const byMediaType: Record<string, MediaContract> = {};
    for (const media of node.child('content').members().slice(0, mediaMax)) {
      byMediaType[mediaType(media.key)] = { schema: this.#mediaSchema(media), encoding: encodings(media.child('encoding')) };
    }
    return Object.keys(byMediaType).length === 0 ? null : { required: node.get('required') === true, byMediaType };
  }

  #mediaSchema(media: DocumentNode): Schema {
    const target = this.#context.files.resolve(media).node ?? media;
    return target.child('schema').exists ? this.schemas.of(target.child('schema')) : true;
  }

  #swaggerBody({ node, parameters }: ReadOperation): BodyContract | null {
    const consumes = listed(node.child('consumes'), this.#context.root.child('consumes'));
    const body = parameters.find((parameter) => parameter.get('in') === 'body');
    if (body !== undefined) {
      const media: MediaContract = { schema: body.child('schema').exists ? this.schemas.of(body.child('schema')) : true, encoding: {} };
      // Without `consumes` the document leaves the media type open.
      return {
        required: body.get('required') === true,
        byMediaType: Object.fromEntries((consumes.length === 0 ? ['*/*'] : consumes).map((type) => [type, media])),
      };
    }
    const fields = parameters.filter((parameter) => parameter.get('in') === 'formData');
    if (fields.length === 0) return null;
    const properties = Object.create(null) as Record<string, JsonValue>;
    const encoding: Record<string, FieldEncoding> = {};
    const required: string[] = [];
    for (const field of fields) {
      const name = field.child('name').text;
      if (name === null) continue;
      properties[name] = this.schemas.of(field);
      encoding[name] = { contentType: null, ...swaggerStyle(field, 'query') };
      if (field.get('required') === true) required.push(name);
    }
    const media: MediaContract = { schema: { type: 'object', properties, required }, encoding };
    const forms = consumes.filter((type) => type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data');
    const hasFile = fields.some((field) => field.get('type') === 'file');
    const either = hasFile ? ['multipart/form-data'] : ['application/x-www-form-urlencoded', 'multipart/form-data'];
    return {
      required: required.length > 0,
      byMediaType: Object.fromEntries((forms.length === 0 ? [...consumes, ...either] : forms).map((type) => [type, media])),
    };
  }

  #responses(operation: DocumentNode): Record<string, ResponseContract> {
    const { files, isSwagger, root } = this.#context;
    const produces = isSwagger ? listed(operation.child('produces'), root.child('produces')) : [];
    const responses: Record<string, ResponseContract> = {};
    for (const member of operation.child('responses').members().slice(0, 200)) {
      const node = /^(?:[1-5](?:\d\d|XX)|default)$/i.test(member.key) ? files.resolve(member).node : null;
      if (node === null || !node.isMap) continue;
      const byMediaType: Record<string, Schema> = {};
      if (isSwagger && node.child('schema').exists) {
        const schema = this.schemas.of(node.child('schema'));
        for (const type of produces.length === 0 ? ['*/*'] : produces) byMediaType[type] = schema;
      }
      for (const media of node.child('content').members().slice(0, mediaMax)) byMediaType[mediaType(media.key)] = this.#mediaSchema(media);
      responses[member.key.toUpperCase().replace('DEFAULT', 'default')] = { byMediaType, headers: this.#headers(node.child('headers')) };
    }
    return responses;
  }

  #headers(stated: DocumentNode): ParameterContract[] {
    return stated
      .members()
      .slice(0, mediaMax)
      .flatMap((member) => {
        const node = this.#context.files.resolve(member).node;
        const name = member.key.toLowerCase();
        if (node === null || !node.isMap || name === 'content-type') return [];
        const schema = this.schemas.of(this.#context.isSwagger ? node : node.child('schema'));
        const required = !this.#context.isSwagger && node.get('required') === true;
        return [
          { in: 'header', name, required, style: 'simple', explode: node.get('explode') === true, schema, contentType: null } as const,
        ];
      });
  }
}

function isPlace(place: string | null): place is ParameterPlace {
  return place === 'path' || place === 'query' || place === 'header' || place === 'cookie';
}

const styles: ReadonlySet<string> = new Set(['simple', 'label', 'matrix', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject']);

function styleOf(stated: string | null, otherwise: ParameterStyle): ParameterStyle {
  // A set of exactly these names was asked.
  return stated !== null && styles.has(stated) ? (stated as ParameterStyle) : otherwise;
}

/** What Swagger 2.0 calls `collectionFormat`; `csv` unless stated. */
function swaggerStyle(node: DocumentNode, place: ParameterPlace): { readonly style: ParameterStyle; readonly explode: boolean } {
  const format = node.child('collectionFormat').text ?? 'csv';
  if (format === 'ssv') return { style: 'spaceDelimited', explode: false };
  if (format === 'pipes') return { style: 'pipeDelimited', explode: false };
  if (format === 'tsv') return { style: 'tabDelimited', explode: false };
  const isForm = place === 'query' || place === 'cookie';
  return { style: isForm ? 'form' : 'simple', explode: isForm && format === 'multi' };
}

function mediaType(text: string): string {
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function listed(own: DocumentNode, root: DocumentNode): string[] {
  const stated = own.exists ? own : root;
  return [
    ...new Set(
      stated
        .texts()
        .slice(0, mediaMax)
        .map(mediaType)
        .filter((type) => type.includes('/')),
    ),
  ];
}

function encodings(stated: DocumentNode): Record<string, FieldEncoding> {
  return Object.fromEntries(
    stated
      .members()
      .slice(0, 500)
      .map((member) => {
        const style = member.child('style').text;
        const encoding: FieldEncoding = {
          contentType: member.child('contentType').text?.toLowerCase() ?? null,
          style: style !== null && styles.has(style) ? (style as ParameterStyle) : null,
          explode: typeof member.get('explode') === 'boolean' ? member.get('explode') === true : null,
        };
        return [member.key, encoding];
      }),
  );
}
