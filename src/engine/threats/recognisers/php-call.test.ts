import { expect, test } from 'vitest';
import { phpCall } from './php-call.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', 'posix_getuid()'],
  ['query q', 'fopen /* x */ ("a")'],
  ['query q', '$_x[0]("id")'],
  ['query q', "(system)('id');"],
  ['query q', '"sys"."tem"("id");'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable variable of PHP
  ['query q', "${'a'}(11)"],
  ['query function', 'call_user_func_array'],
  ['query q', '-d allow_url_include=1'],
  ['query q', '<?\nphp echo 1'],
];
const ordinary: readonly Row[] = [
  ['path  url', "Products/substringof('x',Name)"],
  ['query q', 'date_format(created, "%Y")'],
  ['query q', 'json_extract(data, "$.a")'],
  ['body $.formula', 'round(price * 1.2)'],
  ['body $.name', 'Size (large)'],
  ['body $.phone', '(555) 123-4567'],
  ['body $.code code', 'array_map($f, $list);'],
  ['body $.cell', '$total'],
  ['query filter', '(a)(b)'],
];

test('calls, pieced-together calls, settings and page tags are found', () => {
  expect(missed(phpCall, attacks)).toEqual([]);
});

test('functions of query languages, amounts and writing pass', () => {
  expect(refused(phpCall, ordinary)).toEqual([]);
});
