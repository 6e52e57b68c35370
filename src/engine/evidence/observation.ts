/**
 * What `record` keeps of one exchange: class, shape, count and keyed fingerprint; never a value (ADR 0001).
 */
import type { Fingerprint } from './fingerprint.ts';

/**
 * One path segment. `text` is the literal when it reads like vocabulary of the API (`orders`, `v1`), else the shape in
 * braces (`{int}`, `{uuid}`, `{email}`); `print` is the keyed fingerprint of the decoded value, so that distinct values
 * can be counted, and a person who names a value can find its history, without it being kept.
 */
export interface Segment {
  readonly text: string;
  /** `word` for a literal, else the name of the format recognised. */
  readonly shape: string;
  readonly print: Fingerprint;
}

/** How the caller proved who it is, as far as this source can see. `unknown` = the source does not carry credentials. */
export type AuthSeen =
  | 'none'
  | 'bearer'
  | 'jwt'
  | 'basic'
  | 'api-key'
  | 'cookie'
  | 'mtls'
  | 'digest'
  | 'signature'
  | 'identified'
  | 'other'
  | 'unknown';

/** Why an exchange is folded away from the inventory; always counted, shown and reversible. */
export type NoiseReason = 'static' | 'preflight' | 'health' | 'scanner' | 'never-answered' | 'page' | 'malformed-path' | 'excluded-by-you';

/** One JSON field seen in a body: `$.items[].name`, its JSON type, never its value. */
export interface FieldSeen {
  readonly path: string;
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';
}

export interface GraphqlSeen {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly name: string | null;
  /** Top-level fields of the selection, at most 20. */
  readonly fields: readonly string[];
}

export interface Observation {
  readonly atMs: number;
  readonly method: string;
  readonly scheme: 'http' | 'https' | null;
  readonly host: string | null;
  readonly service: string | null;
  readonly environment: string | null;
  readonly segments: readonly Segment[];
  /** The path differed from its canonical spelling: doubled or trailing slash, needless percent-encoding, dot segments. */
  readonly oddSpelling: boolean;
  /** Names of query parameters, sorted, at most 30. */
  readonly queryNames: readonly string[];
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly client: Fingerprint | null;
  readonly principal: Fingerprint | null;
  /** Product token of the user agent (`curl`, `Mozilla`, `okhttp`), lower case, at most 24 characters; null = none sent or unknown. */
  readonly agent: string | null;
  readonly auth: AuthSeen;
  /** A credential stood in the query string. */
  readonly credentialInUrl: boolean;
  readonly route: string | null;
  /** Media type of the response without parameters, null = unknown. */
  readonly responseType: string | null;
  readonly tlsVersion: string | null;
  /** JSON fields of the request and response, at most 200 each; null = bodies not visible to this source. */
  readonly requestFields: readonly FieldSeen[] | null;
  readonly responseFields: readonly FieldSeen[] | null;
  /**
   * For each segment, the name of a JSON key whose value in the request or response body equals the segment (`login`,
   * `id`): evidence that the segment is a parameter, and what it is called. null where there is none; null for all
   * when bodies are not visible.
   */
  readonly segmentEchoes: readonly (string | null)[] | null;
  /** `Deprecation` and `Sunset` response headers (RFC 9745, RFC 8594): true or a date as sent; null = absent or not visible. */
  readonly deprecation: string | null;
  readonly sunset: string | null;
  readonly graphql: GraphqlSeen | null;
  /** Noise that this one message shows by itself; null = looks like an API call. */
  readonly noise: NoiseReason | null;
  readonly line: number;
}
