/** The door for Envoy over gRPC: `envoy.service.auth.v3.Authorization/Check`. Works on heads alone; bodies when `with_request_body` hands them over. */
import { X509Certificate } from 'node:crypto';
import {
  status as grpcStatus,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { ClientCertificate } from '../engine/http/request.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress, clientAddress } from './client-address.ts';
import type { Decider } from './decider.ts';
import { type CheckRequest, type CheckResponse, readCheckRequest, writeCheckResponse } from './ext-authz-message.ts';
import type { Door } from './forward-auth.ts';
import { bodyBytesMax } from './forward-auth.ts';
import { headOf } from './forwarded-head.ts';
import { problem } from './refusal.ts';
import { verdictOf } from './verdict.ts';

const PERMISSION_DENIED = 7;
/** A message holds the body that was asked for, and a head. */
const MESSAGE_BYTES_MAX = bodyBytesMax + 128 * 1024;

export interface ExtAuthzOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly decider: Decider;
  readonly client: ClientPolicy;
  readonly now?: () => number;
}

const service: ServiceDefinition = {
  Check: {
    path: '/envoy.service.auth.v3.Authorization/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => readCheckRequest(bytes),
    responseSerialize: (response: CheckResponse) => Buffer.from(writeCheckResponse(response)),
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

export async function startExtAuthz(options: ExtAuthzOptions): Promise<Door> {
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_concurrent_streams': 1_000 });
  server.addService(service, {
    Check: (call: ServerUnaryCall<CheckRequest, CheckResponse>, done: sendUnaryData<CheckResponse>) => {
      check(options, call.request).then(
        (response) => done(null, response),
        () => done({ code: grpcStatus.INTERNAL, details: 'the request could not be judged' }),
      );
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.listen.host}:${options.listen.port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    close: async () => {
      server.forceShutdown();
    },
  };
}

async function check({ decider, client, now = Date.now }: ExtAuthzOptions, request: CheckRequest): Promise<CheckResponse> {
  // Envoy stands in front of us and saw the client; hops before it stand in X-Forwarded-For, where Envoy has added its peer.
  const hops = { ...client, trustedHops: client.trustedHops === 0 ? 0 : client.trustedHops + 1 };
  const address = clientAddress(request.headers, canonicalAddress(request.sourceAddress ?? ''), hops);
  const head = headOf({
    method: request.method,
    target: request.target,
    host: request.host,
    scheme: request.scheme === 'https' ? 'https' : 'http',
    headers: request.headers.filter((field) => field.name !== 'host'),
    clientAddress: address,
    httpVersion: request.protocol === 'HTTP/2' ? '2' : request.protocol === 'HTTP/1.0' ? '1.0' : '1.1',
  });
  if ('rule' in head) {
    decider.broken({ atMs: now(), rule: head.rule, reason: head.reason, clientAddress: address, count: 1 });
    return denied(problem(head.status, head.reason));
  }
  const isPartial = request.headers.some((field) => field.name === 'x-envoy-auth-partial-body' && field.value === 'true');
  const certificate = certificateOf(request.certificatePem);
  const verdict = await verdictOf(decider, { ...head, certificate }, request.body, !isPartial, now());
  if (verdict.refusal !== null) return denied(verdict.refusal);
  return {
    code: 0,
    status: 200,
    body: '',
    headers: verdict.upstreamHeaders.filter((field) => field.value !== ''),
    removeHeaders: verdict.upstreamHeaders.filter((field) => field.value === '').map((field) => field.name),
    answerHeaders: verdict.answerHeaders,
  };
}

function denied(refusal: { readonly status: number; readonly headers: CheckResponse['headers']; readonly body: string }): CheckResponse {
  return {
    code: PERMISSION_DENIED,
    status: refusal.status,
    body: refusal.body,
    headers: refusal.headers,
    removeHeaders: [],
    answerHeaders: [],
  };
}

/** Verified by Envoy, which hands it over only then. */
function certificateOf(pem: string | null): ClientCertificate | null {
  if (pem === null || pem === '') return null;
  try {
    const read = new X509Certificate(pem);
    return {
      subject: read.subject,
      issuer: read.issuer,
      sha256: read.fingerprint256.replaceAll(':', '').toLowerCase(),
      names: (read.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(?:DNS|URI|email):/, '')),
      notAfterMs: Date.parse(read.validTo),
    };
  } catch {
    return null;
  }
}
