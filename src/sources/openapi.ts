/** OpenAPI (Swagger) 2.0, 3.0, 3.1 and 3.2 documents, YAML or JSON, with the files beside them. */
import type { DeclarationFormat, DeclaredApi } from '../engine/evidence/declaration.ts';
import { DocumentNode } from './document-node.ts';
import { counted, FindingList } from './finding-list.ts';
import { OpenapiFiles } from './openapi-files.ts';
import { lintOpenapi } from './openapi-lint.ts';
import { openapiContext, readOperations } from './openapi-operations.ts';
import { checkReferences } from './openapi-references.ts';
import { openapiRules } from './openapi-rules.ts';
import type { DeclaredServer } from './openapi-servers.ts';
import { checkStructure } from './openapi-structure.ts';
import { serviceName } from './service-name.ts';
import type { Input, ReadOptions, SourceFormat, SourceItem } from './source.ts';
import { readStructured, readWholeText } from './structured-document.ts';

/** Operations read of one document; more is reported and left out. */
const operationsMax = 500_000;

export const openapi: SourceFormat = {
  id: 'openapi',
  title: 'OpenAPI 2.0 to 3.2',
  kind: 'declaration',
  detect,
  read,
};

function detect(head: string, name: string): number {
  if (/^\s*"?(?:openapi|swagger)"?\s*:\s*["']?[23]\.\d/m.test(head)) return 1;
  if (/[{,]\s*"(?:openapi|swagger)"\s*:\s*"[23]\.\d/.test(head)) return 1;
  // A large generated document may name its version last; its references give it away, and JSON Schema has the second kind too.
  if (/"?\$ref"?\s*:\s*["']#\/(?:components|parameters|responses|paths)\//.test(head)) return 0.85;
  if (/"?(?:securityDefinitions|securitySchemes)"?\s*:/.test(head) || /^\s*\{\s*"(?:basePath|paths|components)"\s*:/.test(head)) return 0.7;
  const isNamed = /(?:^|[/._-])(?:openapi|swagger)[^/]*\.(?:ya?ml|json)(?:\.gz)?$/i.test(name);
  const hasPaths = /^\s*"?paths"?\s*:/m.test(head) && /^\s*"?info"?\s*:/m.test(head);
  return isNamed ? 0.7 : hasPaths ? 0.6 : 0;
}

async function* read(input: Input, options: ReadOptions): AsyncGenerator<readonly SourceItem[]> {
  const text = await readWholeText(input);
  const { api, excluded } = await readOpenapi(input, text, options);
  yield [{ kind: 'declared-api', api }];
  for (let at = 0; at < excluded.length; at += 1000) yield excluded.slice(at, at + 1000);
}

interface OpenapiReading {
  readonly api: DeclaredApi;
  readonly excluded: readonly SourceItem[];
}

async function readOpenapi(input: Input, text: string, options: ReadOptions): Promise<OpenapiReading> {
  const file = { name: input.name, document: readStructured(text) };
  const files = await OpenapiFiles.load(input, file, text);
  const root = DocumentNode.root(file);
  const title = root.at('info', 'title').text?.trim() ?? '';
  const service = options.service ?? serviceName(title, input.name);
  const findings = new FindingList(service);
  reportSyntax(files, findings);
  checkReferences(files, findings);
  const context = openapiContext(files, root);
  const operations = [];
  for (const operation of readOperations(context)) {
    if (operations.length >= operationsMax) break;
    operations.push(operation);
  }
  reportPaths(root, findings);
  checkStructure(root, findings);
  lintOpenapi(context, operations, findings);
  if (context.fields.isFull)
    findings.add(openapiRules.fieldsBounded, {
      detail: 'Fields of the last operations were left out.',
      place: { ...root.place, operation: null },
    });
  const api: DeclaredApi = {
    format: formatOf(root),
    place: { file: input.name, line: 1 },
    digest: files.digest,
    service,
    title: title === '' ? service : title,
    version: root.at('info', 'version').text,
    hosts: hostsOf(context.servers),
    basePaths: [...new Set(context.servers.map(({ basePath }) => (basePath === '' ? '/' : basePath)))],
    owner: ownerOf(root),
    docsUrl: root.at('externalDocs', 'url').text,
    operations: operations.map(({ declared }) => declared),
    findings: findings.findings(),
  };
  return { api, excluded: webhooksOf(root) };
}

function formatOf(root: DocumentNode): DeclarationFormat {
  const stated = root.child('openapi').text ?? root.child('swagger').text ?? '';
  if (stated.startsWith('2')) return 'openapi-2.0';
  if (stated.startsWith('3.2')) return 'openapi-3.2';
  if (stated.startsWith('3.1')) return 'openapi-3.1';
  if (stated.startsWith('3.0')) return 'openapi-3.0';
  // Without a version the parts tell: only 2.0 has definitions at the root.
  return root.has('definitions') || root.has('basePath') ? 'openapi-2.0' : 'openapi-3.1';
}

function reportSyntax(files: OpenapiFiles, findings: FindingList): void {
  for (const file of [files.root, ...files.others]) {
    const { problems } = file.document;
    for (const problem of problems) {
      if (problem.isMinor === true) {
        findings.add(openapiRules.strictSyntax, {
          detail: (count) => `${counted(count, 'place')}: ${problem.message}`,
          place: { file: file.name, line: problem.line, operation: null },
        });
        continue;
      }
      findings.add(openapiRules.syntax, {
        cause: file.name === files.root.name ? '' : file.name,
        detail: (count) => `${counted(count, 'error')} in the text; the first: ${problem.message} What could be read was read.`,
        place: { file: file.name, line: problem.line, operation: null },
      });
    }
  }
}

function reportPaths(root: DocumentNode, findings: FindingList): void {
  const place = { ...root.place, operation: null };
  const stated = root.child('openapi').text ?? root.child('swagger').text;
  if (stated === null || !/^(?:2\.0|3\.[0-2](?:\.|$))/.test(stated)) {
    const detail =
      stated === null ? 'The document names no version.' : `The version \`${stated.slice(0, 20)}\` is not one of 2.0, 3.0, 3.1 and 3.2.`;
    findings.add(openapiRules.version, { detail, place });
  }
  for (const path of root.child('paths').members()) {
    if (path.key.startsWith('x-')) continue;
    const at = () => ({ ...path.place, operation: null });
    if (!path.key.startsWith('/')) {
      findings.add(openapiRules.pathSlash, {
        detail: (count) => `${counted(count, 'path')}, such as \`${path.key.slice(0, 80)}\`.`,
        place: at,
      });
    }
    if (/[?#]/.test(path.key)) {
      findings.add(openapiRules.pathQuery, {
        detail: (count) => `${counted(count, 'path')}, such as \`${path.key.slice(0, 80)}\`.`,
        place: at,
      });
    }
  }
}

function hostsOf(servers: readonly DeclaredServer[]): string[] {
  return [...new Set(servers.flatMap(({ hosts }) => hosts))].slice(0, 200);
}

function ownerOf(root: DocumentNode): string | null {
  for (const name of ['x-owner', 'x-api-owner', 'x-team', 'x-owner-team', 'x-service-owner']) {
    for (const holder of [root.child('info'), root]) {
      const stated = holder.child(name);
      const text = stated.text ?? stated.child('name').text ?? stated.child('team').text;
      if (text !== null && text.trim() !== '') return text.trim().slice(0, 120);
    }
  }
  return null;
}

/** Webhooks are calls that the API makes, not calls that it takes: counted, and not operations of the inventory. */
function webhooksOf(root: DocumentNode): SourceItem[] {
  return [...root.child('webhooks').members(), ...root.child('x-webhooks').members()]
    .slice(0, 10_000)
    .map((webhook) => ({ kind: 'excluded', line: webhook.place.line, reason: 'webhook' }));
}
