// The page in a real Chromium, served by the real server: every state of a version as a picture, in light and dark, on a telephone and magnified
// four times; without colours; by the keyboard alone; without a finding of axe; nothing that it is told is ever markup. What it is told is written down in
// given.ts: on a cluster no hour is like the other. test/cluster/page.test.ts has it follow a real one.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { AppObject } from '../../src/cli/apps.ts';
import { veiled, type Named } from '../../src/cli/dashboard/desk.ts';
import { rowOf, type Listener } from '../../src/cli/dashboard/fleet.ts';
import { pictureOf } from '../../src/cli/dashboard/picture.ts';
import { serve } from '../../src/cli/dashboard/server.ts';
import { app, AT, condition, iso } from '../cli/given.ts';
import { chromiumBuild, openChromium, PLAIN, seen, until, whyNoChromium, type OpenBrowser } from '../tools/chromium.ts';
import { CAUSES, CHANGES, EVERY, FLEET, HOSTILE, HOSTILE_CAUSES, HOSTILE_CHANGES } from './given.ts';
import { differs, whyNoPictures } from './golden.ts';
import { apart, findings, overflow, swatches } from './looks.ts';

const WAIT_MS = 10_000;
/** The server says something every fifteen seconds. */
const BEAT_MS = 20_000;
const COMMAND = 'kubectl patch -n shop iapp/web --type=merge --field-manager=oncall-ann -p \'{"spec":{"activeVersion":"2.4.0"}}\'';

/** Of each lane: its version, its paints, its gates. */
const LANES = `[...document.querySelectorAll('svg.lanes g[data-lane]')].map((lane) => [
  lane.dataset.lane,
  [...lane.querySelectorAll('[data-paint]')].map(({ dataset }) => dataset.paint).join(' '),
  [...lane.querySelectorAll('[data-mark] title')].map(({ textContent }) => textContent).join('; '),
])`;

/** What the text of a lane says besides the name of its version and its pods. */
const STATE = '({ textContent }) => /: ([^,]+)/.exec(textContent)[1]';
/** What a mark is drawn as, and what it stands for. */
const SHAPE =
  "(mark) => ((drawn) => [drawn.tagName + (drawn.getAttribute('transform') ?? ''), mark.dataset.mark])(mark.querySelector('circle, rect'))";
/** Of the points of two paints so many differ, at least. */
const APART = 0.1;

const why = await whyNoChromium();
const alike = why ?? whyNoPictures(chromiumBuild());
const there = why === undefined ? describe : describe.skip;

there(`the page in Chromium${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let chromium: OpenBrowser;
  const ends: (() => unknown)[] = [];
  const listeners = new Set<Listener>();
  const agreed: (string | undefined)[] = [];
  let apps: readonly AppObject[] = FLEET;

  beforeAll(async () => {
    chromium = await openChromium();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    listeners.clear();
    agreed.length = 0;
    apps = FLEET;
  });
  afterAll(() => chromium.close());

  const find = ({ namespace, name }: Named): AppObject =>
    apps.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)!;
  const hostile = ({ name }: Named): boolean => name === 'hostile';
  const start = (port = 0): ReturnType<typeof serve> =>
    serve(
      {
        listen: (listener) => {
          listeners.add(listener);
          listener.news({ all: true, rows: apps.map(rowOf), gone: [] });
          listener.stale(undefined);
          return () => void listeners.delete(listener);
        },
        picture: (named) => Promise.resolve(pictureOf(find(named), hostile(named) ? HOSTILE_CAUSES : CAUSES, [], AT)),
        changes: (named, _versions, config) =>
          Promise.resolve((hostile(named) ? HOSTILE_CHANGES : CHANGES).map((each) => veiled(each, config))),
        goBack: (_named, command) => {
          agreed.push(command);
          return Promise.resolve({
            lines: [`$ ${command ?? COMMAND}`, command === undefined ? 'Nothing was changed.' : 'Written.'],
            done: true,
          });
        },
      },
      { token: 'once', session: 'this-page' },
      port,
    );
  interface Opened {
    readonly page: Page;
    readonly context: BrowserContext;
    readonly served: Awaited<ReturnType<typeof serve>>;
    /** What the page complained of. */
    readonly problems: string[];
  }
  const open = async (hash = '', options: BrowserContextOptions = {}): Promise<Opened> => {
    const served = await start();
    ends.push(() => {
      served.close();
    });
    const context = await chromium.browser.newContext({ ...PLAIN, ...options });
    ends.push(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (said) => said.type() === 'error' && problems.push(said.text()));
    await page.clock.setFixedTime(AT);
    await page.goto(`http://127.0.0.1:${served.port}/?token=once`);
    await page.waitForSelector('.apps a');
    if (hash !== '') {
      await page.goto(`http://127.0.0.1:${served.port}/#/${hash}`);
      await page.waitForSelector(hash.endsWith('hostile') ? 'h1' : '.causes b >> text=/image|config/');
    }
    return { page, context, served, problems };
  };

  const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
    ['light', { colorScheme: 'light', viewport: { width: 1000, height: 760 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1000, height: 760 } }],
    ['telephone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, isMobile: true }],
    // What a browser lays out at 400 %: a quarter of a screen. Drawn at its own size, since at four points for each no two pictures are alike.
    ['magnified', { colorScheme: 'dark', viewport: { width: 320, height: 256 } }],
  ];
  if (alike !== undefined) test.skip(`pictures are not compared: ${alike}`, () => undefined);
  describe.each(LOOKS)('%s', (look, options) => {
    test.each([
      ['app', 'shop/web'],
      ['fleet', ''],
    ])('%s looks as it did, fits, and axe finds nothing', async (name, hash) => {
      const { page, problems } = await open(hash, options);
      expect(await overflow(page)).toBe(0);
      expect(await findings(page)).toEqual([]);
      if (alike === undefined)
        expect(differs(`${name}-${look}`, await page.screenshot({ fullPage: true, animations: 'disabled' }))).toBeUndefined();
      expect(problems).toEqual([]);
    });
  });

  test('a lane for each version, in the paint of its state, with its gates', async () => {
    const { page } = await open('shop/web');
    await page.getByLabel('Show').selectOption({ label: 'all' });
    const lanes = await seen<string[][]>(page, LANES);
    expect(lanes).toEqual([
      ['web-p7m2x4c9va', 'starting', ''],
      ['web-t5w8k3d6qe', 'starting proving', 'gate smoke: pass all 12 requests answered; gate people: wait sre has not agreed yet'],
      [
        'web-f4h9r2b7nx',
        'starting proving',
        'gate smoke: pass all 12 requests answered; failed: GateFailed: errors: 4.1 % of 2,000 requests',
      ],
      ['web-kj2s4f45hj', 'starting serving', ''],
      ['web-dgbxfth96n', 'starting serving leaving', ''],
      ['web-c56lcd8llx', 'starting serving warm', ''],
      ['web-w3n6j8s5zt', 'starting serving warm', ''],
      ['web-b9q4v7y2mk', 'starting serving', ''],
      ['web-g2z5c8x4hd', 'starting serving', ''],
    ]);
    expect(await page.locator('[data-switch]').count()).toBe(6);
  });

  test('those that wait for a person come first, the one that waits longest before them all; who begins to wait moves up', async () => {
    const waits = (name: string, seconds: number): AppObject => {
      const held = { ...condition('UpToDate', 'False', 'AwaitingActivation'), lastTransitionTime: iso(seconds) };
      return app({ conditions: [condition('Ready', 'True', 'AwaitingActivation'), held] }, {}, { name, resourceVersion: '2' });
    };
    apps = [app({}, {}, { name: 'a' }), app({}, {}, { name: 'm' }), waits('x', 60), waits('z', 7200), waits('c', 60)];
    const { page } = await open();
    const names = "[...document.querySelectorAll('.apps a b')].map(({ textContent }) => textContent).join(' ')";
    expect(await seen(page, names)).toBe('z c x a m');
    for (const listener of listeners) listener.news({ all: false, rows: [rowOf(waits('m', 600))], gone: [] });
    await until(page, `${names} === 'z m c x a'`);
    for (const listener of listeners) listener.news({ all: false, rows: [rowOf(app({}, {}, { name: 'z' }))], gone: [] });
    await until(page, `${names} === 'm c x a z'`);
    await page.getByText('3 for a person').waitFor();
  });

  // Nothing on it is told by its colour alone.
  test.each([
    ['forced colours', 'dark', undefined],
    ['an eye that sees no colour', 'light', 'achromatopsia'],
    ['an eye that takes green for red', 'dark', 'deuteranopia'],
  ] as const)('states, paints and gates are told apart by %s', async (_eye, colorScheme, type) => {
    const { page, context } = await open('shop/web', { colorScheme, ...(type === undefined ? { forcedColors: 'active' } : {}) });
    if (type !== undefined) await (await context.newCDPSession(page)).send('Emulation.setEmulatedVisionDeficiency', { type });
    await page.getByLabel('Show').selectOption({ label: 'all' });
    const states = await seen<string[]>(page, `[...document.querySelectorAll('svg.lanes > text[data-of]')].map(${STATE})`);
    expect([states.length, new Set(states).size]).toEqual([EVERY.status?.versions?.length, states.length]);

    const paints = await swatches(page);
    expect(paints.length).toBe(5);
    const pairs = paints.flatMap((one, i) => paints.slice(i + 1).map((other) => apart(one, other)));
    expect(Math.min(...pairs)).toBeGreaterThan(APART);

    const marks = await seen<string[][]>(page, `[...document.querySelectorAll('[data-mark]')].map(${SHAPE})`);
    expect([...new Map(marks as [string, string][]).values()].toSorted()).toEqual(['fail', 'pass', 'wait']);
  });

  test('what went on goes on: an hour later its bar still ends now', async () => {
    const { page } = await open('shop/web');
    const end = `((bar) => parseFloat(bar.getAttribute('x')) + parseFloat(bar.getAttribute('width')))(document.querySelector('[data-paint=serving] rect'))`;
    expect(await seen<number>(page, end)).toBeCloseTo(100, 1);
    await page.clock.setFixedTime(AT + 3_600_000);
    await page.getByText('for 1 h').first().waitFor();
    expect(await seen<number>(page, end)).toBeCloseTo(100, 1);
  });

  test('by the keyboard alone: search, open, go back after seeing the command, and return', async () => {
    const { page } = await open();
    const keys = page.keyboard;
    await keys.press('/');
    await keys.type('shop/web');
    await until(page, "document.querySelectorAll('.apps a').length === 1");
    await keys.press('Tab');
    await keys.press('Tab');
    await keys.press('Enter');
    await page.waitForSelector('#back');
    const tabTo = async (id: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        await keys.press('Tab');
        if ((await seen(page, 'document.activeElement?.id')) === id) return;
      }
      throw new Error(`Tab does not come to ${id}`);
    };
    await tabTo('back');
    await keys.press('Enter');
    await page.waitForSelector('#agree');
    expect(agreed).toEqual([undefined]);
    expect(await page.locator('dialog pre').textContent()).toContain(COMMAND);
    expect(await findings(page)).toEqual([]);
    await tabTo('agree');
    await keys.press('Enter');
    await page.getByText('Written.').waitFor();
    expect(agreed).toEqual([undefined, COMMAND]);
    await keys.press('Escape');
    await until(page, "document.querySelector('dialog[open]') === null");
    expect(await seen(page, 'document.activeElement?.id')).toBe('back');
    await keys.press('Escape');
    await page.waitForSelector('.apps a');
    await until(page, "document.title === 'Apps'");
  });

  test('arrows walk through all rows, also those that are not drawn yet', async () => {
    apps = Array.from({ length: 200 }, (_, i) => ({
      ...EVERY,
      metadata: { ...EVERY.metadata, name: `app-${String(i).padStart(3, '0')}` },
    }));
    const { page } = await open();
    await page.locator('.apps a').first().focus();
    for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowDown');
    await until(page, "document.activeElement?.textContent?.startsWith('app-060') === true");
    await page.keyboard.press('End');
    await until(page, "document.activeElement?.textContent?.startsWith('app-199') === true");
    await page.keyboard.press('Home');
    await until(page, "document.activeElement?.textContent?.startsWith('app-000') === true");
  });

  test('no text of the cluster is ever markup or code', async () => {
    apps = [HOSTILE, ...FLEET];
    const { page, problems } = await open('shop/hostile', { viewport: { width: 360, height: 740 } });
    await page.locator('#values').click();
    await page.getByText('line <img').waitFor();
    const body = (await page.locator('main').textContent()) ?? '';
    for (const mark of [
      'cause',
      'causes',
      'says',
      'next',
      'called',
      'discarded',
      'intruder',
      'because',
      'author',
      'image',
      'before',
      'line',
      'label',
    ])
      expect(body).toContain(`${mark} <img src=x onerror=window.broken=1> <script>`);
    expect(await overflow(page)).toBe(0);
    await page.goto(`${new URL(page.url()).origin}/#/`);
    await page.getByText('called <img').waitFor();
    expect(await seen(page, 'globalThis.broken')).toBeUndefined();
    expect(await page.locator('img, main script, [onload], [onerror], a[href^="javascript"]').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('an address that is nonsense shows the list or says what is wrong', async () => {
    const { page, served, problems } = await open();
    for (const hash of ['%E0%A4%A', 'shop', 'shop/web/more']) {
      await page.goto(`http://127.0.0.1:${served.port}/#/${hash}`);
      await page.locator('main > h1').waitFor();
    }
    expect(await page.locator('img').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('says since when it is stale: when the API server is not heard, when the plugin has ended, when nothing comes until a heartbeat', async () => {
    const { page, served } = await open('shop/web');
    for (const listener of listeners) listener.stale({ since: AT - 90_000, why: 'the API server went away' });
    await page.getByText('Stale since 03:58:30: the API server went away').waitFor();
    for (const listener of listeners) listener.stale(undefined);
    await page.waitForSelector('.stale', { state: 'detached' });
    served.close();
    await page.getByText('Stale since 04:00:00: the server of this page does not answer any more').waitFor();
    const again = await start(served.port);
    ends.push(() => {
      again.close();
    });
    await page.waitForSelector('.stale', { state: 'detached' });
    await page.clock.setFixedTime(AT + 60_000);
    await page.getByText('Stale since 04:00:00: nothing was heard').waitFor();
    // Nothing comes of the cluster: what is heard is the server's heartbeat.
    await page.waitForSelector('.stale', { state: 'detached', timeout: BEAT_MS });
  });
});
