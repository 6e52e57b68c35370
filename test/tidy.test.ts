import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, sourceFiles } from './source-tree.ts';

/** Largest file the repository may hold, bytes: what is bigger is data, and data is generated or fetched. */
const fileBytesMax = 1_500_000;
/** Files there were when this was last raised; fewer means that the walk is broken. */
const filesMin = 40;
const self = 'test/tidy.test.ts';

const textName = /\.(ts|tsx|mjs|js|json|ya?ml|md|css|html|conf|graphql|txt|sh)$|\/(run|CODEOWNERS|LICENSE)$/;

/** What the repository holds, by git when this is a clone, else by walking. */
function repositoryFiles(): readonly string[] {
  if (!existsSync(path.join(root, '.git'))) return sourceFiles(['.'], /./).map((source) => source.file);
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  return listed.split('\n').filter((file) => file !== '' && existsSync(path.join(root, file)));
}

const leftovers: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\b(TODO|FIXME|XXX)\b(?!-)/, what: 'a leftover note: an issue holds it, or nothing does' },
  { pattern: /\bcoming soon\b|\bnot (yet )?implemented\b|\blorem ipsum\b/i, what: 'a promise instead of the thing' },
  { pattern: /(^|[\s'"`(=])(\/home\/[a-z]|\/root\/|\/Users\/[a-z]|\/tmp\/[a-z0-9]+\/node_modules)/, what: 'a path of one machine' },
];

function leftoversIn(file: string, text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) => leftovers.filter((left) => left.pattern.test(line)).map((left) => `${file}:${index + 1}: ${left.what}`));
}

/** A test that runs alone hides the others; a skipped one says in its title what it needs. */
function silentTestsIn(file: string, text: string): readonly string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/\b(?:test|it|describe)\.(only|todo)\b/g)) found.push(`${file}: ${match[0]}`);
  for (const match of text.matchAll(/\b(?:test|it|describe)\.(skip|skipIf|runIf)\b/g)) {
    if (!/\bneeds\b|\bbecause\b/.test(text.slice(match.index, match.index + 400)))
      found.push(`${file}: ${match[0]} without "(needs ...)" in its title`);
  }
  return found;
}

describe('the repository', () => {
  const files = repositoryFiles();
  const texts = files.filter((file) => textName.test(file) && file !== self && !file.endsWith('package-lock.json'));

  test('was seen whole', () => {
    expect(files.length).toBeGreaterThanOrEqual(filesMin);
    expect(texts.length).toBeGreaterThan(files.length / 2);
  });

  test('holds no leftover note, promise or path of one machine', () => {
    expect(texts.flatMap((file) => leftoversIn(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  });

  test('holds no test that runs alone, and none that is skipped without saying why', () => {
    const tests = files.filter((file) => /\.test\.tsx?$/.test(file) && file !== self);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.flatMap((file) => silentTestsIn(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  });

  test('holds no file above 1.5 MB', () => {
    expect(files.filter((file) => statSync(path.join(root, file)).size > fileBytesMax)).toEqual([]);
  });

  test('has lockfiles that name no download address, so that any registry serves', () => {
    const locks = files.filter((file) => file.endsWith('package-lock.json'));
    expect(locks).toContain('package-lock.json');
    expect(locks.filter((file) => /"resolved": "http/.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  });
});

describe('the tidy rules', () => {
  test('fire on what they are for, and not on its neighbours', () => {
    expect(leftoversIn('a.ts', 'ok\n// TODO later')).toEqual(['a.ts:2: a leftover note: an issue holds it, or nothing does']);
    expect(leftoversIn('a.md', 'Dark mode: coming soon')).toHaveLength(1);
    expect(leftoversIn('a.ts', "const at = '/home/jo/x';")).toHaveLength(1);
    expect(leftoversIn('a.ts', "GET '/users/7' '/homes/items'")).toEqual([]);
    expect(leftoversIn('a.ts', "GET /v1/home/items; const todo = 'TODOS';")).toEqual([]);
    expect(silentTestsIn('a.test.ts', "test.only('x', f)")).toHaveLength(1);
    expect(silentTestsIn('a.test.ts', "test.skipIf(no)('x', f)")).toHaveLength(1);
    expect(silentTestsIn('a.test.ts', "test.skipIf(no)('x (needs Chromium)', f)")).toEqual([]);
  });
});
