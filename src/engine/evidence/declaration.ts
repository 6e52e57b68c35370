/**
 * What an organisation says exists: one document (OpenAPI file, Postman collection, gateway configuration) and the
 * operations, servers and protections it declares. Plain data with file and line, so that a finding can point at it.
 */
import type { Finding } from './finding.ts';

export type DeclarationFormat =
  | 'openapi-2.0'
  | 'openapi-3.0'
  | 'openapi-3.1'
  | 'openapi-3.2'
  | 'postman-2.1'
  | 'nginx-conf'
  | 'kong-declarative'
  | 'kubernetes-ingress'
  | 'gateway-api'
  | 'envoy-config'
  | 'traefik-config'
  | 'apisix-config';

export interface SourcePlace {
  /** Path as the user gave it, or an `http` address. */
  readonly file: string;
  /** Counted from 1; null when the format has no lines (a generated document). */
  readonly line: number | null;
}

export interface DeclaredField {
  /** `$.items[].name`, as in FieldSeen. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** Classification label the document states (`x-data-class` and kin), null when none. */
  readonly dataClass: string | null;
}

export interface DeclaredParameter {
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly name: string;
  readonly required: boolean;
  readonly type: string | null;
  readonly format: string | null;
}

/** Fields kept of one side of one operation, breadth first; a longer list is cut, and then says nothing of what is absent. */
export const declaredFieldsMax = 300;

/** One way in: all of `schemes` together; an empty list means anonymous is allowed. */
export interface SecurityAlternative {
  readonly schemes: readonly { readonly name: string; readonly kind: string; readonly scopes: readonly string[] }[];
}

export interface DeclaredLimit {
  readonly requests: number;
  readonly windowSeconds: number;
  /** What is counted by: `address`, `identity`, `key`, `route`, `global`, or null when the document does not say. */
  readonly by: string | null;
}

export interface DeclaredOperation {
  /** Upper case; `*` for every method (gateway routes). */
  readonly method: string;
  /** Path template with the server's base path in front: `/v1/users/{userId}`. A trailing `/**` marks a prefix route. */
  readonly template: string;
  readonly kind: 'rest' | 'graphql' | 'grpc' | 'websocket';
  readonly operationId: string | null;
  readonly summary: string | null;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  /** ISO date a document states for the end (`x-sunset`), else null. */
  readonly sunset: string | null;
  /** null = the document says nothing; [] = explicitly open to anyone; else alternatives. */
  readonly security: readonly SecurityAlternative[] | null;
  readonly parameters: readonly DeclaredParameter[];
  readonly requestFields: readonly DeclaredField[];
  readonly responseFields: readonly DeclaredField[];
  /** Declared response statuses: `200`, `4XX`, `default`. */
  readonly statuses: readonly string[];
  readonly limit: DeclaredLimit | null;
  /** Largest request body in bytes the document allows, null when it does not say. */
  readonly bodyBytesMax: number | null;
  readonly tlsRequired: boolean | null;
  readonly docsUrl: string | null;
  readonly place: SourcePlace;
  /** Hosts of this route when it names its own (gateway routes); absent = those of the document. */
  readonly hosts?: readonly string[];
}

export interface DeclaredApi {
  readonly format: DeclarationFormat;
  readonly place: SourcePlace;
  /** SHA-256 of the document (with the files it refers to), hex. */
  readonly digest: string;
  /** Short name used to join with traffic: `stance.yaml` binding, else title in kebab case, else file name. */
  readonly service: string;
  readonly title: string;
  readonly version: string | null;
  /** Hosts the document names (lower case, port unless default); a `{variable}` host keeps its braces. */
  readonly hosts: readonly string[];
  readonly basePaths: readonly string[];
  readonly owner: string | null;
  readonly docsUrl: string | null;
  readonly operations: readonly DeclaredOperation[];
  /** What could not be read or is dangerous, each with file and line. */
  readonly findings: readonly Finding[];
}
