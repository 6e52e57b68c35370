/**
 * What a refused caller is told: problem details (RFC 9457) with an incident number that both sides can speak of. It names
 * what the caller can mend (a field, a wait, a missing scope), and never which pattern matched.
 */
import { retryAfterSeconds } from '../engine/decide.ts';
import type { Objection, Section } from '../engine/evidence/decision.ts';
import type { Refusal } from './decider.ts';

const titles: Readonly<Record<Section, string>> = {
  protocol: 'The request is not well-formed HTTP',
  list: 'This caller is not served',
  authentication: 'Authentication is needed',
  authorization: 'This is not allowed',
  limits: 'Too many requests',
  validation: 'The request does not fit this API',
  attacks: 'The request was refused',
  behaviour: 'Too many requests of this kind',
  overload: 'The service is busy',
  rules: 'The request was refused',
  response: 'The answer was withheld',
};

/** Registered by draft-ietf-httpapi-ratelimit-headers. */
const types: Readonly<Partial<Record<Section, string>>> = {
  limits: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  overload: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
  behaviour: 'https://iana.org/assignments/http-problem-types#abnormal-usage-detected',
};

/** Sections whose reasons speak of the API's own contract, which the caller may know. */
const tellable: ReadonlySet<Section> = new Set<Section>(['validation', 'authentication', 'limits']);

/** Objections told to the caller at most. */
const toldMax = 10;

/**
 * @param objections those that block, the deciding one first; at least one
 * @param fields further header fields of the answer, such as `RateLimit`
 */
export function refusalOf(
  objections: readonly [Objection, ...Objection[]],
  incident: string,
  fields: readonly { readonly name: string; readonly value: string }[] = [],
): Refusal {
  const deciding = objections[0];
  const told = objections.filter((objection) => tellable.has(objection.section)).slice(0, toldMax);
  const headers = [
    { name: 'content-type', value: 'application/problem+json' },
    { name: 'cache-control', value: 'no-store' },
    { name: 'x-stance-incident', value: incident },
    ...fields,
  ];
  if (deciding.status === 401) headers.push({ name: 'www-authenticate', value: deciding.challenge ?? 'Bearer' });
  else if (deciding.challenge !== undefined) headers.push({ name: 'www-authenticate', value: deciding.challenge });
  if (deciding.retryAfterMs !== undefined)
    headers.push({ name: 'retry-after', value: String(retryAfterSeconds(deciding.retryAfterMs, Math.random())) });
  const body = JSON.stringify({
    type: types[deciding.section] ?? 'about:blank',
    title: titles[deciding.section],
    status: deciding.status,
    detail: `${deciding.section === 'attacks' || deciding.section === 'rules' || deciding.section === 'list' ? 'If this should have passed, give' : 'To ask about it, give'} the incident number to whoever runs this API.`,
    incident,
    ...(deciding.section === 'limits' ? { 'violated-policies': [deciding.rule.replace(/^limits\./, '')] } : {}),
    ...(told.length > 0 ? { errors: told.map((objection) => ({ place: objection.place, reason: objection.reason })) } : {}),
  });
  return {
    status: deciding.status,
    headers,
    body,
    incident, // Under pressure a connection that was refused is of more use closed.
    close: deciding.section === 'protocol' || deciding.section === 'overload',
  };
}
