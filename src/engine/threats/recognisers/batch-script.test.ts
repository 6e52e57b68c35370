import { expect, test } from 'vitest';
import { batchScript } from './batch-script.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', 'FOR /L %i IN (1,1,5) DO echo %i'],
  ['query q', '& IF NOT EXIST a.txt echo x'],
  ['query q', 'if /i a==b calc'],
  ['query q', 'if "%OS%" == "x" dir'],
  ['query q', '{,id,-u}'],
  ['query q', '~+'],
  ['query q', '/usr/bin/[w]hoami'],
  ['query q', '<(cat file)'],
  ['query q', '() { 0 <<a; } bash -c id'],
];
const ordinary: readonly Row[] = [
  ['body $.rule', 'if status == "open" and age > 3'],
  ['body $.note', 'if it exists, tell me'],
  ['query set', '{red,green}'],
  ['body $.route', '/posts/[id]/edit'],
  ['body $.text', '50% off for all in (selected) stores do come'],
  ['body $.fn', '() => { return 1; }'],
  ['query q', '~5'],
];

test('statements of the command interpreter and expansions of shells are found', () => {
  expect(missed(batchScript, attacks)).toEqual([]);
});

test('conditions of rule languages, sets and routes pass', () => {
  expect(refused(batchScript, ordinary)).toEqual([]);
});
