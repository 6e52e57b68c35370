import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeOtlp } from '../sources/otlp.ts';
import { openWorkspace } from '../workspace/open-workspace.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { exportAnswer, faultAnswer } from './otlp-answer.ts';
import { type OtlpReceiver, receiveOtlp } from './otlp-receiver.ts';

let dir: string;
let workspace: Workspace;
let receiver: OtlpReceiver;

const listen = { address: '127.0.0.1', port: 0, allowRemote: false, hostNames: [] };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-otlp-'));
  workspace = await openWorkspace({ dir, mode: 'write' });
  receiver = await receiveOtlp({
    ...listen,
    decode: (bytes, type) => decodeOtlp(bytes, type),
    openLive: async () => workspace.openLive('otlp', 'otlp'),
  });
});

afterAll(async () => {
  await receiver.stop();
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

function traces(count: number, kind = 2): string {
  const startMs = Date.UTC(2026, 0, 5, 10);
  const spans = Array.from({ length: count }, (_, at) => ({
    traceId: (at + 1).toString(16).padStart(32, '0'),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: 'GET /v1/orders/{orderId}',
    kind,
    startTimeUnixNano: String((startMs + at * 1000) * 1_000_000),
    endTimeUnixNano: String((startMs + at * 1000 + 20) * 1_000_000),
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'http.route', value: { stringValue: '/v1/orders/{orderId}' } },
      { key: 'url.path', value: { stringValue: `/v1/orders/${1000 + at}` } },
      { key: 'http.response.status_code', value: { intValue: '200' } },
    ],
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(receiver.url, {
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('the OTLP receiver', () => {
  test('counts server spans, and the inventory has their operation by its own route', async () => {
    const plain = await post(traces(20));
    expect(plain.status).toBe(200);
    expect(plain.headers.get('content-type')).toBe('application/json');
    expect(await plain.json()).toEqual({});
    const packed = await post(gzipSync(traces(5)), { 'content-encoding': 'gzip' });
    expect(packed.status).toBe(200);
    await expect.poll(async () => (await workspace.store.listSources())[0]?.account.read, { timeout: 10_000 }).toBe(25);
    await expect
      .poll(
        async () => (await workspace.store.allOperations()).map(({ service, method, template }) => `${service} ${method} ${template}`),
        {
          timeout: 15_000,
        },
      )
      .toEqual(['orders GET /v1/orders/{orderId}']);
  });

  test('answers protobuf in protobuf', async () => {
    const answer = await post(new Uint8Array(), { 'content-type': 'application/x-protobuf' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    const broken = await post(new Uint8Array([0xff, 0xff, 0xff]), { 'content-type': 'application/x-protobuf' });
    expect(broken.status).toBe(400);
    // google.rpc.Status.message is field 2, length-delimited.
    expect(new Uint8Array(await broken.arrayBuffer())[0]).toBe(0x12);
  });

  test('refuses for good what can never be used, so that nobody sends it again', async () => {
    const bad: readonly (readonly [string, number, string | Uint8Array, Record<string, string>])[] = [
      ['not JSON', 400, '{', {}],
      ['an unknown encoding', 400, traces(1), { 'content-encoding': 'br' }],
      ['broken gzip', 400, 'nonsense', { 'content-encoding': 'gzip' }],
      ['another type', 415, '<x/>', { 'content-type': 'text/xml' }],
      ['a page', 403, traces(1), { origin: 'https://evil.example' }],
      ['too much', 413, 'x'.repeat(5 * 1024 * 1024), {}],
      ['a bomb', 413, gzipSync(Buffer.alloc(17 * 1024 * 1024, 32)), { 'content-encoding': 'gzip' }],
    ];
    for (const [name, status, body, headers] of bad) {
      const answer = await post(body, headers);
      expect(answer.status, name).toBe(status);
      expect(answer.headers.get('retry-after'), name).toBeNull();
    }
    expect(bad).toHaveLength(7);
    expect((await fetch(receiver.url.replace('/v1/traces', '/v1/metrics'), { method: 'POST', body: '{}' })).status).toBe(404);
  });

  test('holds exporters back when what it took is not counted yet, and takes them again after', async () => {
    let release = () => {};
    const gate = new Promise<void>((open) => {
      release = open;
    });
    const slow = await receiveOtlp({
      ...listen,
      decode: (bytes, type) => decodeOtlp(bytes, type),
      openLive: async () => ({ push: () => gate, close: async () => {} }),
    });
    try {
      const send = () => fetch(slow.url, { method: 'POST', body: traces(1), headers: { 'content-type': 'application/json' } });
      const early: Response[] = [];
      const all = Array.from({ length: 40 }, async () => {
        const answer = await send();
        early.push(answer);
        return answer.status;
      });
      // 32 may wait; the other 8 are answered at once.
      await expect.poll(() => early.map(({ status }) => status), { timeout: 10_000 }).toEqual(Array(8).fill(429));
      expect(early.map(({ headers }) => headers.get('retry-after'))).toEqual(Array(8).fill('2'));
      release();
      expect((await Promise.all(all)).filter((status) => status === 200)).toHaveLength(32);
      expect((await send()).status).toBe(200);
    } finally {
      await slow.stop();
    }
  });

  test('asks to be sent again what the store could not take, and opens it anew', async () => {
    let opened = 0;
    const failing = await receiveOtlp({
      ...listen,
      decode: (bytes, type) => decodeOtlp(bytes, type),
      openLive: async () => {
        opened++;
        const isFirst = opened === 1;
        return {
          async push() {
            if (isFirst) throw new Error('disk full');
          },
          async close() {},
        };
      },
    });
    try {
      const send = () => fetch(failing.url, { method: 'POST', body: traces(1), headers: { 'content-type': 'application/json' } });
      const first = await send();
      expect(first.status).toBe(503);
      expect(first.headers.get('retry-after')).toBe('2');
      expect(await first.text()).not.toContain('disk full');
      expect((await send()).status).toBe(200);
      expect(opened).toBe(2);
    } finally {
      await failing.stop();
    }
  });

  test('listens for this machine only unless told otherwise', async () => {
    await expect(
      receiveOtlp({ ...listen, address: '0.0.0.0', decode: () => [], openLive: async () => workspace.openLive('x', 'otlp') }),
    ).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

test('a partial success names the spans rejected, in both encodings', () => {
  const outcome = { rejected: 300, message: 'no' };
  expect(JSON.parse(exportAnswer(true, outcome).toString())).toEqual({ partialSuccess: { rejectedSpans: '300', errorMessage: 'no' } });
  // ExportTraceServiceResponse { partial_success (1): { rejected_spans (1): 300, error_message (2): "no" } }
  expect([...exportAnswer(false, outcome)]).toEqual([0x0a, 7, 0x08, 0xac, 0x02, 0x12, 2, 0x6e, 0x6f]);
  expect([...faultAnswer(false, 'no')]).toEqual([0x12, 2, 0x6e, 0x6f]);
});
