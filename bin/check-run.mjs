/** `npm run check`: types, lint, layers, dead code, generated documents, lockfile. Every step runs; the end says which failed. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { missingFromLock } from './lockfile.mjs';
import { pinnedNode, root, run, say } from './pinned-node.mjs';

const bin = (name, ...parts) => path.join(root, 'node_modules', name, ...parts);

const steps = [
  ['types', bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json', '--noEmit'],
  ['types of the engine alone', bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.engine.json', '--noEmit'],
  ['types of the page', bin('typescript', 'bin', 'tsc'), '-p', 'web/tsconfig.json', '--noEmit'],
  ['types of the page tests', bin('typescript', 'bin', 'tsc'), '-p', 'test/e2e/tsconfig.json', '--noEmit'],
  ['lint and format', bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings'],
  ['layers and tidiness', bin('vitest', 'vitest.mjs'), 'run', '--reporter=dot', 'test/layers.test.ts', 'test/tidy.test.ts'],
  ['dead code', bin('knip', 'bin', 'knip.js'), '--no-progress'],
  ['generated documents', path.join(root, 'bin', 'generate-docs.ts'), '--check'],
];

/** @returns exit code: 0 when every step passed */
export async function check() {
  const failed = [];
  for (const [name, ...command] of steps) {
    const startMs = Date.now();
    const code = await run(pinnedNode(), command);
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
    if (code !== 0) failed.push(name);
  }
  for (const folder of [root, path.join(root, 'test')]) {
    const file = path.join(folder, 'package-lock.json');
    if (!existsSync(file)) continue;
    const missing = missingFromLock(JSON.parse(readFileSync(file, 'utf8')).packages);
    const name = `lockfile ${path.relative(root, file)}`;
    say(`${missing.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    if (missing.length === 0) continue;
    failed.push(name);
    say(`  npm ci would refuse it, these are named but not in it: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' ...' : ''}`);
  }
  say(failed.length === 0 ? 'check passed' : `check failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
