import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { storeContract } from './store.contract.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-store-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

storeContract('SQLite', () => ({ dir }));
