// npm run bench:argo: the same load for Argo Rollouts and for us, on this machine, in one run.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { argoRollouts, ourselves, play, type Found, type Load, type Side } from './beside.ts';
import { circumstances, command, entryOf, modesOf, tell, whole } from './command.ts';
import type { Spread } from './measure.ts';
import { digits, grid } from './report.ts';
import { findRollouts, ROLLOUTS_VERSION } from '../tools/rollouts.ts';

const LIFTED = ['--qps', '1000', '--burst', '2000'];

const HELP = `Measures Argo Rollouts ${ROLLOUTS_VERSION} and the operator under the same load, each on a fresh embedded cluster, one after the other.

Usage: npm run bench:argo -- [options]

  --apps N          how many Rollouts, and how many Apps (default 1000)
  --idle SECONDS    how long idleness is watched (default 30)
  --json FILE       write everything as JSON, too
  --help

Columns:
  argo      its controller as it comes
  lifted    the same with ${LIFTED.join(' ')}, so that its own rate limit is none
  ours      the operator as in a pod, from a bundle made for this run
  ours / lifted   below 1 is less, or sooner, than Argo Rollouts

Phases:
  create    all are created
  light     up to 20 get a new config, each when the one before serves it
  update    all get a new config at once
  idle      nothing happens

The controller is built from the Go module proxy, once: that takes Go 1.26 or later and some minutes.

Examples:
  npm run bench:argo
  npm run bench:argo -- --apps 100 --json beside.json

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;

interface Wanted {
  readonly apps: number;
  readonly idleSeconds: number;
  readonly json: string | undefined;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { apps: { ...text, default: '1000' }, idle: { ...text, default: '30' }, json: text, help: { type: 'boolean' } },
  });
  if (values.help) return undefined;
  return { apps: whole('--apps', values.apps, 1), idleSeconds: whole('--idle', values.idle, 1), json: values.json };
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

const shown = (value: number | undefined): string => (value === undefined ? '–' : value === 0 ? '0' : digits(value));

const quotient = (a: number | undefined, b = 0): number | undefined => (a === undefined || b === 0 ? undefined : a / b);

function table(found: readonly [argo: Found, lifted: Found, ours: Found]): string {
  const [, lifted, ours] = found;
  const lines = ROWS.map(({ what, of, unit }) => {
    const cell = (values: readonly (number | undefined)[]) =>
      values[0] === undefined ? '–' : `${values.map(shown).join(' / ')} ${unit}`.trimEnd();
    const cells = found.map((each) => cell(of(each)));
    const theirs = of(lifted);
    const ratios = of(ours).map((value, nth) => shown(quotient(value, theirs[nth])));
    return [what, ...cells, ratios.join(' / ')];
  });
  return [
    grid([[`${ours.apps} of each`, ...found.map(({ title }) => title), 'ours / lifted'], ...lines]),
    `as many Deployments of nobody, all available: ${digits(ours.platformSeconds ?? NaN)} s`,
    ...(ours.shaken === 0 ? [] : [`NOT TO BE TRUSTED: ${ours.shaken} times pods became unready by themselves. This machine is too busy.`]),
  ].join('\n\n');
}

async function main({ apps, idleSeconds, json }: Wanted, signal: AbortSignal): Promise<number> {
  const release = await findRollouts({ log: tell, signal });
  const entry = await entryOf(false);
  const [mode] = await modesOf(undefined);
  const found: Found[] = [];
  const beside = async (side: Side): Promise<Found> => {
    const log = (line: string) => {
      tell(`${side.title}: ${line}`);
    };
    const one = await play(side, { apps, replicas: 1, log, signal }, idleSeconds);
    found.push(one);
    if (json !== undefined)
      await writeFile(json, `${JSON.stringify({ ...circumstances(false), rollouts: ROLLOUTS_VERSION, mode, found }, undefined, 2)}\n`);
    return one;
  };
  const argo = await beside(argoRollouts('argo', release, []));
  const lifted = await beside(argoRollouts('lifted', release, LIFTED));
  process.stdout.write(`${table([argo, lifted, await beside(ourselves(entry, mode))])}\n`);
  return 0;
}

await command(HELP, read, main);
