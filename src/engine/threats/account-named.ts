/** The account that a body names, for limits by account: one text for all spellings that a lax server takes for the same account. */

import type { JsonValue } from '../http/exchange.ts';
import { folded } from '../http/folded.ts';
import type { ParsedBody } from '../http/request.ts';
import { credentialInBody } from './login-attempt.ts';

/** Bodies that name several accounts, or one that is no text, count together: varying what is beside the name gains nothing. */
export const accountUnclear = '\0unclear';
const FIELDS_MAX = 2_000;

/**
 * @param field `$.user.name`, as the policy says; null = told by the usual names of login forms
 * @returns null when no account is named
 */
export function accountNamed(body: ParsedBody, field: string | null): string | null {
  if (field === null) return plain(credentialInBody(body)?.account ?? null);
  const steps = field
    .replace(/^\$\.?/, '')
    .split('.')
    .map(folded);
  const found: (JsonValue | undefined)[] = [];
  if (body.json !== undefined) collect(body.json, steps, 0, found, { left: FIELDS_MAX });
  else {
    const fields = body.form ?? body.parts?.map((part) => ({ name: part.name ?? '', value: part.text })) ?? [];
    const wanted = steps.join('.');
    for (const { name, value } of fields) if (namePath(name) === wanted) found.push(value);
  }
  const [only, ...more] = found;
  // A key that stands twice is read as the first by some servers, as the last by others.
  if (body.json !== undefined && (body.texts?.length ?? 0) > 0) return accountUnclear;
  if (only === undefined) return body.isWhole ? null : accountUnclear;
  const isText = typeof only === 'string' || typeof only === 'number';
  return more.length > 0 || !isText ? accountUnclear : plain(String(only));
}

/** `user[name]` and `user.name` are one path; `ids[]` is `ids`. */
function namePath(name: string): string {
  return name
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map(folded)
    .join('.');
}

function collect(json: JsonValue, steps: readonly string[], at: number, found: (JsonValue | undefined)[], budget: { left: number }): void {
  if (at === steps.length) {
    found.push(json);
    return;
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return;
  for (const [name, value] of Object.entries(json)) {
    if (--budget.left < 0) return;
    if (folded(name) === steps[at]) collect(value, steps, at + 1, found, budget);
  }
}

/** Nothing that cannot be seen tells two accounts apart. */
function plain(account: string | null): string | null {
  return account === null ? null : folded(account.replace(/[\p{Cf}]/gu, ''));
}
