/**
 * The door for HAProxy: an SPOE agent. HAProxy sends method, target, fields and (when configured) the body of each request,
 * and gets variables back that its own rules act on: `stance.status` (0 = pass), `stance.incident`, `stance.retry_after`, ...
 * See examples/doors/haproxy.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress, clientAddress } from './client-address.ts';
import type { Decider } from './decider.ts';
import type { Door } from './forward-auth.ts';
import { headOf } from './forwarded-head.ts';
import { problem } from './refusal.ts';
import { frameTypes, pairBytes, readFrame, SpopError, SpopReader, type SpopValue, setVariables, writeFrame } from './spop-frame.ts';
import { verdictOf } from './verdict.ts';

/** Largest frame either side sends; HAProxy's own buffer is 16 KiB unless tuned. */
const FRAME_BYTES_MAX = 1_048_576;
const CONNECTIONS_MAX = 1_000;
/** HAProxy keeps idle connections; one that says nothing for this long is gone. */
const IDLE_MS_MAX = 120_000;
/** Requests of one connection being decided at once. */
const IN_FLIGHT_MAX = 1_000;

export interface SpoeOptions {
  readonly listen: { readonly host: string; readonly port: number; readonly reusePort?: boolean };
  readonly decider: Decider;
  readonly client: ClientPolicy;
  readonly now?: () => number;
}

export async function startSpoe(options: SpoeOptions): Promise<Door> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    new Agent(options, socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.listen, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Agent {
  readonly #options: SpoeOptions;
  readonly #socket: Socket;
  #held: Buffer = Buffer.alloc(0);
  #frameBytesMax = FRAME_BYTES_MAX;
  #inFlight = 0;
  #isGreeted = false;

  constructor(options: SpoeOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.setTimeout(IDLE_MS_MAX, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      try {
        this.#read(bytes);
      } catch (error) {
        if (!(error instanceof SpopError)) throw error;
        this.#disconnect(4, error.message);
      }
    });
  }

  #read(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= 4) {
      const length = this.#held.readUInt32BE(0);
      if (length > this.#frameBytesMax) throw new SpopError('a frame is larger than agreed');
      if (this.#held.length < 4 + length) return;
      const frame = readFrame(this.#held.subarray(4, 4 + length));
      this.#held = this.#held.subarray(4 + length);
      if (frame.type === frameTypes.haproxyHello) this.#greet(frame.payload);
      else if (frame.type === frameTypes.haproxyDisconnect) this.#disconnect(0, 'goodbye');
      else if (frame.type !== frameTypes.notify || !this.#isGreeted) throw new SpopError('a frame was not expected here');
      else if ((frame.flags & 1) === 0) throw new SpopError('fragments were not agreed on');
      else this.#notified(frame.streamId, frame.frameId, frame.payload);
    }
  }

  #greet(payload: Buffer): void {
    const said = new SpopReader(payload).pairs();
    const versions = said.get('supported-versions');
    if (typeof versions !== 'string' || !versions.split(',').some((version) => version.trim().startsWith('2.'))) {
      this.#disconnect(8, 'only SPOP 2 is spoken');
      return;
    }
    const theirs = said.get('max-frame-size');
    this.#frameBytesMax = Math.min(FRAME_BYTES_MAX, typeof theirs === 'number' ? theirs : FRAME_BYTES_MAX);
    this.#isGreeted = true;
    const hello = pairBytes({ version: '2.0', 'max-frame-size': this.#frameBytesMax, capabilities: 'pipelining' });
    this.#socket.write(writeFrame(frameTypes.agentHello, 0, 0, hello));
    if (said.get('healthcheck') === true) this.#socket.end();
  }

  #notified(streamId: number, frameId: number, payload: Buffer): void {
    const reader = new SpopReader(payload);
    let request: Map<string, SpopValue> | null = null;
    while (!reader.isAtEnd) {
      const name = reader.text();
      const values = reader.pairs(reader.byte());
      if (name === 'check-request') request = values;
    }
    const answer = (variables: Readonly<Record<string, SpopValue>>): void => {
      if (!this.#socket.destroyed) this.#socket.write(writeFrame(frameTypes.ack, streamId, frameId, setVariables(variables)));
    };
    if (request === null || this.#inFlight >= IN_FLIGHT_MAX) {
      answer(request === null ? {} : refused(503, problem(503, 'The guard is busy.').incident, null, null));
      return;
    }
    this.#inFlight++;
    this.#judge(request)
      .then(answer, () => answer(refused(503, problem(503, 'The request could not be judged.').incident, null, null)))
      .finally(() => {
        this.#inFlight--;
      });
  }

  async #judge(request: Map<string, SpopValue>): Promise<Readonly<Record<string, SpopValue>>> {
    const { decider, client, now = Date.now } = this.#options;
    const path = textOf(request.get('path')) ?? '/';
    const query = textOf(request.get('query'));
    const headers = fieldsOf(request.get('headers'));
    const version = textOf(request.get('version'));
    // HAProxy is the one that saw the client; hops before it stand in the fields.
    const address = clientAddress(headers, canonicalAddress(textOf(request.get('src')) ?? ''), client);
    const head = headOf({
      method: textOf(request.get('method')) ?? '',
      target: query === null || query === '' ? path : `${path}?${query}`,
      host: headers.find((field) => field.name === 'host')?.value ?? null,
      scheme: request.get('tls') === true || request.get('tls') === 1 ? 'https' : 'http',
      headers: headers.filter((field) => field.name !== 'host'),
      clientAddress: address,
      httpVersion: version === '1.0' || version === '2' ? version : version === '2.0' ? '2' : '1.1',
    });
    if ('rule' in head) {
      decider.broken({ atMs: now(), rule: head.rule, reason: head.reason, clientAddress: address, count: 1 });
      return refused(head.status, problem(head.status, head.reason).incident, null, null);
    }
    const body = request.get('body');
    const bytes = Buffer.isBuffer(body) ? body : typeof body === 'string' ? Buffer.from(body, 'latin1') : null;
    const size = request.get('body_size');
    const verdict = await verdictOf(decider, head, bytes, typeof size !== 'number' || bytes === null || size <= bytes.length, now());
    const { refusal } = verdict;
    if (refusal === null)
      return { status: 0, subject: verdict.upstreamHeaders.find((field) => field.name === 'x-stance-subject')?.value ?? '' };
    const field = (name: string) => refusal.headers.find((one) => one.name === name)?.value ?? null;
    return { ...refused(refusal.status, refusal.incident, field('retry-after'), field('www-authenticate')), body: refusal.body };
  }

  #disconnect(code: number, message: string): void {
    this.#socket.end(writeFrame(frameTypes.agentDisconnect, 0, 0, pairBytes({ 'status-code': code, message })));
  }
}

function refused(status: number, incident: string, retryAfter: string | null, challenge: string | null): Record<string, SpopValue> {
  return { status, incident, retry_after: retryAfter ?? '', challenge: challenge ?? '', body: '' };
}

function textOf(value: SpopValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('latin1') : null;
}

/** `req.hdrs_bin`: name and value one after the other, two empty texts at the end. */
function fieldsOf(value: SpopValue | undefined): HeaderList {
  if (!Buffer.isBuffer(value)) return [];
  const reader = new SpopReader(value);
  const fields: { readonly name: string; readonly value: string }[] = [];
  while (!reader.isAtEnd) {
    const name = reader.text();
    const text = reader.text();
    if (name === '' && text === '') break;
    fields.push({ name: name.toLowerCase(), value: text });
  }
  return fields;
}
