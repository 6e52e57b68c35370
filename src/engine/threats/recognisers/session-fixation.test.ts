import { expect, test } from 'vitest';
import type { RequestHead } from '../../http/request.ts';
import { sessionFixation } from './session-fixation.ts';

const head = (path: string, referer: string | null): RequestHead => ({
  method: 'GET',
  scheme: 'https',
  host: 'shop.example.org',
  path,
  query: null,
  headers: referer === null ? [] : [{ name: 'referer', value: referer }],
  clientAddress: '192.0.2.9',
  certificate: null,
  httpVersion: '1.1',
  tlsVersion: null,
  clientShape: null,
});

const ruleFor = (path: string, referer: string | null, fields: string): string | null => {
  const hit = sessionFixation(head(path, referer), fields, 'query');
  return hit !== null && hit.confidence >= 0.5 ? hit.rule : null;
};

test('a session that another site hands over is refused at the way in', () => {
  expect(ruleFor('/login', 'https://evil.test/x', 'PHPSESSID=abc')).toBe('session-from-elsewhere');
  expect(ruleFor('/account/signin', 'https://evil.test/', 'next=1&session_id=abc')).toBe('session-from-elsewhere');
});

test('own pages, clients without an origin and plain resources keep their parameters', () => {
  expect(ruleFor('/login', 'https://www.example.org/start', 'PHPSESSID=abc')).toBeNull();
  expect(ruleFor('/login', null, 'jsessionid=abc')).toBeNull();
  expect(ruleFor('/recordings', 'https://evil.test/', 'session_id=42')).toBeNull();
  expect(ruleFor('/login', 'https://evil.test/', 'user=sessions')).toBeNull();
});
