import { describe, expect, test } from 'vitest';
import { instantOf } from './instant.ts';
import { commandNamed } from './main.ts';
import { duration, ProgressLine, progressText } from './progress.ts';
import { table } from './table.ts';
import { printable, type Terminal } from './terminal.ts';

describe('what logs and documents hold', () => {
  test('cannot steer a terminal', () => {
    expect(printable('/a\u001b[31mred\u001b]0;title\u0007')).toBe('/a?[31mred?]0;title?');
    expect(printable('a\u202egnp.exe\u009b1m')).toBe('a?gnp.exe?1m');
    expect(printable('a\tb\nc\r')).toBe('a b c?');
    expect(printable('Größe 東京')).toBe('Größe 東京');
  });

  test('cannot break the columns of a pipe', () => {
    const pipe = { isInteractive: false } as Terminal;
    expect(
      table(
        pipe,
        [{ a: 'x\ty\nz', b: '1' }],
        [
          { title: 'a', value: (row) => row.a },
          { title: 'b', value: (row) => row.b },
        ],
      ),
    ).toBe('x y z\t1\n');
  });
});

test('a table on a terminal fits its width, and only what gives way is cut', () => {
  const plain = (text: string) => text;
  const terminal = { isInteractive: true, width: 60, ellipsis: '…', colors: { dim: plain } } as unknown as Terminal;
  const rows = [{ method: 'DELETE', template: `/v1/${'long/'.repeat(30)}`, calls: '12' }];
  const text = table(terminal, rows, [
    { title: 'method', value: (row) => row.method },
    { title: 'template', value: (row) => row.template, gives: true },
    { title: 'calls', value: (row) => row.calls, align: 'right' },
  ]);
  for (const line of text.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(text).toContain('DELETE');
  expect(text).toContain('…');
  expect(text).toMatch(/12$/m);
});

describe('progress', () => {
  const step = {
    name: 'access.log',
    format: 'nginx',
    phase: 'reading',
    seen: 1_204_331,
    bytesDone: 78,
    bytesTotal: 100,
    perSecond: 41_000,
    secondsLeft: 6,
  } as const;

  test('names rate, share and time left', () => {
    expect(progressText(step)).toBe('access.log  1,204,331 seen  78 %  41k/s  6 s left');
    expect(progressText({ ...step, bytesTotal: null, secondsLeft: null })).toBe('access.log  1,204,331 seen  41k/s');
    expect([duration(59), duration(61), duration(3_700)]).toEqual(['59 s', '1 min 1 s', '1 h 2 min']);
  });

  test('is silent for a second, then rewrites one line on a terminal, and one line every ten seconds elsewhere', () => {
    for (const [isTerminal, everyMs] of [
      [true, 100],
      [false, 10_000],
    ] as const) {
      let nowMs = 0;
      const written: string[] = [];
      const line = new ProgressLine({ isTerminal, now: () => nowMs, write: (text) => written.push(text) });
      nowMs = 900;
      line.show(step);
      expect(written).toEqual([]);
      nowMs = Math.max(1_100, everyMs);
      line.show(step);
      nowMs += everyMs - 1;
      line.show(step);
      expect(written).toHaveLength(1);
      nowMs += 1;
      line.show(step);
      expect(written).toHaveLength(2);
      expect(written[0]?.startsWith('\r')).toBe(isTerminal);
    }
  });
});

test('a date is the end of its day, and what is no date is refused', () => {
  expect(instantOf('2026-12-01', '--until')).toBe(Date.UTC(2026, 11, 1, 23, 59, 59));
  for (const text of ['2026-02-31', 'tomorrow', '1', '2026-13-01', '']) expect(() => instantOf(text, '--until'), text).toThrow(/--until/);
});

test('the command is the first word that is no option and no value of one', () => {
  expect(commandNamed(['--data', 'inventory', '-w', 'x', '--json', 'status', 'import'])).toBe('status');
  expect(commandNamed(['--data=up', 'next'])).toBe('next');
  expect(commandNamed(['--help'])).toBeNull();
});
