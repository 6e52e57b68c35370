/** What a project's folder shows without being asked: specs, gateway files, owners, docs. */
import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface ProjectFacts {
  readonly specs: readonly string[];
  readonly gateways: readonly string[];
  readonly codeowners: string | null;
  readonly docs: readonly string[];
  readonly name: string;
}

/** Files looked at, and folders within folders; a project beyond that names its specs itself. */
const filesMax = 20_000;
const depthMax = 8;
const headBytes = 4_096;
const passedOver: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.stance',
  'dist',
  'build',
  'target',
  'vendor',
  '.venv',
  'coverage',
]);

export async function projectFacts(root: string): Promise<ProjectFacts> {
  const files = (await walk(root, 0, { left: filesMax })).sort();
  const specs: string[] = [];
  const gateways: string[] = [];
  for (const file of files) {
    const path = relative(root, file).replaceAll('\\', '/');
    const kind = await kindOf(file);
    if (kind === 'spec') specs.push(path);
    if (kind === 'gateway') gateways.push(path);
  }
  const codeowners = ['CODEOWNERS', '.github/CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'].find((path) =>
    existsSync(join(root, path)),
  );
  const docs = ['docs', 'doc', 'documentation'].filter((path) => existsSync(join(root, path)));
  return { specs, gateways, codeowners: codeowners ?? null, docs, name: root.split(/[/\\]/).filter(Boolean).at(-1) ?? 'project' };
}

async function walk(folder: string, depth: number, budget: { left: number }): Promise<string[]> {
  if (depth > depthMax) return [];
  // A folder that may not be read holds nothing for us.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries) {
    if (budget.left <= 0) break;
    if (passedOver.has(entry.name)) continue;
    if (entry.isDirectory()) files.push(...(await walk(join(folder, entry.name), depth + 1, budget)));
    else if (entry.isFile() && /\.(?:ya?ml|json|conf)$/i.test(entry.name)) {
      budget.left--;
      files.push(join(folder, entry.name));
    }
  }
  return files;
}

async function kindOf(file: string): Promise<'spec' | 'gateway' | null> {
  const head = await headOf(file);
  if (/^\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\./m.test(head)) return 'spec';
  if (/"schema"\s*:\s*"[^"]*postman[^"]*collection/i.test(head)) return 'spec';
  if (/^\s*_format_version\s*:/m.test(head) || /^\s*kind\s*:\s*(?:Ingress|HTTPRoute|Gateway)\b/m.test(head)) return 'gateway';
  return /\.conf$/i.test(file) && /^\s*(?:server|location|upstream)\b[^;]*\{/m.test(head) ? 'gateway' : null;
}

async function headOf(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    // Unreadable here is unreadable for the import too, which says so.
    return '';
  }
}
