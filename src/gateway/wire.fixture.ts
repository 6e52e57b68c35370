/**
 * An origin that writes down every byte it gets, and a judge of those bytes that knows the grammar of RFC 9112 and forgives nothing. Written
 * apart from the gateway's own checks, so that the two can disagree.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { closeLater } from './front.fixture.ts';

export interface RecordingOrigin {
  readonly url: string;
  /** Bytes of each connection, in order of arrival. */
  readonly connections: Buffer[][];
}

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** Answers as soon as a whole request came, by the same strict reading; closes each connection after its answer. */
export async function recordingOrigin(): Promise<RecordingOrigin> {
  const connections: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const chunks: Buffer[] = [];
    connections.push(chunks);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const [first] = judge(Buffer.concat(chunks)).requests;
      if (first?.isWhole) socket.end(first.method === 'HEAD' ? answer.slice(0, -2) : answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly isWhole: boolean;
}

export interface Judged {
  readonly requests: readonly SeenRequest[];
  /** What could be read in more than one way; empty = nothing. */
  readonly doubts: readonly string[];
}

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21\x22\x24-\x7e\x80-\xff]+) HTTP\/1\.1$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;

/** Reads the bytes of one connection as requests. */
export function judge(bytes: Buffer): Judged {
  const text = bytes.toString('latin1');
  const requests: SeenRequest[] = [];
  const doubts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) {
      if (/[^\r]\n|\r[^\n]/.test(text.slice(at))) doubts.push('a bare CR or LF in a head');
      break;
    }
    const lines = text.slice(at, end).split('\r\n');
    at = end + 4;
    const line = requestLine.exec(lines[0] ?? '');
    if (line === null) {
      doubts.push(`request line ${JSON.stringify(lines[0])}`);
      break;
    }
    const fields = new Map<string, string[]>();
    for (const one of lines.slice(1)) {
      const field = fieldLine.exec(one);
      if (field === null) doubts.push(`field line ${JSON.stringify(one.slice(0, 60))}`);
      else fields.set((field[1] ?? '').toLowerCase(), [...(fields.get((field[1] ?? '').toLowerCase()) ?? []), field[2] ?? '']);
    }
    for (const name of fields.keys()) {
      const letters = name.replace(/[^a-z]/g, '');
      if (/^(transferencoding|contentlength)/.test(letters) && !['transfer-encoding', 'content-length'].includes(name))
        doubts.push(`field ${name}`);
      if (name === 'upgrade' && fields.get(name)?.join() !== 'websocket') doubts.push('an upgrade to something else than a WebSocket');
      if (['http2-settings', 'te', 'keep-alive', 'proxy-connection'].includes(name)) doubts.push(`hop-by-hop field ${name}`);
    }
    if (fields.get('host')?.length !== 1) doubts.push('not exactly one Host');
    const lengths = fields.get('content-length') ?? [];
    const codings = fields.get('transfer-encoding') ?? [];
    if (lengths.length + codings.length > 1) doubts.push('framed twice');
    if (lengths[0] !== undefined && !/^(0|[1-9][0-9]*)$/.test(lengths[0])) doubts.push(`Content-Length ${lengths[0]}`);
    if (codings[0] !== undefined && codings[0] !== 'chunked') doubts.push(`Transfer-Encoding ${codings[0]}`);
    const rest =
      codings.length > 0
        ? chunkedBody(text, at, doubts)
        : { body: text.slice(at, at + Number(lengths[0] ?? 0)), end: at + Number(lengths[0] ?? 0) };
    const isWhole = rest.end <= text.length;
    requests.push({ method: line[1] ?? '', target: line[2] ?? '', body: rest.body, isWhole });
    at = rest.end;
  }
  return { requests, doubts };
}

/** `end` beyond the text = not all there yet. */
function chunkedBody(text: string, start: number, doubts: string[]): { body: string; end: number } {
  let body = '';
  let at = start;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return { body, end: Number.POSITIVE_INFINITY };
    const size = text.slice(at, line);
    if (!/^[0-9a-f]{1,8}$/i.test(size)) {
      doubts.push(`chunk size ${JSON.stringify(size)}`);
      return { body, end: Number.POSITIVE_INFINITY };
    }
    const length = Number.parseInt(size, 16);
    at = line + 2;
    if (length === 0) {
      if (text.startsWith('\r\n', at)) return { body, end: at + 2 };
      if (text.length > at + 1) doubts.push('a trailer was passed on');
      return { body, end: Number.POSITIVE_INFINITY };
    }
    if (at + length + 2 > text.length) return { body, end: Number.POSITIVE_INFINITY };
    body += text.slice(at, at + length);
    if (!text.startsWith('\r\n', at + length)) doubts.push('chunk data not closed');
    at += length + 2;
  }
}

export interface Exchanged {
  /** Final statuses, in order. */
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
  readonly text: string;
}

/** Sends bytes and waits: until the connection closes, or `quietMs` passed after an answer, or `patienceMs` without one. */
export function exchange(port: number, bytes: Buffer | string, quietMs = 60, patienceMs = 400): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes));
    socket.setNoDelay(true);
    let text = '';
    let isClosed = false;
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((found) => Number(found[1])).filter((status) => status >= 200);
      resolve({ statuses, isClosed, text });
    };
    let timer = setTimeout(finish, patienceMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(finish, quietMs);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
  });
}
