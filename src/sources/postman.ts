/** Postman collections 2.0 and 2.1: requests in folders as declared operations, with inherited authorisation and examples. */
import { createHash } from 'node:crypto';
import {
  type DeclaredApi,
  type DeclaredField,
  type DeclaredOperation,
  type DeclaredParameter,
  declaredFieldsMax,
  type SecurityAlternative,
} from '../engine/evidence/declaration.ts';
import type { JsonValue } from '../engine/http/exchange.ts';
import { jsonFields } from '../engine/http/json-fields.ts';
import { DocumentNode } from './document-node.ts';
import { counted, FindingList, type FindingRule } from './finding-list.ts';
import { openapiRules } from './openapi-rules.ts';
import { postmanAddress } from './postman-address.ts';
import { serviceName } from './service-name.ts';
import type { Input, ReadOptions, SourceFormat, SourceItem } from './source.ts';
import { readStructured, readWholeText } from './structured-document.ts';

export const postman: SourceFormat = {
  id: 'postman-2.1',
  title: 'Postman collection 2.1',
  kind: 'declaration',
  detect: (head, name) =>
    /schema\.(?:get)?postman\.com\/json\/collection\/v2/.test(head) ? 1 : /postman_collection\.json(?:\.gz)?$/i.test(name) ? 0.9 : 0,
  read,
};

/** Folders inside folders, and requests of one collection. */
const depthMax = 30;
const requestsMax = 50_000;

const secretKept: FindingRule = {
  rule: 'spec.secret-in-collection',
  severity: 'high',
  title: 'Credentials stand in a shared collection',
  fix: 'Replace each by a variable that is kept out of the export, and replace the credential itself.',
  controls: ['TEC-24', 'TEC-16'],
};

async function* read(input: Input, options: ReadOptions): AsyncGenerator<readonly SourceItem[]> {
  const text = await readWholeText(input);
  const file = { name: input.name, document: readStructured(text) };
  const top = DocumentNode.root(file);
  // An export through the API wraps the collection once more.
  const root = top.child('collection').isMap ? top.child('collection') : top;
  const title = root.at('info', 'name').text?.trim() ?? '';
  const service = options.service ?? serviceName(title, input.name);
  const collection = new Collection(root, new FindingList(service));
  for (const problem of file.document.problems)
    collection.findings.add(openapiRules.syntax, {
      detail: (count) => `${counted(count, 'error')} in the text; the first: ${problem.message}`,
      place: { file: input.name, line: problem.line, operation: null },
    });
  collection.readItems(root, { folders: [], security: securityOf(root, collection) ?? null });
  const api: DeclaredApi = {
    format: 'postman-2.1',
    place: { file: input.name, line: 1 },
    digest: createHash('sha256').update(text).digest('hex'),
    service,
    title: title === '' ? service : title,
    version: root.at('info', 'version').text,
    hosts: [...collection.hosts].slice(0, 200),
    basePaths: [],
    owner: null,
    docsUrl: null,
    operations: collection.operations(),
    findings: collection.findings.findings(),
  };
  yield [{ kind: 'declared-api', api }, ...collection.excluded.slice(0, 999)];
}

interface Folder {
  readonly folders: readonly string[];
  readonly security: readonly SecurityAlternative[] | null;
}

class Collection {
  readonly findings: FindingList;
  readonly hosts = new Set<string>();
  readonly excluded: SourceItem[] = [];
  readonly variables: ReadonlyMap<string, string>;
  readonly #operations = new Map<string, DeclaredOperation>();
  #requests = 0;

  constructor(root: DocumentNode, findings: FindingList) {
    this.findings = findings;
    this.variables = new Map(
      root
        .child('variable')
        .items()
        .flatMap((variable) => {
          const [name, value] = [variable.child('key').text ?? variable.child('id').text, variable.child('value').text];
          return name === null || value === null ? [] : [[name, value] as const];
        }),
    );
  }

  operations(): DeclaredOperation[] {
    return [...this.#operations.values()];
  }

  readItems(owner: DocumentNode, folder: Folder): void {
    for (const item of owner.child('item').items()) {
      const own = securityOf(item, this);
      const security = own === undefined ? folder.security : own;
      if (item.child('item').isList) {
        const name = item.child('name').text;
        if (folder.folders.length < depthMax)
          this.readItems(item, { security, folders: name === null ? folder.folders : [...folder.folders, name.slice(0, 100)] });
      } else if (item.has('request') && this.#requests++ < requestsMax) this.#request(item, { ...folder, security });
    }
  }

  #request(item: DocumentNode, folder: Folder): void {
    const request = item.child('request');
    const address = postmanAddress(request.isMap ? request.child('url') : request, this.variables);
    if (address === null) {
      this.excluded.push({ kind: 'excluded', line: item.place.line, reason: 'request without address' });
      return;
    }
    if (address.host !== null) this.hosts.add(address.host);
    const method = request.child('method').text?.toUpperCase() ?? 'GET';
    const own = securityOf(request, this);
    const isGraphql = request.at('body', 'mode').text === 'graphql';
    const examples = item.child('response').items();
    this.#add({
      method,
      template: address.template,
      kind: isGraphql || /\/graphql\/?$/i.test(address.template) ? 'graphql' : 'rest',
      operationId: null,
      summary: item.child('name').text?.slice(0, 200) ?? null,
      tags: folder.folders,
      deprecated: false,
      sunset: null,
      security: own === undefined ? folder.security : own,
      parameters: [...address.parameters, ...headerParameters(request)],
      requestFields: requestFields(request.child('body')),
      responseFields: examples.flatMap((example) => fieldsOfText(example.child('body').text)),
      statuses: [...new Set(examples.flatMap((example) => example.child('code').text ?? []))],
      limit: null,
      bodyBytesMax: null,
      tlsRequired: address.scheme === null ? null : address.scheme === 'https',
      docsUrl: null,
      place: item.place,
    });
  }

  /** Several requests of one operation are its examples: what they show adds up. */
  #add(operation: DeclaredOperation): void {
    const key = `${operation.method} ${operation.template.replace(/\{[^}]*\}/g, '{}')}`;
    const known = this.#operations.get(key);
    if (known === undefined) {
      this.#operations.set(key, { ...operation, responseFields: merged(operation.responseFields, []) });
      return;
    }
    this.#operations.set(key, {
      ...known,
      parameters: [
        ...known.parameters,
        ...operation.parameters.filter((one) => !known.parameters.some((other) => other.in === one.in && other.name === one.name)),
      ],
      requestFields: merged(known.requestFields, operation.requestFields),
      responseFields: merged(known.responseFields, operation.responseFields),
      statuses: [...new Set([...known.statuses, ...operation.statuses])],
    });
  }

  /** Says that a credential stands there, never which. */
  secretAt(node: DocumentNode): void {
    this.findings.add(secretKept, {
      detail: (count) => `${counted(count, 'credential')} ${count === 1 ? 'stands' : 'stand'} in the collection as written out text.`,
      place: { ...node.place, operation: null },
    });
  }
}

const kinds: Readonly<Record<string, string>> = {
  bearer: 'bearer',
  basic: 'basic',
  digest: 'digest',
  oauth2: 'oauth2',
  oauth1: 'signature',
  hawk: 'signature',
  awsv4: 'signature',
  edgegrid: 'signature',
  ntlm: 'other',
  jwt: 'jwt',
  asap: 'jwt',
};

/** undefined = inherits; null = the collection says nothing; [] = `noauth`; else what it sends. */
function securityOf(owner: DocumentNode, collection: Collection): readonly SecurityAlternative[] | null | undefined {
  const auth = owner.child('auth');
  const type = auth.child('type').text;
  if (!auth.isMap || type === null) return undefined;
  if (type === 'noauth') return [];
  const members = auth.child(type);
  const value = (name: string): DocumentNode | undefined => {
    const listed = members.items().find((member) => member.child('key').text === name);
    return listed?.child('value') ?? (members.isMap ? members.child(name) : undefined);
  };
  for (const name of ['token', 'password', 'value', 'secret', 'accessToken', 'clientSecret', 'secretKey', 'authKey']) {
    const node = value(name);
    if (node?.text !== null && node?.text !== undefined && node.text.length >= 8 && !node.text.includes('{{')) collection.secretAt(node);
  }
  const kind = type === 'apikey' ? `api-key-${value('in')?.text ?? 'header'}` : (kinds[type] ?? 'unknown');
  return [{ schemes: [{ name: type, kind, scopes: [] }] }];
}

const credentialHeader = /^(?:authorization|cookie|content-type|accept|user-agent|content-length|host)$/i;

function headerParameters(request: DocumentNode): DeclaredParameter[] {
  return request
    .child('header')
    .items()
    .flatMap((header) => {
      const name = header.child('key').text;
      if (name === null || name === '' || credentialHeader.test(name) || header.get('disabled') === true) return [];
      return [{ in: 'header' as const, name, required: false, type: 'string', format: null }];
    });
}

function requestFields(body: DocumentNode): DeclaredField[] {
  const mode = body.child('mode').text;
  if (mode === 'raw') return fieldsOfText(body.child('raw').text);
  if (mode !== 'urlencoded' && mode !== 'formdata') return [];
  return body
    .child(mode)
    .items()
    .flatMap((part) => {
      const name = part.child('key').text;
      return name === null || name === ''
        ? []
        : [{ path: `$.${name}`, type: part.child('type').text === 'file' ? 'file' : 'string', required: false, dataClass: null }];
    });
}

/** Fields of an example body; variables stand where values would, also without quotes. Text that is no JSON has none. */
function fieldsOfText(text: string | null): DeclaredField[] {
  if (text === null || !/^\s*[[{]/.test(text)) return [];
  for (const candidate of [text, text.replace(/(?<!["\w])\{\{[^{}]*\}\}(?!["\w])/g, 'null')]) {
    try {
      return jsonFields(JSON.parse(candidate) as JsonValue).map(({ path, type }) => ({ path, type, required: false, dataClass: null }));
    } catch {
      // Not JSON as it stands; the next candidate has its variables filled.
    }
  }
  return [];
}

/** Fields of one operation's examples. */
function merged(one: readonly DeclaredField[], other: readonly DeclaredField[]): DeclaredField[] {
  const byPath = new Map<string, DeclaredField>();
  for (const field of [...one, ...other]) if (!byPath.has(field.path) && byPath.size < declaredFieldsMax) byPath.set(field.path, field);
  return [...byPath.values()];
}
