import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { ssrf } from './ssrf.ts';
import { natureOf, targetOf } from './ssrf-target.ts';

const attacks: readonly Row[] = [
  ['body $.url url', 'http://169.254.169.254/latest/meta-data/'],
  ['query url url', 'http://metadata.google.internal/computeMetadata/v1/'],
  ['query q', 'http://2130706433/'],
  ['query q', 'http://0x7f.1/'],
  ['query q', 'http://0177.0.0.1/'],
  ['body $.image url', 'http://[::ffff:10.0.0.1]/'],
  ['query q', 'http://\u2460\u2461\u2466.0.0.1/'],
  ['query feed url', 'http://127.0.0.1:6379/'],
  ['body link', 'http://10.1.2.3/admin'],
  ['query q', 'gopher://127.0.0.1:25/_HELO'],
  ['query q', 'dict://cache.example:11211/stats'],
  ['query url url', 'file:///var/data'],
  ['query q', 'ldap://directory.example/x'],
  ['query q', 'http://good.example@203.0.113.7/'],
  ['query q', 'http://good.example&@203.0.113.7#@good.example/'],
  ['query q', 'http://10.0.0.1.nip.io/'],
  ['query-name', 'unix:/run/a.sock|http://inner/'],
  ['query q', 'localhost:22'],
  ['raw-body', '<?xml version="1.0"?><methodCall><methodName>pingback.ping</methodName></methodCall>'],
];
const ordinary: readonly Row[] = [
  ['body $.webhook.url url', 'https://hooks.example.org/in?token=1'],
  ['body $.redirect_uris[] url', 'http://localhost:3000/callback'],
  ['query redirect_uri url', 'http://127.0.0.1:51004/'],
  ['body CallbackUrl url', 'http://127.0.0.1:9876/path'],
  ['header referer url', 'http://192.168.1.20/app'],
  ['header origin url', 'http://localhost:8080'],
  ['header x-forwarded-for', '10.0.0.1, 203.0.113.4'],
  ['body $.host', '10.0.0.1'],
  ['query url url', 'https://medium.example/@user/story'],
  ['query contact', 'mailto:ada@example.org'],
  ['body $.git url', 'git://example.org/repo.git'],
  ['body $.ratio', '16:9'],
  ['body $.time', '12:30:00'],
  ['body $.note free-text', 'It runs at http://localhost:9200 on my machine.'],
  ['query q', 'http://12345678910'],
  ['query url url', '//cdn.example.org/a.png'],
];

test('values that would make the server call itself, its neighbours or its cloud are found', () => {
  expect(attacks).toHaveLength(19);
  expect(missed(ssrf, attacks)).toEqual([]);
});

test('webhooks, callbacks of developers, own addresses and times pass', () => {
  expect(ordinary).toHaveLength(16);
  expect(refused(ssrf, ordinary)).toEqual([]);
});

test('every notation of one address has one nature, and only the plain one is plain', () => {
  for (const host of ['127.1', '0x7f000001', '017700000001', '127.0.1', '0x7f.0.0.0x1'])
    expect([host, natureOf(host)]).toEqual([host, 'odd-notation']);
  expect(natureOf('127.0.0.1')).toBe('loopback');
  expect(natureOf('172.31.0.1')).toBe('private');
  expect(natureOf('172.32.0.1')).toBe('public');
  expect(natureOf('::1')).toBe('loopback');
  expect(natureOf('2001:db8::1')).toBe('public');
});

test('no text makes reading a target throw', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      const target = targetOf(`http://${text.toLowerCase()}`);
      if (target !== null) expect(natureOf(target.host)).toBeTypeOf('string');
    }),
  );
});

test('the machine itself, its own parameter and schemes that are none are found without a scheme of the web', () => {
  const inner: readonly Row[] = [
    ['query url url', 'host.docker.internal/'],
    ['query url url', 'ip6-loopback/'],
    ['query q', 'data:text/plain'],
    ['query q', 'local_file://2852039166/'],
    ['query q', 'https://metadata.example.net/userdata'],
  ];
  expect(missed(ssrf, inner)).toEqual([]);
  const plain: readonly Row[] = [
    ['query host', 'localhost'],
    ['body $.file', 'data:text/plain;base64,SGVsbG8='],
    ['query url url', 'https://meta.example.org/userdata'],
  ];
  expect(refused(ssrf, plain)).toEqual([]);
});
