import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations, chromiumFile, type Running, settled, startStance } from './stance-in-browser.fixture.ts';

interface Stop {
  readonly name: string;
  readonly outlined: boolean;
  readonly covered: boolean;
}

/** What the focused element looks like; text, because it runs in the page. */
const focusSeen = `() => {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused === document.body) return null;
  const box = focused.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 30), box.top + box.height / 2);
  const style = getComputedStyle(focused);
  return {
    name: focused.textContent?.slice(0, 30) || focused.getAttribute('aria-label') || focused.tagName,
    outlined: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
    covered: at === null || !(focused.contains(at) || at.contains(focused)),
  };
}`;

describe.skipIf(chromiumFile === null)('the page by keyboard alone (needs Chromium)', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startStance({ sample: true });
  });
  afterAll(() => running?.stop());

  test('g and a letter goes to each page; ? shows the keys; Escape gives the page back', async () => {
    const opened = await running.open('/posture?ws=sample');
    const { page } = opened;
    for (const [key, where] of [
      ['i', /\/inventory/],
      ['t', /\/findings/],
      ['c', /\/controls/],
      ['s', /\/sources/],
      ['e', /\/settings/],
      ['p', /\/posture/],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForURL(where);
      expect(page.url()).toContain('ws=sample');
    }
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  test('Ctrl-K finds an operation by part of its path and Enter opens it', async () => {
    const opened = await running.open('/posture?ws=sample');
    const { page } = opened;
    await page.keyboard.press('Control+k');
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('role')")).toBe('combobox');
    await page.keyboard.type('tracking');
    await page.getByRole('option', { name: /tracking/ }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/operations\/op_/);
    await settled(page);
    await expect.poll(() => page.locator('h1').innerText()).toMatch(/tracking/);
    await opened.close();
  });

  test('in a list j and k move, x selects, Enter opens; / goes to the search field', async () => {
    const opened = await running.open('/inventory?ws=sample');
    const { page } = opened;
    await page.locator('tbody th a').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await page.evaluate("document.activeElement?.closest('[data-row]')?.getAttribute('data-row')")).toBe('0');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('2 operations selected').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('/');
    expect(await page.evaluate("document.activeElement?.getAttribute('type')")).toBe('search');
    await page.keyboard.type('sessions');
    await page.waitForURL(/text=sessions/);
    await page.locator('body').press('Tab');
    await expect.poll(() => page.locator('tbody th a').count()).toBeLessThan(5);
    await page.locator('main').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/operations\//);
    await opened.close();
  });

  test('single keys can be turned off, and then do nothing', async () => {
    const opened = await running.open('/settings?ws=sample&tab=page');
    const { page } = opened;
    await page.getByLabel('Single-key shortcuts').uncheck();
    await page.locator('main').focus();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.keyboard.press('?');
    expect(page.url()).toContain('/settings');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await opened.close();
  });

  test('every control that Tab reaches shows its focus and is not hidden behind the bars', async () => {
    const opened = await running.open('/controls?ws=sample');
    const { page } = opened;
    await page.locator('tbody .expand').first().waitFor();
    const wrong: string[] = [];
    let stops = 0;
    for (; stops < 40; stops++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate<Stop | null>(`(${focusSeen})()`);
      if (seen === null) continue;
      if (!seen.outlined) wrong.push(`${seen.name}: no visible focus`);
      if (seen.covered) wrong.push(`${seen.name}: covered`);
    }
    expect(stops).toBe(40);
    expect(wrong).toEqual([]);
    await opened.close();
  });

  test('in triage 3 dismisses the focused finding with a reason, and it can be opened again', async () => {
    const opened = await running.open('/findings?ws=sample');
    const { page } = opened;
    const title = await page.locator('tbody .expand').last().innerText();
    const rows = await page.locator('tr[data-finding]').count();
    await page.locator('tbody .expand').last().focus();
    await page.keyboard.press('3');
    await page.getByRole('dialog', { name: 'Dismiss' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Reason').fill('Known, and only inside the cluster');
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss' }).click();
    await expect.poll(() => page.locator('tr[data-finding]').count()).toBe(rows - 1);
    await page.goto(`${running.url}/findings?ws=sample&state=dismissed`);
    await settled(page);
    await expect.poll(() => page.locator('tbody .expand').first().innerText()).toContain(title.split('\n')[0]);
    await opened.close();
  });
});
