/**
 * The two messages of Envoy's external authorisation (envoy.service.auth.v3, external_auth.proto and attribute_context.proto)
 * on the wire: what is needed of a CheckRequest, and a CheckResponse. Unknown fields are skipped, as protobuf asks.
 */
import { BinaryReader, BinaryWriter, type WireType } from '@bufbuild/protobuf/wire';
import type { HeaderList } from '../engine/http/headers.ts';

/** Fields of one request that are read. */
const headersMax = 256;

export interface CheckRequest {
  readonly method: string;
  /** Path and query as they stood on the request line. */
  readonly target: string;
  readonly host: string | null;
  readonly scheme: string;
  readonly protocol: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
  /** Of the connection to Envoy. */
  readonly sourceAddress: string | null;
  readonly certificatePem: string | null;
}

type Take = (field: number, reader: BinaryReader) => boolean;

function eachField(bytes: Uint8Array, take: Take): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type]: [number, WireType] = reader.tag();
    if (!take(field, reader)) reader.skip(type, field);
  }
}

/** @throws when the bytes are no message */
export function readCheckRequest(bytes: Uint8Array): CheckRequest {
  const request = {
    method: '',
    target: '',
    host: null as string | null,
    scheme: '',
    protocol: '',
    headers: [] as { name: string; value: string }[],
    body: null as Uint8Array | null,
    sourceAddress: null as string | null,
    certificatePem: null as string | null,
  };
  const nested =
    (take: Take): Take =>
    (_field, reader) => {
      eachField(reader.bytes(), take);
      return true;
    };
  const header = (field: number, into: { name: string; value: string }, reader: BinaryReader): boolean => {
    if (field === 1) into.name = reader.string().toLowerCase();
    else if (field === 2) into.value = reader.string();
    else if (field === 3) into.value = Buffer.from(reader.bytes()).toString('latin1');
    else return false;
    return true;
  };
  const oneHeader = (reader: BinaryReader): void => {
    const into = { name: '', value: '' };
    eachField(reader.bytes(), (field, inner) => header(field, into, inner));
    if (request.headers.length < headersMax) request.headers.push(into);
  };
  const http: Take = (field, reader) => {
    if (field === 2) request.method = reader.string();
    else if (field === 3) oneHeader(reader);
    else if (field === 4) request.target = reader.string();
    else if (field === 5) request.host = reader.string();
    else if (field === 6) request.scheme = reader.string();
    else if (field === 10) request.protocol = reader.string();
    else if (field === 11 || field === 12) request.body = reader.bytes();
    else if (field === 13)
      eachField(reader.bytes(), (inner, one) => {
        if (inner === 1) oneHeader(one);
        return inner === 1;
      });
    else return false;
    return true;
  };
  const socketAddress: Take = (field, reader) => {
    if (field === 2) request.sourceAddress = reader.string();
    return field === 2;
  };
  const source: Take = (field, reader) => {
    if (field === 1) return nested((inner, one) => (inner === 1 ? nested(socketAddress)(inner, one) : false))(field, reader);
    if (field === 5) request.certificatePem = decodeURIComponent(reader.string());
    return field === 5;
  };
  const attributes: Take = (field, reader) => {
    if (field === 1) return nested(source)(field, reader);
    if (field === 4) return nested((inner, one) => (inner === 2 ? nested(http)(inner, one) : false))(field, reader);
    return false;
  };
  eachField(bytes, (field, reader) => (field === 1 ? nested(attributes)(field, reader) : false));
  return { ...request, headers: request.headers.filter((one) => !one.name.startsWith(':')) };
}

export interface CheckResponse {
  /** 0 = pass (google.rpc.Code), 7 = permission denied. */
  readonly code: number;
  /** HTTP status of a refusal; ignored when `code` is 0. */
  readonly status: number;
  readonly body: string;
  /** For the upstream when `code` is 0, for the client otherwise. */
  readonly headers: HeaderList;
  readonly removeHeaders: readonly string[];
  /** For the client when `code` is 0. */
  readonly answerHeaders: HeaderList;
}

export function writeCheckResponse(response: CheckResponse): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, 2).fork().tag(1, 0).int32(response.code).join();
  if (response.code === 0) {
    writer.tag(3, 2).fork();
    writeHeaders(writer, 2, response.headers);
    for (const name of response.removeHeaders) writer.tag(5, 2).string(name);
    writeHeaders(writer, 6, response.answerHeaders);
    writer.join();
  } else {
    writer.tag(2, 2).fork();
    writer.tag(1, 2).fork().tag(1, 0).int32(response.status).join();
    writeHeaders(writer, 2, response.headers);
    writer.tag(3, 2).string(response.body).join();
  }
  return writer.finish();
}

/** HeaderValueOption without `append`: it replaces what is there. */
function writeHeaders(writer: BinaryWriter, field: number, headers: HeaderList): void {
  for (const { name, value } of headers)
    writer.tag(field, 2).fork().tag(1, 2).fork().tag(1, 2).string(name).tag(2, 2).string(value).join().join();
}
