/** Where results and remarks go: results to standard output (or a file) alone, everything else to standard error. */
import { renameSync, writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import pc from 'picocolors';
import { StanceError } from '../errors.ts';

/** Used when a terminal does not say how wide it is. */
const widthDefault = 100;

export type ResultForm = 'text' | 'json' | 'jsonl';

export interface TerminalOptions {
  readonly json?: boolean | undefined;
  readonly jsonl?: boolean | undefined;
  /** `-o`: the result goes to this file instead. */
  readonly output?: string | undefined;
  /** false = `--no-color`. */
  readonly color?: boolean | undefined;
  readonly ascii?: boolean | undefined;
}

export type Colors = ReturnType<typeof pc.createColors>;

export class Terminal {
  readonly form: ResultForm;
  /** Whether a person reads the result: then columns are aligned, cut to the width, and coloured. */
  readonly isInteractive: boolean;
  readonly width: number;
  readonly ellipsis: string;
  readonly colors: Colors;
  /** Whether questions may be asked. */
  readonly canAsk: boolean;
  readonly #output: string | undefined;

  constructor(options: TerminalOptions, env: NodeJS.ProcessEnv = process.env) {
    if (options.json === true && options.jsonl === true) {
      throw new StanceError('usage', { message: '--json and --jsonl exclude each other.', next: 'Choose one.' });
    }
    this.form = options.json === true ? 'json' : options.jsonl === true ? 'jsonl' : 'text';
    this.#output = options.output;
    this.isInteractive = process.stdout.isTTY === true && this.#output === undefined;
    this.width = process.stdout.columns ?? widthDefault;
    const isDumb = env.TERM === 'dumb';
    // https://no-color.org: any value that is not empty.
    const wantsNone = options.color === false || (env.NO_COLOR ?? '') !== '' || isDumb;
    this.colors = pc.createColors(this.isInteractive && !wantsNone);
    this.ellipsis = options.ascii === true || isDumb ? '..' : '…';
    this.canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true && !isCi(env);
  }

  /** The result as text; a final line break is added when it lacks one. */
  async result(text: string): Promise<void> {
    const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    if (this.#output === undefined) return write(process.stdout, whole);
    writeWhole(this.#output, whole);
    this.note(`Written to ${this.#output}.`);
  }

  /** One object: its JSON, or `text` for people. */
  async object(value: object, text: () => string): Promise<void> {
    if (this.form === 'text') return this.result(text());
    return this.result(this.form === 'json' ? JSON.stringify(value, null, 2) : JSON.stringify(value));
  }

  /** A list: a JSON array, a JSON object a line, or `text` for people. */
  async list(values: readonly object[], text: () => string): Promise<void> {
    if (this.form === 'text') return this.result(text());
    if (this.form === 'jsonl') return this.result(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    const rows = values.map((value) => JSON.stringify(value)).join(',\n');
    return this.result(rows === '' ? '[]' : `[\n${rows}\n]`);
  }

  /** A remark for people; never part of the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

export function isCi(env: NodeJS.ProcessEnv = process.env): boolean {
  const value = env.CI ?? '';
  return value !== '' && value !== 'false' && value !== '0';
}

/** Whatever a log or a document holds, it cannot steer the terminal: control and text-direction characters are shown as `?`. */
export function printable(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?')
    .replace(/[\t\n\u2028\u2029]/g, ' ');
}

async function write(stream: Writable, text: string): Promise<void> {
  if (stream.write(text)) return;
  await new Promise<void>((resolve) => stream.once('drain', resolve));
}

/** Renamed into place, so that a reader never sees half a file. */
export function writeWhole(file: string, text: string): void {
  try {
    writeFileSync(`${file}.part`, text);
    renameSync(`${file}.part`, file);
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    throw new StanceError(code === 'ENOSPC' ? 'storage-full' : 'input-unreadable', {
      message: `${file} cannot be written${code === undefined ? '' : ` (${code})`}.`,
      next: 'Check the folder and its permissions, or choose another file.',
      cause,
    });
  }
}
