import { appendFile, copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessLogFormat } from './access-log.ts';
import { type FollowPosition, followFile } from './follow.ts';

let folder = '';
let log = '';
let follower: Follower | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stance-follow-'));
  log = join(folder, 'access.log');
});
afterEach(async () => {
  await follower?.stop();
  follower = null;
  await rm(folder, { recursive: true, force: true });
});

/** Every line has a path of its own: what was read can be compared with what was written. */
const line = (at: number) => `192.0.2.1 - - [03/Mar/2025:00:51:43 +0000] "GET /n/${at} HTTP/1.1" 200 1 "-" "x"\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => line(from + at)).join('');
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

class Follower {
  readonly seen: number[] = [];
  readonly malformed: number[] = [];
  readonly gaps: boolean[] = [];
  position: FollowPosition | undefined;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(path: string, position?: FollowPosition) {
    this.#done = this.#run(path, position);
  }

  async #run(path: string, position: FollowPosition | undefined): Promise<void> {
    const options = { signal: this.#abort.signal, pollMs: 5, graceMs: 40, ...(position === undefined ? {} : { position }) };
    for await (const file of followFile(path, options)) {
      this.gaps.push(file.gap);
      for await (const batch of accessLogFormat.read(file.input, {})) {
        for (const item of batch) {
          if (item.kind === 'exchange') this.seen.push(Number(item.exchange.path.slice(3)));
          else if (item.kind === 'malformed') this.malformed.push(item.line);
        }
      }
      this.position = file.position();
    }
  }

  async until(count: number): Promise<void> {
    const start = performance.now();
    while (this.seen.length < count && performance.now() - start < 10_000) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(this.seen).toHaveLength(count);
  }

  /** Stops, and tells where to go on. */
  async stop(): Promise<FollowPosition> {
    this.#abort.abort();
    await this.#done;
    if (this.position === undefined) throw new Error('nothing was followed');
    return this.position;
  }
}

function follow(position?: FollowPosition): Follower {
  follower = new Follower(log, position);
  return follower;
}

describe('following a log', () => {
  test('lines are given as they are written, a half line only when it is whole', async () => {
    await writeFile(log, lines(0, 3));
    const reader = follow();
    await reader.until(3);
    await appendFile(log, line(3).slice(0, 40));
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(reader.seen).toHaveLength(3);
    await appendFile(log, line(3).slice(40) + lines(4, 2000));
    await reader.until(2000);
    expect(reader.seen).toEqual(numbers(0, 2000));
    expect(reader.malformed).toEqual([]);
  });

  test('a file that is not there yet is waited for', async () => {
    const reader = follow();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(log, lines(0, 2));
    await reader.until(2);
  });

  test('rename and create: the writer goes on in the old file for a while, and nothing is lost', async () => {
    await writeFile(log, lines(0, 100));
    const reader = follow();
    await reader.until(100);
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, lines(100, 110));
    await writeFile(log, '');
    await appendFile(`${log}.1`, lines(110, 120));
    await reader.until(120);
    await appendFile(log, lines(120, 130));
    await appendFile(`${log}.1`, line(9999).trimEnd());
    await reader.until(131);
    expect(reader.seen).toEqual([...numbers(0, 120), 9999, ...numbers(120, 130)]);
    expect(reader.gaps).toEqual([false, false]);
  });

  test('copy and truncate: what was written since the last look is read from the copy', async () => {
    await writeFile(log, lines(0, 50));
    const reader = follow();
    await reader.until(50);
    // Nothing is awaited in between, so that the follower has no chance to see these lines before they are gone.
    const copied = Buffer.from(lines(0, 70));
    const { writeFileSync, truncateSync, appendFileSync } = await import('node:fs');
    writeFileSync(`${log}.1`, copied);
    truncateSync(log, 0);
    appendFileSync(log, lines(70, 80));
    await reader.until(80);
    expect(reader.seen).toEqual(numbers(0, 80));
    expect(reader.gaps).toEqual([false, false]);
  });

  test('a file that is emptied and refilled beyond where it was read is noticed', async () => {
    await writeFile(log, lines(0, 5));
    const reader = follow();
    await reader.until(5);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(log, lines(100, 150));
    await reader.until(55);
    expect(reader.seen).toEqual([...numbers(0, 5), ...numbers(100, 150)]);
    expect(reader.gaps).toEqual([false, true]);
  });

  test('stopped and started again, it goes on at the next line', async () => {
    await writeFile(log, lines(0, 1500) + line(1500).slice(0, 30));
    const first = follow();
    await first.until(1500);
    const position = await first.stop();
    expect(position.line).toBe(1500);
    await appendFile(log, line(1500).slice(30) + lines(1501, 1600));
    const second = follow(position);
    await second.until(100);
    expect(second.seen).toEqual(numbers(1500, 1600));
    expect(second.malformed).toEqual([]);
  });

  test('rotated twice while nobody looked, the oldest compressed: all of it is read in order', async () => {
    await writeFile(log, lines(0, 40));
    const first = follow();
    await first.until(40);
    const position = await first.stop();
    await writeFile(`${log}.2.gz`, gzipSync(lines(0, 60)));
    await rm(log);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(`${log}.1`, lines(60, 90));
    await writeFile(log, lines(90, 95));
    const second = follow(position);
    await second.until(55);
    expect(second.seen).toEqual(numbers(40, 95));
    expect(second.gaps).toEqual([false, false, false]);
  });

  test('copy and truncate while nobody looked', async () => {
    await writeFile(log, lines(0, 40));
    const first = follow();
    await first.until(40);
    const position = await first.stop();
    await appendFile(log, lines(40, 60));
    await copyFile(log, `${log}-20250303`);
    await truncate(log, 0);
    await appendFile(log, lines(60, 61));
    const second = follow(position);
    await second.until(21);
    expect(second.seen).toEqual(numbers(40, 61));
  });

  test('when the file that was followed is gone without a trace, the gap is told', async () => {
    await writeFile(log, lines(0, 40));
    const first = follow();
    await first.until(40);
    const position = await first.stop();
    await writeFile(log, lines(500, 503));
    const second = follow(position);
    await second.until(3);
    expect(second.gaps).toEqual([true]);
  });

  test('a compressed file is refused', async () => {
    await writeFile(log, gzipSync('x'));
    const abort = new AbortController();
    for await (const file of followFile(log, { signal: abort.signal })) {
      await expect(file.input.bytes()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'input-unreadable' });
      break;
    }
  });
});
