/**
 * What every npm script goes through: makes sure that packages and page are there, then hands over to the pinned Node.
 * Runs on the host's Node (20 or newer) without any package; says things on standard error only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check } from './check-run.mjs';
import { ensurePackages } from './packages.mjs';
import { fail, pinnedNode, root, run, runScript } from './pinned-node.mjs';
import { test } from './test-run.mjs';
import { ensureWebPage } from './web-page.mjs';

const cli = 'src/cli/main.ts';

const commands = {
  /** Everything a first look needs: page, server, and the sample company when the data folder is empty. */
  start: (args) => stance(['up', ...args]),
  stance,
  dev,
  test: async (args) => {
    await ensurePackages('all');
    await ensureWebPage();
    return test(args);
  },
  check: async (args) => {
    await ensurePackages('all');
    return check(args);
  },
  bench,
  docs: async (args) => {
    await ensurePackages('all');
    return runScript('bin/generate-docs.ts', args, { cwd: root });
  },
};

async function stance(args) {
  await ensurePackages('run');
  if (args.includes('up')) await ensureWebPage();
  return runScript(cli, args);
}

/** Server and page, both rebuilt as files change; ends when either ends. */
async function dev(args) {
  await ensurePackages('all');
  await ensureWebPage();
  const page = run(pinnedNode(), [path.join(root, 'node_modules/vite/bin/vite.js'), 'build', path.join(root, 'web'), '--watch'], {
    stdio: ['ignore', 2, 2],
  });
  const server = run(pinnedNode(), ['--watch-path', path.join(root, 'src'), path.join(root, cli), 'up', ...args]);
  const code = await Promise.race([page, server]);
  process.exit(code);
}

/** `bench` alone lists what there is; `bench NAME` runs `bench/NAME.ts`. Folders there hold parts of benches. */
async function bench([name, ...args]) {
  const names = readdirSync(path.join(root, 'bench'))
    .filter((file) => file.endsWith('.ts') && !file.includes('.test.'))
    .map((file) => file.slice(0, -'.ts'.length));
  if (name === undefined) {
    for (const bench of names) process.stdout.write(`${bench.padEnd(16)} ${title(bench)}\n`);
    return 0;
  }
  if (!names.includes(name)) fail(`there is no bench ${name}. Next: one of ${names.join(', ')}.`, 2);
  await ensurePackages('all');
  return runScript(`bench/${name}.ts`, args);
}

/** First line of the comment a bench begins with. */
function title(bench) {
  const text = readFileSync(path.join(root, 'bench', `${bench}.ts`), 'utf8');
  return /\/\*\*[\s*]*([^\n]*?)\s*(?:\*\/|\n)/.exec(text)?.[1] ?? '';
}

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? '')) fail(`unknown command ${name ?? ''}. Next: one of ${Object.keys(commands).join(', ')}.`, 2);
process.exitCode = await commands[name](args);
