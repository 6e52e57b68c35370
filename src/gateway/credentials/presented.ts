/** What a request offers as proof of its caller, read once. Anything doubtful is a fault, since nobody knows which one counts. */
import type { RequestHead } from '../../engine/http/request.ts';
import { digestOf, type Refused, refused } from './verifier.ts';

/** Longest credential that is looked at, characters; real tokens stay below 8 Ki because servers refuse longer header fields. */
export const CREDENTIAL_CHARACTERS_MAX = 16_384;
const QUERY_PAIRS_MAX = 1_000;

/** `Authorization`, with the scheme in lower case. */
export interface Authorization {
  readonly scheme: string;
  readonly value: string;
}

export class Presented {
  readonly head: RequestHead;
  readonly authorization: Authorization | null;
  /** Set when `Authorization` was sent twice or does not read. */
  readonly fault: Refused | null;
  #digest: string | null = null;

  constructor(head: RequestHead) {
    this.head = head;
    const field = onlyField(head, 'authorization');
    this.fault =
      field === doubled
        ? refused('ambiguous', 'The field Authorization was sent more than once.', 'Bearer error="invalid_request"')
        : field !== null && field.length > CREDENTIAL_CHARACTERS_MAX
          ? refused('too-long', `The credential is longer than ${CREDENTIAL_CHARACTERS_MAX} characters.`, 'Bearer error="invalid_request"')
          : null;
    this.authorization = field === doubled || field === null || this.fault !== null ? null : readAuthorization(field);
  }

  /** The bearer token, when the scheme says so. */
  get bearer(): string | null {
    return this.authorization?.scheme === 'bearer' ? this.authorization.value : null;
  }

  /** SHA-256 of the value in `Authorization`; worked out once. */
  get digest(): string {
    this.#digest ??= digestOf(this.authorization?.value ?? '');
    return this.#digest;
  }
}

export const doubled: unique symbol = Symbol('doubled');

/** The value of a header field (name in lower case), null when it is absent, `doubled` when it is there more than once. */
export function onlyField(head: RequestHead, name: string): string | null | typeof doubled {
  let found: string | null = null;
  for (const field of head.headers) {
    if (field.name !== name) continue;
    if (found !== null) return doubled;
    found = field.value;
  }
  return found;
}

/** A query parameter, decoded; `doubled` when it is there more than once, does not decode or the query is too long to tell. */
export function onlyParameter(head: RequestHead, name: string): string | null | typeof doubled {
  if (head.query === null || head.query === '') return null;
  let found: string | null = null;
  const pairs = head.query.split('&', QUERY_PAIRS_MAX + 1);
  if (pairs.length > QUERY_PAIRS_MAX) return doubled;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    if (key !== name && decoded(key) !== name) continue;
    const value = decoded(at < 0 ? '' : pair.slice(at + 1));
    if (found !== null || value === null) return doubled;
    found = value;
  }
  return found;
}

function readAuthorization(field: string): Authorization {
  const text = field.trim();
  const space = text.search(/[ \t]/);
  if (space < 0) return { scheme: text.toLowerCase(), value: '' };
  return { scheme: text.slice(0, space).toLowerCase(), value: text.slice(space + 1).trim() };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
