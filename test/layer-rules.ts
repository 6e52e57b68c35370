/**
 * Which folder may import which: the table of ARCHITECTURE.md as data, and the judge of an import against it.
 * Pure, so that the judge itself can be tested on made-up files.
 */

/** One file of the source tree as the rules see it. */
export interface SourceFile {
  /** From the project's folder, with `/`: `src/engine/record.ts`. */
  readonly file: string;
  readonly text: string;
}

export interface Layer {
  /** Files whose path starts with this belong here; the longest match wins. `src/engine/*.ts` are the doors. */
  readonly folder: string;
  /** Folders it may import from, beside itself. */
  readonly imports: readonly string[];
  /** Folders it may only `import type` from: words, no behaviour. */
  readonly types: readonly string[];
  /** npm packages it may import, scope included; a trailing `*` allows a whole scope. */
  readonly packages: readonly string[];
  /** Node modules it may not import: all, or those that belong to one layer only. */
  readonly node: 'none' | 'any';
}

const engine = 'src/engine/';
const doors = `${engine}*.ts`;
const words = [`${engine}http/`, `${engine}evidence/`];
const concerns = [
  `${engine}inventory/`,
  `${engine}classification/`,
  `${engine}access/`,
  `${engine}limits/`,
  `${engine}conformance/`,
  `${engine}threats/`,
];
const pure = { packages: [], node: 'none' } as const;

/** INVARIANT: imports point up this list only, apart from `types`, so the folders can never form a ring. */
export const layers: readonly Layer[] = [
  { folder: `${engine}assert.ts`, imports: [], types: [], ...pure },
  { folder: `${engine}http/`, imports: [], types: [`${engine}evidence/`], ...pure },
  { folder: `${engine}evidence/`, imports: [`${engine}http/`], types: [`${engine}inventory/`], ...pure },
  { folder: `${engine}inventory/`, imports: words, types: [], ...pure },
  { folder: `${engine}classification/`, imports: [...words, `${engine}inventory/`], types: [], ...pure },
  { folder: `${engine}access/`, imports: [...words, `${engine}inventory/`, 'src/errors.ts'], types: [`${engine}policy/`], ...pure },
  { folder: `${engine}limits/`, imports: [...words, `${engine}inventory/`], types: [`${engine}policy/`], ...pure },
  {
    folder: `${engine}conformance/`,
    imports: [...words, `${engine}inventory/`],
    types: [`${engine}policy/`],
    packages: ['ajv', 'ajv-formats', 're2js'],
    node: 'none',
  },
  {
    // Who calls is a word here, proven elsewhere.
    folder: `${engine}threats/`,
    imports: [...words, `${engine}inventory/`],
    types: [`${engine}policy/`, `${engine}access/`],
    ...pure,
  },
  { folder: `${engine}policy/`, imports: [...words, ...concerns, 'src/errors.ts'], types: [], packages: ['re2js'], node: 'none' },
  { folder: `${engine}controls/`, imports: [...words, ...concerns], types: [`${engine}policy/`], ...pure },
  { folder: `${engine}posture/`, imports: [...words, ...concerns, `${engine}controls/`], types: [], ...pure },
  { folder: doors, imports: [engine], types: [], ...pure },
  { folder: 'src/errors.ts', imports: [], types: [], ...pure },
  {
    folder: 'src/sources/',
    imports: [doors, ...words, 'src/errors.ts'],
    types: [engine],
    packages: ['yaml', 'zod', '@bufbuild/protobuf'],
    node: 'any',
  },
  {
    folder: 'src/store/',
    imports: [doors, ...words, 'src/errors.ts'],
    types: [engine],
    packages: ['kysely', 'pg'],
    node: 'any',
  },
  {
    // Keeps deciding when the control plane is down: it is given a policy and a place for evidence, and knows neither store nor server.
    folder: 'src/gateway/',
    imports: [doors, ...words, 'src/errors.ts'],
    types: [engine],
    packages: ['undici', '@grpc/grpc-js', '@bufbuild/protobuf', '@cedar-policy/cedar-wasm'],
    node: 'any',
  },
  {
    folder: 'src/workspace/',
    imports: [engine, 'src/sources/', 'src/store/', 'src/errors.ts', 'examples/shop/'],
    types: [],
    packages: ['yaml', 'zod'],
    node: 'any',
  },
  {
    folder: 'src/server/',
    imports: [doors, ...words, 'src/workspace/', 'src/errors.ts'],
    types: [engine, 'src/sources/', 'src/store/'],
    packages: ['fastify', '@fastify/*', 'fastify-type-provider-zod', 'zod'],
    node: 'any',
  },
  {
    folder: 'src/cli/',
    imports: ['src/'],
    types: [],
    packages: ['commander', 'picocolors', 'yaml'],
    node: 'any',
  },
  { folder: 'examples/doors/', imports: ['src/cli/'], types: [], packages: ['express'], node: 'any' },
  { folder: 'examples/', imports: [], types: [], packages: [], node: 'any' },
  {
    folder: 'web/',
    imports: [],
    types: ['src/'],
    packages: ['react', 'react-dom', 'react-aria-components', '@tanstack/*', 'uplot', 'vite', '@vitejs/plugin-react'],
    node: 'none',
  },
];

/** `node:` modules that one layer owns. */
const owners: Readonly<Record<string, string>> = { 'node:sqlite': 'src/store/' };

/** What the engine must be given, not reach for; each with what to do instead. */
const engineBans: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\.now\b/, instead: 'the clock: take `now` as an argument' },
  { pattern: /\bnew Date\(\s*\)|\bDate\(\s*\)|\bnew Date\b(?!\()/, instead: 'the clock: take `now` as an argument' },
  { pattern: /\bMath\.random\b|\bcrypto\./, instead: 'chance: take a seed or a fingerprint as an argument' },
  { pattern: /\bperformance\.now\b|\bprocess\.|\bglobalThis\b/, instead: 'the machine: take the value as an argument' },
  { pattern: /\bfetch\(|\bsetTimeout\(|\bsetInterval\(|\bconsole\./, instead: 'I/O: return a value, an edge acts on it' },
  { pattern: /\bnew URL\(/, instead: 'a parser that repairs what it reads: attacks must stay visible' },
];

/** File names that say nothing about what is inside. */
const emptyNames = /^(index|utils?|helpers?|common|misc|shared|manager|stuff|lib)\.(ts|tsx)$/;
const nameShape = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|fixture|bench|config|d))*\.(ts|tsx)$/;

/** Every rule that `files` break, one line each, `file: what`. Tests and their fixtures answer for their name only. */
export function violations(files: readonly SourceFile[], table: readonly Layer[] = layers): readonly string[] {
  const known = new Set(files.map((file) => file.file));
  return files.flatMap((source) => {
    const broken: string[] = [];
    const name = source.file.slice(source.file.lastIndexOf('/') + 1);
    if (emptyNames.test(name)) broken.push('its name says nothing: call it by the noun it holds');
    if (!nameShape.test(name)) broken.push('file names are lower case with dashes');
    if (/\.(test|contract|fixture)\.tsx?$/.test(name)) return broken.map((what) => `${source.file}: ${what}`);
    const layer = layerOf(source.file, table);
    if (layer === null) return [...broken, 'no layer holds it: add its folder to the table'].map((what) => `${source.file}: ${what}`);
    for (const found of importsOf(source.text)) {
      const problem = judge(source.file, layer, found, known, table);
      if (problem !== null) broken.push(problem);
    }
    if (source.file.startsWith(engine)) {
      const code = withoutComments(source.text);
      for (const ban of engineBans) if (ban.pattern.test(code)) broken.push(`reaches for ${ban.instead}`);
    }
    return broken.map((what) => `${source.file}: ${what}`);
  });
}

export interface ImportFound {
  readonly from: string;
  readonly isType: boolean;
}

/** Imports and re-exports at the start of a line, and `import()` anywhere. */
export function importsOf(text: string): readonly ImportFound[] {
  const found: ImportFound[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    const names = /^\{([\s\S]*)\}$/
      .exec(match[2]?.trim() ?? '')?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '');
    const isType = match[1] !== undefined || (names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name)));
    found.push({ from: match[3] ?? '', isType });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)(\s*\.\s*[A-Z])?/g)) {
    // `import('./x.ts').Name` in a type position carries no code.
    found.push({ from: match[1] ?? '', isType: match[2] !== undefined });
  }
  return found;
}

function layerOf(file: string, table: readonly Layer[]): Layer | null {
  let best: Layer | null = null;
  for (const layer of table) {
    if (covers(layer.folder, file) && (best === null || layer.folder.length > best.folder.length)) best = layer;
  }
  return best;
}

function covers(folder: string, file: string): boolean {
  if (!folder.endsWith('*.ts')) return file === folder || (folder.endsWith('/') && file.startsWith(folder));
  const above = folder.slice(0, -'*.ts'.length);
  return file.startsWith(above) && !file.slice(above.length).includes('/');
}

function judge(file: string, layer: Layer, found: ImportFound, known: ReadonlySet<string>, table: readonly Layer[]): string | null {
  if (found.from.startsWith('node:')) {
    if (layer.node === 'none') return `imports ${found.from}: only edges touch the machine`;
    const owner = owners[found.from];
    return owner === undefined || owner === layer.folder ? null : `imports ${found.from}, which belongs to ${owner}`;
  }
  if (!found.from.startsWith('.')) {
    const allowed = layer.packages.some((name) =>
      name.endsWith('*') ? found.from.startsWith(name.slice(0, -1)) : found.from === name || found.from.startsWith(`${name}/`),
    );
    return allowed || found.isType ? null : `imports the package ${found.from}, which is not on the list of ${layer.folder}`;
  }
  const target = resolve(file, found.from);
  if (/\.tsx?$/.test(target) && !known.has(target)) return `imports ${target}, which is not there`;
  const home = layerOf(target, table);
  if (home === layer || (home === null && !target.startsWith('src/'))) return null;
  const may = (folders: readonly string[]) => folders.some((folder) => covers(folder, target)) || target === `${engine}assert.ts`;
  if (may(layer.imports)) return null;
  if (may(layer.types)) return found.isType ? null : `imports code of ${target}: from there only \`import type\``;
  return `imports ${target}: ${layer.folder} may not know ${home?.folder ?? 'it'}`;
}

function resolve(file: string, relative: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Comments gone, strings kept: a ban that hits a string is worth a look. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** Rings among imports that carry code, each as the files it passes, in a stable order. */
export function rings(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(
    files.map((source) => [
      source.file,
      importsOf(source.text)
        .filter((found) => found.from.startsWith('.') && !found.isType)
        .map((found) => resolve(source.file, found.from)),
    ]),
  );
  const done = new Set<string>();
  const rings: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) rings.push([...path.slice(at), file].join(' > '));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of [...edges.keys()].sort()) visit(file, []);
  return rings;
}
