import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { traversal } from './traversal.ts';
import { canonicalPath, stepsUp } from './traversal-path.ts';

const attacks: readonly Row[] = [
  ['query file', '../../../../etc/passwd'],
  ['query file', 'reports/../../secret.txt'],
  ['body name', '..\\..\\windows\\win.ini'],
  ['query q', '%2e%2e%2f%2e%2e%2fetc%2fshadow'],
  ['query q', '..%252f..%252fetc%252fhosts'],
  ['query q', '....//....//app.conf'],
  ['query q', '..;/..;/manager'],
  ['query q', '.\0./.\0./etc/issue'],
  ['query q', '0x2e0x2e0x2f0x2e0x2e0x2fnotes'],
  ['query q', '\uff0e\uff0e/\uff0e\uff0e/keys'],
  ['query q', '..%bg%qf..%bg%qf..%bg%qfdata'],
  ['body $.path', '/proc/self/environ'],
  ['body $.path', 'C:\\inetpub\\wwwroot\\web.config'],
  ['query page', 'file:///etc/./passwd'],
  ['query page', '>>/etc/passwd'],
  ['query page', '/var/log/apache2/access.log'],
  ['query page', 'C:/xampp/apache/conf/httpd.conf'],
  ['query page', '/etc/default/anything'],
  ['body $.name', '/etc/shop.conf'],
  ['query page', '../Program Files/Shop/settings.ini'],
  ['path', 'static/../../app/settings'],
  ['path', 'x/..;/admin/'],
  ['cookie lang', '../../../../tmp/sess_1'],
  ['header user-agent', '../../../../etc/passwd'],
  ['query q', Buffer.from('../../../etc/passwd').toString('base64')],
];
const ordinary: readonly Row[] = [
  ['body $.note free-text', 'See ../docs/readme.md for more, and ../../CONTRIBUTING.md too.'],
  ['body $.patch code', "-import a from '../../../../a.js'\n+import a from '../../../../b.js'"],
  ['query url url', 'https://example.org/a/../b'],
  ['body $.commits[].added[]', 'src/etc/hosts.ts'],
  ['body $.version', '1..2'],
  ['body $.text', 'wait... what ... really ....'],
  ['query range', '2020-01-01..2020-02-01'],
  ['body $.repo', '/etcetera/group'],
  ['body $.name', 'fetchIssueGroup'],
  ['path', 'api/v1/files/report.final..pdf'],
  ['query q', '/srv/shared documents'],
  ['body $.share', 'windows 11 hosts file'],
  ['body $.spec.containers[].volumeMounts[].mountPath', '/etc/nginx/nginx.conf'],
  ['body $.path', '/etc/shop'],
  ['header accept', 'text/html,*/*;q=0.8'],
  ['body $.compare', 'main...feature'],
  ['body $.title', 'caf\u00e9 \u00c0 la carte'],
];

test('values that climb out of their folder or name a file of the system are found', () => {
  expect(attacks).toHaveLength(25);
  expect(missed(traversal, attacks)).toEqual([]);
});

test('prose, code, ranges and names with dots pass', () => {
  expect(ordinary).toHaveLength(17);
  expect(refused(traversal, ordinary)).toEqual([]);
});

test('a path that stays in its folder has no steps up', () => {
  expect(stepsUp('a/b/c.txt')).toBe(0);
  expect(stepsUp('a..b/c')).toBe(0);
  expect(stepsUp('../a/../b')).toBe(2);
  expect(stepsUp('a/..')).toBe(1);
});

test('making a path canonical never makes it longer, and twice is once for plain paths', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(canonicalPath(text.toLowerCase()).length).toBeLessThanOrEqual(text.toLowerCase().length);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z./]{0,60}$/), (path) => {
      expect(canonicalPath(path)).toBe(path);
    }),
  );
});
