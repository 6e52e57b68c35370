/**
 * The OTLP/HTTP trace receiver. It takes what exporters send, holds them back when the store cannot follow, and never
 * answers 200 for spans that were not counted.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { errorCodes, StanceError } from '../errors.ts';
import type { SourceItem } from '../sources/source.ts';
import type { LiveSource } from '../workspace/use-cases.ts';
import { checkListenAddress, ownHosts } from './host-names.ts';
import { exportAnswer, faultAnswer } from './otlp-answer.ts';
import { listenError } from './serve.ts';

/** Largest request, bytes as sent; and after decompression. */
const bodyBytesMax = 4 * 1024 * 1024;
const decompressedBytesMax = 16 * 1024 * 1024;
/** Requests that may wait to be counted; the next one is told to come back. */
const waitingMax = 32;
/** Seconds an exporter is asked to wait. */
const retrySeconds = 2;
const connectionsMax = 256;
const inflate = promisify(gunzip);

export interface OtlpParts {
  /** Items of one export request. @throws StanceError for what does not decode */
  readonly decode: (bytes: Uint8Array, contentType: string) => readonly SourceItem[];
  /** Where they go; asked for when the first request comes, and anew after a fault. */
  readonly openLive: () => Promise<Pick<LiveSource, 'push' | 'close'>>;
  readonly address: string;
  readonly port: number;
  readonly allowRemote: boolean;
  /** Names in Host beside the loopback ones: how exporters in containers reach this machine. */
  readonly hostNames: readonly string[];
}

export interface OtlpReceiver {
  readonly url: string;
  stop(): Promise<void>;
}

export async function receiveOtlp(parts: OtlpParts): Promise<OtlpReceiver> {
  checkListenAddress(parts.address, parts.allowRemote);
  const intake = new Intake(parts);
  const app = Fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
  });
  app.server.maxConnections = connectionsMax;
  let isOwnHost: (host: string) => boolean = () => false;
  // A page somewhere could have its name point here: only names of this machine are answered to.
  app.addHook('onRequest', async (request) => {
    if (!isOwnHost(request.headers.host?.toLowerCase() ?? ''))
      throw new StanceError('forbidden', { message: 'Not a name of this receiver.' });
    // Exporters are no browsers: whatever says that it comes from a page is refused.
    if (request.headers.origin !== undefined) throw new StanceError('forbidden', { message: 'Pages may not send traces here.' });
  });
  addTraceRoute(app, intake);
  try {
    await app.listen({ host: parts.address, port: parts.port });
  } catch (cause) {
    await app.close();
    throw listenError(parts, cause);
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : parts.port;
  isOwnHost = ownHosts(port, parts.hostNames);
  return {
    url: `http://${parts.address.includes(':') ? `[${parts.address}]` : parts.address}:${port}/v1/traces`,
    async stop() {
      await app.close();
      await intake.close();
    },
  };
}

function addTraceRoute(app: FastifyInstance, intake: Intake): void {
  app.removeAllContentTypeParsers();
  for (const type of ['application/json', 'application/x-protobuf', 'application/protobuf']) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
  app.setErrorHandler((error, request, reply) => answerFault(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type(mediaType(request))
      .send(faultAnswer(isJson(request), 'Traces are received at POST /v1/traces only.')),
  );
  app.post('/v1/traces', async (request, reply) => {
    const items = await intake.take(request.body as Buffer, request.headers['content-encoding'], request.headers['content-type'] ?? '');
    const rejected = items.filter(({ kind }) => kind === 'malformed');
    const first = rejected[0];
    const message = first?.kind === 'malformed' ? first.message : '';
    return reply
      .code(200)
      .type(mediaType(request))
      .send(exportAnswer(isJson(request), { rejected: rejected.length, message }));
  });
}

/** Decodes and hands on, a bounded number of requests at once. */
class Intake {
  readonly #parts: OtlpParts;
  #live: Promise<Pick<LiveSource, 'push' | 'close'>> | null = null;
  #waiting = 0;

  constructor(parts: OtlpParts) {
    this.#parts = parts;
  }

  async take(body: Buffer, encoding: string | undefined, contentType: string): Promise<readonly SourceItem[]> {
    if (this.#waiting >= waitingMax) throw new Overloaded();
    this.#waiting++;
    try {
      const items = this.#parts.decode(await plain(body, encoding), contentType);
      this.#live ??= this.#parts.openLive();
      try {
        await (await this.#live).push(items);
      } catch (cause) {
        // Closed, or the store failed: the next request opens it again, this one is sent again by its exporter.
        this.#live = null;
        throw new Unavailable(cause);
      }
      return items;
    } finally {
      this.#waiting--;
    }
  }

  async close(): Promise<void> {
    const live = await this.#live?.catch(() => null);
    await live?.close();
  }
}

class Overloaded extends Error {}

class Unavailable extends Error {
  constructor(cause: unknown) {
    super('The store cannot take spans now.', { cause });
  }
}

async function plain(body: Buffer, encoding: string | undefined): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new StanceError('input-unreadable', { message: `The content encoding ${encoding.slice(0, 20)} is not known here.` });
  try {
    return await inflate(body, { maxOutputLength: decompressedBytesMax });
  } catch (cause) {
    const isTooLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new StanceError(isTooLarge ? 'too-large' : 'input-unreadable', {
      message: isTooLarge ? `The body is larger than ${decompressedBytesMax} bytes when decompressed.` : 'The body is not gzip.',
      cause,
    });
  }
}

/**
 * 429 and 503 are what exporters send again, after Retry-After; every other fault is final (OTLP specification,
 * "Failures"). Undecodable input is 400 there, whatever it would be elsewhere.
 */
function answerFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.type(mediaType(request));
  if (error instanceof Overloaded || error instanceof Unavailable) {
    return reply
      .code(error instanceof Overloaded ? 429 : 503)
      .header('retry-after', String(retrySeconds))
      .send(faultAnswer(isJson(request), error instanceof Overloaded ? 'Too many exports wait already.' : error.message));
  }
  if (error instanceof StanceError) {
    const status = error.code === 'forbidden' || error.code === 'too-large' ? errorCodes[error.code].http : 400;
    return reply.code(status).send(faultAnswer(isJson(request), error.message));
  }
  const status = (error as { statusCode?: unknown }).statusCode;
  const known = typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
  return reply
    .code(known)
    .send(faultAnswer(isJson(request), known === 500 ? 'The receiver met a fault of its own.' : 'The request cannot be read.'));
}

function isJson(request: FastifyRequest): boolean {
  return (request.headers['content-type'] ?? '').startsWith('application/json');
}

function mediaType(request: FastifyRequest): string {
  return isJson(request) ? 'application/json' : 'application/x-protobuf';
}
