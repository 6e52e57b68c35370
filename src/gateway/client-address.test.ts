import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress, clientAddress, forwardedForChain } from './client-address.ts';

const fields = (...values: string[]): HeaderList => values.map((value) => ({ name: 'x-forwarded-for', value }));
const hops = (trustedHops: number, header: ClientPolicy['header'] = 'x-forwarded-for'): ClientPolicy => ({ trustedHops, header });

describe('client address', () => {
  const rows: readonly [what: string, sent: HeaderList, policy: ClientPolicy, client: string | null, chain: string][] = [
    ['no trusted hop: the peer, whatever the client says', fields('198.51.100.7'), hops(0), '10.0.0.9', '10.0.0.9'],
    ['one hop: the last entry', fields('203.0.113.5, 198.51.100.7'), hops(1), '198.51.100.7', '198.51.100.7, 10.0.0.9'],
    [
      'two hops: the last but one',
      fields('1.1.1.1, 203.0.113.5, 198.51.100.7'),
      hops(2),
      '203.0.113.5',
      '203.0.113.5, 198.51.100.7, 10.0.0.9',
    ],
    ['two fields are one list', fields('203.0.113.5', '198.51.100.7'), hops(2), '203.0.113.5', '203.0.113.5, 198.51.100.7, 10.0.0.9'],
    ['fewer entries than hops: the leftmost', fields('198.51.100.7'), hops(3), '198.51.100.7', '198.51.100.7, 10.0.0.9'],
    ['hops but no field: the peer', [], hops(1), '10.0.0.9', '10.0.0.9'],
    ['an entry that hides itself is unknown', fields('unknown'), hops(1), null, '10.0.0.9'],
    ['an IPv6 entry with brackets and port', fields('[2001:DB8:0::1]:443'), hops(1), '2001:db8::1', '[2001:DB8:0::1]:443, 10.0.0.9'],
    [
      'Forwarded, quoted',
      [{ name: 'forwarded', value: 'for=1.1.1.1, for="[2001:db8::2]:80";proto=https' }],
      hops(1, 'forwarded'),
      '2001:db8::2',
      '10.0.0.9',
    ],
    ['X-Real-IP', [{ name: 'x-real-ip', value: '198.51.100.7' }], hops(1, 'x-real-ip'), '198.51.100.7', '10.0.0.9'],
  ];
  it('has ten rows', () => expect(rows).toHaveLength(10));
  for (const [what, sent, policy, client, chain] of rows) {
    it(what, () => {
      expect(clientAddress(sent, '10.0.0.9', policy)).toBe(client);
      expect(forwardedForChain(sent, '10.0.0.9', policy)).toBe(chain);
    });
  }

  it('reads the end of a padded field, which our own proxy wrote', () => {
    expect(clientAddress(fields(`${'9.9.9.9, '.repeat(2_000)}198.51.100.7`), '10.0.0.9', hops(1))).toBe('198.51.100.7');
  });

  it('writes an address in one way only', () => {
    expect(canonicalAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
    expect(canonicalAddress('192.0.2.1:8080')).toBe('192.0.2.1');
    expect(canonicalAddress('192.0.2.256')).toBeNull();
    expect(canonicalAddress('')).toBeNull();
  });
});
