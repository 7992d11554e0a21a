// A fleet: N Apps of three running versions each. What it costs to have one, to start over one, to change a thousand Apps of it at once,
// and whether one App that never rests is felt by the others. A hundred Apps at a time are made by the operator, the rest are copies of one
// of them (copies.ts): the operator never made those, but could not tell.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from './audit.ts';
import { copy, donorOf, Etcd } from './copies.ts';
import { figuresOf, type PhaseFigures, type Spread } from './measure.ts';
import { AS_IN_A_POD, startOperator, type Mode, type Operator } from './operator.ts';
import { content, type Step } from './phases.ts';
import { platformAlone } from './platform.ts';
import { nowUs, type Window } from './profile.ts';
import { rest, steadied, type Idle, type Restart } from './run.ts';
import { change, onScene, quiet, type Scene, type SceneOptions } from './scene.ts';

export interface FleetOptions extends SceneOptions {
  readonly entry: string;
  readonly mode: Mode;
  readonly idleSeconds: number;
  /** Whether the images of all Apps are. */
  readonly watched: boolean;
  /** Where a heap snapshot goes that is taken after the start, if any. */
  readonly heap: string | undefined;
  /** Where a CPU profile goes, if any. */
  readonly cpuProf: string | undefined;
}

/** A new process over so many Apps, the last hundred of which then came through their three versions by its hands. */
export interface Grown {
  readonly apps: number;
  readonly startSeconds: number;
  /** Of the hundred. */
  readonly seconds: number;
  readonly cpuMsPerApp: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

export interface Fleet {
  readonly apps: number;
  readonly growth: readonly Grown[];
  readonly start: Restart & { readonly heapMb: number; readonly loopDelayMs: number };
  readonly idle: Idle;
  /** From the answer to a change until the Service had moved, one App at a time; then the same beside an App that never rests. */
  readonly light: Spread | undefined;
  readonly besideNoise: Spread | undefined;
  /** Changes of that App a second. */
  readonly noise: number;
  readonly storm: PhaseFigures & {
    readonly cpuMsPerApp: number;
    /** Most that were seen waiting, of samples taken every half second. */
    readonly depth: number;
    readonly loopDelayMs: number;
    readonly window: Window;
  };
  /** Seconds for as many Deployments as the storm brought up, without us: see platform.ts. */
  readonly platformSeconds: number;
  /** The longest time between two renewals of the lease, start and storm included. */
  readonly leaseSeconds: number;
  readonly memory: { readonly rssMb: number; readonly peakMb: number; readonly heapMb: number };
  readonly shaken: number;
}

const BATCH = 100;
const SIZES = [100, 1_000, 2_500, 5_000, 10_000];
const STORM = 1_000;
const LIGHT = 50;
const SAMPLE_MS = 500;
const STAY = { retention: { warm: 2, warmSeconds: 86_400, versions: 10 } };

const version = ({ watched }: FleetOptions, number: number, instances: number): Step => ({
  name: `v${number}`,
  change:
    number === 1 ? undefined : (key) => ({ ...content(key, `v${number}`), ...STAY, ...(watched && { references: { images: 'Watched' } }) }),
  serves: `v${number}`,
  instances,
});

export const fleetOf = (options: FleetOptions): Promise<Fleet> => onScene(options, measure);

async function measure(scene: Scene & FleetOptions): Promise<Fleet> {
  const { apps, keys, audit, observer, cluster, entry, mode, idleSeconds, heap, cpuProf, signal, log } = scene;
  const seen = [
    ...(heap === undefined ? [] : ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${heap}`]),
    ...(cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`]),
  ];
  const start = (more: readonly string[] = []) => startOperator({ cluster, entry, mode, nodeFlags: [...AS_IN_A_POD, ...more], signal });
  const growth = await grow(scene, start);
  log('cold start');
  return during(scene, await start(seen), async (operator) => {
    const started = await steadied(scene, operator);
    const { heapMb, loopDelayMs } = await operator.read();
    const cold = { ...started, heapMb, loopDelayMs };
    if (heap !== undefined) await snapshot(heap, operator);
    const idle = await rest(scene, operator, idleSeconds);
    const [light, beside] = [keys.slice(0, LIGHT), keys.slice(LIGHT, 2 * LIGHT)];
    const alone = await oneByOne(scene, light, operator);
    const noise = noisy(scene, keys.at(-1)!);
    const besideNoise = await oneByOne(scene, beside, operator);
    const noiseRate = await noise.stop();
    const stormed = keys.slice(2 * LIGHT, -1).slice(0, STORM);
    const storm = await stormOf(scene, stormed, operator);
    const platformSeconds = await platformAlone(scene, stormed);
    await audit.read();
    const memory = { ...operator.memory(), heapMb: (await operator.read()).heapMb };
    const { shaken } = observer;
    return {
      ...{ apps, growth, start: cold, idle, light: alone, besideNoise, noise: noiseRate, storm: storm.figures, platformSeconds },
      ...{ leaseSeconds: storm.leaseSeconds, memory, shaken },
    };
  });
}

/** The life of one operator process; when it did not go well, with its last words. */
async function during<T>({ signal, log }: Scene, operator: Operator, work: (operator: Operator) => Promise<T>): Promise<T> {
  try {
    return await work(operator);
  } catch (error) {
    if (!signal.aborted) log(`the operator's last words:\n${operator.log()}`);
    throw error;
  } finally {
    await operator.stop();
  }
}

/** Resolves when the whole snapshot is written: its last byte closes it. */
async function snapshot(directory: string, operator: Operator): Promise<void> {
  await mkdir(directory, { recursive: true });
  const before = new Set(await readdir(directory));
  operator.signal('SIGUSR2');
  for (;;) {
    await delay(SAMPLE_MS);
    const [file] = (await readdir(directory)).filter((name) => !before.has(name));
    if (file !== undefined && (await readFile(join(directory, file))).at(-2) === '}'.charCodeAt(0)) return;
  }
}

/** What was audited since the last time. */
async function taken({ audit }: Scene): Promise<readonly Entry[]> {
  await audit.read();
  return audit.take();
}

/** Copies up to a size, and a hundred more by the hands of an operator that has so many to look after. */
async function grow(scene: Scene & FleetOptions, start: () => Promise<Operator>): Promise<Fleet['growth']> {
  const { keys, cluster, log } = scene;
  const etcd = new Etcd(cluster);
  try {
    const growth: Grown[] = [];
    for (const apps of [...SIZES.filter((size) => size < keys.length), keys.length]) {
      const from = growth.at(-1)?.apps ?? 0;
      const batch = keys.slice(Math.max(from, apps - BATCH), apps);
      const copies = keys.slice(from, apps - batch.length);
      if (copies.length > 0) {
        log(`${copies.length} copies`);
        const donor = await donorOf(cluster, etcd, keys.slice(0, BATCH));
        await cluster.stopProgram('kube-controller-manager');
        await copy(cluster, etcd, donor, copies);
        cluster.startProgram('kube-controller-manager');
      }
      growth.push(await during(scene, await start(), (operator) => batched(scene, apps, batch, operator)));
    }
    return growth;
  } finally {
    await etcd.close();
  }
}

async function batched(scene: Scene & FleetOptions, apps: number, batch: readonly string[], operator: Operator): Promise<Grown> {
  const { steadySeconds: startSeconds } = await steadied(scene, operator);
  const cpuMs = operator.cpuMs();
  const startedAt = performance.now();
  for (const step of [version(scene, 1, 1), version(scene, 2, 2), version(scene, 3, 3)]) await change(scene, step, batch, operator);
  const seconds = (performance.now() - startedAt) / 1000;
  await quiet(scene);
  const cpuMsPerApp = (operator.cpuMs() - cpuMs) / batch.length;
  const { rssMb } = operator.memory();
  const { heapMb } = await operator.read();
  scene.log(`${apps} Apps: started in ${startSeconds.toFixed(1)} s, ${cpuMsPerApp.toFixed(1)} ms for another one, ${rssMb.toFixed(0)} MB`);
  await taken(scene);
  return { apps, startSeconds, seconds, cpuMsPerApp, rssMb, heapMb };
}

async function oneByOne(scene: Scene & FleetOptions, keys: readonly string[], operator: Operator): Promise<Spread | undefined> {
  scene.log(`${keys.length} Apps get a new version, one after the other`);
  await taken(scene);
  const startedAt = performance.now();
  for (const key of keys) await change(scene, version(scene, 4, 3), [key], operator);
  const entries = await taken(scene);
  return figuresOf(entries, keys, (key) => scene.observer.sight(key), (performance.now() - startedAt) / 1000).applyToSwitchMs;
}

/** Changes one App as fast as the API server lets us, each change one to be looked at and reported. */
function noisy({ client, log }: Scene, key: string): { stop(): Promise<number> } {
  log('beside an App that never rests:');
  const [namespace = '', app = ''] = key.split('/');
  const path = `/apis/immutableapp.io/v1alpha1/namespaces/${namespace}/immutableapps/${app}`;
  const startedAt = performance.now();
  let stopped = false;
  let changes = 0;
  const run = async () => {
    for (; !stopped; changes++) await client.merge(path, { spec: { retention: { versions: 10 + (changes % 2) } } });
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      return (changes / (performance.now() - startedAt)) * 1000;
    },
  };
}

async function stormOf(scene: Scene & FleetOptions, keys: readonly string[], operator: Operator) {
  scene.log(`${keys.length} Apps get a new version at once, ${scene.keys.length - keys.length} do not`);
  await quiet(scene);
  // Not taken yet: the renewals since the start are in there.
  const before = await taken(scene);
  await operator.read();
  const cpuMs = operator.cpuMs();
  const [startedAt, fromUs] = [performance.now(), nowUs()];
  const sampling = sample(operator);
  await change(scene, version(scene, 5, 3), keys, operator);
  const settledSeconds = (performance.now() - startedAt) / 1000;
  const { depth, loopDelayMs } = await sampling.stop();
  const window = { fromUs, toUs: nowUs() };
  await quiet(scene);
  const entries = scene.audit.take();
  const figures = figuresOf(entries, keys, (key) => scene.observer.sight(key), settledSeconds);
  const cpuMsPerApp = (operator.cpuMs() - cpuMs) / keys.length;
  return { figures: { ...figures, cpuMsPerApp, depth, loopDelayMs, window }, leaseSeconds: renewedEvery([...before, ...entries]) };
}

function sample(operator: Operator) {
  const stop = new AbortController();
  let depth = 0;
  let loopDelayMs = 0;
  const run = async () => {
    while (!stop.signal.aborted) {
      const reading = await operator.read();
      depth = Math.max(depth, reading.depth);
      loopDelayMs = Math.max(loopDelayMs, reading.loopDelayMs);
      await delay(SAMPLE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    async stop() {
      stop.abort();
      await running;
      return { depth, loopDelayMs };
    },
  };
}

/** In seconds, at worst. */
function renewedEvery(entries: readonly Entry[]): number {
  const at = entries.filter(({ who, resource, code }) => who === 'operator' && resource === 'leases' && code < 300);
  const times = at.map(({ completedAt }) => completedAt).toSorted((a, b) => a - b);
  return Math.max(0, ...times.slice(1).map((time, nth) => time - times[nth]!)) / 1000;
}
