/**
 * Where a setting comes from: flag over environment over project (`stance.yaml`) over user over default.
 * A table, so that `config explain` and the commands cannot disagree.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { StanceError } from '../errors.ts';

export interface ConfigurationKey {
  readonly key: string;
  readonly text: string;
  /** Long option that sets it, null when none does. */
  readonly flag: string | null;
  readonly env: string | null;
  /** Path in `stance.yaml`, null when a project may not set it. */
  readonly project: string | null;
  readonly fallback: string;
}

export const configurationKeys: readonly ConfigurationKey[] = [
  { key: 'data', text: 'Folder where Stance keeps its data', flag: '--data', env: 'STANCE_DATA', project: null, fallback: './.stance' },
  { key: 'url', text: 'PostgreSQL address instead of files', flag: '--url', env: 'STANCE_URL', project: null, fallback: '' },
  { key: 'workspace', text: 'Workspace', flag: '--workspace', env: 'STANCE_WORKSPACE', project: null, fallback: 'main' },
  { key: 'listen', text: 'Address of page and API', flag: '--listen', env: 'STANCE_LISTEN', project: null, fallback: '127.0.0.1' },
  { key: 'port', text: 'Port of page and API', flag: '--port', env: 'STANCE_PORT', project: null, fallback: '7700' },
  {
    key: 'otlp-port',
    text: 'Port of the OTLP/HTTP receiver',
    flag: '--otlp-port',
    env: 'STANCE_OTLP_PORT',
    project: null,
    fallback: '4318',
  },
  {
    key: 'log-level',
    text: 'Log of the server on standard error',
    flag: '--log-level',
    env: 'STANCE_LOG_LEVEL',
    project: null,
    fallback: 'warn',
  },
  {
    key: 'gate.new',
    text: 'Severity from which a new finding fails `check`',
    flag: '--gate',
    env: 'STANCE_GATE',
    project: 'gate.new',
    fallback: 'high',
  },
  {
    key: 'gate.on-error',
    text: 'What `check` does when it cannot finish: fail or neutral',
    flag: '--on-error',
    env: 'STANCE_ON_ERROR',
    project: 'gate.on-error',
    fallback: 'fail',
  },
];

export type ValueOrigin = 'flag' | 'environment' | 'project' | 'user' | 'default';

export interface Configured {
  readonly key: string;
  readonly value: string;
  readonly origin: ValueOrigin;
  /** Flag, variable or file that says so. */
  readonly from: string;
}

export interface ConfigurationPlaces {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  /** `stance.yaml` of the project as plain values, null when there is none. */
  readonly project: { readonly file: string; readonly value: unknown } | null;
  readonly user: { readonly file: string; readonly value: unknown } | null;
}

/** @throws StanceError `usage` for a key that is not in the table */
export function configured(key: string, places: ConfigurationPlaces): Configured {
  const known = configurationKeys.find((one) => one.key === key);
  if (known === undefined) {
    throw new StanceError('usage', {
      message: `There is no setting ${key}.`,
      next: `One of ${configurationKeys.map((one) => one.key).join(', ')}.`,
    });
  }
  const flag = known.flag === null ? undefined : places.flags[optionName(known.flag)];
  if (flag !== undefined) return { key, value: String(flag), origin: 'flag', from: known.flag ?? '' };
  const variable = known.env === null ? undefined : places.env[known.env];
  if (variable !== undefined && variable !== '') return { key, value: variable, origin: 'environment', from: known.env ?? '' };
  const project = known.project === null ? undefined : valueAt(places.project?.value, known.project);
  if (project !== undefined) return { key, value: project, origin: 'project', from: places.project?.file ?? '' };
  const user = valueAt(places.user?.value, key);
  if (user !== undefined) return { key, value: user, origin: 'user', from: places.user?.file ?? '' };
  return { key, value: known.fallback, origin: 'default', from: 'built in' };
}

/** As commander names the option: `--otlp-port` is `otlpPort`. */
export function optionName(flag: string): string {
  return flag.replace(/^--/, '').replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

export function userConfigurationFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'stance', 'config.yaml');
}

/** Reads a YAML file of settings; null when it is not there. */
export async function readConfigurationFile(file: string): Promise<{ readonly file: string; readonly value: unknown } | null> {
  if (!existsSync(file)) return null;
  const { parse } = await import('yaml');
  try {
    return { file, value: parse(readFileSync(file, 'utf8')) };
  } catch (cause) {
    throw new StanceError('config-invalid', {
      message: `${file} is not valid YAML.`,
      next: 'Correct it; `stance config explain` shows what is read from where.',
      cause,
    });
  }
}

function valueAt(root: unknown, path: string): string | undefined {
  let value = root;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
