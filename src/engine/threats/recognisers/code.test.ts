// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the rows are what attackers and templates send
import { expect, test } from 'vitest';
import { code } from './code.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', '<?php echo 7; ?>'],
  ['query q', '<?= `id` ?>'],
  ['body q', "system($_GET['a']);"],
  ['query q', ';phpinfo();'],
  ['query q', "eval(base64_decode('cGhwaW5mbygpOw=='));"],
  ['query q', '${T(java.lang.Runtime).getRuntime().exec("id")}'],
  ['header content-type', "%{(#a=#context['x']).(@java.lang.Runtime@getRuntime().exec('id'))}"],
  ['query class', 'class.module.classLoader.resources'],
  ['query q', "__import__('os').system('id')"],
  ['query q', "os.popen('id').read()"],
  ['query q', "require('child_process').exec('id')"],
  ['query q', 'process.mainModule.require'],
  ['query q', 'IO.popen("id").read'],
  ['query q', '"id".execute()'],
  ['query q', 'new ActiveXObject; Server.CreateObject("WScript.Shell")'],
  ['query q', "os.execute('id')"],
];
const ordinary: readonly Row[] = [
  ['query q', 'java lang courses'],
  ['query q', 'what is a class loader?'],
  ['body $.note free-text', 'Our system (and its files) include print (A4) and exec (board) reports.'],
  ['query q', 'import os x photos'],
  ['body $.title', 'Process: environment and exit interview'],
  ['query q', 'evaluate(x)'],
  ['body $.amount', '$100 (approx.)'],
  ['body $.package', 'com.example.shop'],
  ['body $.email', 'kim@example.com'],
  ['body $.query graphql', 'query { runtime(id: 1) { name } }'],
];

test('code of the usual server languages is found', () => {
  expect(attacks).toHaveLength(16);
  expect(missed(code, attacks)).toEqual([]);
});

test('talk about programs, package names and prices pass', () => {
  expect(ordinary).toHaveLength(10);
  expect(refused(code, ordinary)).toEqual([]);
});
