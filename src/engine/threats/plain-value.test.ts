import { expect, test } from 'vitest';
import { plainnessOf } from './plain-value.ts';

test('values without room for a language are told by their shape', () => {
  expect(['active', '2024-05-06T07:08:09.123Z', '12.5', 'd6cd1e2bd19e03a81132a23b2025920577f84e37', '#a1B2c3'].map(plainnessOf)).toEqual([
    'word',
    'stamp',
    'stamp',
    'stamp',
    'stamp',
  ]);
});

test('names with marks go to those who know names, sentences to those who read words', () => {
  expect(['call_user_func', 'item_id', 'a1b2', 'two words'].map(plainnessOf)).toEqual(['name', 'name', 'name', 'words']);
});

test('commands, object streams and what may be base64 are looked at in full', () => {
  expect(['whoami', 'aced00057372001', 'cnVudGltZVByb2Nlc3M', 'rO0ABQ', '1 or 1=1', '10.0.0.1', '1.2.3.4'].map(plainnessOf)).toEqual([
    'other',
    'other',
    'other',
    'other',
    'other',
    'other',
    'other',
  ]);
});
