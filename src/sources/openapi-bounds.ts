/** Ceilings that a document leaves open: lists without a page size, text and lists in requests without a largest size (OWASP API4). */
import type { DocumentNode } from './document-node.ts';
import { counted, type FindingList } from './finding-list.ts';
import { typeOf } from './openapi-fields.ts';
import { type OpenapiContext, operationPlace, type ReadOperation } from './openapi-operations.ts';
import { openapiRules } from './openapi-rules.ts';

const pageParameter =
  /^(?:\$?top|\$?skip|limit|per_?page|page(?:_?size|_?limit|_?number|\[.*\])?|size|max_?(?:results|items|keys|entries)?|count|first|last|take|rows|offset|start|cursor|after|before|num(?:ber)?_?(?:of)?_?(?:results|items)?|.*(?:_|-)(?:limit|size|cursor|token)|.*(?:PageSize|Limit|PageToken|Cursor))$/i;
const listMembers: ReadonlySet<string> = new Set([
  'data',
  'items',
  'results',
  'values',
  'entries',
  'records',
  'rows',
  'list',
  'content',
  'elements',
]);
/** Schemas visited below one request body. */
const visitsMax = 3000;

export function lintBounds(context: OpenapiContext, operations: readonly ReadOperation[], findings: FindingList): void {
  const seen = new Set<unknown>();
  for (const operation of operations) {
    lintAnswerList(context, operation, findings);
    const body = operation.requestSchemas[0];
    if (body !== undefined) lintRequest(context, { operation, body, seen }, findings);
  }
}

function lintAnswerList(context: OpenapiContext, operation: ReadOperation, findings: FindingList): void {
  const { method, parameters } = operation.declared;
  if (method !== 'GET' || parameters.some(({ in: place, name }) => place === 'query' && pageParameter.test(name))) return;
  const schema = operation.responseSchemas[0];
  if (schema === undefined || !isUnboundedList(context, schema, operation.declared.template.endsWith('}'))) return;
  findings.add(openapiRules.listUnbounded, {
    detail: (count) =>
      `${counted(count, 'operation', { one: 'answers', many: 'answer' })} a list, and no parameter and no \`maxItems\` bounds it.`,
    place: operationPlace(operation),
  });
}

/** A list, or an object whose business is to hold one. */
function isUnboundedList(context: OpenapiContext, schema: DocumentNode, isOne: boolean): boolean {
  const target = context.files.resolve(schema).node;
  if (target === null) return false;
  if (isOpenArray(context, target)) return true;
  // One thing by its id may well hold a list (an order its items); that is not a list of things.
  if (isOne) return false;
  const members = target.child('properties').members();
  return members.some((member) => {
    const node = listMembers.has(member.key) ? context.files.resolve(member).node : null;
    return node !== null && isOpenArray(context, node);
  });
}

function isOpenArray(context: OpenapiContext, node: DocumentNode): boolean {
  return typeOf(node, context.files).split('|').includes('array') && !node.has('maxItems');
}

interface Request {
  readonly operation: ReadOperation;
  readonly body: DocumentNode;
  /** Schemas judged already, for this or another operation. */
  readonly seen: Set<unknown>;
}

function lintRequest(context: OpenapiContext, { operation, body, seen }: Request, findings: FindingList): void {
  const queue = [body];
  for (let at = 0; at < queue.length && at < visitsMax; at++) {
    const node = queue[at] === undefined ? null : context.files.resolve(queue[at] as DocumentNode).node;
    if (node === null || !node.isMap || seen.has(node.value) || node.child('readOnly').value === true) continue;
    seen.add(node.value);
    const types = node.child('type').texts();
    const place = operationPlace(operation, node);
    if (types.includes('string') && !isBoundedText(node)) {
      findings.add(openapiRules.textUnbounded, {
        detail: (count) => `${counted(count, 'text')} in request bodies may be of any length.`,
        place,
      });
    }
    if ((types.includes('array') || node.has('items')) && !node.has('maxItems')) {
      findings.add(openapiRules.inputListUnbounded, {
        detail: (count) => `${counted(count, 'list')} in request bodies may be of any size.`,
        place,
      });
    }
    queue.push(...node.child('properties').members(), ...['allOf', 'oneOf', 'anyOf'].flatMap((word) => node.child(word).items()));
    for (const word of ['items', 'additionalProperties']) if (node.child(word).isMap) queue.push(node.child(word));
  }
}

/** Formats whose values have a natural length. */
const boundedFormats: ReadonlySet<string> = new Set([
  'date',
  'date-time',
  'time',
  'duration',
  'uuid',
  'ipv4',
  'ipv6',
  'email',
  'hostname',
  'binary',
]);

function isBoundedText(node: DocumentNode): boolean {
  return ['maxLength', 'enum', 'const', 'pattern'].some((word) => node.has(word)) || boundedFormats.has(node.child('format').text ?? '');
}
