// Debian's Chromium, driven by Playwright: the same fonts and the same time zone everywhere, so that what it draws can be compared. It runs as
// root and on machines without a screen: the pages that it opens are our own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { needPackages } from './debian.ts';

/** The program itself: Debian's script before it reads what the machine's owner has set for browsers. */
const PROGRAM = '/usr/lib/chromium/chromium';
const DEJAVU = '/usr/share/fonts/truetype/dejavu';
const FONTS = ['DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSansMono', 'DejaVuSansMono-Bold'];
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', '--disable-lcd-text', '--disable-gpu'];

/** Why none runs here, undefined if one does. Installs it where that is allowed. */
export async function whyNoChromium(): Promise<string | undefined> {
  if (existsSync(PROGRAM) && existsSync(DEJAVU)) return undefined;
  try {
    await needPackages(['chromium', 'fonts-dejavu-core'], (line) => process.stderr.write(`${line}\n`));
  } catch (error) {
    return (error as Error).message;
  }
  return existsSync(PROGRAM) ? undefined : `Debian's chromium is installed, and there is no ${PROGRAM}`;
}

/** As `156.0.8078.108`. */
export const chromiumBuild = (): string => /[\d.]{5,}/.exec(execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' }))?.[0] ?? '';

export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openChromium(flags: readonly string[] = []): Promise<OpenBrowser> {
  const scratch = await mkdtemp(join(tmpdir(), 'immutableapp-browser-'));
  const fonts = join(scratch, 'fonts.conf');
  await mkdir(join(scratch, 'ttf'));
  for (const name of FONTS) await symlink(join(DEJAVU, `${name}.ttf`), join(scratch, 'ttf', `${name}.ttf`));
  await writeFile(fonts, `<fontconfig><dir>${scratch}/ttf</dir><cachedir>${scratch}/cache</cachedir></fontconfig>`);
  const environment = { ...process.env, HOME: scratch, FONTCONFIG_FILE: fonts, LANG: 'C.UTF-8' } as Record<string, string>;
  const browser = await chromium.launch({ executablePath: PROGRAM, args: [...FLAGS, ...flags], env: environment });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const PLAIN: BrowserContextOptions = { locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' };

const WAIT_MS = 30_000;
/** What an expression is in the page: a text, since nothing here knows the types of a browser. */
export const seen = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression);

/** Waits until an expression is true in the page; the page's own policy forbids it to be evaluated there. */
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await seen<boolean>(page, `!!(${expression})`))) {
    if (performance.now() > deadline)
      throw new Error(`not within ${WAIT_MS / 1000} s on the page: ${expression}; there is: ${await page.locator('body').innerText()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
