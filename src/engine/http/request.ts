/** One request at a door, as it stands on the wire: raw, in memory only, for the time of a decision. */
import type { JsonValue } from './exchange.ts';
import type { HeaderList } from './headers.ts';

export interface ClientCertificate {
  /** Distinguished name, RFC 4514 text. */
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, lower-case hex without colons. */
  readonly sha256: string;
  /** DNS, URI and e-mail names of the subject. */
  readonly names: readonly string[];
  readonly notAfterMs: number;
}

export interface RequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Lower case, without a default port; null when none was sent. */
  readonly host: string | null;
  /** Path as sent, percent-encoded, without query. */
  readonly path: string;
  /** Raw query without `?`; null = none. */
  readonly query: string | null;
  readonly headers: HeaderList;
  /** Address of the client after the trusted hops, canonical text; null when it cannot be known. */
  readonly clientAddress: string | null;
  /** Verified by the TLS layer (or asserted by a trusted gateway in front); null = none. */
  readonly certificate: ClientCertificate | null;
  readonly httpVersion: '1.0' | '1.1' | '2';
  /** A body follows, or may follow, as the framing tells; absent = only the fields tell. */
  readonly hasBody?: boolean;
  readonly tlsVersion: string | null;
  /** JA4-like print of the TLS hello and header order when the door can see it, else null. */
  readonly clientShape: string | null;
}

/** Conversions that a door has natively: the engine's own are portable and an order of magnitude slower. */
export interface TextDecoding {
  /** One character a byte. */
  latin1(bytes: Uint8Array): string;
  /** Null when the bytes are no UTF-8 (RFC 3629). */
  utf8(bytes: Uint8Array): string | null;
}

export interface RequestBody {
  /** After transfer and content decoding. */
  readonly bytes: Uint8Array;
  /** Absent = the engine converts by itself. */
  readonly decoding?: TextDecoding;
  /** False when only the first bytes were taken (inspection cap); what was cut off goes on unseen. */
  readonly isWhole: boolean;
}

export interface FormField {
  readonly name: string;
  readonly value: string;
}

export interface MultipartPart {
  readonly name: string | null;
  readonly fileName: string | null;
  readonly mediaType: string | null;
  readonly headers: HeaderList;
  /** Content as latin-1 text: one character, one byte. */
  readonly text: string;
}

/** A body parsed once, for validation, authorisation and recognition alike. */
export interface ParsedBody {
  readonly kind: 'json' | 'form' | 'multipart' | 'xml' | 'graphql' | 'text' | 'binary';
  /** Lower case, without parameters. */
  readonly mediaType: string | null;
  /** Set for `json` (and the variables of `graphql`) when it parsed. */
  readonly json: JsonValue | undefined;
  readonly form: readonly FormField[] | null;
  readonly parts: readonly MultipartPart[] | null;
  /** Decoded text (UTF-8, else latin-1); null for `binary`. */
  readonly text: string | null;
  readonly isWhole: boolean;
  readonly bytes: number;
  /** Why it does not read as what it says it is; null = it does. */
  readonly malformed: string | null;
  /**
   * Texts that the other fields do not show: strings inside a `binary` body by field path (protocol buffers, gRPC frames, the front of
   * an object stream), and values of JSON that a later field of the same name hides.
   */
  readonly texts?: readonly FormField[];
  /** Set when the text was not UTF-8: `utf-16le`, `utf-7`, `ibm037`, `latin-1`. */
  readonly charset?: string;
}
