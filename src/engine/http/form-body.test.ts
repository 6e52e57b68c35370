import { expect, test } from 'vitest';
import { decodeField, FORM_FIELDS_MAX, readForm, readsAsForm } from './form-body.ts';

const rows: readonly (readonly [string, string, string])[] = [
  ['a plus is a space', 'a+b', 'a b'],
  ['escapes are UTF-8', 'caf%C3%A9', 'café'],
  ['escapes that are no UTF-8 are a character a byte', 'caf%E9', 'café'],
  ['a percent sign without two digits stays', '100%zz%4', '100%zz%4'],
  ['an overlong form is the character that lax decoders see', '%c0%ae%c0%af', './'],
  ['one round only', '%2541', '%41'],
];

test('one value is decoded once and never refused', () => {
  expect(rows).toHaveLength(6);
  for (const [name, raw, value] of rows) expect([name, decodeField(raw)]).toEqual([name, value]);
});

test('names without a value, repeated names and empty pieces are read', () => {
  expect(readForm('a=1&&a=2&b&=c')).toEqual({
    fields: [
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
      { name: 'b', value: '' },
      { name: '', value: 'c' },
    ],
    malformed: null,
  });
});

test('beyond the bound the rest stays visible as one field', () => {
  const read = readForm(`${'a=1&'.repeat(FORM_FIELDS_MAX)}b=2&c=3`);
  expect(read.malformed).toContain('more than');
  expect(read.fields[FORM_FIELDS_MAX]).toEqual({ name: 'b', value: '2&c=3' });
  expect(read.fields).toHaveLength(FORM_FIELDS_MAX + 1);
});

test('a sentence with an equals sign is no form, a name with brackets is one', () => {
  expect(readsAsForm('user[name]=x&b=1')).toBe(true);
  expect(readsAsForm('so that a = b')).toBe(false);
  expect(readsAsForm('a=1\nb=2')).toBe(false);
});
