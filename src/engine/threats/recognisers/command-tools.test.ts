import { expect, test } from 'vitest';
import { command } from './command.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', 'ansible-galaxy collection install x.y'],
  ['query q', 'nohup whoami'],
  ['query q', '; regedit /e c:\\a.reg'],
  ['query q', ';env'],
  ['query q', "a=$'cat';b=1;$a"],
  ['query q', 'id>shell.php # a.zip'],
  ['query q', '/bin/unxz -c /x'],
  ['query q', '; Get-WmiObject win32_process'],
  ['query code code', ';cat /srv/notes.txt'],
];
const ordinary: readonly Row[] = [
  ['body $.commands[] code', 'pip install requests'],
  ['body $.note free-text', 'pip install requests, then restart'],
  ['query q', 'time flies'],
  ['query q', 'get-started guide'],
  ['query q', 'a=1;b=2'],
  ['body $.html html', '<b>see</b>index.php'],
  ['query event', 'add-item'],
  ['query code code', 'SplxlOBeZQQYbYS6WxSbIA'],
];

test('tools of administrators, lone programs, set variables and written scripts are found', () => {
  expect(missed(command, attacks)).toEqual([]);
});

test('instructions, events and codes pass', () => {
  expect(refused(command, ordinary)).toEqual([]);
});
