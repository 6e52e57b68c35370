/** An answer against what its operation declares, its fields masked, and what an error shows of the inside. */
import type { Objection } from '../evidence/decision.ts';
import { type HeaderList, header } from '../http/headers.ts';
import { parseBody } from '../http/parsed-body.ts';
import type { ParsedBody } from '../http/request.ts';
import type { ValidationPolicy } from '../policy/policy.ts';
import { answerLeaks, bannerHeader } from './answer-leak.ts';
import type { CompiledOperation, MediaPlan } from './compile-contract.ts';
import type { ResponseContract } from './contract.ts';
import { compileMasks, type MaskNode, maskResponse } from './mask-response.ts';
import { ObjectionList } from './objections.ts';
import { pathOf } from './schema-fault.ts';
import { strayFields } from './stray-fields.ts';

export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  /** After transfer and content decoding. */
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

export type AnswerSettings = Pick<ValidationPolicy, 'unknownFields' | 'depthMax' | 'maskFields' | 'responseShare'>;

export interface JudgedAnswer {
  /** Replacement with masked fields; null = as it is. */
  readonly bytes: Uint8Array | null;
  readonly objections: readonly Objection[];
}

const compiledMasks = new WeakMap<readonly string[], MaskNode>();

/**
 * Masks, then validates. Objections are of mode `log` while answers are only sampled: refusing one answer in a hundred
 * would be chance, not protection. When all are seen (`responseShare` 1) those that break the schema may block, with 502.
 */
export function judgeAnswer(operation: CompiledOperation | null, answer: Answer, settings: AnswerSettings): JudgedAnswer {
  const list = new ObjectionList('response');
  const body = parseBody(answer.headers, { bytes: answer.bytes, isWhole: answer.isWhole });
  const bytes = settings.maskFields.length === 0 ? null : masked(answer, body, settings.maskFields, list);
  if (operation !== null) judgeContract(operation, answer, body, settings, list);
  if (answer.status >= 400) judgeLeaks(answer, body, list);
  return { bytes, objections: list.all() };
}

function masked(answer: Answer, body: ParsedBody, fields: readonly string[], list: ObjectionList): Uint8Array | null {
  if (answer.bytes.length === 0) return null;
  if (body.json === undefined) {
    if (body.kind !== 'json' && body.malformed === null) return null;
    list.add({
      rule: 'mask-unread',
      reason: 'The answer does not read as JSON, and no field of it was masked.',
      place: 'body',
      mode: 'log',
    });
    return null;
  }
  if (!answer.isWhole) {
    list.add({
      rule: 'mask-partial',
      reason: 'The answer is longer than what is held; fields beyond that were not masked.',
      place: 'body',
      mode: 'log',
    });
  }
  let masks = compiledMasks.get(fields);
  if (masks === undefined) {
    masks = compileMasks(fields);
    compiledMasks.set(fields, masks);
  }
  return maskResponse(answer.bytes, masks).bytes;
}

function judgeContract(
  operation: CompiledOperation,
  answer: Answer,
  body: ParsedBody,
  settings: AnswerSettings,
  list: ObjectionList,
): void {
  const { status } = answer;
  const mode = settings.responseShare >= 1 ? 'block' : 'log';
  const declared = operation.response(status);
  if (declared === null) {
    // What a proxy or a framework answers by itself is rarely written down.
    const isOwn = status < 500 && status !== 304 && status !== 401 && status !== 403 && status !== 404 && status !== 429;
    if (isOwn && Object.keys(operation.responses).length > 0) {
      list.add({ rule: 'status-undeclared', reason: `The status ${status} is not declared.`, place: 'status', status: 502, mode: 'log' });
    }
    return;
  }
  for (const { name, required } of declared.headers) {
    if (required && header(answer.headers, name) === null) {
      list.add({
        rule: 'header-missing',
        reason: `The answer lacks the declared header ${name}.`,
        place: `header.${name}`,
        status: 502,
        mode: 'log',
      });
    }
  }
  if (answer.bytes.length > 0 && Object.keys(declared.byMediaType).length > 0)
    judgeMedia(operation, declared, body, { settings, mode }, list);
}

function judgeMedia(
  operation: CompiledOperation,
  declared: ResponseContract,
  body: ParsedBody,
  { settings, mode }: { readonly settings: AnswerSettings; readonly mode: 'log' | 'block' },
  list: ObjectionList,
): void {
  const media = operation.responseMedia(declared, body.mediaType ?? '');
  if (media === null) {
    const expected = Object.keys(declared.byMediaType).slice(0, 5).join(', ');
    list.add({
      rule: 'media-type',
      reason: `The content type of the answer must be ${expected}.`,
      place: 'header.content-type',
      status: 502,
      mode: 'log',
    });
    return;
  }
  const isJson = body.mediaType !== null && /[/+]json$/.test(body.mediaType);
  if (isJson && body.isWhole && body.malformed !== null) {
    list.add({
      rule: 'malformed',
      reason: `The answer does not read as JSON: ${body.malformed}.`,
      place: 'body',
      status: 502,
      mode: 'log',
    });
    return;
  }
  if (body.json !== undefined && body.isWhole) judgeJson(media, body.json, { settings, mode }, list);
}

function judgeJson(
  media: MediaPlan,
  json: NonNullable<ParsedBody['json']> | null,
  { settings, mode }: { readonly settings: AnswerSettings; readonly mode: 'log' | 'block' },
  list: ObjectionList,
): void {
  const walk = strayFields(json, media.shape, settings.depthMax);
  if (walk.isTooDeep) {
    list.add({
      rule: 'depth',
      reason: `The answer is nested deeper than ${settings.depthMax} levels.`,
      place: 'body',
      status: 502,
      mode: 'log',
    });
    return;
  }
  for (const { path, why } of walk.strays) {
    const place = `body.${path}`;
    if (why === 'refused')
      list.add({ rule: 'field-closed', reason: `The answer must not have the field ${path}.`, place, status: 502, mode });
    else if (why === 'write-only')
      list.add({ rule: 'write-only', reason: `The answer shows ${path}, which is declared write-only.`, place, status: 502, mode });
    else if (why === 'undeclared') {
      const undeclared = mode === 'block' ? settings.unknownFields : settings.unknownFields === 'off' ? 'off' : 'log';
      list.add({
        rule: 'field-undeclared',
        reason: `The answer shows ${path}, which is not declared.`,
        place,
        status: 502,
        mode: undeclared,
      });
    }
  }
  const fault = media.check.check(json);
  if (fault === null) return;
  const path = pathOf(fault.pointer);
  const reason =
    fault.field === null
      ? `The answer at ${path} must be ${fault.expected}.`
      : `The answer lacks the required field ${fault.field.slice(0, 80)} at ${path}.`;
  // Services often leave out what they declare; only what is there and wrong may be refused.
  const strength = fault.field === null && fault.keyword !== 'complexity' ? mode : 'log';
  list.add({ rule: fault.field === null ? 'field' : 'field-missing', reason, place: `body.${path}`, status: 502, mode: strength });
}

function judgeLeaks(answer: Answer, body: ParsedBody, list: ObjectionList): void {
  for (const { kind, what } of body.text === null ? [] : answerLeaks(body.text)) {
    list.add({ rule: kind, reason: `The error answer shows ${what}.`, place: 'body', status: 502, mode: 'log' });
  }
  const banner = bannerHeader(answer.headers);
  if (banner !== null) {
    list.add({
      rule: 'version-banner',
      reason: `The answer names software and version in ${banner}.`,
      place: `header.${banner}`,
      status: 502,
      mode: 'log',
    });
  }
}
