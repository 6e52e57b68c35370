/**
 * What the inventory page costs with 50,000 operations, in a real browser on the real server: from a changed filter to the
 * rows on the screen, and frames while scrolling. `node bench/page.ts [operations]`; times in milliseconds, goal p95 < 200.
 */
import { openStore } from '../src/store/open-store.ts';
import { sampleOperation, sampleSnapshot } from '../src/store/store-samples.fixture.ts';
import { startStance } from '../test/e2e/stance-in-browser.fixture.ts';

const size = Number(process.argv[2] ?? 50_000);

const running = await startStance({
  sample: false,
  prepare: async (dir) => {
    const store = await openStore({ dir, workspace: 'main', mode: 'write', now: Date.now });
    const operations = Array.from({ length: size }, (_, at) => sampleOperation(at));
    await store.saveInventory(sampleSnapshot(operations, { builtMs: Date.now() }));
    await store.close();
  },
});
try {
  const loads: number[] = [];
  const filters: number[] = [];
  const letters: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startMs = performance.now();
    const opened = await running.open('/inventory?ws=main');
    const { page } = opened;
    await page.locator('tbody th a').first().waitFor();
    loads.push(performance.now() - startMs);
    // Runs in the page: presses, then waits until the count and the rows have changed and a frame is painted.
    await page.evaluate(`globalThis.timed = (act) => new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error('nothing changed within 10 s: ' + act)), 10_000);
      const state = () => document.querySelector('main .tools [role=status]')?.textContent + '|' + [...document.querySelectorAll('main tbody th')].map((one) => one.textContent).join();
      const before = state();
      const start = performance.now();
      const watch = new MutationObserver(() => {
        if (state() === before) return;
        watch.disconnect();
        clearTimeout(late);
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      });
      watch.observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });
      act();
    })`);
    for (const view of ['Shadow', 'Zombie', 'Silent', 'Unused', 'All', 'Active', 'Shadow', 'All']) {
      filters.push(
        await page.evaluate<number>(
          `timed(() => [...document.querySelectorAll('.view')].find((one) => one.textContent.startsWith('${view}')).click())`,
        ),
      );
    }
    for (const label of ['Calls a day', 'State', 'API', 'Operation', 'Last seen', 'Gaps']) {
      filters.push(
        await page.evaluate<number>(
          `timed(() => [...document.querySelectorAll('.sort-button')].find((one) => one.textContent === '${label}')?.click() ?? 0)`,
        ),
      );
    }
    for (const text of [`area-${round}`, `things-${round + 41}`, 'team 7']) {
      letters.push(
        await page.evaluate<number>(`timed(() => {
          const field = document.querySelector('main input[type=search]');
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, '${text}');
          field.dispatchEvent(new Event('input', { bubbles: true }));
        })`),
      );
    }
    await opened.close();
  }
  report('page opened, first rows on the screen', loads);
  report('view or order changed, new rows on the screen', filters);
  report('text typed (with the 120 ms pause that ends a word), new rows', letters);

  const opened = await running.open('/inventory?ws=main');
  await opened.page.locator('tbody th a').first().waitFor();
  const frames = await opened.page.evaluate<number[]>(`new Promise((done) => {
    const box = document.querySelector('.list-box');
    const frames = [];
    let last = performance.now();
    const step = (now) => {
      frames.push(now - last);
      last = now;
      box.scrollTop += 400;
      if (frames.length < 300) requestAnimationFrame(step); else done(frames.slice(2));
    };
    requestAnimationFrame(step);
  })`);
  report('frame while scrolling 400 px a frame', frames);
  const farMs = performance.now();
  await opened.page.evaluate(`document.querySelector('.list-box').scrollTop = 1e9`);
  await opened.page.locator(`tbody tr[aria-rowindex="${size + 1}"] th a`).waitFor({ timeout: 120_000 });
  process.stdout.write(`${'jump to the last row, all pages between fetched'.padEnd(64)} ${Math.round(performance.now() - farMs)}\n`);
  const heap = await opened.page.evaluate<number>('performance.memory.usedJSHeapSize');
  process.stdout.write(`${'heap of the tab with every row fetched, MiB'.padEnd(64)} ${Math.round(heap / 2 ** 20)}\n`);
  await opened.close();
} finally {
  await running.stop();
}

function report(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  process.stdout.write(`${what.padEnd(64)} p50 ${at(0.5)}  p95 ${at(0.95)}  most ${at(1)}  (n ${times.length})\n`);
}
