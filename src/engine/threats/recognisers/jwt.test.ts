import { expect, test } from 'vitest';
import { jwt } from './jwt.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (header: unknown, signature = 'c2lnbmF0dXJl'): string => `${part(header)}.${part({ sub: '1' })}.${signature}`;

const attacks: readonly Row[] = [
  ['header authorization', token({ alg: 'none', typ: 'JWT' }, '')],
  ['header authorization', token({ alg: 'NoNe' })],
  ['cookie session', token({ alg: 'HS256', kid: '../../dev/null' })],
  ['body $.token', token({ alg: 'HS256', kid: "x' UNION SELECT 'k" })],
  ['query token', token({ alg: 'RS256', jku: 'https://host.example/keys.json' })],
  ['header authorization', token({ alg: 'RS256', jwk: { kty: 'RSA', n: 'a', e: 'AQAB' } })],
  ['header authorization', token({ alg: 'HS256', typ: 'JWT' }, '')],
];
const ordinary: readonly Row[] = [
  ['header authorization', token({ alg: 'RS256', typ: 'JWT', kid: '2026-11_a' })],
  ['cookie session', token({ alg: 'ES256', kid: 'https-key-1' })],
  ['body $.id_token', token({ alg: 'EdDSA', typ: 'at+jwt' })],
  ['header authorization', `${part({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y2lwaGVy.dGFn`],
  ['header dpop', token({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } })],
  ['cookie token_head', `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '1' })}`],
  ['body $.cursor', `${part({ page: 2 })}`],
  ['cookie s', 'eyJhIjoxfQ.Zm9v.YmFy'],
  ['body $.name', 'eyebrow.pencil'],
];

test('tokens without an algorithm, without a signature, or with keys of their own are found', () => {
  expect(attacks).toHaveLength(7);
  expect(missed(jwt, attacks)).toEqual([]);
});

test('signed and encrypted tokens, cursors and signed cookies pass', () => {
  expect(ordinary).toHaveLength(9);
  expect(refused(jwt, ordinary)).toEqual([]);
});
