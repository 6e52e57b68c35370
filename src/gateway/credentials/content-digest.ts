/** `Content-Digest` (RFC 9530): that the body is the one that was signed. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestBody, RequestHead } from '../../engine/http/request.ts';
import { doubled, onlyField } from './presented.ts';

/** Text says what is wrong, null = the digest holds for the whole body. SHA-256 or SHA-512; each one that is stated must hold. */
export function contentDigestProblem(head: RequestHead, body: RequestBody): string | null {
  const field = onlyField(head, 'content-digest');
  if (field === null) return 'The body has no Content-Digest.';
  if (field === doubled) return 'Content-Digest was sent more than once.';
  if (!body.isWhole) return 'The body is longer than what is read here, so its Content-Digest cannot be checked.';
  let known = 0;
  for (const member of field.split(',', 8)) {
    const parts = /^\s*([a-z0-9-]+)=:([A-Za-z0-9+/]*={0,2}):\s*$/.exec(member);
    if (parts === null) return 'Content-Digest does not read.';
    const algorithm = parts[1] === 'sha-256' ? 'sha256' : parts[1] === 'sha-512' ? 'sha512' : null;
    if (algorithm === null) continue;
    const stated = Buffer.from(parts[2] ?? '', 'base64');
    const actual = createHash(algorithm).update(body.bytes).digest();
    if (stated.length !== actual.length || !timingSafeEqual(stated, actual)) return 'The body is not the one that was signed.';
    known++;
  }
  return known > 0 ? null : 'Content-Digest names neither sha-256 nor sha-512.';
}
