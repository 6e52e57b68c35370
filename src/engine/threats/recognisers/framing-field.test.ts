import { expect, test } from 'vitest';
import { framingField } from './framing-field.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['header content-type', 'text/html; x=1; application/json'],
  ['header content-type', 'application/json; charset=ibm037'],
  ['cookie ', '$Version=1; a="x; PHPSESSID=1; b=2"'],
];
const ordinary: readonly Row[] = [
  ['header content-type', 'application/json, application/json'],
  ['header content-type', 'application/json; charset=utf-8'],
  ['header content-type', 'multipart/related; type="application/dicom+json"; boundary=x'],
  ['cookie ', 'a="x y"; b=2'],
];

test('a type within a type, hiding character sets and spanning cookies are found', () => {
  expect(missed(framingField, attacks)).toEqual([]);
});

test('types with parameters and quoted cookies pass', () => {
  expect(refused(framingField, ordinary)).toEqual([]);
});
