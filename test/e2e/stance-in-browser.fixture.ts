/** The real program on a data folder of its own, and the browser that opens its page; nothing in between is replaced. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { root } from '../source-tree.ts';

/** Set by the test run; `/usr/bin/chromium` is where Debian puts it. Without either the page cannot be tested. */
export const chromiumFile: string | null = process.env.STANCE_CHROMIUM ?? (existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : null);

/** Longest wait for the program to say its link, milliseconds: it loads the sample company first. */
const startMsMax = 110_000;

export interface Running {
  readonly url: string;
  readonly dir: string;
  /** A page in a browser context of its own, signed in. */
  open(where: string, as?: { readonly theme?: 'light' | 'dark'; readonly width?: number; readonly height?: number }): Promise<Opened>;
  stop(): Promise<void>;
}

export interface Opened {
  readonly page: Page;
  /** What the browser complained about: console errors, refused styles and scripts, uncaught errors. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface Start {
  /** Load the made-up company first, as on an empty folder. */
  readonly sample: boolean;
  /** Fills the data folder before the program sees it. */
  readonly prepare?: (dir: string) => Promise<void>;
}

/** Starts `stance up` and a browser. */
export async function startStance({ sample, prepare }: Start): Promise<Running> {
  if (chromiumFile === null) throw new Error('there is no Chromium');
  buildPage();
  const dir = mkdtempSync(path.join(tmpdir(), 'stance-e2e-'));
  await prepare?.(dir);
  const args = ['src/cli/main.ts', 'up', '--data', dir, '--port', '0', '--no-otlp', ...(sample ? [] : ['--no-sample'])];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const link = await linkOf(child);
  const url = new URL(link).origin;
  const browser = await chromium.launch({
    executablePath: chromiumFile,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const cookies = await sessionCookies(browser, link);
  return {
    url,
    dir,
    async open(where, { theme = 'light', width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
      await context.addCookies(cookies);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${url}${where}`);
      await settled(page);
      return { page, complaints, close: () => context.close() };
    },
    async stop() {
      await browser.close();
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The page has its data: no skeleton is left, no request is in the air but the event stream. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  const skeletons = page.getByRole('status', { name: 'Loading' });
  while ((await skeletons.count()) > 0) await skeletons.first().waitFor({ state: 'detached' });
}

/** Violations of axe-core on what is shown now, one line each. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated by the debugger, which the page's content policy does not (and need not) allow.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: (
          options: object,
        ) => Promise<{ violations: { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run({
      runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
    });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes
        .slice(0, 3)
        .map(
          ({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')} (${failureSummary.split('\n').slice(1).join(' ').trim()})`,
        ),
    );
  });
}
let axe: string | undefined;

/** How far the page is wider than the window, pixels: 0 = nothing has to be scrolled sideways. */
export function overflowX(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - window.innerWidth)');
}

function buildPage(): void {
  const built = spawnSync(process.execPath, ['--input-type=module', '-e', "await (await import('./bin/web-page.mjs')).ensureWebPage()"], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the page could not be built: ${built.stderr}`);
}

function linkOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`no link within ${startMsMax} ms: ${said}`));
    }, startMsMax);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`stance up ended with ${code}: ${said}`));
    });
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    child.stdout?.on('data', (chunk) => {
      said += chunk;
      const link = /http:\/\/\S+\/open\?token=\S+/.exec(said)?.[0];
      if (link === undefined) return;
      clearTimeout(late);
      resolve(link);
    });
  });
}

async function sessionCookies(browser: Browser, link: string): Promise<Awaited<ReturnType<BrowserContext['cookies']>>> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}
