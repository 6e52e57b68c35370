import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LearnedTraffic } from '../engine/conformance/learned-traffic.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { headOf } from '../engine/policy/request.fixture.ts';
import { LearnedFile } from './learned-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'stance-learned-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const print = (purpose: string, value: string) => `${purpose}-${value.length}`;
const segment = pathSegmenter(print);
const place = join(dir, 'spool', 'main');
const kept = join(dir, 'learned', 'main.json');

test('what was learned is there after a restart, for its owner alone and without a value', () => {
  const file = new LearnedFile(place);
  expect(file.load()).toBeNull();
  const traffic = new LearnedTraffic(print, segment, null);
  const head = headOf('GET /notes?text=s3cret-words');
  for (let at = 0; at < 5; at++) traffic.learn({ head, service: null, params: {}, subject: null, body: null });
  expect(file.save(traffic)).toBe(true);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(readFileSync(kept, 'utf8')).not.toContain('s3cret');
  expect(new LearnedFile(place).load()?.operations['GET /notes']).toMatchObject({ requests: 5 });
});

test('a file that is no model is as good as none, and nothing new is nothing written', () => {
  writeFileSync(kept, '{"version":1,"operations":');
  expect(new LearnedFile(place).load()).toBeNull();
  const before = readFileSync(kept, 'utf8');
  expect(new LearnedFile(place).save(new LearnedTraffic(print, segment, null))).toBe(true);
  expect(readFileSync(kept, 'utf8')).toBe(before);
});

test('a place that cannot be written loses the model, not the guard', () => {
  writeFileSync(join(dir, 'file'), '');
  const traffic = new LearnedTraffic(print, segment, null);
  traffic.learn({ head: headOf('GET /a'), service: null, params: {}, subject: null, body: null });
  expect(new LearnedFile(join(dir, 'file', 'spool', 'main')).save(traffic)).toBe(false);
});
