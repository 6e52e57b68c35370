import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StanceError } from '../errors.ts';
import { accessLogFormat } from './access-log.ts';
import { inputOfBytes, inputOfStream, openFile, openInputs } from './input.ts';
import type { Input } from './source.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stance-input-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function textOf(input: Input): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of input.bytes()) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

async function namesOf(given: string): Promise<string[]> {
  const names: string[] = [];
  for await (const input of openInputs(given)) names.push(input.name.slice(folder.length + 1));
  return names;
}

/** What was read before the fault, and the fault. */
async function readUntilFault(input: Input): Promise<{ text: string; fault: StanceError }> {
  let text = '';
  try {
    for await (const part of input.bytes()) text += Buffer.from(part).toString('latin1');
  } catch (error) {
    if (error instanceof StanceError) return { text, fault: error };
    throw error;
  }
  throw new Error('no fault');
}

const line = (at: number) => `192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /items/${at * 7919} HTTP/1.1" 200 ${at} "-" "-"\n`;
const log = (lines: number) => Array.from({ length: lines }, (_, at) => line(at)).join('');

describe('compressed inputs', () => {
  test('gzip with many members and Zstandard with many frames are read to the end', async () => {
    const parts = ['one\n', 'two\n', 'three\n'].map((part) => Buffer.from(part));
    expect(await textOf(inputOfBytes('a.gz', Buffer.concat(parts.map((part) => gzipSync(part)))))).toBe('one\ntwo\nthree\n');
    expect(await textOf(inputOfBytes('a.zst', Buffer.concat(parts.map((part) => zstdCompressSync(part)))))).toBe('one\ntwo\nthree\n');
  });

  test('large frames that end in the middle of a chunk lose nothing', async () => {
    const frame = log(3000);
    const packed = Buffer.concat([zstdCompressSync(frame), zstdCompressSync(frame), zstdCompressSync(frame)]);
    expect((await textOf(inputOfBytes('a.zst', packed))).length).toBe(frame.length * 3);
  });

  test('a gzip file that is cut off gives what stands before the cut, then says so', async () => {
    const whole = log(20_000);
    const packed = gzipSync(whole);
    const { text, fault } = await readUntilFault(inputOfBytes('a.gz', packed.subarray(0, packed.length - 200)));
    expect(whole.startsWith(text)).toBe(true);
    expect(text.length).toBeGreaterThan(whole.length * 0.9);
    expect([fault.code, fault.message]).toEqual(['input-unreadable', 'a.gz: its gzip data ends too early.']);
  });

  test('a log that is cut off keeps its lines, and the error tells how many', async () => {
    const packed = gzipSync(log(20_000));
    const lines: number[] = [];
    const cut: number[] = [];
    const reading = (async () => {
      for await (const batch of accessLogFormat.read(inputOfBytes('a.log.gz', packed.subarray(0, packed.length / 2)), {})) {
        for (const item of batch) {
          if (item.kind === 'exchange') lines.push(item.exchange.line);
          else if (item.kind === 'malformed') cut.push(item.line);
        }
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'incomplete', unchanged: 'What was read before that stays counted.' });
    expect(lines.length).toBeGreaterThan(8000);
    expect(lines).toEqual(lines.map((_, at) => at + 1));
    expect(cut).toEqual([lines.length + 1]);
  });

  test('corrupt data is told apart from data that ends early', async () => {
    const packed = gzipSync(log(20_000));
    packed.fill(0x55, 70_000, 70_064);
    const { fault } = await readUntilFault(inputOfBytes('a.gz', packed));
    expect(fault.message).toBe('a.gz: its gzip data is corrupt.');
    const zstd = zstdCompressSync(log(20_000));
    expect((await readUntilFault(inputOfBytes('a.zst', zstd.subarray(0, zstd.length / 2)))).fault.message).toBe(
      'a.zst: its zstd data ends too early.',
    );
  });

  test('a small file that expands to very much is passed through without being held', async () => {
    const member = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const packed = Buffer.concat(Array.from({ length: 75 }, () => member));
    const before = process.memoryUsage().arrayBuffers;
    let bytes = 0;
    let most = 0;
    for await (const part of inputOfBytes('a.gz', packed).bytes()) {
      bytes += part.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(600 * 1024 * 1024);
    // Half of it: what is let go of is freed when the collector gets to it, and other tests share the process.
    expect(most).toBeLessThan(300 * 1024 * 1024);
  });

  test.each([
    ['zip', [0x50, 0x4b, 3, 4]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ] as const)('%s is named as not read', async (name, magic) => {
    await expect(textOf(inputOfBytes('a', Buffer.from([...magic, 1, 2, 3])))).rejects.toMatchObject({
      code: 'input-unknown-format',
      message: `a is compressed with ${name}, which is not read.`,
    });
  });

  test('UTF-16 as Windows tools write it becomes UTF-8', async () => {
    expect(await textOf(inputOfBytes('a', Buffer.from('\uFEFFgrün\r\n', 'utf16le')))).toBe('grün\r\n');
  });
});

describe('what a user names', () => {
  test('a folder stands for its files, sorted, with those below; a glob for those that match', async () => {
    await mkdir(join(folder, 'logs/b/.git'), { recursive: true });
    for (const name of ['logs/z.log', 'logs/a.log', 'logs/b/c.log', 'logs/b/d.txt', 'logs/b/.git/config'])
      await writeFile(join(folder, name), 'x');
    expect(await namesOf(join(folder, 'logs'))).toEqual(['logs/a.log', 'logs/b/c.log', 'logs/b/d.txt', 'logs/z.log']);
    expect(await namesOf(join(folder, 'logs/**/*.log'))).toEqual(['logs/a.log', 'logs/b/c.log', 'logs/z.log']);
  });

  test('a circle of symbolic links ends', async () => {
    await mkdir(join(folder, 'circle'));
    await writeFile(join(folder, 'circle/a.log'), 'x');
    await symlink(join(folder, 'circle'), join(folder, 'circle/self'));
    expect(await namesOf(join(folder, 'circle'))).toEqual(['circle/a.log']);
  });

  test('a file whose name looks like a glob is that file', async () => {
    await writeFile(join(folder, 'a[1].log'), 'x');
    expect(await namesOf(join(folder, 'a[1].log'))).toEqual(['a[1].log']);
  });

  test.each(['nothing-here.log', 'nothing-*.log'])('%s, which does not exist, is said to be missing', async (name) => {
    await expect(namesOf(join(folder, name))).rejects.toMatchObject({ code: 'input-unreadable' });
  });

  test('a device is refused rather than read forever', async () => {
    await expect(openFile('/dev/zero')).rejects.toMatchObject({
      code: 'input-unreadable',
      message: '/dev/zero cannot be read: it is a device or socket.',
    });
  });

  test('- is standard input: its head can be seen and it is still read whole', async () => {
    const content = log(3000);
    const stdin = Readable.from([gzipSync(content)], { objectMode: true });
    for await (const input of openInputs('-', { stdin })) {
      expect([input.name, input.size]).toEqual(['stdin', null]);
      expect(content.startsWith(await input.head())).toBe(true);
      expect(await textOf(input)).toBe(content);
    }
  });

  test('consumed bytes reach the size on disk', async () => {
    const path = join(folder, 'big.log.gz');
    await writeFile(path, gzipSync(log(50_000)));
    const input = await openFile(path);
    const seen: number[] = [];
    for await (const part of input.bytes()) if (part.length > 0) seen.push(input.consumed());
    expect(input.consumed()).toBe(input.size);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('an empty file gives no item and no error', async () => {
    const items: unknown[] = [];
    for await (const batch of accessLogFormat.read(inputOfBytes('empty', new Uint8Array(0)), {})) items.push(...batch);
    expect(items).toEqual([]);
  });
});

describe('files beside a document', () => {
  test('a sibling is read, and nothing outside the folder, by path or by link', async () => {
    await mkdir(join(folder, 'api/parts'), { recursive: true });
    await writeFile(join(folder, 'outside.yaml'), 'secret');
    await writeFile(join(folder, 'api/a.yaml'), 'a');
    await writeFile(join(folder, 'api/parts/b.yaml'), 'b');
    await symlink(join(folder, 'outside.yaml'), join(folder, 'api/link.yaml'));
    const input = await openFile(join(folder, 'api/a.yaml'));
    expect(Buffer.from(await input.sibling('parts/b.yaml')).toString()).toBe('b');
    for (const name of ['../outside.yaml', 'link.yaml', join(folder, 'outside.yaml'), 'http://localhost/x', 'parts/../../outside.yaml']) {
      await expect(input.sibling(name)).rejects.toMatchObject({ code: 'input-unreadable' });
    }
  });

  test('a folder that was given is the border, not the folder of each file', async () => {
    for await (const input of openInputs(join(folder, 'api'))) {
      if (input.name.endsWith('b.yaml')) expect(Buffer.from(await input.sibling('../a.yaml')).toString()).toBe('a');
    }
  });
});

describe('going on where an import stopped', () => {
  test('from the byte that was reached, numbering goes on and no line is lost or repeated', async () => {
    const path = join(folder, 'resume.log');
    await writeFile(path, log(5000));
    const first = await openFile(path);
    const seen: number[] = [];
    for await (const batch of accessLogFormat.read(first, {})) {
      for (const item of batch) if (item.kind === 'exchange') seen.push(item.exchange.line);
      if (seen.length >= 2000) break;
    }
    const position = first.position;
    expect(position.line).toBe(1000);
    const second = await openFile(path, { start: position });
    for await (const batch of accessLogFormat.read(second, { afterLine: 2000 })) {
      for (const item of batch) if (item.kind === 'exchange') seen.push(item.exchange.line);
    }
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1));
  });

  test('a stream cannot be read twice', async () => {
    const input = inputOfStream('stdin', Readable.from([Buffer.from('a')], { objectMode: true }));
    await textOf(input);
    await expect(textOf(input)).rejects.toMatchObject({ code: 'input-unreadable' });
  });
});
