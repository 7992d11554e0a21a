// npm run bench:soak: an operator that works for hours, is cut off from the API server again and again, and restarted; and whether what it
// holds grows. Each process is judged alone: after its first part, in which V8 finds its size, memory must not rise any more.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Front } from '../cluster/front.ts';
import { circumstances, command, entryOf, tell, whole } from './command.ts';
import { AS_IN_A_POD, podlessBecause, startOperator, type Operator } from './operator.ts';
import { content } from './phases.ts';
import { grid } from './report.ts';
import { createAll, onScene, through, type Scene, type SceneOptions } from './scene.ts';

const HELP = `Lets the operator work for long: an edit a second, a switch by pointer every ten, connections reset every two minutes, and two
restarts, one of them a crash. Tells what each process held, and how fast that grew.

Usage: npm run bench:soak -- [options]

  --minutes N      how long, in all (default 90)
  --apps N         how many Apps (default 1000)
  --source         run src/main.ts as it is, and no bundle
  --json FILE      write everything as JSON, too
  --assert         exit with 1 if something grew, or an App did not end as it was told last
  --help

Needs a mount namespace (root, or a machine where users may make one). Exit codes: 0 done, 1 failed or (with --assert) grew, 2 wrong usage, 130 interrupted.
`;
const SAMPLE_SECONDS = 10;
const POINT_EVERY = 10;
const CUT_EVERY = 120;
/** Of a process's life: until then V8 and the allocator find their sizes. */
const SETTLING = 0.4;
const LIVES = 3;
/** Versions that are kept. */
const VERSIONS = 2;
/** What may be told from noise in half an hour. */
const RSS_MB_AN_HOUR = 10;
const OPEN_AN_HOUR = 4;

interface Wanted {
  readonly minutes: number;
  readonly apps: number;
  readonly source: boolean;
  readonly json: string | undefined;
  readonly assert: boolean;
}

interface Sample {
  /** Of its process. */
  readonly second: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly files: number;
  readonly sockets: number;
  /** Apps that wait to be looked at. */
  readonly depth: number;
  readonly loopDelayMs: number;
}

interface Life {
  readonly ended: 'stopped' | 'killed';
  readonly samples: readonly Sample[];
  readonly cpuPercent: number;
  readonly peakMb: number;
}

function read(args: string[]): Wanted | undefined {
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '90' },
      apps: { type: 'string', default: '1000' },
      json: { type: 'string' },
      source: flag,
      assert: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  return {
    minutes: whole('--minutes', values.minutes, 1),
    apps: whole('--apps', values.apps, 1),
    source: values.source ?? false,
    json: values.json,
    assert: values.assert ?? false,
  };
}

/** What an App was told: the newest version that it was given, what is to serve, and what served before the newest did. */
interface Told {
  readonly newest: number;
  readonly serves: number;
  readonly before: number;
}

/** What people do: each App is edited in turn, and now and then one that was edited long ago goes back by its pointer. */
class People {
  readonly #scene: Scene;
  readonly told = new Map<string, Told>();
  done = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    for (const key of scene.keys) this.told.set(key, { newest: 1, serves: 1, before: 1 });
  }

  async act(second: number): Promise<void> {
    const { keys } = this.#scene;
    const half = Math.floor(keys.length / 2);
    await this.edit(keys[second % keys.length]!);
    if (second % POINT_EVERY !== 0) return;
    const other = keys[(second + half) % keys.length]!;
    const told = this.told.get(other)!;
    await this.#tell(other, { activeVersion: `v${told.before}` }, { ...told, serves: told.before });
  }

  async edit(key: string): Promise<void> {
    const told = this.told.get(key)!;
    const newest = told.newest + 1;
    await this.#tell(key, { ...content(key, `v${newest}`), activeVersion: null }, { newest, serves: newest, before: told.serves });
  }

  async #tell(key: string, spec: object, now: Told): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    await this.#scene.client.merge(`/apis/immutableapp.io/v1alpha1/namespaces/${namespace}/immutableapps/${name}`, { spec });
    this.told.set(key, now);
    this.done++;
  }
}

async function settle(scene: Scene, operator: Operator, name: string, serves: (key: string) => number): Promise<void> {
  const { keys, observer } = scene;
  const says = (key: string) => observer.sight(key).says;
  await through(scene, { name, keys, measured: operator, says }, (until) =>
    observer.all(keys, ({ key, ready, calm, serving }) => ready && calm && serving.includes(`v${serves(key)}`), until),
  );
}

/** All Apps, each with all the versions that it keeps: from then on nothing may grow. */
async function create(scene: Scene, operator: Operator, people: People): Promise<void> {
  await createAll(scene, ({ retention }) => ({ retention: { ...retention, versions: VERSIONS } }));
  await settle(scene, operator, 'create', () => 1);
  for (let version = 2; version <= VERSIONS; version++) {
    for (const key of scene.keys) await people.edit(key);
    await settle(scene, operator, `version ${version}`, () => version);
  }
}

/** One process for so long, under load. */
async function live(scene: Scene, operator: Operator, people: People, front: Front, from: number, seconds: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const cpuMs = operator.cpuMs();
  for (let second = 0; second < seconds; second++) {
    const late = startedAt + second * 1000 - performance.now();
    if (late > 0) await delay(late, undefined, { signal: scene.signal });
    await people.act(from + second);
    if (second % CUT_EVERY === CUT_EVERY - 1) front.cut();
    if (second % SAMPLE_SECONDS !== SAMPLE_SECONDS - 1) continue;
    const { heapMb, depth, loopDelayMs } = await operator.read();
    samples.push({ second, rssMb: operator.memory().rssMb, heapMb, ...operator.handles(), depth, loopDelayMs });
    if (second % 60 !== 59) continue;
    const cpu = (operator.cpuMs() - cpuMs) / (second + 1) / 10;
    tell(`minute ${Math.ceil((from + second) / 60)}: ${people.done} told; ${row(samples.at(-1)!)}; CPU ${cpu.toFixed(1)} %`);
  }
  return samples;
}

const row = ({ rssMb, heapMb, sockets, files, depth }: Sample): string =>
  `RSS ${rssMb.toFixed(0)} MB, heap ${heapMb.toFixed(0)} MB, ${sockets} sockets of ${files} files, ${depth} wait`;

/** Least squares over what came after the settling, an hour. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const rest = samples.slice(Math.floor(samples.length * SETTLING));
  const mean = (value: (sample: Sample) => number) => rest.reduce((sum, sample) => sum + value(sample), 0) / rest.length;
  const [x, y] = [mean(({ second }) => second), mean(of)];
  const spread = rest.reduce((sum, { second }) => sum + (second - x) ** 2, 0);
  return spread === 0 ? 0 : (rest.reduce((sum, sample) => sum + (sample.second - x) * (of(sample) - y), 0) / spread) * 3600;
}

async function measure(scene: Scene & { readonly entry: string } & Wanted): Promise<{ lives: Life[]; told: number }> {
  const { cluster, entry, signal, minutes } = scene;
  const front = await Front.open(cluster);
  const caFile = join(cluster.directory, 'front.crt');
  await writeFile(caFile, front.ca);
  const way = { server: front.url, caFile };
  const start = () => startOperator({ cluster, entry, mode: 'pod', nodeFlags: AS_IN_A_POD, way, signal });
  let operator = await start();
  const people = new People(scene);
  const lives: Life[] = [];
  try {
    await create(scene, operator, people);
    const seconds = Math.floor((minutes * 60) / LIVES);
    for (let nth = 0; nth < LIVES; nth++) {
      const [cpuMs, began] = [operator.cpuMs(), performance.now()];
      const samples = await live(scene, operator, people, front, nth * seconds, seconds);
      const cpuPercent = ((operator.cpuMs() - cpuMs) / (performance.now() - began)) * 100;
      const ended = nth === 0 ? 'killed' : 'stopped';
      if (nth === LIVES - 1) await settle(scene, operator, 'the end', (key) => people.told.get(key)!.serves);
      lives.push({ ended, samples, cpuPercent, peakMb: operator.memory().peakMb });
      if (ended === 'killed') operator.signal('SIGKILL');
      await operator.stop();
      if (nth < LIVES - 1) operator = await start();
    }
    return { lives, told: people.done };
  } catch (error) {
    if (!signal.aborted) tell(`the operator's last words:\n${operator.log()}`);
    throw error;
  } finally {
    await operator.stop();
    await front.close();
  }
}

const most = (samples: readonly Sample[], of: (sample: Sample) => number): number => Math.max(...samples.map(of));
const first = (samples: readonly Sample[]): Sample => samples[Math.floor(samples.length * SETTLING)]!;

const table = (lives: readonly Life[]): string => {
  const line = (title: string, cell: (life: Life) => string) => [title, ...lives.map(cell)];
  const trend = (of: (sample: Sample) => number, digits: number) => (life: Life) =>
    `${of(first(life.samples)).toFixed(digits)} → ${of(life.samples.at(-1)!).toFixed(digits)} (${slope(life.samples, of).toFixed(1)} an hour)`;
  return grid([
    line('', ({ ended, samples }) => `${Math.round((samples.length * SAMPLE_SECONDS) / 60)} minutes, ${ended}`),
    line(
      'RSS, MB',
      trend(({ rssMb }) => rssMb, 0),
    ),
    line('RSS, most', ({ peakMb }) => `${peakMb.toFixed(0)} MB`),
    line(
      'heap in use, MB',
      trend(({ heapMb }) => heapMb, 0),
    ),
    line(
      'sockets',
      trend(({ sockets }) => sockets, 0),
    ),
    line(
      'open files',
      trend(({ files }) => files, 0),
    ),
    line('Apps that wait, most / last', ({ samples }) => `${most(samples, ({ depth }) => depth)} / ${samples.at(-1)!.depth}`),
    line('loop delay p99, most', ({ samples }) => `${most(samples, ({ loopDelayMs }) => loopDelayMs).toFixed(0)} ms`),
    line('CPU', ({ cpuPercent }) => `${cpuPercent.toFixed(1)} %`),
  ]);
};

const grew = ({ samples }: Life): boolean =>
  slope(samples, ({ rssMb }) => rssMb) > RSS_MB_AN_HOUR || slope(samples, ({ files }) => files) > OPEN_AN_HOUR;

async function main(wanted: Wanted, signal: AbortSignal): Promise<number> {
  const { source, json, assert } = wanted;
  const why = await podlessBecause();
  if (why !== undefined) throw new Error(`The operator cannot be led through a connection that is cut: ${why}.`);
  const entry = await entryOf(source);
  const options: SceneOptions & { entry: string } & Wanted = { ...wanted, replicas: 1, entry, log: tell, signal };
  const { lives, told } = await onScene(options, measure);
  process.stdout.write(`${wanted.apps} Apps, ${told} edits and switches, each App ended as it was told last\n${table(lives)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...circumstances(source), ...wanted, told, lives }, undefined, 2)}\n`);
  return assert && lives.some(grew) ? 1 : 0;
}

await command(HELP, read, main);
