// The page of kubectl iapp dashboard in a real Chromium, on a real API server, with the real operator at work: the story of npm start as somebody sees
// it who only looks, and goes back by the button; whom it lets in; what it says while the API server is away; what a user sees who may not see all.
// How every state looks is in test/page.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/plugin.ts';
import { findings } from '../page/looks.ts';
import { openChromium, PLAIN, seen, until, whyNoChromium, type OpenBrowser } from '../tools/chromium.ts';
import type { Place } from './harness.ts';
import { polled, template } from './harness.ts';
import { host } from './hosting.ts';
import { openOwnStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const WAIT_MS = 30_000;
const why = await whyNoChromium();

(why === undefined ? describe : describe.skip)(`the page of a cluster${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let operator: OperatorProcess;
  // An API server that has just started refuses everybody for a moment.
  const stage = openOwnStage({ because: 'the API server is restarted while the page is open', refusals: true }, async (stage) => {
    operator = await stage.operator();
  });
  let chromium: OpenBrowser;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    // No name of the Internet is asked for: these lead here.
    chromium = await openChromium(['--host-resolver-rules=MAP rebound.example 127.0.0.1, MAP apps.example 127.0.0.1']);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  afterAll(() => chromium.close());

  /** The plugin as somebody starts it; the address that it prints. */
  async function dashboard(words: readonly string[] = [], kubeconfig = stage.cluster.kubeconfig): Promise<string> {
    const stop = new AbortController();
    let printed = '';
    const ended = run(COMMANDS, ['dashboard', ...words], {
      out: { write: (text) => (printed += text) },
      err: { write: (text) => (printed += text) },
      environment: { USER: 'ann', KUBECONFIG: kubeconfig },
      signal: stop.signal,
      now: Date.now,
      read: () => Promise.resolve(''),
      ask: () => Promise.resolve(undefined),
    });
    ends.push(async () => {
      stop.abort();
      await ended;
    });
    const address = (): string | undefined => /http:\S+/.exec(printed)?.[0];
    await polled('the address is printed', () => Promise.resolve(address() !== undefined || printed));
    return address()!;
  }
  async function open(address: string): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly problems: string[] }> {
    const context = await chromium.browser.newContext({ ...PLAIN, viewport: { width: 1000, height: 900 } });
    ends.push(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(address);
    return { context, page, problems };
  }
  const sample = (place: Place, file: string): Promise<string> =>
    stage.kubectl('apply', '-n', place.namespace, '-f', `deploy/samples/${file}.yaml`);
  const LANES = `Object.fromEntries([...document.querySelectorAll('svg.lanes g[data-lane]')].map((lane) => [
    [...document.querySelectorAll('svg.lanes > text[data-of]')].find(({ dataset }) => dataset.of === lane.dataset.lane).textContent.split(' ')[0],
    [...lane.querySelectorAll('[data-paint]')].map(({ dataset }) => dataset.paint).join(' ')]))`;
  const paints = (page: Page, version: string, words: string): Promise<void> =>
    until(page, `/^(${words})$/.test((${LANES})['${version}'])`);
  const serves = (page: Page, version: string): Promise<void> =>
    until(page, `document.querySelector('dd.first b')?.textContent.startsWith('${version} ')`);

  test(
    'the story of npm start, and the way back by its button',
    async () => {
      const place = await stage.place();
      const { page, problems } = await open(await dashboard(['-n', place.namespace]));
      await page.getByText('0 shown').waitFor();
      await sample(place, '1-apache');
      await page.getByText('web', { exact: true }).click();
      await serves(page, 'apache-1');
      await paints(page, 'apache-1', '(starting )?(proving )?serving');
      await page.getByText('Nothing is wrong').waitFor();

      await sample(place, '2-apache-config');
      await serves(page, 'apache-2');
      await paints(page, 'apache-1', '.*serving leaving');
      await paints(page, 'apache-1', '.*serving warm');
      await page.getByText('config httpd/httpd.conf').waitFor();
      expect(await page.locator('main').textContent()).not.toContain('LoadModule');
      await page.locator('#values').click();
      await page.getByText('+LoadModule headers_module modules/mod_headers.so').waitFor();

      await sample(place, '3-nginx');
      await serves(page, 'nginx-1');
      await page.getByText('image web').waitFor();
      await until(page, "document.querySelectorAll('[data-switch]').length === 3");

      await page.locator('#back').click();
      await page.locator('#agree').click();
      await page.getByText('Written.').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await serves(page, 'apache-2');
      await page.getByText('oncall-ann', { exact: false }).first().waitFor();
      await paints(page, 'nginx-1', '.*serving warm');
      expect(place.find('ImmutableApp', 'web')?.spec.activeVersion).toBe('apache-2');

      await sample(place, '6-fails-before');
      await until(page, "[...document.querySelectorAll('[data-mark=fail] title')].some((title) => title.textContent.includes('smoke'))");
      await page.getByText('GateFailed').first().waitFor();
      await sample(place, '7-fails-after');
      await until(page, "[...document.querySelectorAll('[data-mark=fail] title')].some((title) => title.textContent.includes('login'))");
      await page.getByText('Reverted').first().waitFor();

      await serves(page, 'apache-2');
      const { activeInstance } = place.find('ImmutableApp', 'web')!.status!;
      const edit = stage.kubectl('set', 'image', '-n', place.namespace, `deployment/${activeInstance!}`, '*=evil:1');
      await expect(edit).rejects.toThrow('never changed');
      expect(await page.getByRole('heading', { name: 'Intrusions' }).count()).toBe(0);
      expect(await findings(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'an intrusion: who changed what in a frozen Deployment while its policy is not in force, and the clean instance that serves',
    async () => {
      const place = await stage.place();
      const one = await place.rollOut({ version: '1' });
      const { page, problems } = await open(await dashboard(['-n', place.namespace]));
      await page.getByText('shop', { exact: true }).click();
      await serves(page, '1');
      const intrusions = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Intrusions' }) });
      expect(await intrusions.count()).toBe(0);
      // Nobody may, with them in force.
      await stage.kubectl('delete', 'validatingadmissionpolicybinding', 'immutableapp-freeze-deployments');
      ends.push(() => stage.enforce());
      const edit = ['set', 'image', '-n', place.namespace, `deployment/${one}`, 'web=evil:1', '--field-manager=mallory'];
      await polled('mallory is let in', () => stage.kubectl(...edit).then(() => true, String));
      await intrusions.waitFor();
      const told = await intrusions.locator('li').allTextContents();
      expect(told).toEqual([expect.stringMatching(/^1 \(\w+\): .*"example\/web:1" → "evil:1".* by mallory, \d+ (s|min) ago$/)]);
      await page.locator('dd', { hasText: `1/1 of ${one}-2` }).waitFor();
      expect(await findings(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'neither config, nor a field manager, nor a message of a pod is ever markup',
    async () => {
      const attack = '<img src=x onerror=window.broken=1><script>window.broken=1</script>';
      const place = await stage.place();
      const config = (text: string) => [{ name: 'site', data: { [`page-1.html`]: text } }];
      await place.rollOut({ version: '1', config: config('calm') });
      await stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', `example.com/note=${attack}`);
      await place.rollOut({ version: '2', config: config(attack), template: template({ annotations: { 'example.com/label': attack } }) });
      await place.merge('ImmutableApp', 'shop', { spec: { activeVersion: '1' } });
      await stage.admin.merge(
        place.path('ImmutableApp', 'shop'),
        { spec: { activeVersion: '2' } },
        encodeURIComponent(attack.slice(0, 120)),
      );
      const { page, problems } = await open(await dashboard(['-n', place.namespace]));
      await page.getByText('shop', { exact: true }).click();
      await serves(page, '2');
      await page.locator('#values').click();
      await page.getByText(`+${attack}`).waitFor();
      await page.getByText('<img src=x', { exact: false }).first().waitFor();
      expect(await seen(page, 'globalThis.broken')).toBeUndefined();
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(problems).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'lets nobody in without its token, for another name, or from another page on this machine',
    async () => {
      const place = await stage.place();
      await place.rollOut({ version: '1' });
      await place.rollOut({ version: '2', template: template({ image: 'example/web:2' }) });
      const address = new URL(await dashboard(['-n', place.namespace]));
      const wrong = await open(`${address.origin}/?token=${'x'.repeat(43)}`);
      await wrong.page.getByText('This address opens once').waitFor();
      const { page, context } = await open(address.href);
      await page.getByText('shop', { exact: true }).waitFor();
      const again = await open(address.href);
      await again.page.getByText('This address opens once').waitFor();
      const rebound = await context.newPage();
      const answer = await rebound.goto(`http://rebound.example:${address.port}/?${address.search}`);
      expect([answer?.status(), await answer?.text()]).toEqual([403, 'this page is served to 127.0.0.1 only\n']);

      // On the same machine, so that the browser sends the cookie along.
      const evil = await listening(
        createServer((_, response) => {
          response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title><body></body>');
        }),
      );
      ends.push(() => evil.close());
      const other = await context.newPage();
      await other.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      const target = JSON.stringify(address.origin);
      const body = JSON.stringify(JSON.stringify({ namespace: place.namespace, name: 'shop', agreed: 'kubectl patch' }));
      const got = await seen<unknown[]>(
        other,
        `Promise.all([
          fetch(${target} + '/back', { method: 'POST', credentials: 'include', mode: 'no-cors', body: ${body} }).then(({ type }) => type, () => 'failed'),
          fetch(${target} + '/back', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: ${body} }).then(() => 'read', () => 'failed'),
          fetch(${target} + '/app?namespace=${place.namespace}&name=shop', { credentials: 'include' }).then(() => 'read', () => 'failed'),
          new Promise((resolve) => { const source = new EventSource(${target} + '/events', { withCredentials: true }); source.onmessage = () => resolve('read'); source.onerror = () => resolve('failed'); }),
          new Promise((resolve) => { const script = document.createElement('script'); script.src = ${target} + '/main.js'; script.onload = () => resolve('run'); script.onerror = () => resolve('failed'); document.body.append(script); }),
        ])`,
      );
      expect(got).toEqual([expect.stringMatching(/opaque|failed/), 'failed', 'failed', 'failed', 'failed']);
      const framed = await seen<string>(
        other,
        `new Promise((resolve) => { const frame = document.createElement('iframe'); frame.src = ${target} + '/'; frame.onload = () => { try { resolve(frame.contentDocument === null ? 'kept out' : frame.contentDocument.title); } catch { resolve('kept out'); } }; document.body.append(frame); })`,
      );
      expect(framed).toBe('kept out');
      expect(place.find('ImmutableApp', 'shop')?.spec.activeVersion).toBeUndefined();
    },
    TEST_MS,
  );

  test(
    'a user who may read one namespace sees one, and is told so of the other',
    async () => {
      const [mine, other] = [await stage.place(), await stage.place()];
      await Promise.all([mine.rollOut({ version: '1' }, 'mine'), other.rollOut({ version: '1' }, 'theirs')]);
      const rights = ['--verb=get,list,watch', '--resource=immutableapps.immutableapp.io'];
      await stage.kubectl('create', 'role', 'viewer', '-n', mine.namespace, ...rights);
      await stage.kubectl('create', 'rolebinding', 'viewer', '-n', mine.namespace, '--role=viewer', '--user=vera');
      const kubeconfig = await stage.cluster.kubeconfigFor({ name: 'vera', groups: [] });
      const address = await dashboard(['-n', mine.namespace], kubeconfig);
      const { page } = await open(address);
      await page.getByText('mine', { exact: true }).waitFor();
      expect(await page.locator('.apps a').count()).toBe(1);
      await page.goto(`${new URL(address).origin}/#/${other.namespace}/theirs`);
      await page
        .getByText(/you may not|forbidden/i)
        .first()
        .waitFor();
      await page.goto(`${new URL(address).origin}/#/${mine.namespace}/mine`);
      await serves(page, '1');
      await page.getByText('not seen', { exact: false }).first().waitFor();
    },
    TEST_MS,
  );

  test(
    'in the cluster, behind a proxy that gives it the token: what somebody may see, the way back as words, and nothing once the rights are gone',
    async () => {
      const [mine, other] = [await stage.place(), await stage.place()];
      await Promise.all([mine.rollOut({ version: '1' }, 'mine'), other.rollOut({ version: '1' }, 'theirs')]);
      await mine.rollOut({ version: '2', template: template({ image: 'example/web:2' }) }, 'mine');
      await stage.kubectl('create', 'serviceaccount', 'vera', '-n', mine.namespace);
      const rights = ['--verb=get,list,watch', '--resource=immutableapps.immutableapp.io,controllerrevisions.apps'];
      await stage.kubectl('create', 'role', 'viewer', '-n', mine.namespace, ...rights);
      const bind = () =>
        stage.kubectl('create', 'rolebinding', 'viewer', '-n', mine.namespace, '--role=viewer', `--serviceaccount=${mine.namespace}:vera`);
      await bind();
      const token = (await stage.kubectl('create', 'token', 'vera', '-n', mine.namespace)).trim();
      const hosted = await host(stage, ['--host', 'apps.example']);
      ends.push(() => hosted.stop());
      const proxy = await listening(withToken(token, hosted.port));
      ends.push(() => {
        proxy.closeAllConnections();
        proxy.close();
      });
      const origin = `http://apps.example:${(proxy.address() as AddressInfo).port}`;

      const direct = await open(`http://localhost:${hosted.port}/`);
      await direct.page.getByText('this page needs a bearer token').waitFor();
      const { page, problems } = await open(`${origin}/`);
      await page.getByText('mine', { exact: true }).waitFor();
      expect(await page.locator('.apps a').count()).toBe(1);
      await page.getByText('mine', { exact: true }).click();
      await serves(page, '2');
      await page.getByText('image web').waitFor();
      await page.getByText('kubectl iapp back mine', { exact: false }).first().waitFor();
      expect(await page.locator('button').count()).toBe(0);
      expect(await findings(page)).toEqual([]);
      await page.goto(`${origin}/#/${other.namespace}/theirs`);
      await page.getByText(`you may not get immutableapps in namespace ${other.namespace}`).waitFor();
      await page.goto(`${origin}/#/`);
      await page.getByText('mine', { exact: true }).waitFor();

      await stage.kubectl('delete', 'rolebinding', 'viewer', '-n', mine.namespace);
      await page.getByText('0 shown').waitFor({ timeout: 60_000 });
      await bind();
      await page.getByText('mine', { exact: true }).waitFor({ timeout: 60_000 });
      expect(problems).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'is stale while the API server is away, and lives again when it is back',
    async () => {
      // A leader that cannot renew its Lease for ten seconds ends; how long a restart takes is no business of this test.
      await operator.kill();
      await stage.operator(['--no-leader-elect']);
      const place = await stage.place();
      await place.rollOut({ version: '1' });
      const { page } = await open(await dashboard(['-n', place.namespace]));
      await page.getByText('shop', { exact: true }).waitFor();
      const away = stage.outage(1_000);
      await page.getByText(/^Stale since \d\d:\d\d:\d\d: /).waitFor();
      await away;
      await page.locator('.stale').waitFor({ state: 'detached' });
      await place.rollOut({ version: '2', template: template({ image: 'example/web:2' }) });
      await until(page, "/^2 /.test(document.querySelector('.apps a > span:nth-child(2)')?.textContent)");
    },
    TEST_MS,
  );
});

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });

/** What an OIDC proxy does once somebody has signed in: it passes everything on, with their token. */
const withToken = (token: string, port: number): Server =>
  createServer((asked, answer) => {
    const headers = { ...asked.headers, authorization: `Bearer ${token}` };
    const on = request({ host: '127.0.0.1', port, path: asked.url, method: asked.method, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
      answer.on('close', () => from.destroy());
    });
    on.on('error', () => answer.destroy());
    asked.pipe(on);
  });
