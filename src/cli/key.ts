import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { type ApiKeyChange, createdKey, revokedKey, rotatedKey, stateOf } from '../gateway/credentials/api-key-changes.ts';
import type { ApiKeyEntry } from '../gateway/credentials/api-key-file.ts';
import { hashPassword } from '../gateway/credentials/password-hash.ts';
import { instantOf } from './instant.ts';
import { changeKeyFile, readKeyFile } from './key-file.ts';
import { facts, minute, table } from './table.ts';
import { printable, Terminal, type TerminalOptions } from './terminal.ts';

interface KeyOptions extends TerminalOptions {
  readonly file: string;
}

interface CreateOptions extends KeyOptions {
  readonly subject: string;
  readonly tenant?: string;
  readonly scope?: readonly string[];
  readonly role?: readonly string[];
  readonly until?: string;
}

const fileDefault = 'stance-keys.json';
const dayMs = 86_400_000;
const OVERLAP_DAYS_MAX = 365;
const PASSWORD_BYTES_MAX = 4_096;

export function define(command: Command): void {
  command.addHelpText(
    'after',
    '\nA key is shown once; the file holds its SHA-256. A running guard takes a change within a second.' +
      '\nName the file in the policy, under providers:  keys: {kind: api-key, in: header, field: X-Api-Key, file: stance-keys.json}',
  );

  const create = withFile(command.command('create').description('a new key, shown once'));
  create
    .requiredOption('--subject <name>', 'who calls with it')
    .option('--tenant <name>', 'whose data it is for')
    .option('--scope <name...>', 'what it may be used for')
    .option('--role <name...>', 'roles of its holder')
    .option('--until <date>', 'last day it counts, as 2026-12-01')
    .action(async () => {
      const options = create.optsWithGlobals<CreateOptions>();
      const { subject, tenant = null, scope = [], role = [], until } = options;
      if (subject.trim() === '')
        throw new StanceError('usage', { message: 'A key needs a holder.', next: 'stance key create --subject NAME' });
      const expiresMs = until === undefined ? null : instantOf(until, '--until');
      const now = Date.now();
      if (expiresMs !== null && expiresMs <= now) {
        throw new StanceError('usage', { message: `${until} is over already.`, next: 'Choose a day to come.' });
      }
      const grant = { subject, tenant, scopes: scope, roles: role, expiresMs };
      await showNew(
        options,
        changeKeyFile(options.file, true, (file) => createdKey(file, grant, now)),
      );
    });

  const list = withFile(command.command('list').description('the keys with prefix, grant and end; never a key'));
  list.action(async () => {
    const options = list.optsWithGlobals<KeyOptions>();
    const terminal = new Terminal(options);
    const now = Date.now();
    const file = readKeyFile(options.file);
    const rows = file.keys.map((entry) => ({ ...shown(entry), state: stateOf(file, entry, now) }));
    await terminal.list(rows, () =>
      table(terminal, rows, [
        { title: 'id', value: (row) => row.id },
        { title: 'prefix', value: (row) => row.prefix, drops: 1 },
        { title: 'subject', value: (row) => row.subject, gives: true },
        { title: 'scopes', value: (row) => row.scopes.join(' '), gives: true },
        { title: 'state', value: (row) => row.state },
        { title: 'until', value: (row) => (row.expiresMs === null ? '' : minute(row.expiresMs)) },
      ]),
    );
  });

  const rotate = withFile(command.command('rotate').description('a new key in place of an old one, which goes on for a while'));
  rotate
    .argument('<key>', 'id or prefix')
    .option('--overlap <days>', 'days the old one goes on', '7')
    .action(async (name: string) => {
      const options = rotate.optsWithGlobals<KeyOptions & { readonly overlap: string }>();
      const days = Number(options.overlap);
      if (!/^\d+(\.\d+)?$/.test(options.overlap) || days > OVERLAP_DAYS_MAX) {
        throw new StanceError('usage', {
          message: `--overlap is not a number of days up to ${OVERLAP_DAYS_MAX}.`,
          next: 'As --overlap 7.',
        });
      }
      const times = { nowMs: Date.now(), overlapMs: days * dayMs };
      await showNew(
        options,
        changeKeyFile(options.file, false, (file) => rotatedKey(file, name, times)),
      );
    });

  const revoke = withFile(command.command('revoke').description('withdraw a key now'));
  revoke.argument('<key>', 'id, prefix, or the key itself').action(async (name: string) => {
    const options = revoke.optsWithGlobals<KeyOptions>();
    const { entry } = changeKeyFile(options.file, false, (file) => revokedKey(file, name, Date.now()));
    const text = `Withdrawn: ${entry.id} of ${entry.subject}. A running guard refuses it within a second.`;
    await new Terminal(options).object({ schema: 'stance.key/1', ...shown(entry) }, () => printable(text));
  });

  const password = command.command('password').description('the line of a user for a Basic file; the password is read from standard input');
  password.argument('<user>', 'name without a colon').action(async (user: string) => {
    const options = password.optsWithGlobals<TerminalOptions>();
    if (user === '' || /[:\r\n]/.test(user) || user.startsWith('#')) {
      throw new StanceError('usage', {
        message: 'This is no user name for a Basic file.',
        next: 'A name has no colon and does not begin with "#".',
      });
    }
    const line = `${user}:${await hashPassword(await passwordFromInput())}`;
    await new Terminal(options).object({ schema: 'stance.password/1', line }, () => line);
  });
}

function withFile(command: Command): Command {
  return command.option('--file <path>', 'the key file', fileDefault);
}

async function showNew(options: KeyOptions, { entry, key, file }: ApiKeyChange): Promise<void> {
  const terminal = new Terminal(options);
  const old = file.keys.find(({ id }) => id === entry.replaces);
  await terminal.object({ schema: 'stance.key/1', key, ...shown(entry) }, () =>
    facts([
      ['Key', key],
      ['Id', entry.id],
      ['Subject', entry.subject],
      ['Tenant', entry.tenant],
      ['Scopes', entry.scopes.join(' ') || null],
      ['Roles', entry.roles.join(' ') || null],
      ['Until', entry.expiresMs === null ? 'it is withdrawn' : minute(entry.expiresMs)],
      ['Replaces', old === undefined ? null : `${old.id}, which goes on until ${minute(old.expiresMs ?? entry.createdMs)}`],
    ]),
  );
  terminal.note(`The key is shown this once; ${options.file} holds its hash only.`);
}

function shown({ sha256: _hash, ...entry }: ApiKeyEntry): Omit<ApiKeyEntry, 'sha256'> {
  return entry;
}

async function passwordFromInput(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > PASSWORD_BYTES_MAX) break;
  }
  const text = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '' || bytes > PASSWORD_BYTES_MAX || text.includes('\n')) {
    throw new StanceError('usage', {
      message: 'One line with the password is needed on standard input.',
      next: 'stance key password NAME < FILE',
    });
  }
  return text;
}
