// npm run bench:fleet: very many Apps of three running versions each, on a real API server, measured from outside the operator.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { circumstances, command, entryOf, modeNamed, modesOf, tell, Usage, whole } from './command.ts';
import type { Mode } from './operator.ts';
import { plot, ROWS, table } from './fleet-report.ts';
import { fleetOf } from './fleet-run.ts';
import { flame, framesOf, shares } from './profile.ts';
import { grid, summarize } from './report.ts';

const HELP = `Measures the operator with a fleet: N Apps of three versions each, two of them warm, all with pods.

Usage: npm run bench:fleet -- [options]

  --apps N          how many (default 10000: see test/bench/README.md for how long; at least 120)
  --replicas N      of each version of each App (default 1)
  --watched         the images of all Apps are watched
  --bundle          run the operator from a bundle made for this run, as it ships (default)
  --source          run src/main.ts as it is
  --credentials C   pod or kubeconfig: what the operator finds (default: pod where the machine can, else kubeconfig)
  --idle SECONDS    how long idleness is watched (default 60)
  --json FILE       write everything as JSON, too
  --svg FILE        draw memory and cost over the number of Apps (default fleet.svg)
  --heap DIR        write a heap snapshot of the operator there, once it has started over the fleet (minutes, and memory)
  --cpu-prof DIR    write a CPU profile of the operator there and, as storm.svg, a flame graph of the storm (slows it down; with --source)
  --assert          exit with 1 if a number is missed
  --help

Phases:
  growth     at 100, 1,000, 2,500, 5,000 and N Apps a new process starts and brings 100 Apps through three versions; the others are copies
  start      a new process over the fleet, until it has nothing left to do
  idle       nothing happens
  light      50 Apps get a new version, each when the one before has come to rest
  noise      the same with 50 others, beside an App that is edited without pause
  storm      1,000 Apps get a new version at once, while the others sit idle
  platform   as many Deployments made by the bench, to know how long they take without an operator

Examples:
  npm run bench:fleet -- --apps 500
  npm run bench:fleet -- --json fleet.json --svg fleet.svg --assert

Exit codes: 0 done, 1 failed or (with --assert) missed a number, 2 wrong usage, 130 interrupted.
`;

/** That a profile is told by. */
const PLACES = 15;

interface Wanted {
  readonly apps: number;
  readonly replicas: number;
  readonly watched: boolean;
  readonly source: boolean;
  readonly credentials: Mode | undefined;
  readonly idleSeconds: number;
  readonly json: string | undefined;
  readonly svg: string;
  readonly heap: string | undefined;
  readonly cpuProf: string | undefined;
  readonly assert: boolean;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: { ...text, default: '10000' },
      replicas: { ...text, default: '1' },
      idle: { ...text, default: '60' },
      svg: { ...text, default: 'fleet.svg' },
      watched: flag,
      bundle: flag,
      source: flag,
      credentials: text,
      json: text,
      heap: text,
      'cpu-prof': text,
      assert: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  if (values.bundle && values.source) throw new Usage('--bundle or --source, not both');
  return {
    apps: whole('--apps', values.apps, 120),
    replicas: whole('--replicas', values.replicas, 1),
    watched: values.watched ?? false,
    source: values.source ?? false,
    credentials: modeNamed(values.credentials),
    idleSeconds: whole('--idle', values.idle, 0),
    json: values.json,
    svg: values.svg,
    heap: values.heap && resolve(values.heap),
    cpuProf: values['cpu-prof'] && resolve(values['cpu-prof']),
    assert: values.assert ?? false,
  };
}

async function main(wanted: Wanted, signal: AbortSignal): Promise<number> {
  const { apps, replicas, watched, idleSeconds, source, json, svg, heap, cpuProf } = wanted;
  const entry = await entryOf(source);
  const [mode] = await modesOf(wanted.credentials);
  const fleet = await fleetOf({ apps, replicas, watched, entry, mode, idleSeconds, heap, cpuProf, log: tell, signal });
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...circumstances(source), mode, fleet }, undefined, 2)}\n`);
  await writeFile(svg, plot(fleet));
  const { text, missed } = summarize(ROWS, [fleet]);
  process.stdout.write(`${table(fleet)}\n\n${text}\n`);
  if (cpuProf !== undefined) {
    const frames = await framesOf(cpuProf, fleet.storm.window);
    await writeFile(join(cpuProf, 'storm.svg'), flame(frames));
    const most = shares(frames).slice(0, PLACES);
    process.stdout.write(`\nthe storm's CPU:\n${grid(most.map(([place, share]) => [place, `${(share * 100).toFixed(1)} %`]))}\n`);
  }
  return wanted.assert && missed > 0 ? 1 : 0;
}

await command(HELP, read, main);
