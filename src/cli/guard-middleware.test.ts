import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import { expect, test } from 'vitest';
import { openGuard } from './guard-middleware.ts';

test('an application with the guard in it refuses attacks by its policy, and leaves evidence without values in the spool', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'stance-middleware-'));
  const policy = path.join(data, 'policy.yaml');
  writeFileSync(
    policy,
    'mode: block\nroutes:\n  - { id: inside, match: { paths: [/inside] }, authentication: [keys] }\nproviders:\n  keys: { kind: api-key, in: header, field: x-api-key, file: keys.json }\n',
  );
  writeFileSync(path.join(data, 'keys.json'), '{"schema":"stance.api-keys/1","keys":[]}');
  const guard = await openGuard({ data, policy }).catch((error: unknown) => {
    rmSync(data, { recursive: true, force: true });
    throw error;
  });
  const app = express();
  app.use(guard.express);
  app.get(/.*/, (_request, response) => void response.json({ ok: true }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect((await fetch(`${base}/orders`)).status).toBe(200);
    expect((await fetch(`${base}/inside`)).status).toBe(401);
    expect((await fetch(`${base}/orders?q=${encodeURIComponent('<script>planted()</script>')}`)).status).toBe(403);
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await guard.close();
  }
  const spool = path.join(data, 'spool', 'main');
  const text = readdirSync(spool)
    .map((name) => readFileSync(path.join(spool, name), 'utf8'))
    .join('');
  expect(text).toContain('attacks.xss');
  expect(text).not.toContain('planted');
  rmSync(data, { recursive: true, force: true });
});
