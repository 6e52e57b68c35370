/**
 * Lines per second from bytes to exchanges, on one core: `node bench/import-parse.ts [file ...]`.
 * Without files it makes 50,000 nginx combined lines and as many JSON lines, and reads each set ten times over.
 */
import { detectFormat } from '../src/sources/detect.ts';
import { inputOfStream, type OpenInput, openInputs } from '../src/sources/input.ts';

const linesMade = 50_000;
const timesRead = 10;
const chunkBytes = 128 * 1024;
const agents = [
  'curl/8.5.0',
  'okhttp/4.12.0',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
];

function madeLines(line: (at: number) => string): Uint8Array {
  const parts: string[] = [];
  for (let at = 0; at < linesMade; at += 1) parts.push(line(at));
  return Buffer.from(`${parts.join('\n')}\n`);
}

function agent(at: number): string {
  return agents[at % agents.length] ?? '';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function clockOf(at: number): string {
  const second = Math.floor(at / 20);
  return `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
}

const nginxCombined = (at: number) =>
  `203.0.113.${at % 250} - u${at % 400} [03/Mar/2025:${clockOf(at)} +0000] "GET /api/v3/users/${at * 7919}/orders?page=${at % 9} HTTP/1.1" 200 ${at % 9000} "-" "${agent(at)}"`;
const openTelemetryNames = (at: number) =>
  `{"timestamp":"2025-03-03T${clockOf(at)}.357Z","server.address":"api.shop.example","url.scheme":"https","http.request.method":"GET","url.path":"/api/v3/users/${at * 7919}/orders","http.response.status_code":200,"client.address":"203.0.113.${at % 250}","user_agent.original":"${agent(at)}","duration_ms":${at % 300}}`;

async function* repeated(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < timesRead; time += 1) {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
}

async function measure(input: OpenInput): Promise<void> {
  const format = detectFormat(await input.head(), input.name);
  let lines = 0;
  let exchanges = 0;
  const start = performance.now();
  for await (const batch of format.read(input, {})) {
    lines += batch.length;
    for (const item of batch) if (item.kind === 'exchange') exchanges += 1;
  }
  const seconds = (performance.now() - start) / 1000;
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${input.name}: ${format.id}, ${lines} lines, ${exchanges} exchanges, ${Math.round(lines / seconds)} lines/s, peak ${Math.round(peakMiB)} MiB\n`,
  );
}

const named = process.argv.slice(2);
for (const name of named) for await (const input of openInputs(name)) await measure(input);
if (named.length === 0) {
  const nginx = madeLines(nginxCombined);
  // Twice: the first run also compiles.
  await measure(inputOfStream('nginx combined, cold', repeated(nginx)));
  await measure(inputOfStream('nginx combined', repeated(nginx)));
  await measure(inputOfStream('JSON lines', repeated(madeLines(openTelemetryNames))));
}
