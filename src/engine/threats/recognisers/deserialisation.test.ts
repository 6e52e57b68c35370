import { expect, test } from 'vitest';
import { deserialisation } from './deserialisation.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['cookie s', 'rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA=='],
  ['body $', '\u00ac\u00ed\0\u0005sr\0\u0011java.util.HashMap'],
  ['query q', 'aced00057372001'],
  ['cookie s', 'O:8:"Settings":1:{s:4:"path";s:1:"/";}'],
  ['cookie s', 'a:1:{i:0;O:3:"Log":0:{}}'],
  ['body $.x', '_$$ND_FUNC$$_function(){}()'],
  ['body $', "cos\nsystem\n(S'id'\ntR."],
  ['body $.yaml', '!!python/object/apply:os.system ["id"]'],
  ['body $.yaml', '--- !ruby/object:Gem::Installer\ni: x'],
  ['body $.@type', 'com.sun.rowset.JdbcRowSetImpl'],
  ['body $.$type', 'System.Windows.Data.ObjectDataProvider, PresentationFramework'],
  ['raw-body', '<java version="1.8" class="java.beans.XMLDecoder"><object class="java.lang.ProcessBuilder"/></java>'],
  ['query vs', 'AAEAAAD/////AQAAAAAAAAA='],
  ['body-name', 'mail[#post_render][]'],
];
const ordinary: readonly Row[] = [
  ['body $.@type', 'Person'],
  ['body $.@type', 'https://schema.org/Person'],
  ['body __VIEWSTATE', '/wEPDwUKMTY1NDU2MTA1MmRk'],
  ['cookie _session', 'BAh7CEkiD3Nlc3Npb25faWQGOgZFVA=='],
  ['cookie ci', 'a:2:{s:2:"id";s:3:"abc";s:4:"time";i:1;}'],
  ['body $.log free-text', 'Caused by: org.springframework.beans.factory.BeanCreationException'],
  ['body $.note', 'O: 5, H: 3'],
  ['body $.data', 'aGVsbG8gd29ybGQ='],
  ['body $.text', 'gASsssss'],
];

test('object streams and the names of gadget classes are found', () => {
  expect(attacks).toHaveLength(14);
  expect(missed(deserialisation, attacks)).toEqual([]);
});

test('view state, sessions, linked data and stack traces pass', () => {
  expect(ordinary).toHaveLength(9);
  expect(refused(deserialisation, ordinary)).toEqual([]);
});
