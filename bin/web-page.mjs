/** Builds the web page when its sources changed since the last build. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './packages.mjs';
import { fail, pinnedNode, root, run, say } from './pinned-node.mjs';

const folder = path.join(root, 'web');
const stamp = path.join(folder, 'dist', '.sources');

/** Fingerprint of everything the page is made from. The server's words come in as types only, so `src` does not count. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const add = (file) => hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  const walk = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'dist' || entry.name === 'node_modules' || entry.name.includes('.test.')) continue;
      const full = path.join(at, entry.name);
      if (entry.isDirectory()) walk(full);
      else if (entry.isFile()) add(full);
    }
  };
  walk(folder);
  add(path.join(root, 'package-lock.json'));
  return hash.digest('hex');
}

function isBuilt(digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
}

/** Brings web/dist in line with web; ends the process when the build fails. */
export async function ensureWebPage() {
  if (!existsSync(path.join(folder, 'index.html')) || isBuilt(sourcesDigest())) return;
  await withLock(async () => {
    const digest = sourcesDigest();
    if (isBuilt(digest)) return;
    say('building the web page ...');
    const startMs = Date.now();
    const code = await run(
      pinnedNode(),
      [path.join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', folder, '--logLevel', 'warn'],
      {
        stdio: ['ignore', 2, 2],
      },
    );
    if (code !== 0) fail('the web page could not be built; the reason stands above. Nothing was started.', 1);
    writeFileSync(stamp, digest);
    say(`web page ready in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
  });
}
