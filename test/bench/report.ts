// What a run found, as tables, and how it compares with the budgets of ARCHITECTURE.md. Pure.
import type { Spread } from './measure.ts';
import { PHASES, PHASE_NAMES, type PhaseName } from './phases.ts';
import type { PhaseResult, Restart, RunResult } from './run.ts';

export const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const seconds = (ms: number): string => (ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${digits(ms)} ms`);
export const spans = (spread: Spread | undefined): string =>
  spread === undefined ? '–' : [spread.p50, spread.p99, spread.max].map(seconds).join(' / ');
const count = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));

const LINES: readonly (readonly [title: string, of: (phase: PhaseResult) => string])[] = [
  ['Apps', ({ apps }) => String(apps)],
  ['all switched', ({ switchedSeconds }) => `${digits(switchedSeconds)} s`],
  ['all at rest', ({ settledSeconds }) => `${digits(settledSeconds)} s`],
  ['switched a second', ({ apps, switchedSeconds }) => digits(apps / switchedSeconds)],
  ['apply → switch p50', ({ applyToSwitchMs }) => (applyToSwitchMs ? seconds(applyToSwitchMs.p50) : '–')],
  ['               p99', ({ applyToSwitchMs }) => (applyToSwitchMs ? seconds(applyToSwitchMs.p99) : '–')],
  ['               max', ({ applyToSwitchMs }) => (applyToSwitchMs ? seconds(applyToSwitchMs.max) : '–')],
  ['ready → switch p50', ({ readyToSwitchMs }) => (readyToSwitchMs ? seconds(readyToSwitchMs.p50) : '–')],
  ['               p99', ({ readyToSwitchMs }) => (readyToSwitchMs ? seconds(readyToSwitchMs.p99) : '–')],
  ['               max', ({ readyToSwitchMs }) => (readyToSwitchMs ? seconds(readyToSwitchMs.max) : '–')],
  [
    '   p50 between',
    ({ readyToSwitchAtLeastMs: least, readyToSwitchAtMostMs: most }) =>
      least && most ? `${digits(least.p50)} … ${digits(most.p50)}` : '–',
  ],
  ['writes an App', ({ perApp }) => count(perApp.writes)],
  ['   of them events', ({ perApp }) => count(perApp.events)],
  ['   most of one App', ({ most }) => count(most.writes)],
  ['reads an App', ({ perApp }) => count(perApp.reads)],
  ['   most of one App', ({ most }) => count(most.reads)],
  ['CPU an App', ({ cpuMsPerApp }) => `${digits(cpuMsPerApp)} ms`],
  ['loop delay p99', ({ loopDelayMs }) => `${digits(loopDelayMs)} ms`],
  ['RSS after', ({ rssMb }) => `${rssMb.toFixed(0)} MB`],
];

export function table(run: RunResult): string {
  const played = PHASE_NAMES.flatMap((name) => (run.phases[name] === undefined ? [] : [[name, run.phases[name]] as const]));
  const figures = grid([
    ['', ...played.map(([name]) => name)],
    ...LINES.map(([title, of]) => [title, ...played.map(([, phase]) => of(phase))]),
  ]);
  const { idle, memory, restarts } = run;
  const others = Object.entries(idle.calls).map(([what, times]) => `${times} × ${what}`);
  return [
    `${run.apps} Apps of ${run.replicas} replicas, operator with the credentials of a ${run.mode}`,
    figures,
    callsOf(run),
    ...played.flatMap(([name, { refused }]) => {
      const list = Object.entries(refused).map(([what, times]) => `${times} × ${what}`);
      return list.length === 0 ? [] : [`not answered with 2xx in "${name}": ${list.join(', ')}`];
    }),
    `idle ${idle.seconds} s: ${others.length === 0 ? 'no calls' : others.join(', ')} but ${idle.leaseCalls} for the lease${idle.watches > 0 ? ` and ${idle.watches} watches renewed` : ''}; ${digits(idle.cpuPercent)} % CPU`,
    `memory: ${memory.rssMb.toFixed(0)} MB RSS at the end, ${memory.peakMb.toFixed(0)} MB peak`,
    ...restarts.map(restarted),
    ...(run.shaken === 0
      ? []
      : [
          `NOT TO BE TRUSTED: ${run.shaken} times pods became unready by themselves. This machine is too busy: the simulated nodes stopped reporting.`,
        ]),
  ].join('\n\n');
}

const restarted = ({ mode, readySeconds, steadySeconds, cpuMs, rssMb, peakMb, writes }: Restart): string =>
  `restart as ${mode}: ready after ${digits(readySeconds)} s, last call after ${digits(steadySeconds)} s, ${writes} writes, ${digits(cpuMs / 1000)} s CPU, RSS ${rssMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB`;

/** The calls of one App's life in each phase, by verb and resource. */
function callsOf({ phases }: RunResult): string {
  const names = PHASE_NAMES.filter((name) => phases[name] !== undefined);
  const whats = [...new Set(names.flatMap((name) => Object.keys(phases[name]?.calls ?? {})))];
  const rows = whats.map((what) => [what, ...names.map((name) => one(phases[name]?.calls[what]))]);
  return grid([['calls an App', ...names], ...rows]);
}

const one = (value: number | undefined): string => (value === undefined ? '·' : count(Math.round(value * 100) / 100));

export function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join('   ');
  return rows.map(line).join('\n');
}

export interface Judged {
  readonly value: string;
  readonly met: boolean;
}

/** What a run of some kind is held to. */
export interface Row<R> {
  readonly what: string;
  readonly limit: string;
  /** Fewest Apps of which the row speaks; a smaller run is shown, not judged. */
  readonly fromApps: number;
  readonly judge: (run: R) => Judged | undefined;
}

const of = (name: PhaseName, judge: (phase: PhaseResult) => Judged | undefined) => (run: RunResult) => {
  const phase = run.phases[name];
  return phase === undefined ? undefined : judge(phase);
};

export const within = (spread: Spread | undefined, p50: number, p99 = Infinity): Judged | undefined =>
  spread && { value: spans(spread), met: spread.p50 <= p50 && spread.p99 <= p99 };

/** The budgets of ARCHITECTURE.md. The worst App counts where calls are counted. */
export const ROWS: readonly Row<RunResult>[] = [
  {
    what: 'calls of one update, light load',
    limit: '12 writes, 3 of them events, 3 reads',
    fromApps: 1,
    judge: of('light', ({ most: { writes, events, reads } }) => ({
      value: `${writes} (${events}) + ${reads}`,
      met: writes <= 12 && events <= 3 && reads <= 3,
    })),
  },
  {
    what: 'ready → switch, light load',
    limit: 'p50 20 ms',
    fromApps: 1,
    judge: of('light', ({ readyToSwitchMs }) => within(readyToSwitchMs, 20)),
  },
  {
    what: 'ready → switch, 1,000 at once',
    limit: 'p50 1 s, p99 3 s',
    fromApps: 1000,
    judge: of('update', ({ readyToSwitchMs }) => within(readyToSwitchMs, 1000, 3000)),
  },
  {
    what: '1,000 at once, all switched',
    limit: '40 s',
    fromApps: 1000,
    judge: of('update', ({ switchedSeconds }) => ({ value: `${digits(switchedSeconds)} s`, met: switchedSeconds <= 40 })),
  },
  {
    what: 'CPU an update',
    limit: '20 ms',
    fromApps: 100,
    judge: of('update', ({ cpuMsPerApp }) => ({ value: `${digits(cpuMsPerApp)} ms`, met: cpuMsPerApp <= 20 })),
  },
  {
    what: 'RSS with 2 versions, after / peak',
    limit: '150 MB at 1,000 Apps',
    fromApps: 1000,
    judge: ({ memory: { rssMb, peakMb } }) => ({ value: `${rssMb.toFixed(0)} / ${peakMb.toFixed(0)} MB`, met: peakMb <= 150 }),
  },
  {
    what: 'idle',
    limit: '0 calls but for the lease',
    fromApps: 1,
    judge: ({ idle }) => {
      const calls = Object.values(idle.calls).reduce((sum, times) => sum + times, 0);
      return { value: String(calls), met: calls === 0 };
    },
  },
  {
    what: 'restart: writes',
    limit: '0',
    fromApps: 1,
    judge: ({ restarts }) => {
      const writes = Math.max(...restarts.map((each) => each.writes));
      return { value: String(writes), met: writes === 0 };
    },
  },
  {
    what: '10,000 Apps: start to steady',
    limit: '60 s',
    fromApps: 10_000,
    judge: ({ restarts: [first] }) => first && { value: `${digits(first.steadySeconds)} s`, met: first.steadySeconds <= 60 },
  },
];

export interface Summary {
  readonly text: string;
  readonly missed: number;
}

export function summarize<R extends { readonly apps: number }>(against: readonly Row<R>[], runs: readonly R[]): Summary {
  let missed = 0;
  const rows = against.map(({ what, limit, fromApps, judge }) => {
    const judged = runs.map((run) => ({ counts: run.apps >= fromApps, ...judge(run) }));
    const counted = judged.filter(({ counts, met }) => counts && met !== undefined);
    const misses = counted.filter(({ met }) => met === false).length;
    missed += misses;
    const verdict = counted.length === 0 ? `not judged: needs ${fromApps} Apps` : misses === 0 ? 'met' : 'MISSED';
    return [what, limit, ...judged.map(({ value }) => value ?? '–'), verdict];
  });
  const head = ['budget', 'at most', ...runs.map(({ apps }) => `${apps} Apps`), ''];
  return { text: grid([head, ...rows]), missed };
}

export const legend = (): string => PHASES.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n');
