// npm run bench:rest: what an App at rest costs a process, room by room: bytes of its heap, and CPU to take it in and to decide that nothing is to
// be done. Without an API server, so that others on the machine change the CPU at most.
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { exact } from '../../src/model/json.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { systemClock as clock } from '../../src/shell/clock.ts';
import { Controller } from '../../src/shell/loop/controller.ts';
import type { Logger } from '../../src/shell/ops/log.ts';
import { Cache } from '../../src/shell/store/cache.ts';
import { command, tell, whole } from './command.ts';
import type { CpuProfile } from './profile.ts';
import { cut, nowUs, shares } from './profile.ts';
import { grid } from './report.ts';
import { keyOf, resting } from './resting.ts';

const HELP = `Measures what an App at rest costs the operator, without an API server.

Usage: npm run bench:rest -- [options]

  --apps N       how many (default 2000)
  --versions N   of each, all of them running (default 3)
  --watched      their images are watched
  --bytes N      of config in each version (default that of a small real one), 16000 at most
  --heap FILE    write a heap snapshot
  --profile      say where the CPU of decisions goes
  --help
`;

const PLACES = 15;
const BIGGEST = 16_000;

interface Wanted {
  readonly apps: number;
  readonly versions: number;
  readonly watched: boolean;
  readonly bytes: number;
  readonly heap: string | undefined;
  readonly profile: boolean;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: { ...text, default: '2000' },
      versions: { ...text, default: '3' },
      bytes: { ...text, default: '0' },
      watched: flag,
      heap: text,
      profile: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  return {
    apps: whole('--apps', values.apps, 1),
    versions: whole('--versions', values.versions, 1),
    watched: values.watched ?? false,
    // What is larger is compressed in its record, where nothing can be rewritten.
    bytes: Math.min(BIGGEST, whole('--bytes', values.bytes, 0)),
    heap: values.heap,
    profile: values.profile ?? false,
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Equal strings share memory from the next collection on, and what was shared is gone with the one after. */
function heapBytes(): number {
  for (let nth = 0; nth < 4; nth++) collect();
  return process.memoryUsage().heapUsed;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function main({ apps, heap, profile, ...options }: Wanted): Promise<number> {
  const fleet = await resting(options);
  const cache = new Cache(() => undefined);
  const decide = decider(cache, fleet.port);
  const rows: string[][] = [];
  const first = heapBytes();
  let before = first;
  const row = (room: string, ms: number): void => {
    const now = heapBytes();
    rows.push([room, Math.round((now - before) / apps).toLocaleString('en'), ((ms * 1000) / apps).toFixed(0)]);
    before = now;
  };
  for (const kind of fleet.kinds) {
    tell(kind);
    const sink = cache.sink(kind);
    let ms = 0;
    for (let nth = 0; nth < apps; nth++) {
      const lines = fleet.lines(nth, kind);
      const from = cpuMs();
      for (const line of lines) sink.put(exact(line) as object);
      ms += cpuMs() - from;
    }
    row(kind, ms);
  }
  const all = async (): Promise<number> => {
    const from = cpuMs();
    for (let nth = 0; nth < apps; nth++) await decide(nth);
    return cpuMs() - from;
  };
  tell('decisions');
  row('what is remembered', await all());
  const session = new Session();
  session.connect();
  if (profile) await session.post('Profiler.enable');
  if (profile) await session.post('Profiler.start');
  const fromUs = nowUs();
  row('decided once more', await all());
  const frames = profile ? cut((await session.post('Profiler.stop')).profile as CpuProfile, { fromUs, toUs: nowUs() }) : undefined;
  session.disconnect();
  rows.push(['all', Math.round((before - first) / apps).toLocaleString('en'), '']);
  process.stdout.write(`${grid([['an App', 'bytes of heap', 'µs of CPU'], ...rows])}\n`);
  if (frames !== undefined) {
    const most = shares(frames).slice(0, PLACES);
    process.stdout.write(`\n${grid(most.map(([place, share]) => [place, `${(share * 100).toFixed(1)} %`]))}\n`);
  }
  if (heap !== undefined) writeHeapSnapshot(heap);
  return 0;
}

/** Looks at one App until nothing is left to do. A line in the log is a mistake: the copy is none. */
function decider(cache: Cache, kube: ConstructorParameters<typeof Controller>[0]['kube']): (nth: number) => Promise<void> {
  const strange = (message: string, fields?: unknown): never => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  };
  const log: Logger = { debug: () => undefined, info: () => undefined, warn: strange, error: strange, child: () => log };
  const controller = new Controller({
    kube,
    cache,
    clock,
    schedule: { giveWay: () => false, later: () => undefined, backOff: () => undefined, succeeded: () => undefined },
    log,
    settings: DEFAULTS,
    measurer: { measure: () => undefined },
    trip: () => Promise.reject(new Error('nothing was tampered with')),
    reporter: 'bench',
  });
  return async (nth) => {
    await controller.reconcile(keyOf(nth));
  };
}

await command(HELP, read, main);
