import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guard, policy, type Seen } from '../../test/doors/guarded-origin.fixture.ts';
import { startExtAuthz } from './ext-authz.ts';
import type { Door } from './forward-auth.ts';

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly address?: string;
}

/** A CheckRequest as Envoy writes it, `headers` as a map or, raw, as a header map. */
function checkRequest({ method = 'GET', path, headers = {}, body, address = '203.0.113.9' }: Asked, isRaw = false): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, 2).fork();
  writer.tag(1, 2).fork().tag(1, 2).fork().tag(1, 2).fork().tag(2, 2).string(address).tag(3, 0).uint32(4711).join().join().join();
  writer.tag(4, 2).fork().tag(2, 2).fork();
  writer.tag(1, 2).string('a-request-id').tag(2, 2).string(method);
  if (isRaw) writer.tag(13, 2).fork();
  for (const [name, value] of Object.entries({ ':authority': 'api.example.test', ...headers })) {
    writer
      .tag(isRaw ? 1 : 3, 2)
      .fork()
      .tag(1, 2)
      .string(name);
    if (isRaw) writer.tag(3, 2).bytes(Buffer.from(value, 'latin1'));
    else writer.tag(2, 2).string(value);
    writer.join();
  }
  if (isRaw) writer.join();
  writer
    .tag(4, 2)
    .string(path)
    .tag(5, 2)
    .string('api.example.test')
    .tag(6, 2)
    .string('https')
    .tag(9, 0)
    .int64(-1)
    .tag(10, 2)
    .string('HTTP/2');
  if (body !== undefined) writer.tag(12, 2).bytes(Buffer.from(body));
  writer.join().join().join();
  return Buffer.from(writer.finish());
}

interface Answered {
  code: number;
  status: number;
  body: string;
  headers: Record<string, string>;
  removed: string[];
}

function readAnswer(bytes: Uint8Array): Answered {
  const answer: Answered = { code: 0, status: 0, body: '', headers: {}, removed: [] };
  const each = (part: Uint8Array, take: (field: number, reader: BinaryReader) => boolean): void => {
    const reader = new BinaryReader(part);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (!take(field, reader)) reader.skip(type);
    }
  };
  const header = (reader: BinaryReader): void => {
    let name = '';
    let value = '';
    each(reader.bytes(), (field, inner) => {
      if (field !== 1) return false;
      each(inner.bytes(), (one, text) => {
        if (one === 1) name = text.string();
        else value = text.string();
        return true;
      });
      return true;
    });
    answer.headers[name] = value;
  };
  each(bytes, (field, reader) => {
    each(reader.bytes(), (inner, part) => {
      if (field === 1 && inner === 1) answer.code = part.int32();
      else if (field === 2 && inner === 1)
        each(part.bytes(), (_one, status) => {
          answer.status = status.int32();
          return true;
        });
      else if (inner === 2) header(part);
      else if (field === 2 && inner === 3) answer.body = part.string();
      else if (field === 3 && inner === 5) answer.removed.push(part.string());
      else return false;
      return true;
    });
    return true;
  });
  return answer;
}

describe('ext_authz over gRPC', () => {
  let door: Door;
  let client: Client;
  let seen: Seen;
  beforeAll(async () => {
    const made = guard();
    seen = made.seen;
    door = await startExtAuthz({ listen: { host: '127.0.0.1', port: 0 }, decider: made.decider, client: policy.client });
    client = new Client(`127.0.0.1:${door.port}`, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await door.close();
  });
  const send = (bytes: Buffer) =>
    new Promise<Answered>((resolve, reject) => {
      const same = (one: Buffer) => one;
      client.makeUnaryRequest('/envoy.service.auth.v3.Authorization/Check', same, same, bytes, (error, answer) =>
        error === null && answer !== undefined ? resolve(readAnswer(answer)) : reject(error),
      );
    });

  it('what is in order passes, and fields that say who calls are taken from the client', async () => {
    const answer = await send(checkRequest({ path: '/orders?page=2', headers: { 'x-stance-subject': 'root' } }));
    expect([answer.code, answer.removed.includes('x-stance-subject')]).toEqual([0, true]);
  });
  it.each([false, true])('an attack is denied with status, incident and problem body (raw fields: %s)', async (isRaw) => {
    const answer = await send(
      checkRequest({ path: `/orders?id=${encodeURIComponent("1' or '1'='1' -- ")}`, headers: { 'user-agent': 'axios' } }, isRaw),
    );
    expect([answer.code, answer.status, answer.headers['x-stance-incident']]).toEqual([7, 403, seen.decisions.at(-1)?.incident]);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 403 });
    expect(seen.decisions.at(-1)?.network).toBe('203.0.113.0/24');
  });
  it('a body that Envoy hands over is looked at', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': '37' };
    const answer = await send(checkRequest({ method: 'POST', path: '/orders', headers, body: '{"note":"<script>alert(1)</script>"}' }));
    expect(answer.status).toBe(403);
  });
  it('429 carries Retry-After', async () => {
    for (let at = 0; at < 2; at++) await send(checkRequest({ path: '/limited', address: '198.51.100.1' }));
    const answer = await send(checkRequest({ path: '/limited', address: '198.51.100.1' }));
    expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([429, true]);
  });
  it('a target that two readers would read differently is denied and counted', async () => {
    const answer = await send(checkRequest({ path: '/orders#x' }));
    expect([answer.code, answer.status, seen.faults.length > 0]).toEqual([7, 400, true]);
  });
  it('bytes that are no message are an error, not a pass', async () => {
    await expect(send(Buffer.from([0xff, 0xff, 0xff, 0xff]))).rejects.toThrow();
  });
});
