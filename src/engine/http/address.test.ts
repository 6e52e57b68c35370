import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressText, NetworkTable, parseAddress, parseNetwork } from './address.ts';

function canonical(text: string): string | null {
  const address = parseAddress(text);
  return address === null ? null : addressText(address);
}

test('addresses read to one spelling', () => {
  expect(canonical('192.0.2.1')).toBe('192.0.2.1');
  expect(canonical('255.255.255.255')).toBe('255.255.255.255');
  expect(canonical('::')).toBe('::');
  expect(canonical('::1')).toBe('::1');
  expect(canonical('2001:DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
  expect(canonical('2001:db8::192.0.2.33')).toBe('2001:db8::c000:221');
  expect(canonical('fe80:0:0:0:0:0:0:0')).toBe('fe80::');
});

test('an IPv4 address written inside IPv6 is the IPv4 address', () => {
  expect(canonical('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(canonical('::ffff:c000:0201')).toBe('192.0.2.1');
});

test('what programs read differently is no address', () => {
  const texts = ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '0x7f.0.0.1', '1.2.3.4 ', '1..2.3', ':::', '1::2::3', '12345::'];
  for (const text of [...texts, '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '[::1]', 'fe80::1%eth0', 'example.com']) {
    expect([text, parseAddress(text)]).toEqual([text, null]);
  }
});

test('a network with bits behind its prefix is refused, because it is not what its writer meant', () => {
  expect(parseNetwork('10.0.0.0/8')?.prefix).toBe(8);
  expect(parseNetwork('10.0.0.1/8')).toBeNull();
  expect(parseNetwork('2001:db8::/32')?.prefix).toBe(32);
  expect(parseNetwork('2001:db8::1/64')).toBeNull();
  expect(parseNetwork('10.0.0.0/33')).toBeNull();
  expect(parseNetwork('10.0.0.0/')).toBeNull();
  expect(parseNetwork('10.0.0.1')?.prefix).toBe(32);
  expect(parseNetwork('::ffff:10.0.0.0/104')).toEqual(parseNetwork('10.0.0.0/8'));
});

test('a look-up finds every network that holds the address and no other', () => {
  const table = new NetworkTable<string>();
  for (const text of ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '192.168.0.0/16', '2001:db8::/32', '2001:db8:1::/48', '::1']) {
    const network = parseNetwork(text);
    if (network !== null) table.add(network, text);
  }
  const find = (text: string) => {
    const address = parseAddress(text);
    return address === null ? null : [...table.find(address)].sort();
  };
  expect(find('10.1.2.3')).toEqual(['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']);
  expect(find('10.2.0.0')).toEqual(['0.0.0.0/0', '10.0.0.0/8']);
  expect(find('::ffff:192.168.7.7')).toEqual(['0.0.0.0/0', '192.168.0.0/16']);
  expect(find('2001:db8:1:2::')).toEqual(['2001:db8:1::/48', '2001:db8::/32']);
  expect(find('2001:db9::')).toEqual([]);
  expect(find('::1')).toEqual(['::1']);
});

test('every address reads back from its own text', () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), fc.boolean(), (words, isFour) => {
      const address = isFour ? ({ family: 4, words: [0, 0, 0, words[3]] } as const) : ({ family: 6, words } as const);
      fc.pre(isFour || !(words[0] === 0 && words[1] === 0 && words[2] === 0xffff));
      expect(parseAddress(addressText(address))).toEqual(address);
    }),
  );
});
