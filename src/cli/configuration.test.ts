import { expect, test } from 'vitest';
import { configurationKeys, configured, optionName } from './configuration.ts';

const none = { flags: {}, env: {}, project: null, user: null };

test('a flag wins over the environment, that over the project, that over the user, that over the default', () => {
  const project = { file: 'stance.yaml', value: { gate: { new: 'low' } } };
  const user = { file: 'config.yaml', value: { gate: { new: 'medium' }, port: 7800 } };
  const env = { STANCE_GATE: 'critical' };
  const ask = (places: Partial<typeof none>) => configured('gate.new', { ...none, ...places } as typeof none);
  expect(ask({})).toMatchObject({ value: 'high', origin: 'default' });
  expect(ask({ user } as never)).toMatchObject({ value: 'medium', origin: 'user', from: 'config.yaml' });
  expect(ask({ user, project } as never)).toMatchObject({ value: 'low', origin: 'project' });
  expect(ask({ user, project, env } as never)).toMatchObject({ value: 'critical', origin: 'environment', from: 'STANCE_GATE' });
  expect(ask({ user, project, env, flags: { gate: 'none' } } as never)).toMatchObject({ value: 'none', origin: 'flag', from: '--gate' });
});

test('a project cannot say where data is kept or who is listened to', () => {
  const project = { file: 'stance.yaml', value: { data: '/elsewhere', listen: '0.0.0.0', url: 'postgres://evil' } };
  for (const key of ['data', 'listen', 'url', 'workspace', 'port']) expect(configured(key, { ...none, project }).origin).toBe('default');
});

test('an empty variable is as good as none, and an unknown key is named', () => {
  expect(configured('data', { ...none, env: { STANCE_DATA: '' } }).origin).toBe('default');
  expect(() => configured('colour', none)).toThrow(/no setting colour/);
});

test('every flag of the table is named as the parser names it', () => {
  expect(optionName('--otlp-port')).toBe('otlpPort');
  expect(new Set(configurationKeys.map(({ key }) => key)).size).toBe(configurationKeys.length);
});
