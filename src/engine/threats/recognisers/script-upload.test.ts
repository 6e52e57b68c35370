import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { scriptUpload } from './script-upload.ts';

const attacks: readonly Row[] = [
  ['file x-filename plain', 'shell.php'],
  ['file upload plain', 'shell.php..'],
  ['file upload plain', 'photo. php'],
  ['file upload plain', 'a.phtml'],
  ['file upload plain', 'sess_0123456789abcdef0123'],
];
const ordinary: readonly Row[] = [
  ['file upload plain', 'index.php'],
  ['file upload plain', 'report.v2.pdf'],
  ['file upload plain', 'sess_notes.txt'],
  ['body name plain', 'shell.php..'],
];

test('scripts under names that hide them, and stored sessions, are found', () => {
  expect(missed(scriptUpload, attacks)).toEqual([]);
});

test('ordinary files pass, sources under their own name too', () => {
  expect(refused(scriptUpload, ordinary)).toEqual([]);
});
