/** Sends labelled requests over keep-alive connections and tells which were refused: the answer lacks the origin's mark. */
import { connect, type Socket } from 'node:net';
import { type LabelledRequest, wireOf } from './labelled-request.ts';

/** Header that the origin behind the guard stamps on every answer. */
const originMark = /\r\nx-stance-upstream:/i;
const answerMsMax = 8_000;
const tries = 2;

/** Whether the request was refused; null = no answer came. */
export class Replay {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | null = null;

  constructor(base: URL) {
    this.#host = base.hostname;
    this.#port = Number(base.port === '' ? 80 : base.port);
  }

  async isRefused(request: LabelledRequest): Promise<boolean | null> {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const isFresh = this.#socket === null;
      this.#socket ??= await opened(this.#host, this.#port);
      const answer = await answerOf(this.#socket, request);
      if (answer === null || answer.isLast) this.end();
      // A kept connection may have been closed meanwhile; a fresh one that closes without a word is a refusal.
      if (answer !== null) return !originMark.test(answer.head);
      if (isFresh) return true;
    }
    return null;
  }

  end(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

function opened(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

interface Answer {
  readonly head: string;
  readonly isLast: boolean;
}

/** null when the connection ended before a whole head. */
function answerOf(socket: Socket, request: LabelledRequest): Promise<Answer | null> {
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const settle = (answer: Answer | null) => {
      clearTimeout(timer);
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      resolve(answer);
    };
    const timer = setTimeout(() => settle(null), answerMsMax);
    const look = (isEnded: boolean) => {
      const end = held.indexOf('\r\n\r\n');
      if (end < 0) {
        if (isEnded) settle(null);
        return;
      }
      const head = held.subarray(0, end + 2).toString('latin1');
      const body = held.subarray(end + 4);
      const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1];
      const isChunked = /\r\ntransfer-encoding:[^\r]*chunked/i.test(head);
      const isBare = request.method === 'HEAD' || /^HTTP\/1\.\d (?:204|304)/.test(head);
      const isWhole = isBare || (isChunked ? body.includes('0\r\n\r\n') : length !== undefined && body.length >= Number(length));
      if (isWhole || isEnded)
        settle({ head, isLast: isEnded || /\r\nconnection:\s*close/i.test(head) || (!isBare && !isChunked && length === undefined) });
    };
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      look(false);
    });
    socket.on('close', () => look(true));
    socket.on('error', () => look(true));
    socket.write(wireOf(request));
  });
}
