import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownGateway, ownLog, ownSpec } from './own-data.fixture.ts';
import { axeViolations, chromiumFile, type Running, settled, startStance } from './stance-in-browser.fixture.ts';

/** The promise of the first page, milliseconds. */
const firstRunMsMax = 5 * 60_000;

describe.skipIf(chromiumFile === null)('the first five minutes (needs Chromium)', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startStance({ sample: true });
  });
  afterAll(() => running?.stop());

  test('own spec and log in, inventory, six questions, one change, accepted, and seen to hold', { timeout: firstRunMsMax }, async () => {
    const startedMs = Date.now();
    const opened = await running.open('/');
    const { page } = opened;
    const file = (name: string, text: string) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
    const bring = (files: ReturnType<typeof file>[]) => page.locator('main input[type=file]').setInputFiles(files);

    await page.getByRole('link', { name: 'Use my own data' }).click();
    await page.waitForURL(/\/start\?ws=main/);
    await bring([file('library.yaml', ownSpec({ mended: false })), file('access.log', ownLog(Date.now()))]);
    await expect.poll(() => page.locator('.job-state').allInnerTexts(), { timeout: 60_000 }).toEqual(['done', 'done']);
    await expect
      .poll(() => page.locator('main').innerText(), { timeout: 15_000 })
      .toMatch(/5 operations: 4 declared, 1 called but not declared/);
    expect(await page.locator('main').innerText()).toMatch(/1,200 seen\s+1,168 read\s+32 folded/);
    expect(await axeViolations(page)).toEqual([]);

    await page.getByRole('link', { name: 'Open the inventory' }).click();
    await settled(page);
    await page.getByRole('navigation', { name: 'Views' }).getByText('Shadow').click();
    await expect.poll(() => page.locator('tbody th').allInnerTexts()).toEqual([expect.stringMatching(/GET\s+\/members\/\{memberId\}/)]);

    await page.goto(`${running.url}/start?ws=main&step=questions`);
    await settled(page);
    const questions = page.locator('fieldset.question');
    expect(await questions.count()).toBe(6);
    for (let at = 0; at < 6; at++) {
      const saved = page.waitForResponse((response) => response.url().endsWith('/answers') && response.ok());
      await questions.nth(at).getByLabel('Don’t know').check();
      await saved;
    }
    expect(await axeViolations(page)).toEqual([]);

    await page.getByRole('link', { name: 'Next: the one change' }).click();
    await settled(page);
    const change = page.locator('section.change');
    await change.waitFor();
    const title = await change.locator('h2').innerText();
    expect(title).toMatch(/gateway configuration/i);
    for (const part of ['Effect', 'Effort', 'Safety', 'Undo', 'Done when']) expect(await change.innerText()).toContain(part);
    await change.getByRole('button', { name: 'Why this one' }).click();
    expect(await axeViolations(page)).toEqual([]);

    await change.getByRole('button', { name: 'Accept' }).click();
    const dialog = page.getByRole('dialog', { name: 'Accept this change' });
    await dialog.getByLabel(/Owner/).fill('team-library');
    await dialog.getByRole('button', { name: 'Accept' }).click();
    await expect.poll(() => change.innerText(), { timeout: 20_000 }).toMatch(/owner team-library/);
    expect(await change.innerText()).toContain(title);
    expect(await axeViolations(page)).toEqual([]);

    await bring([file('nginx.conf', ownGateway)]);
    await expect.poll(() => page.locator('main').innerText(), { timeout: 60_000 }).toMatch(new RegExp(`Verified: ${title}`));
    // One at a time: the next one is named only now, and it is another.
    expect(await change.locator('h2').innerText()).not.toBe(title);

    await page.goto(`${running.url}/sources?ws=main`);
    await settled(page);
    await bring([file('library.yaml', ownSpec({ mended: true }))]);
    await expect.poll(() => page.locator('.job-state').allInnerTexts(), { timeout: 60_000 }).toEqual(['done']);
    await page.goto(`${running.url}/inventory?ws=main&state=shadow`);
    await settled(page);
    await expect.poll(() => page.locator('main').innerText()).toMatch(/No operation matches/);
    await page.goto(`${running.url}/posture?ws=main`);
    await settled(page);
    await expect.poll(() => page.locator('.ledger').innerText()).toMatch(/new evidence|you changed/);
    expect(Date.now() - startedMs).toBeLessThan(firstRunMsMax);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  test('a broken stance.yaml is refused whole, and its line is shown', async () => {
    const opened = await running.open('/settings?ws=main');
    const { page } = opened;
    const editor = page.getByLabel('stance.yaml');
    const before = await editor.inputValue();
    await editor.fill(`${before}\norganisation: [this, is, no, organisation]\n`);
    await page.keyboard.press('Control+s');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('button', { name: /Go to line \d+/ }).count()).toBeGreaterThan(0);
    expect(await axeViolations(page)).toEqual([]);
    await page.reload();
    await settled(page);
    expect(await page.getByLabel('stance.yaml').inputValue()).toBe(before);
    await opened.close();
  });

  test('the sample company is deleted with one press and takes nothing else along', async () => {
    const opened = await running.open('/settings?ws=sample&tab=workspaces');
    const { page } = opened;
    await page.getByRole('button', { name: 'Delete workspace sample' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete sample' }).click();
    await page.waitForURL(/\/posture/);
    await expect.poll(() => page.locator('body').innerText()).not.toMatch(/SAMPLE/);
    await page.goto(`${running.url}/inventory?ws=main`);
    await settled(page);
    await expect.poll(() => page.locator('tbody th').count()).toBe(5);
    await opened.close();
  });
});
