import { describe, expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { sql } from './sql.ts';
import { readSql } from './sql-tokens.ts';

const attacks: readonly Row[] = [
  ['query id', '7 union select name, iban from accounts'],
  ['query id', "7' UNION ALL SELECT NULL,NULL,@@hostname-- "],
  ['query id', '7/**/union/*x*/select/**/1,2'],
  ['query id', "kim' or 'a'='a"],
  ['body name', 'kim" or "a"="a'],
  ['query id', "kim')) or (('a'='a"],
  ['query id', '7 or 3=3'],
  ['query id', '7) and 4>1'],
  ['body user', "admin'--"],
  ['body user', "admin' #"],
  ['query id', '7; drop table invoices'],
  ['query id', "7'; exec xp_cmdshell 'dir'--"],
  ['query id', "7' and sleep(4)='0"],
  ['query id', '7 and benchmark(9000000,sha1(7))'],
  ['query id', "7'; waitfor delay '0:0:4'--"],
  ['query id', '7 and ascii(substr((select pin from cards limit 1),1,1))>64'],
  ['query sort', '(case when (5=5) then id else name end)'],
  ['query id', "kim'||(select version())||'"],
  ['query id', '7 order by 12--'],
  ['query id', "7' into outfile '/srv/www/a.php'"],
  ['query id', 'char(83)+char(81)+char(76)'],
  ['query id', 'select @@datadir'],
  ['query id', '7 un/**/ion sel/**/ect 1,2'],
  ['query id', "7'+or+id+is+not+null--"],
  ['query id', 'extractvalue(9,concat(0x7e,(select user())))'],
  ['body $.filter', "x' having 9=9--"],
  ['query id', "7' and 1=(select count(*) from all_users)--"],
  ['body $.note', `${'A long remark. '.repeat(200)}' union select name, pin from cards-- `],
];
const ordinary: readonly Row[] = [
  ['query q', "Rock 'n' roll and blues"],
  ['query q', "O'Brien and sons"],
  ['query q', 'select a plan from the list'],
  ['query q', 'credit union near me'],
  ['query q', 'how do union and select differ'],
  ['query q', 'drop off or pick up'],
  ['query q', 'order by phone, 5 pm'],
  ['body name', `5' 11" tall and 6' wide`],
  ['body $.description', 'The "left" and "right" panels'],
  ['body $.title', "It's the boss' desk -- he said so"],
  ['query fields', 'id,name,count(items)'],
  ['query q', 'c# and f# developers'],
  ['header user-agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36'],
  ['body $.query graphql', 'query { items(where: {price: {gt: 1}}, orderBy: NAME) { id } }'],
  ['header referer url', 'https://search.example/?q=union select 1,2 from x'],
  ['body $.text free-text', 'Use it when (and only when) 2 or 3 people update the board; then delete the draft.'],
  ['query color', '1#blue'],
  ['query q', 'status = open and owner = me'],
  ['body $.formula', 'SUM(A1,B2)/2'],
  ['cookie lang', 'en-GB;q=0.8'],
];

describe('SQL injection', () => {
  test('every way on from a value is found, in all three states a server can be in', () => {
    expect(attacks).toHaveLength(28);
    expect(missed(sql, attacks)).toEqual([]);
  });

  test('names, measures, sentences and query languages pass', () => {
    expect(ordinary).toHaveLength(20);
    expect(refused(sql, ordinary)).toEqual([]);
  });
});

describe('a reading of SQL', () => {
  const shapes: readonly (readonly [string, 'plain' | "'" | '"', string])[] = [
    ['1 or 2=2', 'plain', 'noncn'],
    ["x' or 'a'='a", "'", 'soscs'],
    ['x" -- rest', '"', 'sC'],
    ['1 union all select a, b from c', 'plain', 'nUmEv,vRv'],
    ['sleep (5)', 'plain', 'F(n)'],
    ['update t set a = 1', 'plain', 'Tvcn'],
    ["it's", 'plain', 'vs'],
  ];

  test.each(shapes)('of %j from %s is %s', (text, state, shape) => {
    expect(shapes).toHaveLength(7);
    expect(readSql(text, state).shape).toBe(shape);
  });

  test('ends at its bound of tokens', () => {
    expect(readSql('1,'.repeat(50_000), 'plain').shape.length).toBeLessThanOrEqual(601);
  });
});
