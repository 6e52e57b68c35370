/**
 * Detection and its price on labelled requests, in-process or through a running guard
 *   node bench/waf.ts [--data DIR] [--half a|b] [--only SOURCE,...] [--category NAME] [--show N] [--off CATEGORY,...]
 *   node bench/waf.ts --base http://127.0.0.1:PORT     replays over HTTP; the origin behind must stamp x-stance-upstream
 * The data is no part of this repository: `--data`, else ../shared/data/waf.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseBody } from '../src/engine/http/parsed-body.ts';
import { type InspectOptions, inspectBody, inspectHead } from '../src/engine/threats/inspect.ts';
import type { ThreatHit } from '../src/engine/threats/recogniser.ts';
import { nativeDecoding } from '../src/gateway/native-decoding.ts';
import { halfOf, type LabelledRequest, readRequests, requestOf } from './waf/labelled-request.ts';
import { Replay } from './waf/replayed.ts';
import { Tally } from './waf/tally.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: path.resolve(import.meta.dirname, '../../shared/data/waf') },
    base: { type: 'string' },
    half: { type: 'string' },
    only: { type: 'string' },
    category: { type: 'string' },
    off: { type: 'string', default: '' },
    show: { type: 'string', default: '20' },
    connections: { type: 'string', default: '8' },
  },
});
const shown = Number(values.show);
const only = values.only?.split(',');
const requests = readRequests(
  values.data,
  (request) =>
    (only === undefined || only.includes(request.source)) &&
    (values.category === undefined || request.category === values.category) &&
    (values.half === undefined || halfOf(request) === values.half),
);
const tally = new Tally();
const refusedBenign: string[] = [];
const missed: string[] = [];

if (values.base === undefined) inspectAll();
else await replayAll(new URL(values.base));
print('refused though benign', refusedBenign);
print('missed', missed);
process.stdout.write(`${tally.lines().join('\n')}\n`);

function inspectAll(): void {
  const categories = Object.fromEntries(values.off.split(',').map((name) => [name, 'off' as const]));
  const options: InspectOptions = { categories, threshold: 0.5 };
  const look = (request: LabelledRequest): ThreatHit[] => {
    const { head, body } = requestOf(request);
    const hits = inspectHead(head, options);
    return hits.length > 0 || body.bytes.length === 0 ? hits : inspectBody(head, parseBody(head.headers, body), options);
  };
  for (const request of requests) note(request, look(request));
  measureCost(options);
}

/** CPU a request of the inspection alone, by size of the request; benign ones, since attacks end early. */
function measureCost(options: InspectOptions): void {
  const groups: Record<string, { head: ReturnType<typeof requestOf>['head']; body: ReturnType<typeof requestOf>['body'] }[]> = {};
  for (const request of requests) {
    if (request.label !== 'benign') continue;
    const plain = requestOf(request);
    // As the gateway reads: the engine's own decoder is for where there is none.
    const made = { head: plain.head, body: { ...plain.body, decoding: nativeDecoding } };
    const bytes = made.body.bytes.length;
    const name =
      bytes === 0
        ? 'no body'
        : bytes < 1_000
          ? 'body below 1 KB'
          : bytes < 4_000
            ? 'body 1 to 4 KB'
            : bytes < 16_000
              ? 'body 4 to 16 KB'
              : 'body 16 KB and more';
    groups[name] = [...(groups[name] ?? []).slice(0, 299), made];
    const isJson = made.head.headers.some((field) => field.name === 'content-type' && field.value.includes('json'));
    const size = !isJson
      ? null
      : bytes >= 1_500 && bytes < 2_600
        ? 'JSON near 2 KB'
        : bytes >= 16_000 && bytes < 26_000
          ? 'JSON near 20 KB'
          : null;
    if (size !== null) groups[size] = [...(groups[size] ?? []).slice(0, 299), made];
  }
  process.stdout.write('CPU of inspection, us a benign request (parsing the body apart)\n');
  for (const [name, made] of Object.entries(groups)) {
    const rounds = Math.max(1, Math.ceil(4_000 / made.length));
    // Compilers settle before the clock starts.
    for (let round = 0; round < 4; round += 1) {
      for (const item of made) {
        inspectHead(item.head, options);
        if (item.body.bytes.length > 0) inspectBody(item.head, parseBody(item.head.headers, item.body), options);
      }
    }
    const headFrom = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) for (const item of made) inspectHead(item.head, options);
    const head = process.cpuUsage(headFrom).user;
    const parseFrom = process.cpuUsage();
    let parsed = made.map((item) => parseBody(item.head.headers, item.body));
    for (let round = 1; round < rounds; round += 1) parsed = made.map((item) => parseBody(item.head.headers, item.body));
    const parse = process.cpuUsage(parseFrom).user;
    const bodyFrom = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, item] of made.entries()) {
        const body = parsed[index];
        if (body !== undefined && item.body.bytes.length > 0) inspectBody(item.head, body, options);
      }
    }
    const body = process.cpuUsage(bodyFrom).user;
    const runs = rounds * made.length;
    const mean = made.reduce((sum, item) => sum + item.body.bytes.length, 0) / made.length;
    process.stdout.write(
      `${name.padEnd(20)} n ${String(made.length).padStart(4)}  mean ${mean.toFixed(0).padStart(7)} B  head ${(head / runs).toFixed(1).padStart(7)}  parse ${(parse / runs).toFixed(1).padStart(7)}  body ${(body / runs).toFixed(1).padStart(7)}\n`,
    );
  }
}

async function replayAll(base: URL): Promise<void> {
  let next = 0;
  let unanswered = 0;
  await Promise.all(
    Array.from({ length: Number(values.connections) }, async () => {
      const replay = new Replay(base);
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const isRefused = await replay.isRefused(request);
        if (isRefused === null) unanswered += 1;
        else note(request, isRefused ? [{ category: 'encoding', rule: 'http', confidence: 1, reason: '', place: '' }] : []);
      }
      replay.end();
    }),
  );
  process.stdout.write(`${requests.length} requests, ${unanswered} without an answer\n`);
}

function note(request: LabelledRequest, hits: readonly ThreatHit[]): void {
  tally.add(request, hits.length > 0);
  if (request.label === 'benign' && hits.length > 0)
    refusedBenign.push(`${hits.map((hit) => `${hit.category}.${hit.rule}@${hit.place}`).join(' ')}\n    ${brief(request)}`);
  if (request.label === 'attack' && hits.length === 0) missed.push(brief(request));
}

function brief(request: LabelledRequest): string {
  const body = Buffer.from(request.body, 'base64')
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.')
    .slice(0, 300);
  const headers =
    request.source === 'gotestwaf' || request.source === 'waf-bypass' || request.source === 'crs-regression'
      ? request.headers.slice(-1).join()
      : '';
  return `${request.source} ${request.category} ${request.ctx}  ${request.method} ${request.path.slice(0, 600)} ${headers.slice(0, 200)} ${body}`;
}

function print(title: string, list: readonly string[]): void {
  process.stdout.write(`${title}: ${list.length}\n`);
  for (const line of sampled(list)) process.stdout.write(`  ${line}\n`);
}

/** Evenly over the list, so that a large source does not hide the others. */
function sampled(list: readonly string[]): readonly string[] {
  const step = Math.max(1, list.length / Math.max(1, shown));
  return Array.from({ length: Math.min(shown, list.length) }, (_, index) => list[Math.floor(index * step)] ?? '');
}
