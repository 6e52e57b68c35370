import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namedInput } from '../cli/named-input.ts';
import { workspaceHost } from '../cli/workspace-host.ts';
import { catalogue } from '../engine/controls/catalogue.ts';
import { openFile } from '../sources/input.ts';
import type { ControlRow, FindingPage, ImportReport, OperationPage, Posture } from './contract.ts';
import { type Answer, type Ask, commandSecret, startTestServer, type TestServer } from './server.fixture.ts';

/** Every answer here went through `checkAnswers`: one that does not fit its schema is a 500. */
let server: TestServer;
let dir: string;
let call: (path: string, ask?: Ask) => Promise<Answer>;
const uploadBytesMax = 200_000;

const spec = `openapi: 3.1.0
info: { title: Orders, version: '1' }
servers: [{ url: https://api.acme.example }]
paths:
  /v1/orders:
    get: { responses: { '200': { description: ok } } }
    post:
      security: [{ key: [] }]
      responses: { '201': { description: made } }
  /v1/orders/{orderId}:
    get: { deprecated: true, responses: { '200': { description: ok } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: x-api-key } } }
`;

function logLines(): string {
  const lines: string[] = [];
  for (let at = 0; at < 400; at++) {
    const time = new Date(Date.UTC(2026, 0, 5, 10, 0, at * 7)).toISOString();
    const [method, path, status] =
      at % 5 === 0
        ? ['POST', '/v1/orders', 201]
        : at % 7 === 0
          ? ['DELETE', `/v1/orders/${1000 + at}`, 204]
          : ['GET', `/v1/orders/${1000 + at}`, 200];
    const entry = {
      time,
      method,
      uri: path,
      status,
      remote_addr: `192.0.2.${at % 9}`,
      host: 'api.acme.example',
      request_time: 0.02,
      bytes_sent: 120,
    };
    lines.push(JSON.stringify(entry));
  }
  lines.push(
    'not json',
    JSON.stringify({
      time: new Date(Date.UTC(2026, 0, 5)).toISOString(),
      method: 'GET',
      uri: '/favicon.ico',
      status: 200,
      host: 'api.acme.example',
    }),
  );
  return `${lines.join('\n')}\n`;
}

const upload = (name: string, body: string): Promise<Answer> =>
  call(`/workspaces/main/imports?name=${name}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { 'content-type': 'application/octet-stream' },
  });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-api-'));
  server = await startTestServer({
    host: workspaceHost({ dir, url: null }, 'test'),
    catalogue,
    openUpload: async (path, name) => namedInput(await openFile(path), { name }),
    uploadDir: join(dir, 'tmp'),
    uploadBytesMax,
  });
  await server.app.openAll('test');
  ({ call } = await server.signIn());
  const declared = await upload('openapi.yaml', spec);
  expect(declared.status, declared.text).toBe(200);
  const observed = await upload('access.jsonl', logLines());
  expect(observed.status, observed.text).toBe(200);
});

afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const get = async <T>(path: string): Promise<T> => {
  const answer = await call(`/workspaces/main${path}`);
  expect(answer.status, `${path} ${answer.text.slice(0, 400)}`).toBe(200);
  return answer.json as T;
};
const send = (method: string, path: string, body: unknown = undefined) =>
  call(`/workspaces/main${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

describe('what was uploaded', () => {
  test('is inventory, posture and one change', async () => {
    const posture = await get<Posture>('/posture');
    expect(posture.sources).toBe(2);
    expect(posture.assessment?.controls).toHaveLength(catalogue.length);
    expect(posture.assessment?.next?.change.title).toBeTruthy();
    const operations = await get<OperationPage>('/operations?limit=2&sort=template');
    expect(operations.total).toBeGreaterThanOrEqual(4);
    expect(operations.rows).toHaveLength(2);
    expect(operations.next).not.toBeNull();
    const rest = await get<OperationPage>(`/operations?limit=500&sort=template&after=${encodeURIComponent(operations.next ?? '')}`);
    expect(rest.rows.length + 2).toBe(operations.total);
    expect(rest.next).toBeNull();
    const ids = [...operations.rows, ...rest.rows].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is found by repeated filters, and counted by facet', async () => {
    const shadow = await get<OperationPage>('/operations?state=shadow&state=zombie&text=ORDERS');
    expect(shadow.rows.map(({ method, state }) => `${method} ${state}`).sort()).toEqual(['DELETE shadow', 'GET zombie']);
    const facets = await get<{ state: { value: string; count: number }[] }>('/operations/facets');
    expect(facets.state).toContainEqual({ value: 'shadow', count: 1 });
  });

  test('answers on every address of the API with what its schema says', async () => {
    const [operation] = (await get<OperationPage>('/operations?state=zombie')).rows;
    const reads = [
      '/ledger',
      '/ledger?from=0&limit=5',
      '/changes',
      `/operations/${operation?.id}`,
      `/operations/${operation?.id}/exchanges?limit=3`,
      `/operations/${operation?.id}/hours`,
      '/inventory',
      '/folded',
      '/folded?reason=static&limit=1',
      '/decisions',
      '/findings',
      '/findings?severity=high&severity=critical&state=open&text=orders',
      '/controls',
      '/controls/TEC-18',
      '/sources',
      '/settings',
      '/doctor',
      '/audit?limit=10',
      '/export?form=csv',
      '/export?form=openapi-3.1',
    ];
    for (const path of reads) {
      const answer = await call(`/workspaces/main${path}`);
      expect(answer.status, `${path} ${answer.text.slice(0, 300)}`).toBe(200);
    }
    expect(reads).toHaveLength(20);
    const rows = await get<{ rows: unknown[]; next: number | null }>(`/operations/${operation?.id}/exchanges?limit=3`);
    expect(rows.rows).toHaveLength(3);
    const older = await get<{ rows: { atMs: number }[] }>(`/operations/${operation?.id}/exchanges?limit=3&before=${rows.next}`);
    expect(older.rows.every(({ atMs }) => atMs < (rows.next ?? 0))).toBe(true);
  });

  test('opens the evidence a control rests on', async () => {
    const { rows } = await get<{ rows: ControlRow[] }>('/controls');
    const refs = rows.flatMap(({ result }) => result?.units.flatMap(({ evidence }) => evidence) ?? []);
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of [...new Set(refs)].slice(0, 20)) {
      const answer = await call(`/workspaces/main/evidence?ref=${encodeURIComponent(ref)}`);
      expect(answer.status, `${ref} ${answer.text.slice(0, 200)}`).toBe(200);
    }
    expect((await call('/workspaces/main/evidence?ref=operation:none')).status).toBe(404);
  });

  test('downloads as a file with a harmless name', async () => {
    const answer = await call('/workspaces/main/export?form=cyclonedx');
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+"$/);
    expect(answer.headers['content-type']).toContain('cyclonedx');
    expect(JSON.parse(answer.text)).toMatchObject({ bomFormat: 'CycloneDX' });
    expect((await call('/workspaces/main/export?form=csv')).text).toContain(',/v1/orders/{orderId},');
  });

  test('is told apart from what cannot be asked', async () => {
    for (const path of [
      '/operations?limit=0',
      '/operations?limit=501',
      '/operations?sort=secret',
      '/operations?nonsense=1',
      '/ledger?from=-1',
      '/export?form=exe',
    ]) {
      expect((await call(`/workspaces/main${path}`)).status, path).toBe(400);
    }
    expect((await call('/workspaces/main/operations/none')).status).toBe(404);
    expect((await call('/workspaces/main/controls/TEC-99')).status).toBe(404);
    expect((await call('/workspaces/main/operations?after=forged')).status).toBeLessThan(500);
  });
});

describe('changes', () => {
  test('an owner set on the page stands in stance.yaml and on the operation', async () => {
    const [operation] = (await get<OperationPage>('/operations?state=zombie')).rows;
    expect((await send('PUT', `/operations/${operation?.id}/owner`, { owner: 'team-orders' })).status).toBe(200);
    expect((await get<{ text: string }>('/settings')).text).toContain('team-orders');
    expect((await get<{ operation: { owner: unknown } }>(`/operations/${operation?.id}`)).operation.owner).toMatchObject({
      value: 'team-orders',
    });
    expect((await send('PUT', `/operations/${operation?.id}/owner`, { owner: '' })).status).toBe(400);
  });

  test('answers count, null takes one back, and a wrong word is refused', async () => {
    expect((await send('PUT', '/answers', { lead: 'nobody', incidentPlan: 'unknown' })).status).toBe(200);
    expect((await get<Posture>('/posture')).answered).toBe(2);
    expect((await send('PUT', '/answers', { lead: null })).status).toBe(200);
    expect((await get<Posture>('/posture')).answered).toBe(1);
    expect((await send('PUT', '/answers', { lead: 'perhaps' })).status).toBe(400);
  });

  test('settings that are not valid are refused whole, with the line', async () => {
    const before = await get<{ text: string }>('/settings');
    const answer = await send('PUT', '/settings', { text: 'apis:\n  orders:\n    audience: everybody\n' });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ code: 'config-invalid', detail: expect.stringContaining('3') });
    expect(await get<{ text: string }>('/settings')).toEqual(before);
  });

  test('a decision is previewed, made, listed and taken back', async () => {
    const { rows } = await get<OperationPage>('/operations?state=shadow');
    const decision = { kind: 'exclude', service: rows[0]?.service, method: 'DELETE', template: rows[0]?.template, reason: 'test data' };
    expect((await send('POST', '/decisions/preview', { decision })).status).toBe(200);
    const made = await send('POST', '/decisions', { decision });
    expect(made.status, made.text).toBe(200);
    expect((await get<OperationPage>('/operations?state=shadow')).total).toBe(0);
    const { id } = made.json as { id: string };
    expect((await get<{ rows: unknown[] }>('/decisions')).rows).toHaveLength(1);
    expect((await send('DELETE', `/decisions/${id}`)).status).toBe(200);
    expect((await get<OperationPage>('/operations?state=shadow')).total).toBe(1);
    expect((await send('DELETE', `/decisions/${id}`)).status).toBe(404);
  });

  test('a finding is dismissed with a reason, and found by that state', async () => {
    const { rows, total } = await get<FindingPage>('/findings');
    expect(total).toBeGreaterThan(0);
    const id = rows[0]?.id ?? '';
    expect((await send('POST', `/findings/${id}/state`, { state: 'dismissed' })).status).toBe(400);
    expect((await send('POST', `/findings/${id}/state`, { state: 'dismissed', reason: 'not ours' })).status).toBe(200);
    const dismissed = await get<FindingPage>('/findings?state=dismissed');
    expect(dismissed.rows.map((row) => row.id)).toEqual([id]);
    expect((await get<FindingPage>('/findings?state=open')).total).toBe(total - 1);
    expect((await send('POST', '/findings/F-nothing/state', { state: 'open' })).status).toBe(404);
  });

  test('the one change is accepted, and who did it is in the audit', async () => {
    const next = (await get<Posture>('/posture')).assessment?.next;
    const accepted = await send('POST', '/changes', { key: next?.change.key, action: 'accept' });
    expect(accepted.status, accepted.text).toBe(200);
    expect(accepted.json).toMatchObject({ state: 'accepted', key: next?.change.key });
    expect((await get<{ rows: unknown[] }>('/changes')).rows).toHaveLength(1);
    const { rows } = await get<{ rows: { actor: string; action: string }[] }>('/audit');
    expect(rows[0]).toMatchObject({ actor: 'tester', action: 'change.accept' });
    expect((await send('POST', '/assess')).status).toBe(200);
  });

  test('workspaces are created, listed and deleted, and never twice', async () => {
    const create = () => call('/workspaces', { method: 'POST', body: '{"name":"acme-2"}' });
    expect((await create()).status).toBe(200);
    expect((await create()).status).toBe(409);
    const { rows } = (await call('/workspaces')).json as { rows: { name: string; empty: boolean }[] };
    expect(rows).toContainEqual(expect.objectContaining({ name: 'acme-2', empty: true }));
    expect((await call('/workspaces/acme-2', { method: 'DELETE' })).status).toBe(200);
    expect((await call('/workspaces/acme-2/posture')).status).toBe(404);
    expect((await call('/workspaces/acme-2', { method: 'DELETE' })).status).toBe(404);
  });

  test('many at once are made one after the other', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, at) => send('PUT', '/answers', { environments: at % 2 === 0 ? 'shared' : 'unknown' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });
});

describe('an upload', () => {
  test('counts nothing twice when it is sent again', async () => {
    const report = (await upload('access.jsonl', logLines())).json as ImportReport;
    expect(report.inputs[0]).toMatchObject({ name: 'upload:access.jsonl', already: 402, error: null });
  });

  test('that is no known format is told so, and the rest stays', async () => {
    const answer = await upload('picture.bin', '\u0000\u0001\u0002'.repeat(50));
    expect(answer.status).toBe(200);
    expect((answer.json as ImportReport).inputs[0]?.error).toMatchObject({ next: expect.any(String) });
  });

  test('cannot name a file of this machine', async () => {
    const answer = await upload(encodeURIComponent('../../../etc/stance.yaml'), 'project: acme\n');
    expect((answer.json as ImportReport).inputs[0]?.name).toBe('upload:stance.yaml');
  });

  test('that is too large is refused, said or unsaid, and leaves nothing behind', async () => {
    const large = 'x'.repeat(uploadBytesMax + 1);
    expect((await upload('big.log', large)).status).toBe(413);
    const chunked = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: server.port,
          path: '/api/v1/workspaces/main/imports?name=big.log',
          method: 'POST',
          headers: { authorization: `Bearer ${commandSecret}`, 'content-type': 'application/octet-stream' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      for (let at = 0; at < 4; at++) request.write('y'.repeat(uploadBytesMax / 3));
      request.end();
    });
    expect(chunked).toBe(413);
    expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  });

  test('that breaks off changes nothing', async () => {
    const before = await get<{ rows: unknown[] }>('/sources');
    await new Promise<void>((resolve) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: server.port,
        path: '/api/v1/workspaces/main/imports?name=half.log',
        method: 'POST',
        headers: { authorization: `Bearer ${commandSecret}`, 'content-type': 'application/octet-stream', 'content-length': '1000' },
      });
      request.on('error', () => resolve());
      request.write('half', () => request.destroy());
      request.on('close', () => resolve());
    });
    await expect.poll(() => readdirSync(join(dir, 'tmp')), { timeout: 5_000 }).toEqual([]);
    expect(await get<{ rows: unknown[] }>('/sources')).toEqual(before);
  });
});

describe('the event stream', () => {
  test('tells of an import while it runs and when inventory and assessment are new', async () => {
    const { cookie } = await server.signIn();
    const seen: string[] = [];
    const stream = httpRequest(
      { host: '127.0.0.1', port: server.port, path: '/api/v1/workspaces/main/events', headers: { cookie } },
      (response) => {
        expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
        response.on('data', (part: Buffer) => seen.push(part.toString()));
      },
    );
    stream.end();
    await expect.poll(() => seen.join(''), { timeout: 5_000 }).toContain('retry:');
    await upload('other.jsonl', logLines().replaceAll('192.0.2', '198.51.100'));
    await expect.poll(() => seen.join(''), { timeout: 5_000 }).toContain('event: assessment');
    const text = seen.join('');
    expect(text).toContain('event: import');
    expect(text).toContain('event: inventory');
    expect(text).toContain('"phase":"done"');
    stream.destroy();
  });

  test('has room for a bounded number of listeners', async () => {
    const { cookie } = await server.signIn();
    const open = () =>
      new Promise<{ status: number; end: () => void }>((resolve, reject) => {
        const request = httpRequest(
          { host: '127.0.0.1', port: server.port, path: '/api/v1/workspaces/main/events', headers: { cookie }, agent: false },
          (response) => {
            response.resume();
            resolve({ status: response.statusCode ?? 0, end: () => request.destroy() });
          },
        );
        request.on('error', reject);
        request.end();
      });
    const streams = await Promise.all(Array.from({ length: 70 }, open));
    const statuses = streams.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(64);
    expect(statuses.filter((status) => status === 409).length).toBeGreaterThanOrEqual(6);
    for (const { end } of streams) end();
  });
});
