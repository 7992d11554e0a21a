// The way back, rehearsed on a real API server: a kept version comes up beside what serves, nobody is sent there, and nothing of it is left.
import { beforeAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import { GC_MS, NEVER, template, type Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());
const REHEARSAL = 'shop-rehearsal';

async function iapp(place: Place, words: readonly string[], signal: AbortSignal = AbortSignal.timeout(TEST_MS)) {
  const written = { out: '', err: '' };
  const exit = await run(COMMANDS, [...words, '-n', place.namespace], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    environment: { USER: 'ann', KUBECONFIG: stage.cluster.kubeconfig },
    signal,
    now: Date.now,
    read: () => Promise.reject(new Error('nothing is read here')),
    ask: () => Promise.resolve(undefined),
  });
  return { exit, ...written };
}

const HOURS = { name: 'hours', window: { timeZone: 'UTC', from: '00:00', to: '00:00' } };
const FIRST = { version: '1.0', config: [{ name: 'site', data: { color: 'blue' }, env: true }], promotion: { before: [HOURS] } };
const SECOND = { ...FIRST, version: '1.1', template: template({ image: 'example/web:2' }) };
let place: Place;
beforeAll(async () => {
  place = await stage.place();
  await place.rollOut(FIRST);
  await place.rollOut(SECOND);
}, TEST_MS);

/** Pods that any Service has ever sent traffic to. */
const reached = (): Set<string> =>
  new Set(
    place
      .history('EndpointSlice')
      .flatMap(({ object }) => (object.endpoints ?? []).map(({ targetRef }) => targetRef?.name ?? ''))
      .filter((name) => name !== ''),
  );
const rehearsed = (): string[] =>
  place
    .history('Pod')
    .filter(({ object }) => object.metadata.labels?.['immutableapp.io/app'] === REHEARSAL)
    .map(({ name }) => name);
const nothingIsLeft = () =>
  place.until(
    'nothing of it is left',
    () =>
      place.find('ImmutableApp', REHEARSAL) === undefined &&
      place.list('Pod').every(({ metadata }) => !metadata.name.startsWith(REHEARSAL)),
    GC_MS,
  );

test(
  'it comes up, is judged, gets no traffic, and is taken away',
  async () => {
    const before = await place.route();
    const { exit, out, err } = await iapp(place, ['rehearse', 'shop', '-o', 'json']);
    expect({ exit, err }).toEqual({ exit: EXIT.done, err: expect.stringContaining('no traffic moves') });
    expect(JSON.parse(out)).toMatchObject({ called: expect.stringMatching(/^1\.0 /), outcome: 'done', leftOut: ['hours'], problems: [] });
    const pods = new Set(rehearsed());
    expect(pods.size).toBe(1);
    expect([...reached()].filter((name) => pods.has(name))).toEqual([]);
    expect(await place.route()).toEqual(before);
    await nothingIsLeft();
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'one that does not come up is told, and taken away as well',
  async () => {
    const broken = { ...SECOND, version: '1.2', template: template({ image: 'example/web:3', annotations: NEVER }) };
    await place.stalled(await place.update({ ...broken, promotion: { progressDeadlineSeconds: 3 } }), 'VersionFailed');
    const { exit, err } = await iapp(place, ['rehearse', 'shop', '1.2', '-o', 'json']);
    expect(exit).toBe(EXIT.stalled);
    expect(err).toMatch(/1\.2 \(\w+\) did not come up: VersionFailed: .*NotReadyInTime/);
    await nothingIsLeft();
    await place.update(SECOND);
  },
  TEST_MS,
);

test(
  'Ctrl-C takes it away',
  async () => {
    const stop = new AbortController();
    const running = iapp(place, ['rehearse', 'shop', '1.2'], stop.signal);
    await place.until('it is there', () => place.find('ImmutableApp', REHEARSAL));
    stop.abort();
    expect((await running).exit).toBe(EXIT.interrupted);
    await nothingIsLeft();
  },
  TEST_MS,
);

test(
  'what serves needs none, and a Service that would find its pod stands in the way',
  async () => {
    const { err } = await iapp(place, ['rehearse', 'shop', '1.1']);
    expect(err).toMatch(/^Error: 1\.1 \(\w+\) serves: there is nothing to rehearse\n$/);
    const labels = (FIRST as { template?: unknown }).template ?? template();
    expect(JSON.stringify(labels)).toContain('"app":"web"');
    await place.create('Service', 'metrics', { spec: { selector: { app: 'web' }, ports: [{ port: 9 }] } });
    expect((await iapp(place, ['rehearse', 'shop', '1.0'])).err).toMatch(/^Error: Service metrics would send traffic to the rehearsal: /);
    expect(place.find('ImmutableApp', REHEARSAL)).toBeUndefined();
  },
  TEST_MS,
);
