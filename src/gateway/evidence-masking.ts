/**
 * The last look at a decision before it leaves a worker. Names of parameters and fields are the caller's words too: one
 * that does not read like vocabulary of an API is masked, in the place and wherever the reason repeats it.
 */
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import { maskKey } from '../engine/http/json-fields.ts';

const METHOD_CHARS_MAX = 24;
const HOST_CHARS_MAX = 255;
const TEMPLATE_CHARS_MAX = 500;
const REASON_CHARS_MAX = 400;
const ALSO_RULES_MAX = 10;
const MASKED = '{key}';

export function maskedDecision(record: DecisionRecord): DecisionRecord {
  const { place } = record;
  const dot = place === null ? -1 : place.indexOf('.');
  const name = place === null || dot < 0 ? '' : place.slice(dot + 1);
  const masked = maskedName(name);
  const reason = masked === name ? record.reason : record.reason.replaceAll(name, masked);
  const isShort =
    reason.length <= REASON_CHARS_MAX &&
    record.alsoRules.length <= ALSO_RULES_MAX &&
    record.template.length <= TEMPLATE_CHARS_MAX &&
    record.method.length <= METHOD_CHARS_MAX &&
    (record.host?.length ?? 0) <= HOST_CHARS_MAX;
  if (masked === name && isShort) return record;
  return {
    ...record,
    reason: reason.slice(0, REASON_CHARS_MAX),
    place: name === '' ? place : `${place?.slice(0, dot)}.${masked}`,
    alsoRules: record.alsoRules.slice(0, ALSO_RULES_MAX),
    template: record.template.slice(0, TEMPLATE_CHARS_MAX),
    method: record.method.slice(0, METHOD_CHARS_MAX),
    host: record.host?.slice(0, HOST_CHARS_MAX) ?? null,
  };
}

/** `q`, `filter[status]`, `$.items[].note`, `3`; anything that may be data becomes `{key}`. */
function maskedName(name: string): string {
  if (name === '' || /^\d{1,2}$/.test(name)) return name;
  if (!name.startsWith('$')) return maskKey(withoutIndexes(name).replaceAll('[', '.').replaceAll(']', '')) === MASKED ? MASKED : name;
  const steps = withoutIndexes(name)
    .split('.')
    .filter((step) => step !== '$' && step !== '');
  // A key may hold a point itself, so that half a value could look harmless: one odd step masks the whole path.
  return steps.every((step) => maskKey(step) !== MASKED) ? name : `$.${MASKED}`;
}

function withoutIndexes(name: string): string {
  return name.replace(/\[(?:\d{1,6}|\*)?\]/g, '');
}
