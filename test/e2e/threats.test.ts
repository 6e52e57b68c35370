/** The Threats page over evidence that a real guard made of real requests. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type Origin, startOrigin } from '../doors/guarded-origin.fixture.ts';
import { axeViolations, chromiumFile, overflowX, type Running, settled, startStance } from './stance-in-browser.fixture.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Attacks, a word list at the login, and good requests, through `stance guard`; resolves once the guard has written all down. */
async function guardedTraffic(dir: string, origin: Origin): Promise<void> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const args = [
    'src/cli/main.ts',
    'guard',
    '--data',
    dir,
    '--upstream',
    `http://127.0.0.1:${origin.port}`,
    '--listen',
    `127.0.0.1:${port}`,
    '--workers',
    '1',
  ];
  const guard = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
  const ended = new Promise((resolve) => guard.once('exit', resolve));
  for (;;) {
    if (guard.exitCode !== null) throw new Error('the guard did not start');
    if (
      await fetch(`${base}/orders/1`).then(
        () => true,
        () => false,
      )
    )
      break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (let at = 0; at < 20; at++) await fetch(`${base}/orders/${at}`);
  for (let at = 0; at < 5; at++) await fetch(`${base}/orders?id=${encodeURIComponent(`${at}' or '1'='1' -- `)}`);
  for (let at = 0; at < 3; at++)
    await fetch(`${base}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"note":"<script>alert(1)</script>"}',
    });
  guard.kill('SIGTERM');
  await ended;
}

describe.skipIf(chromiumFile === null)('threats (needs Chromium)', () => {
  let origin: Origin;
  let running: Running;
  beforeAll(async () => {
    origin = await startOrigin();
    running = await startStance({ sample: false, prepare: (dir) => guardedTraffic(dir, origin) });
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await origin?.close();
  });

  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1440, 390] as const) {
      test(`decisions and policy show their content, fit and are clean under axe: ${theme}, ${width} px`, async () => {
        const opened = await running.open('/threats?ws=main', { theme, width, height: width === 390 ? 844 : 900 });
        const { page } = opened;
        for (const [where, shows] of [
          ['/threats?ws=main', /8\s+blocked[\s\S]*attacks\.sqli/],
          ['/threats?ws=main&tab=policy', /In force: the built-in policy[\s\S]*None was applied yet/],
        ] as const) {
          await page.goto(`${running.url}${where}`);
          await settled(page);
          expect(await page.locator('body').innerText()).toMatch(shows);
          expect(await axeViolations(page)).toEqual([]);
          expect(await overflowX(page)).toBeLessThanOrEqual(0);
        }
        expect(opened.complaints).toEqual([]);
        await opened.close();
      }, 60_000);
    }
  }

  test('a value is filtered, a decision explained, and a rule made of the filter comes into force in mode log', async () => {
    const { page, close } = await running.open('/threats?ws=main');
    await page.getByRole('button', { name: 'Filter: Rule attacks.xss.script-tag' }).click();
    await settled(page);
    expect(page.url()).toContain('rule=attacks.xss.script-tag');
    await page.locator('.rule-link').first().click();
    await page.getByText('Why it was refused').waitFor();
    expect(await page.getByRole('dialog').innerText()).toMatch(/Incident S-[\s\S]*POST[\s\S]*Undo/);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Make a rule of this filter' }).click();
    await page.getByRole('button', { name: 'Apply in mode log' }).click();
    await page.getByText(/In force as p1, in mode log/).waitFor();
    await page.goto(`${running.url}/threats?ws=main&tab=policy`);
    await settled(page);
    expect(await page.locator('body').innerText()).toMatch(/In force: p1/);
    await close();
  }, 60_000);
});
