/** A parsed request body against the schema its operation declares for this media type. */
import type { Objection } from '../evidence/decision.ts';
import type { JsonValue } from '../http/exchange.ts';
import type { MultipartPart, ParsedBody, RequestHead } from '../http/request.ts';
import type { CompiledOperation, MediaPlan } from './compile-contract.ts';
import type { FieldEncoding } from './contract.ts';
import { isHarmlessFault } from './harmless-fault.ts';
import { ObjectionList } from './objections.ts';
import { faultsMax } from './schema-compiler.ts';
import { pathOf, type SchemaFault } from './schema-fault.ts';
import { type StrayField, strayFields } from './stray-fields.ts';
import { settle, TextNode, textValue } from './text-value.ts';
import type { ValidationSettings } from './validate-head.ts';

/** A larger body that is wrong in one place is refused for it: to look for all its faults could cost as many objects as it has bytes. */
const thoroughBytesMax = 64 * 1024;

export function validateBody(
  operation: CompiledOperation | null,
  _head: RequestHead,
  body: ParsedBody,
  settings: ValidationSettings,
): Objection[] {
  const list = new ObjectionList('validation');
  if (body.bytes === 0) {
    if (operation?.body?.required === true)
      list.add({ rule: 'body-missing', reason: 'A body is required.', place: 'body', mode: settings.harmlessFaults ?? 'block' });
    return list.all();
  }
  const key = operation === null || operation.body === null ? null : operation.mediaKey(body.mediaType ?? '');
  const media = operation === null || key === null ? null : operation.requestMedia(key);
  const value = judgedValue(operation, key, body, media, list);
  if (value === undefined) return list.all();
  const walk = strayFields(value, media?.shape ?? null, settings.depthMax);
  if (walk.isTooDeep) {
    list.add({ rule: 'body-depth', reason: `The body must be nested at most ${settings.depthMax} levels deep.`, place: 'body' });
    return list.all();
  }
  if (media === null || !body.isWhole) return list.all();
  const fault = media.check.check(value);
  if (fault !== null) judgeFault(fault, value, { media, settings, bytes: body.bytes }, list);
  for (const stray of walk.strays) judgeStray(stray, settings, list);
  return list.all();
}

/** The body as one value; undefined when there is none to judge. */
function judgedValue(
  operation: CompiledOperation | null,
  key: string | null,
  body: ParsedBody,
  media: MediaPlan | null,
  list: ObjectionList,
): JsonValue | undefined {
  if (media !== null && !body.isWhole) {
    list.add({
      rule: 'body-unseen',
      reason: 'The body is longer than what is inspected, and was not validated.',
      place: 'body',
      mode: 'log',
    });
  }
  const { mediaType } = body;
  const isForm = mediaType === 'application/x-www-form-urlencoded' || mediaType === 'multipart/form-data';
  if (media !== null && body.isWhole && body.malformed !== null && (isForm || isJson(mediaType))) {
    list.add({ rule: 'body-malformed', reason: `The body does not read as what it says it is: ${body.malformed}.`, place: 'body' });
    return undefined;
  }
  // Without a schema only the depth is judged, of whatever reads as JSON.
  if (media === null) return body.json;
  if (!body.isWhole) return undefined;
  if (mediaType?.startsWith('text/') === true) return textValue(body.text ?? '', media.shape);
  if (!isForm) return body.kind === 'json' && (mediaType === null || isJson(mediaType) || key === '*/*') ? body.json : undefined;
  return formValue(body, media, operation?.body?.byMediaType[key ?? '']?.encoding ?? {}, list);
}

function isJson(mediaType: string | null): boolean {
  return mediaType !== null && /[/+]json$/.test(mediaType);
}

function formValue(
  body: ParsedBody,
  media: MediaPlan,
  encoding: Readonly<Record<string, FieldEncoding>>,
  list: ObjectionList,
): JsonValue | undefined {
  const root = new TextNode();
  for (const field of body.form ?? []) root.put(field.name, field.value);
  for (const part of body.parts ?? []) if (part.name !== null) root.put(part.name, partText(part));
  const value = Object.create(null) as Record<string, JsonValue>;
  for (const [name, node] of root.members) {
    const shape = media.shape.field(name) ?? media.shape.rest;
    const settled = settle(node, shape, encoding[name] ?? null);
    // A blank input of a form means that nothing was given.
    const isBlank = settled.value === '' && shape.types !== null && !shape.types.has('string');
    if (!isBlank) value[name] = settled.value;
    if (settled.hasDuplicate) {
      const place = `body.${pathOf(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)}`;
      list.add({ rule: 'body-duplicate', reason: `The field at ${place} was sent more than once.`, place });
    }
  }
  return value;
}

/** Parts that are files stand for their presence: what is in them is not for a schema of the form. */
function partText(part: MultipartPart): string {
  if (part.fileName !== null) return '';
  if (!/[\x80-\xff]/.test(part.text)) return part.text;
  try {
    // One character is one byte here; what reads as UTF-8 was meant so.
    return decodeURIComponent(part.text.replace(/[%\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`));
  } catch {
    return part.text;
  }
}

/** A harmless fault in front must not hide one behind it: then all are looked for. */
function judgeFault(
  first: SchemaFault,
  value: JsonValue,
  { media, settings, bytes }: { readonly media: MediaPlan; readonly settings: ValidationSettings; readonly bytes: number },
  list: ObjectionList,
): void {
  const { harmlessFaults = 'block' } = settings;
  if (harmlessFaults === 'block' || !isHarmlessFault(first, value)) {
    list.add(faultParts(first));
    return;
  }
  const faults = bytes <= thoroughBytesMax ? media.check.checkAll(value) : [];
  if (faults.length === 0 || faults.length >= faultsMax) list.add(faultParts(first));
  const harmful = faults.filter((fault) => !isHarmlessFault(fault, value));
  for (const fault of harmful) list.add(faultParts(fault));
  for (const fault of faults) if (!harmful.includes(fault)) list.add({ ...faultParts(fault), mode: harmlessFaults });
}

function faultParts(fault: SchemaFault) {
  const path = pathOf(fault.pointer);
  if (fault.keyword === 'complexity') {
    return { rule: 'body-complexity', reason: 'The body cannot be checked in bounded time.', place: 'body' };
  }
  if (fault.field !== null) {
    const reason = `The body lacks the required field ${fault.field.slice(0, 80)} at ${path}.`;
    return { rule: 'body-required', reason, place: `body.${path}` };
  }
  return { rule: 'body-field', reason: `The body at ${path} must be ${fault.expected}.`, place: `body.${path}` };
}

function judgeStray({ path, why }: StrayField, settings: ValidationSettings, list: ObjectionList): void {
  const place = `body.${path}`;
  if (why === 'refused') list.add({ rule: 'body-closed', reason: `The body must not have the field ${path}.`, place });
  else if (why === 'undeclared') {
    list.add({ rule: 'body-unknown', reason: `The body field ${path} is not declared.`, place, mode: settings.unknownFields });
  } else if (why === 'read-only') {
    list.add({ rule: 'body-read-only', reason: `The body field ${path} is declared read-only.`, place, mode: settings.unknownFields });
  }
}
