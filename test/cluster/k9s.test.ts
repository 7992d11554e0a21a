// The real k9s in a terminal, with the files of deploy/k9s, on a real API server with the operator at work: what its list of Apps shows, and what each
// key does.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inFolder } from '../../deploy/local/binaries.ts';
import { plugin as bundlePlugin } from '../../scripts/build.ts';
import { needPackages } from '../tools/debian.ts';
import { findK9s } from '../tools/k9s.ts';
import { Terminal } from '../tools/terminal.ts';
import { owned, polled, template, type Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const BUILD_MS = 20 * 60_000;
const CTRL_C = '\u0003';
const CTRL_W = '\u0017';
const DOWN = 'j';
const ENTER = '\r';

type Row = Readonly<Record<string, string>>;
const FILES = ['plugins.yaml', 'views.yaml'];
const read = (name: string): unknown => parse(readFileSync(join('deploy/k9s', name), 'utf8'));
const { plugins } = read('plugins.yaml') as { plugins: Record<string, { shortCut: string; description: string; dangerous?: boolean }> };
const [{ columns }] = Object.values((read('views.yaml') as { views: Record<string, { columns: string[] }> }).views) as [
  { columns: string[] },
];
const narrow = columns.filter((name) => !name.endsWith('|W'));

const log = (line: string): void => void process.stderr.write(`${line}\n`);

let executable: string;
/** Of k9s: its files, and what it finds on the PATH. */
let folder: string;
let k9s: Terminal;
let place: Place;
let one: string;
let two: string;

beforeAll(async () => {
  await needPackages(['bsdutils', 'less'], log);
  executable = await findK9s({ log });
}, BUILD_MS);
// Before the stage goes.
afterAll(() => (k9s as Terminal | undefined)?.close());
const stage = openStage((stage) => stage.operator());

beforeAll(async () => {
  place = await stage.place();
  folder = mkdtempSync(join(stage.cluster.directory, 'k9s-'));
  for (const name of FILES) copyFileSync(join('deploy/k9s', name), join(folder, name));
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify({ k9s: { skipLatestRevCheck: true, ui: { splashless: true } } }));
  await bundlePlugin(folder);
  const { file, arguments: first } = inFolder(stage.cluster.binaries).command('kubectl');
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nexec ${[file, ...first].map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(join(folder, 'kubectl'), 0o755);

  one = await place.rollOut({ version: '1.0', template: template({ image: 'example/web:1' }) });
  two = await place.rollOut({ version: '1.1', template: template({ image: 'example/web:2' }), replicas: 2 });
  const ladder = { services: [{ ...owned('rung'), ladder: [{ percent: 5, seconds: 3600 }, { percent: 100 }] }] };
  await place.rollOut({ version: '1', ...ladder }, 'rung');
  const app = await place.update({ version: '2', ...ladder, template: template({ image: 'example/web:2' }) }, 'rung');
  await place.reported(app, ({ status }) => status?.share !== undefined, 'is on its ladder');
  k9s = start();
}, TEST_MS);

/** As somebody does who has more than one kubeconfig. */
function start(...flags: readonly string[]): Terminal {
  const line = [executable, '--kubeconfig', stage.cluster.kubeconfig, '-n', place.namespace, '--command', 'immutableapps', ...flags];
  return new Terminal(line.join(' '), {
    ...process.env,
    PATH: `${folder}:${process.env.PATH ?? ''}`,
    USER: 'ann',
    KUBECONFIG: '/nowhere',
    KUBERC: 'off',
    KUBECACHEDIR: join(folder, 'cache'),
    K9S_CONFIG_DIR: folder,
    K9S_LOGS_DIR: folder,
  });
}

/** The rows of the list, by the names over them. */
function rowsOn(screen: readonly string[]): Row[] {
  const lines = screen.filter((line) => line.startsWith('│')).map((line) => line.slice(1, -1));
  const top = lines.findIndex((line) => line.includes(' SERVES '));
  const heads = [...(lines[top] ?? '').matchAll(/\S+/g)];
  const cells = (line: string): Row =>
    Object.fromEntries(heads.map(({ 0: name, index }, i) => [name.replace('↑', ''), line.slice(index, heads[i + 1]?.index).trim()]));
  return lines.slice(top + 1).flatMap((line) => (top < 0 || line.trim() === '' ? [] : [cells(line)]));
}
const list = (what: string, says: (rows: readonly Row[]) => boolean = () => true, terminal = k9s): Promise<Row[]> =>
  terminal.until(`the list ${what}`, (screen) => {
    const rows = rowsOn(screen);
    return rows.length > 0 && says(rows) && rows;
  });
/** Presses a key in the list, and waits for a line of what comes. */
async function shown(key: string, line: RegExp): Promise<string> {
  await list('is there');
  k9s.press(key);
  return k9s.until(`${String(line)} after ${key}`, (screen) => screen.find((each) => line.test(each)));
}

describe('the list', () => {
  test('has the columns that it is to have, in their order, and no other', async () => {
    const [rung, shop] = await list('has both Apps', (rows) => rows.length === 2);
    expect(Object.keys(rung!)).toEqual(narrow.filter((name) => name !== 'NAMESPACE'));
    expect(rung).toEqual({
      NAME: 'rung',
      SERVES: expect.stringMatching(/^1 \(\w{10}\)$/),
      LATEST: expect.stringMatching(/^2 \(\w{10}\)$/),
      'UP-TO-DATE': 'False',
      READY: 'False',
      REASON: expect.stringMatching(/^\w+$/),
      PODS: '1/1',
      SHARE: expect.stringMatching(/^5 ?%/),
      AGE: expect.stringMatching(/^\d+[sm]/),
    });
    const version = `1.1 (${two.slice('shop-'.length)})`;
    expect(shop).toMatchObject({ NAME: 'shop', SERVES: version, LATEST: version, 'UP-TO-DATE': 'True', READY: 'True', REASON: 'Serving' });
    expect(shop).toMatchObject({ PODS: '2/2', SHARE: '' });
  });

  test('has the rest by Ctrl-W, and namespaces where there are several', async () => {
    k9s.press(CTRL_W);
    const [, shop] = await list('is wide', ([row]) => row?.SERVING !== undefined);
    expect(Object.keys(shop!)).toEqual(columns.map((name) => name.replace('|W', '')).filter((name) => name !== 'NAMESPACE'));
    expect(shop).toMatchObject({ MESSAGE: `${two} (1.1) serves with 2 pods`, INSTANCE: two, SERVING: 'True' });
    k9s.press(CTRL_W);
    await list('is narrow', ([row]) => row?.SERVING === undefined);
    k9s.press('0');
    const all = await list('has namespaces', ([row]) => row?.NAMESPACE !== undefined);
    expect(Object.keys(all[0]!)).toEqual(narrow);
    expect(all.map(({ NAMESPACE, NAME }) => [NAMESPACE, NAME])).toEqual(['rung', 'shop'].map((name) => [place.namespace, name]));
  });

  test('has all keys, each of which was free', async () => {
    await list('is there');
    await k9s.until('all keys are in the menu', (screen) => keysOn(screen).length === Object.keys(plugins).length);
    expect(readFileSync(join(folder, 'k9s.log'), 'utf8')).not.toMatch(/plugin|views|column/i);
  });

  test('has none that can move traffic where k9s may only read', async () => {
    const reader = start('--readonly');
    await list('is there', undefined, reader);
    const harmless = Object.values(plugins).flatMap(({ shortCut, dangerous = false }) => (dangerous ? [] : [shortCut]));
    const keys = await reader.until('keys are in the menu', (screen) => {
      const there = keysOn(screen);
      return there.length >= harmless.length && there;
    });
    expect(keys).toEqual(harmless);
    await reader.close();
  });
});

describe('the keys', () => {
  /** Leaves the pager, or whatever waits for somebody who has read it. */
  const leave = async (key: string): Promise<void> => {
    k9s.press(key);
    await list('is there again');
  };

  test('B of an App that has no way back says why, and it can be read', async () => {
    await shown('B', /^Error: rung has no way back: nothing else has served/);
    await leave(ENTER);
  });

  test.each([
    ['S', /^shop \(.*\): Serving$/, /^ +way back +1\.0 \(\w+\), Warm/],
    ['W', /^shop: 1\.1 /, /nothing|serves/i],
    ['V', /^1\.0 +\w+ +Warm/, /^1\.1 +\w+ +Active/],
    ['D', /^image web +example\/web:1 → example\/web:2$/, /^1\.0 \(\w+\) → 1\.1 \(\w+\)$/],
  ])('%s is about the App that is selected', async (key, line, another) => {
    k9s.press(DOWN);
    await shown(key, line);
    await k9s.until(`${String(another)} after ${key}`, (screen) => screen.some((each) => another.test(each)));
    await leave('q');
  });

  test('Ctrl-C in what is shown changes nothing: k9s would kill a part of it, and no more take a key', async () => {
    for (let i = 0; i < 3; i++) {
      await shown('V', /^1\.1 +\w+ +Active/);
      await leave(`${CTRL_C}q`);
    }
  });

  test('O serves the page until Ctrl-C', async () => {
    const address = await shown('O', /^http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    const { status, headers } = await fetch(address, { redirect: 'manual' });
    expect([status, headers.get('set-cookie')]).toEqual([303, expect.stringMatching(/HttpOnly/)]);
    await leave(CTRL_C);
    const ended = (): Promise<boolean> =>
      fetch(new URL('/', address)).then(
        () => false,
        () => true,
      );
    await polled('the page has ended', ended);
  });

  test('B shows its command and asks; without a yes nothing is written', async () => {
    await shown('B', /^\$ kubectl patch .*--field-manager=oncall-ann .*"activeVersion":"1\.0"/);
    await k9s.until('it asks', (screen) => screen.some((line) => /Go on\? \[y\/N\]/.test(line)));
    k9s.press(`n${ENTER}`);
    await k9s.until('it says so', (screen) => screen.includes('Error: nothing was written'));
    await leave(ENTER);
    expect(place.find('ImmutableApp', 'shop')?.spec.activeVersion).toBeUndefined();
  });

  test('B goes back after a yes, and the list shows it', async () => {
    await shown('B', /Go on\? \[y\/N\]/);
    k9s.press(`y${ENTER}`);
    await k9s.until('it says so', (screen) => screen.includes('Written.'));
    await leave(ENTER);
    const back = `1.0 (${one.slice('shop-'.length)})`;
    const rows = await list('has the App as it is now', ([, shop]) => shop?.SERVES === back);
    expect(rows[1]).toMatchObject({ LATEST: `1.1 (${two.slice('shop-'.length)})`, 'UP-TO-DATE': 'False', READY: 'True' });
    const { metadata, spec } = place.find('ImmutableApp', 'shop')!;
    expect(spec.activeVersion).toBe('1.0');
    expect(metadata.managedFields?.map(({ manager }) => manager)).toContain('oncall-ann');
  });
});

/** Those of plugins.yaml that are in the menu. */
function keysOn(screen: readonly string[]): string[] {
  const menu = screen.join('\n');
  return Object.values(plugins).flatMap(({ shortCut, description }) =>
    new RegExp(`<${shortCut.toLowerCase()}> +${description}`).test(menu) ? [shortCut] : [],
  );
}
