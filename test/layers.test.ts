import { describe, expect, test } from 'vitest';
import { importsOf, rings, violations } from './layer-rules.ts';
import { sourceFiles } from './source-tree.ts';

/** Files that were here when this number was last raised; a walk that sees fewer is broken, not clean. */
const filesMin = 30;

describe('the source tree', () => {
  const files = sourceFiles(['src', 'web', 'examples'], /\.tsx?$/);

  test('was seen whole', () => {
    expect(files.length).toBeGreaterThanOrEqual(filesMin);
  });

  test('keeps the import table: folders, packages, Node modules, the engine without clock or chance', () => {
    expect(violations(files)).toEqual([]);
  });

  test('has no ring of imports', () => {
    expect(rings(files)).toEqual([]);
  });
});

describe('the judge of imports', () => {
  const base = [
    { file: 'src/engine/record.ts', text: '' },
    { file: 'src/engine/http/headers.ts', text: '' },
    { file: 'src/engine/limits/quota.ts', text: '' },
    { file: 'src/store/store.ts', text: '' },
  ];
  const judged = (file: string, text: string) => violations([...base, { file, text }]);

  const forbidden: readonly (readonly [string, string, RegExp])[] = [
    ['src/engine/access/review.ts', "import { quota } from '../limits/quota.ts';", /may not know src\/engine\/limits/],
    ['src/engine/http/x.ts', "import { y } from '../record.ts';", /may not know/],
    ['src/engine/evidence/x.ts', "import { readFileSync } from 'node:fs';", /only edges touch the machine/],
    ['src/engine/evidence/x.ts', "import { z } from 'zod';", /package zod/],
    ['src/engine/evidence/x.ts', 'const now = Date.now();', /the clock/],
    ['src/engine/evidence/x.ts', 'const now = new Date();', /the clock/],
    ['src/engine/evidence/x.ts', 'const pick = Math.random();', /chance/],
    ['src/sources/x.ts', "import { quota } from '../engine/limits/quota.ts';", /only `import type`/],
    ['src/sources/x.ts', "import { open } from '../store/store.ts';", /may not know src\/store/],
    ['src/server/x.ts', "import { DatabaseSync } from 'node:sqlite';", /belongs to src\/store/],
    ['src/server/x.ts', "const y = await import('../store/store.ts');", /only `import type`/],
    ['web/src/x.tsx', "import { h } from '../../src/engine/http/headers.ts';", /only `import type`/],
    ['src/sources/utils.ts', '', /says nothing/],
    ['src/sources/AccessLog.ts', '', /lower case/],
    ['src/other/x.ts', '', /no layer holds it/],
    ['src/sources/x.ts', "import { gone } from './gone.ts';", /not there/],
  ];
  test.each(forbidden)('refuses in %s: %s', (file, text, what) => {
    expect(judged(file, text)).toEqual([expect.stringMatching(what)]);
  });

  const allowed: readonly (readonly [string, string])[] = [
    ['src/engine/access/review.ts', "import { headers } from '../http/headers.ts';"],
    ['src/engine/evidence/x.ts', '/** Not Date.now(): see the ADR. */\nconst day = new Date(now);'],
    ['src/sources/x.ts', "import { record } from '../engine/record.ts';\nimport { open } from 'node:fs/promises';"],
    ['src/sources/x.ts', "import type { Quota } from '../engine/limits/quota.ts';"],
    ['src/store/sqlite.ts', "import { DatabaseSync } from 'node:sqlite';"],
    ['web/src/x.tsx', "import type { Headers } from '../../src/engine/http/headers.ts';\nimport './tokens.css';"],
    ['src/cli/main.ts', "const { open } = await import('../store/store.ts');"],
  ];
  test.each(allowed)('lets pass in %s: %s', (file, text) => {
    expect(judged(file, text)).toEqual([]);
  });

  test('was asked every row', () => {
    expect(forbidden).toHaveLength(16);
    expect(allowed).toHaveLength(7);
  });

  test('tells imports of words from imports of code', () => {
    expect(
      importsOf(
        "import type { A } from './a.ts';\nimport { type B, type C } from './b.ts';\nimport { type D, e } from './d.ts';\nexport * from './f.ts';\nimport './g.css';",
      ),
    ).toEqual([
      { from: './a.ts', isType: true },
      { from: './b.ts', isType: true },
      { from: './d.ts', isType: false },
      { from: './f.ts', isType: false },
      { from: './g.css', isType: false },
    ]);
  });

  test('names a ring by the files it passes', () => {
    const ring = [
      { file: 'src/a.ts', text: "import { b } from './b.ts';" },
      { file: 'src/b.ts', text: "import { c } from './c.ts';" },
      { file: 'src/c.ts', text: "import { a } from './a.ts';" },
    ];
    expect(rings(ring)).toEqual(['src/a.ts > src/b.ts > src/c.ts > src/a.ts']);
    expect(rings(ring.slice(0, 2))).toEqual([]);
  });
});
