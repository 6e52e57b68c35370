/** A request's path, query, headers and cookies against the operation it calls: what can be said before the body is read. */
import type { Mode, Objection } from '../evidence/decision.ts';
import { header } from '../http/headers.ts';
import { maskKey } from '../http/json-fields.ts';
import type { RequestHead } from '../http/request.ts';
import type { ValidationPolicy } from '../policy/policy.ts';
import type { CompiledOperation, ParameterPlan } from './compile-contract.ts';
import { isPlainText, isPlainValue, isSameFamily } from './harmless-fault.ts';
import { faultWords, ObjectionList } from './objections.ts';
import { parameterValue } from './parameter-value.ts';
import { type QueryField, readCookies, readQuery } from './query-text.ts';
import { steps, TextNode } from './text-value.ts';

/** What routing found out about the request. */
export interface RouteFacts {
  /** Percent-decoded path parameters by declared name. */
  readonly params: Readonly<Record<string, string>>;
  /** The specification that covers host and path; null = none does, and nothing is undeclared. */
  readonly contract: object | null;
  /** Template declared for other methods only; null = none. */
  readonly otherMethodTemplate: string | null;
  readonly path?: { readonly malformed: boolean };
}

export type ValidationSettings = Pick<
  ValidationPolicy,
  'undeclared' | 'unknownFields' | 'unknownParameters' | 'harmlessFaults' | 'depthMax'
>;

/** More pairs in one query are refused: each costs a look-up, and no interface asks for so many. */
export const queryFieldsMax = 1000;

export function validateHead(
  operation: CompiledOperation | null,
  head: RequestHead,
  route: RouteFacts,
  settings: ValidationSettings,
): Objection[] {
  const list = new ObjectionList('validation');
  if (operation === null) {
    judgeUndeclared(head, route, settings, list);
    return list.all();
  }
  if (route.path?.malformed === true) {
    list.add({ rule: 'path-encoding', reason: 'The path is not spelled as a path of this interface can be.', place: 'path' });
  }
  const plan = operation.head;
  for (const parameter of plan.path) {
    const text = route.params[parameter.declared.name];
    if (text !== undefined) judgeTexts(parameter, [text], settings, list);
  }
  judgeQuery(operation, head.query, settings, list);
  for (const parameter of plan.headers) {
    const texts = head.headers.flatMap(({ name, value }) => (name === parameter.declared.name ? [value] : []));
    judgeTexts(parameter, texts, settings, list);
  }
  if (plan.cookies.length > 0) {
    const cookies = readCookies(head.headers);
    for (const parameter of plan.cookies) judgeTexts(parameter, cookies.get(parameter.declared.name) ?? [], settings, list);
  }
  judgeBodyHead(operation, head, settings, list);
  return list.all();
}

function judgeUndeclared(head: RequestHead, route: RouteFacts, settings: ValidationSettings, list: ObjectionList): void {
  // A browser asks with OPTIONS before it calls; specifications leave that to the server.
  if (route.contract === null || head.method === 'OPTIONS') return;
  if (route.otherMethodTemplate !== null) {
    const reason = `The method is not declared for ${route.otherMethodTemplate}.`;
    list.add({ rule: 'method', reason, place: 'method', status: 405, mode: settings.undeclared });
    return;
  }
  list.add({
    rule: 'undeclared-operation',
    reason: 'No operation is declared for this path.',
    place: 'path',
    status: 404,
    mode: settings.undeclared,
  });
}

function judgeQuery(operation: CompiledOperation, query: string | null, settings: ValidationSettings, list: ObjectionList): void {
  const { query: plans, exploded } = operation.head;
  if (query === null || query === '') {
    for (const plan of plans.values()) judgeTexts(plan, [], settings, list);
    return;
  }
  const read = readQuery(query, queryFieldsMax);
  if (read.isCut) list.add({ rule: 'query-many', reason: `The query has more than ${queryFieldsMax} parameters.`, place: 'query' });
  if (read.isMalformed)
    list.add({ rule: 'query-encoding', reason: 'The query is not UTF-8 in percent-encoding.', place: 'query', mode: 'log' });
  const gathered = new Map<ParameterPlan, { readonly node: TextNode; readonly raw: string[] }>();
  const under = (plan: ParameterPlan) => {
    const known = gathered.get(plan) ?? { node: new TextNode(), raw: [] };
    gathered.set(plan, known);
    return known;
  };
  for (const field of read.fields) {
    const own = plans.get(field.name);
    if (own !== undefined) {
      const { node, raw } = under(own);
      node.texts.push(field.value);
      raw.push(field.raw);
      continue;
    }
    const path = steps(field.name);
    const above = path.length > 1 ? plans.get(path[0] ?? '') : undefined;
    if (above !== undefined && above.shape.types !== null && (above.shape.types.has('object') || above.shape.types.has('array'))) {
      under(above).node.put(path.length === 2 ? (path[1] ?? '') : `${path[1]}[${path.slice(2).join('][')}]`, field.value);
      continue;
    }
    const within = exploded.find(({ shape }) => shape.field(path[0] ?? '') !== null || shape.others === 'open');
    if (within !== undefined) under(within).node.put(field.name, field.value);
    else judgeUnknown(operation, field, settings, list);
  }
  for (const plan of plans.values()) {
    const found = gathered.get(plan);
    if (found === undefined) judgeTexts(plan, [], settings, list);
    else if (found.node.members.size > 0) judgeNode(plan, found.node, settings, list);
    else judgeTexts(plan, found.node.texts, settings, list, found.raw);
  }
}

function judgeUnknown(operation: CompiledOperation, field: QueryField, settings: ValidationSettings, list: ObjectionList): void {
  if (settings.unknownParameters === 'off' || operation.contract.credentialQuery.has(field.name)) return;
  const name = maskKey(field.name.slice(0, 100));
  list.add({
    rule: 'query-unknown',
    reason: `The query parameter ${name} is not declared.`,
    place: `query.${name}`,
    mode: settings.unknownParameters,
  });
}

/** @param raw the same texts still percent-encoded, so that a delimiter that was encoded is none */
function judgeTexts(
  plan: ParameterPlan,
  texts: readonly string[],
  settings: ValidationSettings,
  list: ObjectionList,
  raw: readonly string[] = texts,
): void {
  const { declared, place } = plan;
  if (texts.length === 0) {
    if (declared.required && declared.in !== 'path') {
      list.add({ rule: `${declared.in}-missing`, reason: `The ${named(plan)} is required.`, place, mode: harmless(settings) });
    }
    return;
  }
  const read = parameterValue(plan, texts, raw);
  if (read.hasDuplicate) {
    list.add({ rule: `${declared.in}-duplicate`, reason: `The ${named(plan)} was sent more than once.`, place });
    return;
  }
  let first = null;
  for (const value of read.values) {
    const fault = plan.check.check(value);
    if (fault === null) return;
    first ??= fault;
  }
  // An empty field of a form that was left blank means that nothing was given.
  if (first === null || (!declared.required && texts.length === 1 && texts[0] === '')) return;
  const mode = texts.every(isPlainText) ? harmless(settings) : 'block';
  list.add({ rule: `${declared.in}-type`, reason: `The ${named(plan)} ${faultWords(first)}.`, place, mode });
}

function judgeNode(plan: ParameterPlan, node: TextNode, settings: ValidationSettings, list: ObjectionList): void {
  const read = parameterValue(plan, node, []);
  if (read.hasDuplicate) {
    list.add({ rule: 'query-duplicate', reason: `A field of the ${named(plan)} was sent more than once.`, place: plan.place });
    return;
  }
  const value = read.values[0] ?? null;
  const fault = plan.check.check(value);
  if (fault === null) return;
  // Brackets where none are declared are how operators come into queries.
  const isDeclared = plan.shape.types?.has('object') === true || plan.declared.style === 'deepObject';
  const mode = isDeclared && isPlainValue(value) ? harmless(settings) : 'block';
  list.add({ rule: 'query-type', reason: `The ${named(plan)} ${faultWords(fault)}.`, place: plan.place, mode });
}

function harmless(settings: ValidationSettings): Mode {
  return settings.harmlessFaults ?? 'block';
}

function named({ declared }: ParameterPlan): string {
  const place = declared.in === 'cookie' || declared.in === 'header' ? declared.in : `${declared.in} parameter`;
  return `${place} ${declared.name.slice(0, 80)}`;
}

/** What the head alone tells of the body: whether one comes, what it says it is, how long it says it is. */
function judgeBodyHead(operation: CompiledOperation, head: RequestHead, settings: ValidationSettings, list: ObjectionList): void {
  const length = header(head.headers, 'content-length');
  const comes = (length !== null && length !== '0') || header(head.headers, 'transfer-encoding') !== null;
  // In HTTP/2 a body may follow without a word about it; then `validateBody` judges.
  if (!comes && head.httpVersion === '2' && length === null) return;
  const { body } = operation;
  if (!comes) {
    if (body?.required === true && operation.method !== 'GET' && operation.method !== 'HEAD') {
      list.add({ rule: 'body-missing', reason: 'A body is required.', place: 'body', mode: harmless(settings) });
    }
    return;
  }
  if (body === null) {
    list.add({ rule: 'body-unexpected', reason: 'No body is declared for this operation.', place: 'body', mode: settings.unknownFields });
    return;
  }
  judgeMediaType(operation, header(head.headers, 'content-type'), settings, list);
  const bytes = length === null ? Number.NaN : Number(length);
  if (operation.bodyBytesMax !== null && bytes > operation.bodyBytesMax) {
    list.add({ rule: 'body-size', reason: `The body must be at most ${operation.bodyBytesMax} bytes long.`, place: 'body', status: 413 });
  }
}

function judgeMediaType(operation: CompiledOperation, contentType: string | null, settings: ValidationSettings, list: ObjectionList): void {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (operation.mediaKey(mediaType) !== null) return;
  const declared = Object.keys(operation.body?.byMediaType ?? {});
  const expected = declared.slice(0, 5).join(', ');
  const mode = isSameFamily(mediaType, declared) ? harmless(settings) : 'block';
  list.add({ rule: 'media-type', reason: `The content type must be ${expected}.`, place: 'header.content-type', status: 415, mode });
}
