/**
 * Validation against specifications: `node bench/validate.ts [--specs FOLDER] [--calls FILE.jsonl[.gz]] [--harmless log] [--list log]`.
 * Without arguments only the speed: a GET, 2 KB and 20 KB of JSON, CPU microseconds each and per second on one core.
 * With specifications the time to read each and to compile what all its operations need at once. With calls as well (one
 * request a line: `id`, `method`, `path`, `headers`, base64 `body`) each call is validated against the specification whose
 * file name fits its id, and what is refused is listed with its cause: published examples should pass.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type CompiledContract, compileContract } from '../src/engine/conformance/compile-contract.ts';
import type { Schema } from '../src/engine/conformance/contract.ts';
import { validateBody } from '../src/engine/conformance/validate-body.ts';
import { validateHead } from '../src/engine/conformance/validate-head.ts';
import { judgeAnswer } from '../src/engine/conformance/validate-response.ts';
import { parseBody } from '../src/engine/http/parsed-body.ts';
import { splitPath } from '../src/engine/http/path-template.ts';
import type { RequestHead } from '../src/engine/http/request.ts';
import { DeclaredOperations } from '../src/engine/policy/declared-operation.ts';
import { defaultPolicy } from '../src/engine/policy/default-policy.ts';
import { inputOfBytes, openFile } from '../src/sources/input.ts';
import { readContract } from '../src/sources/openapi-contract.ts';

const { values: given } = parseArgs({
  options: { specs: { type: 'string' }, calls: { type: 'string' }, list: { type: 'string' }, harmless: { type: 'string' } },
});
const harmlessFaults = given.harmless === 'log' || given.harmless === 'off' ? given.harmless : 'block';
const settings = { ...defaultPolicy.validation, harmlessFaults } as const;
const roundsMs = 1500;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

function headOf(call: Pick<Call, 'method' | 'path' | 'headers'>, bodyBytes: number): RequestHead {
  const question = call.path.indexOf('?');
  const headers = call.headers.map(([name, value]) => ({ name: name.toLowerCase(), value }));
  if (bodyBytes > 0) headers.push({ name: 'content-length', value: String(bodyBytes) });
  return {
    method: call.method,
    scheme: 'https',
    host: headers.find(({ name }) => name === 'host')?.value ?? null,
    path: question < 0 ? call.path : call.path.slice(0, question),
    query: question < 0 ? null : call.path.slice(question + 1),
    headers,
    clientAddress: null,
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
  };
}

/** A shop's orders: the kind of interface most are. */
async function shop(): Promise<CompiledContract> {
  const text = { type: 'string', maxLength: 200 };
  const line: Schema = {
    type: 'object',
    required: ['sku', 'quantity'],
    properties: {
      sku: { type: 'string', pattern: '^[A-Z0-9-]{4,20}$' },
      name: text,
      quantity: { type: 'integer', minimum: 1 },
      price: { type: 'number', minimum: 0 },
      currency: { type: 'string', enum: ['EUR', 'USD', 'GBP', 'CHF'] },
      gift: { type: 'boolean' },
      note: { type: 'string', nullable: true },
    },
  };
  const order: Schema = {
    type: 'object',
    required: ['id', 'lines'],
    properties: {
      id: { type: 'string', format: 'uuid' },
      made: { type: 'string', format: 'date-time' },
      customer: { $ref: '#/components/schemas/Customer' },
      lines: { type: 'array', maxItems: 1000, items: { $ref: '#/components/schemas/Line' } },
    },
  };
  const customer: Schema = {
    type: 'object',
    properties: { name: text, email: { type: 'string', format: 'email' }, age: { type: 'integer' } },
  };
  const parameter = (name: string, schema: Schema) => ({ in: 'query', name, schema });
  const document = {
    openapi: '3.0.3',
    info: { title: 'Shop' },
    paths: {
      '/orders/{id}': {
        get: {
          parameters: [
            { in: 'path', name: 'id', required: true, schema: { type: 'string', format: 'uuid' } },
            parameter('limit', { type: 'integer', minimum: 1, maximum: 100 }),
            parameter('sort', { type: 'string', enum: ['asc', 'desc'] }),
            parameter('fields', { type: 'array', items: { type: 'string' } }),
          ],
        },
      },
      '/orders': {
        post: { requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } } },
      },
    },
    components: { schemas: { Order: order, Line: line, Customer: customer } },
  };
  return compileContract(await readContract(inputOfBytes('shop.json', Buffer.from(JSON.stringify(document)))));
}

function orderOf(bytes: number): string {
  const lines: object[] = [];
  const order = {
    id: '3f2b8c1e-5a7d-4e9f-8b6a-1c2d3e4f5a6b',
    made: '2026-01-02T03:04:05Z',
    customer: { name: 'A. Buyer', email: 'a@shop.example', age: 41 },
    lines,
  };
  while (JSON.stringify(order).length < bytes) {
    lines.push({
      sku: `SKU-${lines.length + 1000}`,
      name: 'A thing of some name',
      quantity: 2,
      price: 19.99,
      currency: 'EUR',
      gift: false,
      note: null,
    });
  }
  return JSON.stringify(order);
}

function measured(name: string, run: () => void): void {
  for (let at = 0; at < 2000; at++) run();
  const before = process.cpuUsage();
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < roundsMs) {
    for (let at = 0; at < 50; at++) run();
    count += 50;
  }
  const { user, system } = process.cpuUsage(before);
  const micros = (user + system) / count;
  print(`${name.padEnd(28)} ${micros.toFixed(2).padStart(9)} us CPU   ${Math.round(1e6 / micros).toLocaleString('en')} a second`);
}

async function speed(): Promise<void> {
  const contract = await shop();
  const [get, post] = contract.operations;
  if (get === undefined || post === undefined) throw new Error('the shop has two operations');
  const agent: readonly (readonly [string, string])[] = [
    ['host', 'api.shop.example'],
    ['user-agent', 'okhttp/4.12.0'],
    ['accept', 'application/json'],
    ['content-type', 'application/json'],
  ];
  const getHead = headOf({ method: 'GET', path: '/orders/x?limit=20&sort=asc&fields=id&fields=lines', headers: agent.slice(0, 3) }, 0);
  const route = { params: { id: '3f2b8c1e-5a7d-4e9f-8b6a-1c2d3e4f5a6b' }, contract, otherMethodTemplate: null };
  measured('GET, 4 parameters', () => void validateHead(get, getHead, route, settings));
  for (const bytes of [2_000, 20_000]) {
    const text = orderOf(bytes);
    const head = headOf({ method: 'POST', path: '/orders', headers: agent }, text.length);
    const body = parseBody(head.headers, { bytes: Buffer.from(text), isWhole: true });
    const answer = { status: 200, headers: head.headers, bytes: Buffer.from(text), isWhole: true };
    if (validateBody(post, head, body, settings).length > 0) throw new Error('the order must be valid');
    measured(`POST ${bytes / 1000} KB JSON`, () => {
      validateHead(post, head, route, settings);
      validateBody(post, head, body, settings);
    });
    const masking = { ...settings, maskFields: ['$.customer.email', '$.lines[].note'] };
    measured(`answer ${bytes / 1000} KB, parse, mask`, () => void judgeAnswer(null, answer, masking));
  }
}

/** Words of a file name or id: `adyen-checkout-v71` fits `Adyen/CheckoutService-v72` better than `Adyen/PayoutService-v68`. */
function fitOf(spec: string, id: string): number {
  const words = spec.split(/[-_.]/);
  const names = words.filter((word) => !/^v?\d+$/.test(word));
  const lower = id.toLowerCase();
  if (!names.every((word) => lower.includes(word))) return 0;
  return names.length + (words.every((word) => lower.includes(word)) ? 0.5 : 0);
}

async function specs(folder: string): Promise<Map<string, CompiledContract>> {
  const contracts = new Map<string, CompiledContract>();
  for (const file of readdirSync(folder).sort()) {
    if (!/\.(?:json|ya?ml)(?:\.gz)?$/.test(file)) continue;
    const before = process.cpuUsage();
    try {
      const contract = compileContract(await readContract(await openFile(join(folder, file))));
      const read = process.cpuUsage(before);
      const started = process.cpuUsage();
      for (const operation of contract.operations) compileAll(operation);
      const compile = process.cpuUsage(started);
      contracts.set(basename(file).replace(/\..*$/, ''), contract);
      const cpu = ({ user, system }: NodeJS.CpuUsage) => `${Math.round((user + system) / 1000)} ms`.padStart(8);
      print(
        `${file.padEnd(34)} read ${cpu(read)}  all compiled ${cpu(compile)}  ${String(contract.compiledSchemas).padStart(5)} schemas  ${contract.gaps.length} gaps`,
      );
    } catch (cause) {
      print(`${file.padEnd(34)} ${cause instanceof Error ? cause.message : 'unreadable'}`);
    }
  }
  return contracts;
}

function compileAll(operation: CompiledContract['operations'][number]): void {
  const { head } = operation;
  for (const plan of [...head.path, ...head.query.values(), ...head.headers, ...head.cookies]) plan.check.check('x');
  for (const key of Object.keys(operation.body?.byMediaType ?? {})) operation.requestMedia(key).check.check({});
  for (const response of Object.values(operation.responses))
    for (const key of Object.keys(response.byMediaType)) operation.responseMedia(response, key)?.check.check({});
}

function calls(file: string, contracts: ReadonlyMap<string, CompiledContract>): void {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const tables = new Map([...contracts].map(([name, contract]) => [name, new DeclaredOperations([contract])]));
  const sum = { all: 0, withSpec: 0, declared: 0, refused: 0, pathOnly: 0, noted: 0 };
  const causes = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    // The layout is what the head of this file says.
    const call = JSON.parse(line) as Call;
    sum.all += 1;
    const origin = call.id.slice(call.id.lastIndexOf(':') + 1);
    const [name, fit] = [...contracts.keys()]
      .map((spec) => [spec, fitOf(spec, origin)] as const)
      .reduce((best, one) => (one[1] >= best[1] ? one : best), ['', 0]);
    const table = tables.get(name);
    if (fit === 0 || table === undefined) continue;
    sum.withSpec += 1;
    const raw = Buffer.from(call.body ?? '', 'base64');
    const head = headOf(call, raw.length);
    const path = splitPath(head.path);
    const found = table.find({ method: head.method, host: null, segments: path.decoded });
    if (found === null || found.operation === null) continue;
    sum.declared += 1;
    const { operation, params, contract } = found;
    const objections = [
      ...validateHead(operation, head, { params, contract, otherMethodTemplate: null, path }, settings),
      ...(raw.length === 0 ? [] : validateBody(operation, head, parseBody(head.headers, { bytes: raw, isWhole: true }), settings)),
    ];
    const blocks = objections.filter(({ mode }) => mode === 'block');
    if (blocks.length > 0) sum.refused += 1;
    // Examples seldom say what a path parameter is; whoever made calls of them put a word there.
    if (blocks.length > 0 && blocks.every(({ rule }) => rule === 'validation.path-type')) sum.pathOnly += 1;
    else if (objections.length > 0) sum.noted += 1;
    const shown = given.list === 'log' ? objections : blocks;
    for (const { rule, reason } of shown) {
      const key = `${rule}: ${name} ${call.method} ${operation.template}: ${reason}`;
      causes.set(key, [...(causes.get(key) ?? []), call.id]);
    }
  }
  print(`\n${sum.all} calls, ${sum.withSpec} with a specification, ${sum.declared} of a declared operation`);
  print(
    `refused ${sum.refused} (${((100 * sum.refused) / Math.max(1, sum.declared)).toFixed(2)} %), ${sum.pathOnly} of them for a path parameter only; written down only ${sum.noted}`,
  );
  for (const [cause, ids] of [...causes].sort(([, one], [, other]) => other.length - one.length).slice(0, 400))
    print(`${String(ids.length).padStart(4)}  ${cause}`);
}

if (given.specs === undefined) await speed();
else {
  const contracts = await specs(given.specs);
  if (given.calls !== undefined) calls(given.calls, contracts);
}
