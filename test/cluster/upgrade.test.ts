// The operator is replaced by another build, and by the former one again, as its Deployment would: the new process stands by until the old one
// gives the Lease away. No object of any App is touched, and what was half done goes on.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import { HELD, is, polled, template } from './harness.ts';
import type { Place } from './harness.ts';
import { KINDS, type App, type Kind, type Stored } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Where its dependencies are found. */
const OUTDIR = '.cache/upgrade';
const OTHER = '9.9.9';

let other: string;
const stage = openStage(async () => {
  other = await built();
});
afterAll(() => {
  rmSync(join(ROOT, OUTDIR), { recursive: true, force: true });
});

/** A bundle, as the image has it, of another version. */
async function built(): Promise<string> {
  mkdirSync(join(ROOT, OUTDIR), { recursive: true });
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), '--outdir', OUTDIR], { cwd: ROOT });
  const scripts = readdirSync(join(ROOT, OUTDIR), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  // In whichever of them it stands: the page of the same image says it, too.
  const renamed = scripts.filter((file) => {
    const script = join(ROOT, OUTDIR, file);
    const text = readFileSync(script, 'utf8');
    const other = text.replace(/\b(VERSION ?= ?)"[\d.]+"/, `$1"${OTHER}"`);
    writeFileSync(script, other);
    return other !== text;
  });
  expect(renamed).toHaveLength(1);
  return join(ROOT, OUTDIR, 'immutableapp.js');
}

/** Every object there is, but for events, with its uid and the number of its last change. An App on its way may be reported on. */
async function objects(places: readonly Place[]): Promise<readonly string[]> {
  for (const place of places) await place.settle();
  const kinds = KINDS.filter((kind) => kind !== 'Event' && kind !== 'Lease');
  const namesOf = (place: Place, kind: Kind): string[] =>
    place
      .list(kind)
      .map((object) =>
        [
          kind,
          place.namespace,
          object.metadata.name,
          object.metadata.uid,
          isMoving(kind, object) ? '' : object.metadata.resourceVersion,
        ].join(' '),
      );
  return places.flatMap((place) => kinds.flatMap((kind) => namesOf(place, kind))).toSorted();
}

const isMoving = (kind: Kind, object: Stored): boolean => kind === 'ImmutableApp' && is(object as App, 'Reconciling');

/** Another process takes over, and looks at every App at least once. */
async function replaced(by: Promise<OperatorProcess>, former: OperatorProcess, apps: number): Promise<OperatorProcess> {
  const next = await by;
  expect(await former.stop()).toBe('exited with code 0');
  await polled('it has looked at every App', async () => {
    const { text = '' } = (await next.page('/metrics')) ?? {};
    const value = (name: string) => Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return value('immutableapp_lease_held') === 1 && value('controller_runtime_reconcile_total') >= apps && value('workqueue_depth') === 0;
  });
  return next;
}

/** The plugin of this version, beside an operator of the other. */
const READING = [
  ['status', 'shop'],
  ['why', 'shop'],
  ['versions', 'shop'],
  ['history', 'shop'],
  ['diff', 'shop', '1', '2'],
  ['top'],
  ['back', 'shop', '--dry-run'],
] as const;
async function iapp(words: readonly string[]): Promise<{ readonly exit: number; readonly err: string }> {
  let err = '';
  const exit = await run(COMMANDS, words, {
    out: { write: () => true },
    err: { write: (text: string) => (err += text) },
    environment: { USER: 'ann', KUBECONFIG: stage.cluster.kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.reject(new Error('nothing is read here')),
    ask: () => Promise.resolve(undefined),
  });
  return { exit, err };
}

test(
  'to another build and back: no uid and no resourceVersion of anything changes, and a rollout that was half done goes on',
  async () => {
    const first = await stage.operator();
    const [steady, worker, halfway] = await Promise.all([stage.place(), stage.place(), stage.place()]);
    const config = [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': 'Listen 80' } }];
    const rich = { replicas: 2, config, version: '1', disruption: { maxUnavailable: 1 } };
    await steady.rollOut(rich);
    await steady.rollOut({ ...rich, version: '2', template: template({ image: 'example/web:2' }) });
    await worker.rollOut({ services: [] });
    const old = await halfway.rollOut({ replicas: 2 });
    const app = await halfway.update({ replicas: 2, template: template({ image: 'example/web:2', annotations: HELD }) });
    const next = await halfway.heldUp(2, old);
    await halfway.reported(app, ({ status }) => status?.latestVersion === next, 'is reported');
    // Whoever counts pods may be a moment behind them, and is not to be taken for the next operator.
    await halfway.until('its Deployment counts them', () => halfway.find('Deployment', next)?.status.replicas === 2);
    const places = [steady, worker, halfway];
    const before = await objects(places);
    expect(before.length).toBeGreaterThan(25);

    const second = await replaced(stage.start([], undefined, { main: other }), first, places.length);
    expect(second.log()).toContain(`"version":"${OTHER}"`);
    for (const words of READING) expect(await iapp([...words, '-n', steady.namespace])).toEqual({ exit: EXIT.done, err: '' });
    expect(await objects(places)).toEqual(before);

    const third = await replaced(stage.operator(), second, places.length);
    expect(third.log()).not.toContain(OTHER);
    expect(await objects(places)).toEqual(before);

    await halfway.release(next);
    await halfway.steady(app);
    expect(await halfway.route()).toEqual([old, next]);
    for (const place of places) await place.expectSafe();
  },
  TEST_MS,
);
