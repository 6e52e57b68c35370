import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openInputs } from '../../src/sources/input.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'stance-marker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Values that must not be found anywhere on disk after an import; each stands in another place of the message. */
const markers = {
  email: 'zq.marker@planted.example',
  token: 'tok9fQ7planted31Zz0marker88Lm',
  address: '203.0.113.77',
  user: 'planteduser4711',
  bearer: 'plantedbearervalue0123456789',
  bodyName: 'Plantedname',
  card: '4929123456781234',
  cookie: 'plantedcookievalue',
  pathName: 'plantedina',
};

test('no raw value reaches disk: paths, queries, headers, bodies, addresses, users', async () => {
  const lines: string[] = [];
  for (let at = 0; at < 40; at++) {
    lines.push(
      JSON.stringify({
        timestamp: new Date(1741000000000 + at * 1000).toISOString(),
        'server.address': 'api.shop.example',
        'http.request.method': 'POST',
        'url.path':
          at % 3 === 0
            ? `/customers/${markers.email}/cards`
            : at % 3 === 1
              ? `/customers/${markers.token}/cards`
              : `/people/${markers.pathName}${'abcdefghijklmnopqrstuvwxyz'[at % 26]}/orders`,
        'url.query': `access_token=${markers.token}&q=${markers.bodyName}`,
        'http.response.status_code': 200,
        'client.address': markers.address,
        'enduser.id': markers.user,
        'user_agent.original': 'okhttp/4.9',
        'http.request.header.authorization': `Bearer ${markers.bearer}`,
        'http.request.header.cookie': `sid=${markers.cookie}`,
        'http.request.body': { name: markers.bodyName, card: markers.card, [markers.email]: 1 },
        'http.response.body': { id: markers.token, name: markers.bodyName },
      }),
    );
  }
  const log = join(folder, 'events.jsonl');
  writeFileSync(log, `${lines.join('\n')}\n`);
  const dir = join(folder, 'data');
  const workspace = await openWorkspace({ dir, mode: 'write' });
  const report = await workspace.importInputs(openInputs(log), {});
  expect(report.inputs[0]?.account.read).toBe(40);
  const operations = await workspace.store.allOperations();
  expect(operations.length).toBeGreaterThan(0);
  const shown = JSON.stringify([
    operations,
    await workspace.store.listFolded({}),
    await workspace.store.listFindings(),
    await workspace.doctor(),
  ]);
  await workspace.close();
  const files = allFiles(dir);
  expect(files.length).toBeGreaterThanOrEqual(2);
  for (const [name, value] of Object.entries(markers)) {
    expect(shown.includes(value), `${name} in what is shown`).toBe(false);
    for (const file of files) expect(readFileSync(file).includes(value), `${name} in ${file}`).toBe(false);
  }
});

function allFiles(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? allFiles(path) : [path];
  });
}
