import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations, chromiumFile, overflowX, type Running, settled, startStance } from './stance-in-browser.fixture.ts';

/** Every page and every state of it that the sample company reaches, with words that only its real content shows. */
const pages: readonly { readonly name: string; readonly where: string; readonly shows: RegExp }[] = [
  { name: 'posture', where: '/posture?ws=sample', shows: /Your one change[\s\S]*Done when[\s\S]*Why it moved/ },
  { name: 'evidence', where: '/posture?ws=sample&evidence=source:none', shows: /no longer kept/ },
  { name: 'inventory', where: '/inventory?ws=sample', shows: /\/v2\/orders[\s\S]*paths seen/ },
  { name: 'inventory, filtered to nothing', where: '/inventory?ws=sample&text=zzzz', shows: /No operation matches/ },
  { name: 'folded paths', where: '/inventory?ws=sample&drawer=folded', shows: /Folded and excluded paths[\s\S]*Take back/ },
  { name: 'one API', where: '/apis/storefront?ws=sample', shows: /What is known[\s\S]*\/v2\/products/ },
  { name: 'controls', where: '/controls?ws=sample', shows: /TEC-01[\s\S]*TEC-18/ },
  { name: 'one control', where: '/controls?ws=sample&open=TEC-18', shows: /Passes when/ },
  { name: 'triage', where: '/findings?ws=sample', shows: /gateway\.counter-per-node|Rate limits are counted/ },
  { name: 'threats without a guard', where: '/threats?ws=sample', shows: /No guard was ever heard here/ },
  { name: 'sources', where: '/sources?ws=sample', shows: /seen = read \+ folded/ },
  { name: 'stance.yaml', where: '/settings?ws=sample', shows: /Save/ },
  { name: 'workspaces', where: '/settings?ws=sample&tab=workspaces', shows: /a made-up company/ },
  { name: 'preferences', where: '/settings?ws=sample&tab=page', shows: /Single-key shortcuts/ },
  { name: 'first run', where: '/start?ws=main', shows: /A spec and a log are enough/ },
  { name: 'six questions', where: '/start?ws=main&step=questions', shows: /Whom do you call at 02:00/ },
  { name: 'posture before anything came in', where: '/posture?ws=main', shows: /Nothing has been brought in yet/ },
  { name: 'no such page', where: '/nowhere', shows: /There is no such page/ },
];

describe.skipIf(chromiumFile === null)('the pages on the sample company (needs Chromium)', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startStance({ sample: true });
  });
  afterAll(() => running?.stop());

  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1440, 390] as const) {
      test(`each page shows its content, fits and is clean under axe: ${theme}, ${width} px`, async () => {
        const opened = await running.open('/posture?ws=sample', { theme, width, height: width === 390 ? 844 : 900 });
        const { page } = opened;
        const wrong: string[] = [];
        for (const { name, where, shows } of pages) {
          await page.goto(`${running.url}${where}`);
          await settled(page);
          await expect.poll(() => page.locator('body').innerText(), { timeout: 15_000, message: `${name} shows ${shows}` }).toMatch(shows);
          wrong.push(...(await axeViolations(page)).map((line) => `${name}: ${line}`));
          const wider = await overflowX(page);
          if (wider > 0) wrong.push(`${name}: ${wider} px wider than the window`);
          const styles = await page.evaluate<number>("document.querySelectorAll('style').length");
          if (styles > 0) wrong.push(`${name}: a style element was added, which the content policy refuses`);
        }
        // An evidence reference that is gone answers 404, which the browser notes by itself.
        expect([...wrong, ...opened.complaints.filter((line) => !line.includes('404'))]).toEqual([]);
        await opened.close();
      });
    }
  }

  test('one operation: all its parts, reached from the list and walked with [ and ]', async () => {
    const opened = await running.open('/inventory?ws=sample');
    const { page } = opened;
    await page.locator('tbody th a').first().click();
    await settled(page);
    await expect.poll(() => page.locator('h1').innerText()).toMatch(/\/v2\//);
    const first = page.url();
    await page.keyboard.press(']');
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press('[');
    await page.waitForURL(first);
    const wrong: string[] = [];
    for (const [tab, shows] of [
      ['Overview', /Spec × traffic × docs × policy/],
      ['Traffic', /Consumers and calls[\s\S]*Exchanges/],
      ['Fields', /Response|No field is known/],
      ['Findings', /./],
      ['Decisions', /Nobody has decided|decision/],
    ] as const) {
      await page.locator('nav.tabs').getByText(tab, { exact: false }).click();
      await expect.poll(() => page.locator('main').innerText(), { timeout: 15_000 }).toMatch(shows);
      await settled(page);
      wrong.push(...(await axeViolations(page)).map((line) => `${tab}: ${line}`));
    }
    expect([...wrong, ...opened.complaints]).toEqual([]);
    await opened.close();
  });

  test('the address is the state: view, filter, order and columns survive a reload and going back', async () => {
    const opened = await running.open('/inventory?ws=sample');
    const { page } = opened;
    await page.getByRole('navigation', { name: 'Views' }).getByText('Shadow').click();
    await page.waitForURL(/state=shadow/);
    await page.getByRole('button', { name: 'Operation', exact: true }).click();
    await page.waitForURL(/sort=template/);
    const rows = () => page.locator('tbody th').allInnerTexts();
    await expect.poll(async () => (await rows()).length).toBe(3);
    const before = await rows();
    await page.reload();
    await settled(page);
    await expect.poll(rows).toEqual(before);
    await page.locator('tbody th a').first().click();
    await page.waitForURL(/operations/);
    await page.goBack();
    await expect.poll(rows).toEqual(before);
    expect(page.url()).toMatch(/state=shadow/);
    await opened.close();
  });

  test('a table of the inventory says how many rows it has, though only those in sight are in the page', async () => {
    const opened = await running.open('/inventory?ws=sample');
    const table = opened.page.getByRole('table');
    const total = Number(await table.getAttribute('aria-rowcount'));
    expect(total).toBeGreaterThan(30);
    expect(await opened.page.locator('tbody tr[aria-rowindex]').first().getAttribute('aria-rowindex')).toBe('2');
    await opened.close();
  });

  test('a browser without a session is told how to get a link, and shown nothing else', async () => {
    const opened = await running.open('/posture?ws=sample');
    await opened.page.context().clearCookies();
    await opened.page.reload();
    await expect.poll(() => opened.page.locator('body').innerText()).toMatch(/Open Stance with a link[\s\S]*stance link/);
    expect(await opened.page.locator('body').innerText()).not.toMatch(/evidenced/);
    expect(await axeViolations(opened.page)).toEqual([]);
    await opened.close();
  });
});
