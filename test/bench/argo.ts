// npm run bench:argo: the same load for Argo Rollouts and for us, on this machine, in one run.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { argoRollouts, ourselves, plainDeployments, play, type Found, type Load, type Side } from './beside.ts';
import { circumstances, command, entryOf, median, modesOf, tell, Usage, whole } from './command.ts';
import type { Spread } from './measure.ts';
import { digits, grid } from './report.ts';
import { findRollouts, ROLLOUTS_VERSION } from '../tools/rollouts.ts';

const LIFTED = ['--qps', '1000', '--burst', '2000'];

const HELP = `Measures Argo Rollouts ${ROLLOUTS_VERSION} and the operator under the same load, each on a fresh embedded cluster, one after the other.

Usage: npm run bench:argo -- [options]

  --apps N          how many Rollouts, and how many Apps (default 1000)
  --columns A,B     which of the columns below, in this order (default argo,lifted,plain,ours)
  --runs N          the whole of it so often; medians are printed (default 1)
  --idle SECONDS    how long idleness is watched (default 30)
  --json FILE       write everything as JSON, too
  --help

Columns:
  argo      its controller as it comes
  lifted    the same with ${LIFTED.join(' ')}, so that its own rate limit is none
  plain     neither: Deployments that are given the name of a new ConfigMap; calls are those of the Deployment controller
  ours      the operator as in a pod, from a bundle made for this run, with the admission policies in force
  bare      the same without the policies
  ours / lifted   below 1 is less, or sooner, than Argo Rollouts

Phases:
  create    all are created
  light     up to 20 get a new config, each when the one before serves it
  update    all get a new config at once
  idle      nothing happens

The controller is built from the Go module proxy, once: that takes Go 1.26 or later and some minutes.

Examples:
  npm run bench:argo
  npm run bench:argo -- --apps 100 --runs 3 --json beside.json
  npm run bench:argo -- --apps 100 --columns ours,bare

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;

const COLUMNS = ['argo', 'lifted', 'plain', 'ours', 'bare'] as const;
type Column = (typeof COLUMNS)[number];

interface Wanted {
  readonly apps: number;
  readonly columns: readonly Column[];
  readonly runs: number;
  readonly idleSeconds: number;
  readonly json: string | undefined;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: { ...text, default: '1000' },
      columns: { ...text, default: 'argo,lifted,plain,ours' },
      runs: { ...text, default: '1' },
      idle: { ...text, default: '30' },
      json: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const columns = values.columns.split(',').map((name) => COLUMNS.find((column) => column === name));
  if (columns.includes(undefined)) throw new Usage(`--columns takes some of ${COLUMNS.join(',')}`);
  return {
    apps: whole('--apps', values.apps, 1),
    columns: columns as Column[],
    runs: whole('--runs', values.runs, 1),
    idleSeconds: whole('--idle', values.idle, 1),
    json: values.json,
  };
}

interface Row {
  readonly what: string;
  readonly of: (found: Found) => readonly (number | undefined)[];
  readonly unit: string;
}

const milliseconds = (spread: Spread | undefined) => [spread?.p50, spread?.p99];
const callsOf = ({ calls }: Load): number[] => {
  const sum = (of: RegExp) => Object.entries(calls).reduce((total, [what, times]) => total + (of.test(what) ? times : 0), 0);
  return [sum(/^(?!get|list)/), sum(/^(?!get|list)\w+ events/), sum(/^(get|list) /)];
};

const loadRows = (when: string, of: (found: Found) => Load): Row[] => [
  { what: `${when}: writes / events of them / reads`, of: (found) => callsOf(of(found)), unit: '' },
  { what: '  change → Service moved, p50 / p99', of: (found) => milliseconds(of(found).applyToSwitchMs), unit: 'ms' },
  { what: '  pods available → Service moved, p50 / p99', of: (found) => milliseconds(of(found).podsToSwitchMs), unit: 'ms' },
  { what: '    since the Deployment says so, too', of: (found) => milliseconds(of(found).readyToSwitchMs), unit: 'ms' },
  { what: '  all switched / at rest', of: (found) => [of(found).switchedSeconds, of(found).settledSeconds], unit: 's' },
  { what: '  CPU an update', of: (found) => [of(found).cpuMsPerApp], unit: 'ms' },
  { what: '    of the API server, all in all', of: (found) => [of(found).server.cpuMs], unit: 'ms' },
  { what: '  written to etcd an update', of: (found) => [of(found).server.kilobytes], unit: 'KB' },
  { what: '  calls after all were at rest', of: (found) => [of(found).afterwards.calls], unit: '' },
  { what: '    the last of them after', of: (found) => [of(found).afterwards.seconds], unit: 's' },
];

const ROWS: readonly Row[] = [
  ...loadRows('one by one', ({ light }) => light),
  ...loadRows('all at once', ({ update }) => update),
  { what: 'RSS after / peak', of: ({ memory }) => [memory.rssMb, memory.peakMb], unit: 'MB' },
  { what: 'idle: calls but for the lease', of: ({ idle }) => [Object.values(idle.calls).reduce((sum, times) => sum + times, 0)], unit: '' },
  { what: 'idle: CPU', of: ({ idle }) => [idle.cpuPercent], unit: '%' },
];

/** Where nothing was measured, or nothing is to be, as the memory of nobody. */
const shown = (value: number): string => (!Number.isFinite(value) ? '–' : value === 0 ? '0' : digits(value));

/** Of some runs the middle one, value by value. */
const middle = (of: Row['of'], runs: readonly Found[]): readonly number[] => {
  const each = runs.map((found) => of(found).map((value = NaN) => value));
  return each[0]!.map((_, nth) => median(each.map((values) => values[nth]!)));
};

function table(found: ReadonlyMap<Column, readonly Found[]>): string {
  const [lifted, ours] = [found.get('lifted'), found.get('ours')];
  const compared = lifted !== undefined && ours !== undefined;
  const lines = ROWS.map(({ what, of, unit }) => {
    const cells = [...found.values()].map((runs) => {
      const values = middle(of, runs);
      return values.some(Number.isFinite) ? `${values.map(shown).join(' / ')} ${unit}`.trimEnd() : '–';
    });
    if (!compared) return [what, ...cells];
    const theirs = middle(of, lifted);
    return [
      what,
      ...cells,
      middle(of, ours)
        .map((value, nth) => shown(value / theirs[nth]!))
        .join(' / '),
    ];
  });
  const all = [...found.values()].flat();
  const floors = all.flatMap(({ platformSeconds }) => platformSeconds ?? []);
  const shaken = all.reduce((sum, each) => sum + each.shaken, 0);
  return [
    grid([[`${all[0]!.apps} of each`, ...found.keys(), ...(compared ? ['ours / lifted'] : [])], ...lines]),
    ...(floors.length === 0 ? [] : [`as many Deployments of nobody, all available: ${digits(median(floors))} s`]),
    ...(shaken === 0 ? [] : [`NOT TO BE TRUSTED: ${shaken} times pods became unready by themselves. This machine is too busy.`]),
  ].join('\n\n');
}

async function main({ apps, columns, runs, idleSeconds, json }: Wanted, signal: AbortSignal): Promise<number> {
  const entry = await entryOf(false);
  const [mode] = await modesOf(undefined);
  const rollouts = columns.some((column) => column === 'argo' || column === 'lifted')
    ? await findRollouts({ log: tell, signal })
    : undefined;
  const SIDES: Readonly<Record<Column, () => Side>> = {
    argo: () => argoRollouts('argo', rollouts!, []),
    lifted: () => argoRollouts('lifted', rollouts!, LIFTED),
    plain: () => plainDeployments,
    ours: () => ourselves(entry, mode, true),
    bare: () => ourselves(entry, mode, false),
  };
  const found = new Map<Column, Found[]>(columns.map((column) => [column, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [column, before] of found) {
      const log = (line: string) => {
        tell(`${column}${runs > 1 ? `, run ${run} of ${runs}` : ''}: ${line}`);
      };
      before.push(await play(SIDES[column](), { apps, replicas: 1, log, signal }, idleSeconds));
      const written = { ...circumstances(false), rollouts: ROLLOUTS_VERSION, mode, found: [...found.values()].flat() };
      if (json !== undefined) await writeFile(json, `${JSON.stringify(written, undefined, 2)}\n`);
    }
  }
  process.stdout.write(`${table(found)}\n`);
  return 0;
}

await command(HELP, read, main);
