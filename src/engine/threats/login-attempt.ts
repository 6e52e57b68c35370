/** Whether a request tries a password, and on which account: by the names of its fields, or by HTTP Basic. Values never leave the decision. */
import type { JsonValue } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import { header } from '../http/headers.ts';
import { decodeBase64 } from '../http/parsed-body-text.ts';
import type { ParsedBody } from '../http/request.ts';

const accountName =
  /^(?:user(?:[-_ ]?(?:name|id))?|login(?:[-_ ]?(?:id|name))?|e?[-_]?mail(?:[-_ ]?address)?|account|uname|uid|identifier|phone(?:[-_ ]?number)?|client_id)$/i;
const passwordName =
  /^(?:pass(?:word|wd|phrase|code)?|pwd|pw|pin(?:[-_ ]?code)?|otp|one[-_ ]?time[-_ ]?code|client_secret|user[-_ ]?pass(?:word)?)$/i;
/** Objects of a body that are looked into: `{ user: { email, password } }`. */
const depthMax = 3;
const fieldsMax = 64;

export interface CredentialTried {
  readonly account: string;
  readonly password: string;
}

/** Of the body's fields: the first password-like name with a text, and the account-like one beside it ('' when none stands there). */
export function credentialInBody(body: ParsedBody): CredentialTried | null {
  if (body.json !== undefined) return inJson(body.json, 0);
  const fields = body.form ?? body.parts?.map((part) => ({ name: part.name ?? '', value: part.text })) ?? null;
  if (fields === null) return null;
  let account = '';
  let password: string | null = null;
  for (const field of fields.slice(0, fieldsMax)) {
    if (password === null && passwordName.test(lastName(field.name)) && field.value !== '') password = field.value;
    else if (account === '' && accountName.test(lastName(field.name))) account = field.value;
  }
  return password === null ? null : { account, password };
}

/** HTTP Basic (RFC 7617). */
export function credentialInBasic(headers: HeaderList): CredentialTried | null {
  const value = header(headers, 'authorization');
  if (value === null || !/^basic /i.test(value) || value.length > 2048) return null;
  const text = decodeBase64(value.slice(6).trim());
  const colon = text?.indexOf(':') ?? -1;
  return text === null || colon < 0 ? null : { account: text.slice(0, colon), password: text.slice(colon + 1) };
}

function inJson(json: JsonValue, depth: number): CredentialTried | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
  let account = '';
  let password: string | null = null;
  const inner: JsonValue[] = [];
  for (const [name, value] of Object.entries(json).slice(0, fieldsMax)) {
    if (typeof value === 'object') inner.push(value);
    else if (password === null && passwordName.test(name) && value !== '') password = String(value);
    else if (account === '' && accountName.test(name)) account = String(value);
  }
  if (password !== null) return { account, password };
  if (depth + 1 >= depthMax) return null;
  for (const value of inner) {
    const found = inJson(value, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** `user[password]` and `login.password` name the field in their last part. */
function lastName(name: string): string {
  const bare = name.endsWith(']') ? name.slice(0, -1) : name;
  return bare.slice(Math.max(bare.lastIndexOf('['), bare.lastIndexOf('.')) + 1);
}
