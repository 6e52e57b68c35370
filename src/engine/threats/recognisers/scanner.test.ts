import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { scanner } from './scanner.ts';

const attacks: readonly Row[] = [
  ['header user-agent', 'sqlmap/1.8#stable (https://sqlmap.org)'],
  ['header user-agent', 'Mozilla/5.00 (Nikto/2.5.0)'],
  ['header user-agent', 'Fuzz Faster U Fool v2.1.0'],
  ['header user-agent', 'Wfuzz/3.1.0'],
  ['header user-agent', 'gobuster/3.6'],
  ['header user-agent', 'Mozilla/5.0 (compatible; Nmap Scripting Engine)'],
  ['header user-agent', 'Nuclei - Open-source project'],
  ['header user-agent', 'WhatWeb/0.5.5'],
  ['header acunetix-product', 'WVS/14'],
  ['path', 'nmaplowercheck1700000000'],
  ['query url url', 'http://abc123.oast.fun/x'],
];
const ordinary: readonly Row[] = [
  ['header user-agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'],
  ['header user-agent', 'curl/8.5.0'],
  ['header user-agent', 'python-requests/2.32'],
  ['header user-agent', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  ['header user-agent', 'axios/1.7.7'],
  ['header user-agent', 'QR Scanner/3.1 CFNetwork/1490 Darwin/23.4.0'],
  ['header user-agent', 'Go-http-client/2.0'],
  ['body $.note free-text', 'We ran sqlmap and nikto against abc.oast.fun.'],
  ['path', 'products/hydra-boots'],
  ['query q', 'hydra'],
];

test('tools that say who they are, probes and hosts that wait for a call are found', () => {
  expect(attacks).toHaveLength(11);
  expect(missed(scanner, attacks)).toEqual([]);
});

test('browsers, clients, crawlers and texts about tools pass', () => {
  expect(ordinary).toHaveLength(10);
  expect(refused(scanner, ordinary)).toEqual([]);
});
