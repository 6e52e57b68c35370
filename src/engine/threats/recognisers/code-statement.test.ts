import { expect, test } from 'vitest';
import { code } from './code.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', 'console.info.call(this,1)'],
  ['query q', 'while(!false)'],
  ['query q', 'new Function ('],
  ['query q', 'module.exports='],
  ['query q', 'process["env"]'],
  ['query q', 'Process.spawn("id")'],
];
const ordinary: readonly Row[] = [
  ['query q', 'while (we wait) for it'],
  ['body $.code code', 'console.log("hi")'],
  ['body Description.samples[].code code', 'console.log("hi")'],
  ['query q', 'process the order'],
  ['body $.name', 'console tables'],
  ['body $.exception', 'java.lang.IllegalStateException'],
];

test('statements of a script at the start of a value are found', () => {
  expect(missed(code, attacks)).toEqual([]);
});

test('samples in documents and sentences pass', () => {
  expect(refused(code, ordinary)).toEqual([]);
});
