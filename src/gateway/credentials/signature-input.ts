/**
 * `Signature-Input` and `Signature` of RFC 9421, as far as we take them: one signature, plain components without parameters,
 * HMAC-SHA-256. What goes beyond is refused rather than half understood.
 */
import type { RequestHead } from '../../engine/http/request.ts';
import { doubled, onlyField } from './presented.ts';

export interface SignatureInput {
  /** Covered components in their order: `@method`, `content-digest`. */
  readonly components: readonly string[];
  readonly createdSeconds: number;
  readonly expiresSeconds: number | null;
  readonly keyId: string;
  readonly nonce: string | null;
  /** As sent, for the signature base. */
  readonly parameters: string;
  readonly signature: Buffer;
}

const FIELD_CHARACTERS_MAX = 4_096;
const COMPONENTS_MAX = 32;
const derived: ReadonlySet<string> = new Set(['@method', '@target-uri', '@authority', '@scheme', '@path', '@query', '@request-target']);

/** null = no signature was sent; text = why it cannot be taken. */
export function readSignatureInput(head: RequestHead): SignatureInput | string | null {
  const input = onlyField(head, 'signature-input');
  const signature = onlyField(head, 'signature');
  if (input === null && signature === null) return null;
  if (input === doubled || signature === doubled) return 'The signature was sent more than once.';
  if (input === null || signature === null) return 'Signature and Signature-Input go together.';
  if (input.length > FIELD_CHARACTERS_MAX || signature.length > FIELD_CHARACTERS_MAX) return 'The signature fields are too long.';
  const member = /^([a-z*][a-z0-9_.*-]*)=(\(("[^"\\]*"(?: +"[^"\\]*")*)?\)((?:;[a-z*][a-z0-9_.*-]*=(?:-?\d{1,15}|"[^"\\]*"))*))$/.exec(
    input.trim(),
  );
  const bytes = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]+={0,2}):$/.exec(signature.trim());
  if (member === null || bytes === null || member[1] !== bytes[1])
    return 'The signature fields do not read, or hold more than one signature.';
  const components = [...(member[3] ?? '').matchAll(/"([^"]*)"/g)].map((found) => found[1] ?? '');
  if (components.length > COMPONENTS_MAX || new Set(components).size !== components.length)
    return 'The signature covers a component twice.';
  if (components.some((name) => (name.startsWith('@') ? !derived.has(name) : !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)))) {
    return 'The signature covers a component that is not understood.';
  }
  const parameters = readParameters(member[4] ?? '');
  if (parameters === null) return 'A parameter of the signature is there twice.';
  const { created, expires, keyid, alg, nonce } = Object.fromEntries(parameters);
  if (alg !== undefined && alg !== 'hmac-sha256') return 'The signature is made in another way than hmac-sha256.';
  if (typeof created !== 'number' || typeof keyid !== 'string' || typeof (nonce ?? '') !== 'string')
    return 'The signature states no time or no key.';
  if (expires !== undefined && typeof expires !== 'number') return 'The end of the signature does not read.';
  return {
    components,
    createdSeconds: created,
    expiresSeconds: expires ?? null,
    keyId: keyid,
    nonce: typeof nonce === 'string' ? nonce : null,
    parameters: member[2] ?? '',
    signature: Buffer.from(bytes[2] ?? '', 'base64'),
  };
}

/** What was signed (RFC 9421 section 2.5); null when a covered field is not in the request. */
export function signatureBase(head: RequestHead, input: SignatureInput): string | null {
  const lines: string[] = [];
  for (const name of input.components) {
    const value = name.startsWith('@') ? derivedComponent(head, name) : fieldComponent(head, name);
    if (value === null) return null;
    lines.push(`"${name}": ${value}`);
  }
  lines.push(`"@signature-params": ${input.parameters}`);
  return lines.join('\n');
}

/** Section 2.1: all lines of the field, trimmed, joined by comma and space. */
function fieldComponent(head: RequestHead, name: string): string | null {
  const values = head.headers.filter((field) => field.name === name).map((field) => field.value.replace(/^[ \t]+|[ \t]+$/g, ''));
  return values.length === 0 ? null : values.join(', ');
}

/** Section 2.2. */
function derivedComponent(head: RequestHead, name: string): string | null {
  const query = head.query === null ? '' : `?${head.query}`;
  switch (name) {
    case '@method':
      return head.method;
    case '@authority':
      return head.host;
    case '@scheme':
      return head.scheme;
    case '@path':
      return head.path;
    case '@query':
      return query === '' ? '?' : query;
    case '@request-target':
      return `${head.path}${query}`;
    default:
      return head.host === null ? null : `${head.scheme}://${head.host}${head.path}${query}`;
  }
}

function readParameters(text: string): ReadonlyMap<string, string | number> | null {
  const found = new Map<string, string | number>();
  for (const [, name = '', value = ''] of text.matchAll(/;([^=;]+)=("[^"]*"|-?\d+)/g)) {
    if (found.has(name)) return null;
    found.set(name, value.startsWith('"') ? value.slice(1, -1) : Number(value));
  }
  return found;
}
