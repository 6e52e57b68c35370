/**
 * What one service's specification promises, with its schemas: plain data that can be kept as JSON and handed between
 * processes. `sources/openapi-contract.ts` makes it of a document, `compile-contract.ts` makes it fast.
 */
import type { SecurityAlternative } from '../evidence/declaration.ts';
import type { JsonValue } from '../http/exchange.ts';

/**
 * JSON Schema 2020-12, whatever dialect the document was written in. A reference names a shared schema of its contract:
 * `#/$defs/Name`. Members that say nothing about validity (examples, descriptions, defaults) are left out.
 */
export type Schema = boolean | SchemaObject;
export interface SchemaObject {
  readonly [keyword: string]: JsonValue;
}

export interface ApiContract {
  /** As `DeclaredApi.service`: the name that joins it with traffic. */
  readonly service: string;
  readonly title: string;
  /** Lower case, port unless default; a `{variable}` host keeps its braces. */
  readonly hosts: readonly string[];
  /** `/` for the root. */
  readonly basePaths: readonly string[];
  /** SHA-256 of the document with the files it refers to, hex. */
  readonly digest: string;
  readonly operations: readonly OperationContract[];
  /** Where credentials travel by name; never unknown parameters. */
  readonly credentials: readonly { readonly in: 'query' | 'header' | 'cookie'; readonly name: string }[];
  /** Shared schemas by name, so that one that contains itself stays finite. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /** What could not be taken over and therefore is not checked, in words; bounded. */
  readonly gaps: readonly string[];
}

export interface OperationContract {
  /** Upper case. */
  readonly method: string;
  /** As written in the document, without base path: `/users/{userId}`. */
  readonly template: string;
  /** Base paths it is served under; `''` for the root. At least one. */
  readonly basePaths: readonly string[];
  readonly operationId: string | null;
  readonly deprecated: boolean;
  readonly parameters: readonly ParameterContract[];
  readonly body: BodyContract | null;
  /** By `200`, `4XX` or `default`. */
  readonly responses: Readonly<Record<string, ResponseContract>>;
  /** null = the document says nothing; [] = open to anyone on purpose. */
  readonly security: readonly SecurityAlternative[] | null;
  readonly bodyBytesMax: number | null;
}

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

/** OpenAPI 3 styles, and `tabDelimited` for Swagger 2.0's `tsv`. */
export type ParameterStyle = 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'tabDelimited' | 'deepObject';

export interface ParameterContract {
  readonly in: ParameterPlace;
  /** Header names in lower case. */
  readonly name: string;
  readonly required: boolean;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly schema: Schema;
  /** Set when the value is a document of its own (`content`), such as JSON in a query parameter. */
  readonly contentType: string | null;
}

export interface BodyContract {
  readonly required: boolean;
  /** By media type or range, lower case, without parameters: `application/json`, `text/*`, `*` + `/*`. */
  readonly byMediaType: Readonly<Record<string, MediaContract>>;
}

export interface MediaContract {
  readonly schema: Schema;
  /** How single fields of a form are written. */
  readonly encoding: Readonly<Record<string, FieldEncoding>>;
}

export interface FieldEncoding {
  readonly contentType: string | null;
  readonly style: ParameterStyle | null;
  readonly explode: boolean | null;
}

export interface ResponseContract {
  readonly byMediaType: Readonly<Record<string, Schema>>;
  readonly headers: readonly ParameterContract[];
}
