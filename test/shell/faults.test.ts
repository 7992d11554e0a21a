// The real port and the real watch against a server that fails, over real TLS connections; only the clock is ours. After each fault an
// event is published, and how long it takes to arrive is measured: the waits on the clock, everything else by the timer.
import { afterEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../src/model/object.ts';
import { inCluster } from '../../src/shell/api/connection.ts';
import { connect } from '../../src/shell/api/kube.ts';
import { watch } from '../../src/shell/api/watch.ts';
import { FAULTS, type Fault, type Scene } from './faults.ts';
import { eventually, linesOf, manualClock } from './faultserver.ts';
import { Origin, type Published } from './origin.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A watch that has seen two objects, on a server that is well. */
async function stage(): Promise<Scene & { readonly kube: ReturnType<typeof connect> }> {
  const directory = await mkdtemp(join(tmpdir(), 'faults-'));
  const origin = new Origin(directory);
  await origin.rotate('one');
  await origin.start('another');
  await writeFile(join(directory, 'namespace'), 'system');
  const clock = manualClock();
  const connection = await inCluster({ host: '127.0.0.1', port: origin.port, clock, directory });
  const kube = connect({ connection });
  const told: string[] = [];
  const objects: Published[] = [];
  const poison = new Set<string>();
  const tell = (name: string, raw: object) => {
    if (poison.has((raw as Published).metadata.name)) throw new Error('poisoned');
    told.push(name);
    objects.push(raw as Published);
  };
  const uidOf = (raw: object) => (raw as Published).metadata.uid;
  const sink = {
    begin: () => undefined,
    put: (raw: object) => {
      tell(uidOf(raw), raw);
    },
    drop: (raw: object) => {
      tell(`-${uidOf(raw)}`, raw);
    },
    end: () => undefined,
  };
  origin.publish('ADDED', 'first');
  origin.publish('ADDED', 'second');
  const one = watch({ source: { kind: 'Pod' }, sink, kube, clock, log: linesOf(), random: () => 1 });
  cleanups.push(
    () => rm(directory, { recursive: true }),
    () => origin.stop(),
    () => kube.close(),
    () => one.ended,
    () => {
      one.stop();
    },
  );
  await eventually(() => one.synced());
  const passes = async (ms: number) => {
    await eventually(() => clock.waits().length === 1 && clock.waits()[0] === ms, `a wait of ${ms} ms, but of ${clock.waits().join()}`);
    clock.advance(ms);
  };
  return { origin, clock, watch: one, told, objects, poison, passes, kube, credentials: () => connection.credentials() };
}

/** Publishes an event, lets the waits pass, and answers how long that took. */
async function recovery({ fault, waits, relearns, ends }: Fault, scene: Scene): Promise<number> {
  const { clock, origin, told, credentials } = scene;
  const known = credentials();
  const [since, began] = [clock.monotonic(), performance.now()];
  origin.publish('ADDED', 'news');
  for (const [nth, ms] of waits.entries()) {
    if (relearns === true && nth === waits.length - 1) await eventually(() => credentials() !== known, 'other credentials');
    await scene.passes(ms);
  }
  if (ends === true) await scene.watch.ended;
  else await eventually(() => told.at(-1) === 'uid-news', `news after ${fault}`);
  return clock.monotonic() - since + performance.now() - began;
}

test.each(FAULTS)(
  '$fault: events flow again within $boundMs ms',
  async (row) => {
    const scene = await stage();
    const before = [...scene.told];
    await row.happens(scene);
    const tookMs = await recovery(row, scene);
    process.stderr.write(`${row.fault}: ${tookMs.toFixed(0)} ms of ${row.boundMs}\n`);
    expect(tookMs).toBeLessThanOrEqual(row.boundMs);
    row.then?.(scene);
    if (row.ends !== true) return;
    expect(scene.clock.waits()).toEqual([]);
    expect(scene.told).toEqual(before);
  },
  15_000,
);

test('the bounds are the waits, and a second for connecting', () => {
  for (const { fault, boundMs, waits } of FAULTS) expect([fault, boundMs]).toEqual([fault, waits.reduce((sum, ms) => sum + ms, 1_000)]);
});

test('every fault that the watch must survive is tried', () => {
  const said = FAULTS.map(({ fault }) => fault);
  const musts = [
    ...['half-open stream', 'reset mid-line', 'garbage line', 'ERROR event 410', 'ERROR event 500', 'ERROR event 429 with Retry-After'],
    ...['clean close of a quiet watch', 'bookmark-only traffic', '`continue` expires mid-list', 'throwing handler', 'stop during back-off'],
    ...['delete and recreate under one name', 'fields nobody knows', 'API server restart', 'token rotation', 'CA rotation'],
    ...['clock set forwards', 'clock set back'],
  ];
  expect(musts.filter((must) => !said.some((fault) => fault.startsWith(must)))).toEqual([]);
  expect(said).toHaveLength(musts.length);
});

test('fields nobody knows come through the watch and the port, and go back as they came', async () => {
  const { origin, objects, kube } = await stage();
  const future = { of: ['kubernetes', 1.5, null, true], deep: { '10': 'ten', '9': 'nine' } };
  origin.publish('MODIFIED', 'first', { spec: { future }, alien: '\u2028 <&>' });
  await eventually(() => objects.at(-1)?.spec !== undefined);
  const seen = objects.at(-1)!;
  const answer = await kube.replaceLease('ns', 'first', seen as unknown as KubeObject);
  expect(JSON.parse(origin.asked.at(-1)!.body)).toEqual(seen);
  expect(answer).toEqual({ is: 'ok', value: seen });
  expect(seen).toMatchObject({ spec: { future }, alien: '\u2028 <&>' });
});
