import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listeningDecider, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, front } from './front.fixture.ts';
import type { Front } from './front.ts';
import { exchange, judge, type RecordingOrigin, recordingOrigin } from './wire.fixture.ts';

/** `FUZZ_SEED=7 npx vitest run src/gateway/head-check-fuzz.test.ts` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);
const HEADS = 10_000;
/** Connections at once. */
const LANES = 48;

/** Small, seeded, good enough to choose from lists (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomFrom(seed);
const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
const maybe = (share: number): boolean => random() < share;

const hidden = 'GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n';
const methods = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'get', 'GE T', 'TRACE', 'M-SEARCH'] as const;
const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1 ', 'http/1.1', ''] as const;
const ends = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\r\n '] as const;
const noise = [
  '\0',
  '\t',
  ' ',
  '\x01',
  '\x0b',
  '\x0c',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  '\r',
  '\n',
  ':',
  ',',
  ';',
  '"',
  '_',
  '#',
  '%00',
  '%0d%0a',
] as const;
const names = [
  'Content-Length',
  'Transfer-Encoding',
  'Host',
  'Connection',
  'Upgrade',
  'Expect',
  'TE',
  'Trailer',
  'X-A',
  'content_length',
  'X-Forwarded-For',
] as const;
const lengths = ['0', '5', '6', '005', '+5', '-1', '5,5', '0x5', '', '5 ', '9999999999999999999', '4294967301', '5\t', '１'] as const;
const codings = [
  'chunked',
  'Chunked',
  'chunked ',
  '\tchunked',
  'identity',
  'gzip, chunked',
  'chunked, chunked',
  ',chunked',
  'xchunked',
  'chunked;a=b',
  '"chunked"',
  'chunked\0',
] as const;
const others = [
  'a.test',
  'b.test',
  'a.test:80',
  'me@a.test',
  'close',
  'keep-alive, upgrade',
  'h2c',
  'websocket',
  '100-continue',
  'trailers',
  'v',
] as const;
const bodies = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '0\r\n\r\n',
  '5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n',
  '5\nhello\n0\n\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '5\r\nhelloXX0\r\n\r\n',
  '-1\r\n\r\n',
  'ffffffffffffffff1\r\n',
] as const;

function spoil(text: string): string {
  const at = Math.floor(random() * (text.length + 1));
  const kind = random();
  if (kind < 0.5) return text.slice(0, at) + pick(noise) + text.slice(at);
  if (kind < 0.8) return text.slice(0, at) + text.slice(at + 1);
  return text.slice(0, at) + text.slice(at).replace(/[a-z]/, (letter) => letter.toUpperCase());
}

function field(): string {
  const name = pick(names);
  const value =
    name === 'Content-Length' || name === 'content_length' ? pick(lengths) : name === 'Transfer-Encoding' ? pick(codings) : pick(others);
  const line = `${name}:${maybe(0.9) ? ' ' : ''}${value}`;
  return maybe(0.1) ? spoil(line) : line;
}

/** A request, mostly nearly right, followed by another one that nobody sent. */
function head(nth: number): string {
  const target = maybe(0.9)
    ? `/f${nth}`
    : pick([`http://a.test/f${nth}`, `/f${nth}#x`, `/f${nth} x`, '*', 'a.test:80', `//b.test/f${nth}`, `/f${nth}\x80`]);
  const end = (): string => (maybe(0.97) ? '\r\n' : pick(ends));
  let text = `${maybe(0.8) ? pick(['GET', 'POST']) : pick(methods)} ${target} ${maybe(0.9) ? 'HTTP/1.1' : pick(versions)}${end()}`;
  if (maybe(0.97)) text += `Host: a.test${end()}`;
  for (let count = Math.floor(random() * 3); count > 0; count--) text += `${field()}${end()}`;
  text += end();
  const body = pick(bodies);
  if (maybe(0.2)) text = spoil(text);
  return text + body + (maybe(0.5) ? hidden : '');
}

describe(`10,000 heads that are nearly right (seed ${seed})`, () => {
  let up: RecordingOrigin;
  let at: Front;
  const { decider, told } = listeningDecider();
  beforeAll(async () => {
    up = await recordingOrigin();
    at = await front({ upstreams: [upstreamPolicy([up.url], { retries: 0, connectionsMax: 256 })], decider });
  });
  afterAll(closeAll);

  it('never reach the upstream in a form that can be read in two ways, and what it reads is what was decided', async () => {
    const sent = Array.from({ length: HEADS }, (_, nth) => head(nth));
    const doubtful: string[] = [];
    let forwarded = 0;
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let nth = next++; nth < HEADS; nth = next++) {
        const text = sent[nth] ?? '';
        await exchange(at.port, text, 3, 25);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await new Promise((settle) => setTimeout(settle, 300));

    const seen: string[] = [];
    for (const chunks of up.connections) {
      const { requests, doubts } = judge(Buffer.concat(chunks));
      for (const request of requests) {
        seen.push(`${request.method} ${request.target}`);
        forwarded++;
        const origin = /^\/f(\d+)/.exec(request.target)?.[1];
        // A body that holds a request stays a body; `/hidden` may only come as a request of its own, decided as such.
        if (doubts.length > 0) doubtful.push(`${doubts.join('; ')} <- ${JSON.stringify(sent[Number(origin)] ?? request.target)}`);
      }
      if (requests.length === 0 && doubts.length > 0) doubtful.push(doubts.join('; '));
    }
    expect(doubtful).toEqual([]);
    const decided = told.heads.map((one) => `${one.method} ${one.path}${one.query === null ? '' : `?${one.query}`}`);
    const missing = [...seen];
    const pool = new Map<string, number>();
    for (const one of decided) pool.set(one, (pool.get(one) ?? 0) + 1);
    const undecided = missing.filter((one) => {
      const left = pool.get(one) ?? 0;
      pool.set(one, left - 1);
      return left <= 0;
    });
    expect(undecided).toEqual([]);
    // The generator is worth something only if both happen often.
    expect(forwarded).toBeGreaterThan(HEADS / 20);
    expect(told.faults.length).toBeGreaterThan(HEADS / 10);
  }, 120_000);
});
