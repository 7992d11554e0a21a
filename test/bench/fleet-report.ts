// What the fleet bench found, as a table, as a plot, and as judged by the budgets of ARCHITECTURE.md. Pure.
import type { Fleet } from './fleet-run.ts';
import type { Spread } from './measure.ts';
import { digits, grid, spans, within, type Row } from './report.ts';

/** A storm of a thousand needs them, and 101 others. */
const STORM = 1_101;
const FLEET = 10_000;

export function table(fleet: Fleet): string {
  const { apps, growth, start, idle, light, besideNoise, noise, storm, leaseSeconds, memory, shaken } = fleet;
  const rows: readonly (readonly [string, string])[] = [
    ['start: ready', `${digits(start.readySeconds)} s`],
    ['start: last call', `${digits(start.steadySeconds)} s, ${start.writes} writes`],
    ['start: CPU', `${digits(start.cpuMs / 1000)} s`],
    ['start: RSS / peak / heap', megabytes(start.rssMb, start.peakMb, start.heapMb)],
    ['start: loop delay p99', `${digits(start.loopDelayMs)} ms`],
    [`idle for ${idle.seconds} s`, `${calls(fleet)} calls but ${idle.leaseCalls} for the lease, ${digits(idle.cpuPercent)} % CPU`],
    ['apply → switch, one by one, p50 / p99 / max', spans(light)],
    [`the same beside ${digits(noise)} edits/s of one App`, spans(besideNoise)],
    ['storm: Apps', String(storm.apps)],
    ['storm: all switched', `${digits(storm.switchedSeconds)} s, ${digits(storm.apps / storm.switchedSeconds)} a second`],
    ['as many Deployments without us, all available', `${digits(fleet.platformSeconds)} s`],
    ['storm: apply → switch p50 / p99 / max', spans(storm.applyToSwitchMs)],
    ['storm: ready → switch p50 / p99 / max', spans(storm.readyToSwitchMs)],
    ['storm: writes (events) + reads of an App', callsOf(storm)],
    ['storm: CPU an App', `${digits(storm.cpuMsPerApp)} ms`],
    ['storm: longest queue seen', `${storm.depth} Apps`],
    ['storm: loop delay p99, worst half second', `${digits(storm.loopDelayMs)} ms`],
    ['longest time between two renewals of the lease', `${digits(leaseSeconds)} s`],
    ['at the end: RSS / peak / heap', megabytes(memory.rssMb, memory.peakMb, memory.heapMb)],
  ];
  const grown = growth.map((each) => [
    String(each.apps),
    digits(each.startSeconds),
    digits(each.seconds),
    digits(each.cpuMsPerApp),
    each.rssMb.toFixed(0),
    each.heapMb.toFixed(0),
  ]);
  return [
    `${apps} Apps of three versions each`,
    grid([['Apps', 's to start', 's for 100 more', 'CPU ms for one', 'RSS MB', 'heap MB'], ...grown]),
    grid(rows),
    ...(shaken === 0 ? [] : [`NOT TO BE TRUSTED: ${shaken} times pods became unready by themselves. This machine is too busy.`]),
  ].join('\n\n');
}

const megabytes = (...values: readonly number[]): string => `${values.map((value) => value.toFixed(0)).join(' / ')} MB`;
const callsOf = ({ perApp: { writes, events, reads } }: Fleet['storm']): string =>
  `${digits(writes)} (${digits(events)}) + ${digits(reads)}`;
const p99 = (spread: Spread | undefined): number => spread?.p99 ?? Infinity;
const calls = ({ idle }: Fleet): number => Object.values(idle.calls).reduce((sum, times) => sum + times, 0);

export const ROWS: readonly Row<Fleet>[] = [
  {
    what: 'memory with 3 versions, after the start / peak',
    limit: '400 MB at 10,000 Apps',
    fromApps: FLEET,
    judge: ({ start, memory }) => ({ value: megabytes(start.rssMb, memory.peakMb), met: memory.peakMb <= 400 }),
  },
  {
    what: 'start to steady',
    limit: '60 s at 10,000 Apps',
    fromApps: FLEET,
    judge: ({ start }) => ({ value: `${digits(start.steadySeconds)} s`, met: start.steadySeconds <= 60 }),
  },
  {
    what: 'start: writes',
    limit: '0',
    fromApps: 1,
    judge: ({ start }) => ({ value: String(start.writes), met: start.writes === 0 }),
  },
  {
    what: 'idle',
    limit: '0 calls but for the lease',
    fromApps: 1,
    judge: (fleet) => ({ value: String(calls(fleet)), met: calls(fleet) === 0 }),
  },
  {
    what: 'ready → switch, 1,000 at once',
    limit: 'p50 1 s, p99 3 s',
    fromApps: STORM,
    judge: ({ storm }) => within(storm.readyToSwitchMs, 1000, 3000),
  },
  {
    what: '1,000 at once, all switched',
    limit: '40 s',
    fromApps: STORM,
    judge: ({ storm }) => ({ value: `${digits(storm.switchedSeconds)} s`, met: storm.switchedSeconds <= 40 }),
  },
  {
    what: 'CPU an update',
    limit: '20 ms',
    fromApps: STORM,
    judge: ({ storm }) => ({ value: `${digits(storm.cpuMsPerApp)} ms`, met: storm.cpuMsPerApp <= 20 }),
  },
  {
    what: 'longest wait between renewals of the lease',
    limit: '10 s',
    fromApps: 1,
    judge: ({ leaseSeconds }) => ({ value: `${digits(leaseSeconds)} s`, met: leaseSeconds < 10 }),
  },
  {
    what: 'CPU an App, last batch / first',
    limit: '1.5×',
    fromApps: FLEET,
    judge: ({ growth }) => {
      const ratio = (growth.at(-1)?.cpuMsPerApp ?? 0) / (growth[0]?.cpuMsPerApp ?? 1);
      return { value: `${digits(ratio)}×`, met: ratio <= 1.5 };
    },
  },
  {
    what: 'p99 beside a noisy App / alone',
    limit: '2×',
    fromApps: 1,
    judge: ({ light, besideNoise }) => ({
      value: `${digits(p99(besideNoise) / p99(light))}×`,
      met: p99(besideNoise) <= 2 * p99(light),
    }),
  },
];

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [360, 200, 60, 40, 90] as const;

/** Memory and cost over the number of Apps, side by side. */
export function plot({ growth, apps }: Fleet): string {
  const panels = [
    panel(
      0,
      'RSS, MB',
      growth.map((each) => [each.apps, each.rssMb] as const),
      apps,
    ),
    panel(
      1,
      'CPU of an App through three versions, ms',
      growth.map((each) => [each.apps, each.cpuMsPerApp] as const),
      apps,
    ),
  ];
  const size = `width="${2 * (WIDTH + GAP)}" height="${HEIGHT + 2 * TOP}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${panels.join('\n')}
</svg>
`;
}

function panel(nth: number, title: string, points: readonly (readonly number[])[], apps: number): string {
  const [x0, y0] = [LEFT + nth * (WIDTH + GAP), TOP + HEIGHT];
  const most = ceiling(Math.max(...points.map(([, y]) => y!)));
  const x = (value: number) => (x0 + (value / apps) * WIDTH).toFixed(1);
  const y = (value: number) => (y0 - (value / most) * HEIGHT).toFixed(1);
  const line = points.map(([px, py]) => `${x(px!)},${y(py!)}`).join(' ');
  const rungs = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * most;
    return (
      `<line x1="${x0}" x2="${x0 + WIDTH}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${x0 - 6}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${digitsOf(value)}</text>`
    );
  });
  const feet = [0, 0.5, 1].map(
    (share) => `<text x="${x(share * apps)}" y="${y0 + 18}" text-anchor="middle">${Math.round(share * apps)} Apps</text>`,
  );
  const dots = points.map(([px, py]) => `<circle cx="${x(px!)}" cy="${y(py!)}" r="2.5" fill="#1565c0"/>`);
  return [
    `<text x="${x0}" y="${TOP - 14}" font-weight="bold">${title}</text>`,
    ...rungs,
    ...feet,
    `<polyline points="${line}" fill="none" stroke="#1565c0" stroke-width="1.5"/>`,
    ...dots,
  ].join('\n');
}

const digitsOf = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/** The next 1, 2 or 5 times a power of ten. */
function ceiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * ([1, 2, 5, 10].find((step) => step * unit >= value) ?? 10);
}
