// What a run showed: facts of its logs and nothing else. Pure.
import { failed, type Move, type Request } from './judge.ts';

/** A scenario: what happened from one instant to another (microseconds). */
export interface Scene {
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

export interface Switch {
  readonly scene: string;
  readonly from: string;
  readonly to: string;
  /** Milliseconds from the write to the Service until the first answer of the new version and the last of the old, on new connections. */
  readonly firstNewMs: number | undefined;
  readonly lastOldMs: number | undefined;
  /** Until the last answer of the old version on a connection that was kept alive. */
  readonly lastKeptMs: number | undefined;
  /** Until every ready endpoint was of the new version, and until the App reported so. */
  readonly convergedMs: number | undefined;
  readonly toldMs: number | undefined;
}

export interface Row {
  readonly scene: string;
  readonly seconds: number;
  readonly sent: number;
  readonly failed: number;
  /** Requests that were sent again on another connection, as clients do when a server closes the one they used. */
  readonly resent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly switches: number;
}

export interface Spread {
  readonly what: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly total: Row;
  readonly spreads: readonly Spread[];
  readonly switches: readonly Switch[];
  readonly facts: Readonly<Record<string, string>>;
}

/** How the name of the scene ends whose switches are measured together. */
export const IN_A_ROW = 'switches in a row';

const round = (value: number): number => Math.round(value * 10) / 10;

/** Of sorted numbers, the smallest that so many of a hundred do not exceed. */
export const percentile = (sorted: readonly number[], percent: number): number =>
  sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;

function row({ name, from, until }: Scene, requests: readonly Request[], moves: readonly Move[]): Row {
  const own = requests.filter(({ due }) => due >= from && due < until);
  const took = own
    .filter((request) => !failed(request))
    .map(({ due, done }) => (done - due) / 1000)
    .toSorted((a, b) => a - b);
  return {
    scene: name,
    seconds: round((until - from) / 1e6),
    sent: own.length,
    failed: own.filter(failed).length,
    resent: own.filter(({ tried }) => tried > 1).length,
    p50Ms: round(percentile(took, 50)),
    p99Ms: round(percentile(took, 99)),
    maxMs: round(took.at(-1) ?? NaN),
    switches: moves.filter(({ at }, i) => i > 0 && at >= from && at < until).length,
  };
}

export function switchesOf(scenes: readonly Scene[], requests: readonly Request[], moves: readonly Move[]): Switch[] {
  return moves.slice(1).flatMap(({ at, to, converged, told }, i) => {
    const from = moves[i]!.to;
    if (from === to) return []; // A clean instance of the same version: no client can tell.
    const end = moves[i + 2]?.at ?? Infinity;
    const during = requests.filter(({ done, version }) => version !== '' && done >= at && done < end);
    const ms = (instant: number | undefined): number | undefined => (instant === undefined ? undefined : round((instant - at) / 1000));
    const old = during.filter(({ version }) => version === from);
    const last = (of: readonly Request[]): number | undefined => (of.length === 0 ? undefined : Math.max(...of.map(({ done }) => done)));
    return [
      {
        scene: scenes.find((scene) => at >= scene.from && at < scene.until)?.name ?? '',
        from,
        to,
        firstNewMs: ms(during.find(({ version, dialled }) => version === to && dialled >= at)?.done),
        lastOldMs: ms(last(old.filter(({ dialled }) => dialled >= at))) ?? 0,
        lastKeptMs: ms(last(old.filter(({ dialled }) => dialled < at))),
        convergedMs: ms(converged),
        toldMs: ms(told),
      },
    ];
  });
}

function spread(what: string, values: readonly (number | undefined)[]): Spread {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return { what, count: sorted.length, p50: percentile(sorted, 50), p99: percentile(sorted, 99), max: sorted.at(-1) ?? NaN };
}

export function reportOf(
  scenes: readonly Scene[],
  requests: readonly Request[],
  moves: readonly Move[],
  facts: Report['facts'] = {},
): Report {
  const switches = switchesOf(scenes, requests, moves);
  // Those that nothing disturbs; the others are told one by one.
  const inARow = switches.filter(({ scene }) => scene.endsWith(IN_A_ROW));
  const dues = requests.map(({ due }) => due);
  const whole = { name: 'all', from: dues.reduce((a, b) => Math.min(a, b), Infinity), until: dues.reduce((a, b) => Math.max(a, b), 0) + 1 };
  return {
    rows: scenes.map((scene) => row(scene, requests, moves)),
    total: row(whole, requests, moves),
    spreads: [
      spread(
        'write → first new answer',
        inARow.map(({ firstNewMs }) => firstNewMs),
      ),
      spread(
        'write → last old answer, new connections',
        inARow.map(({ lastOldMs }) => lastOldMs),
      ),
      spread(
        'write → last old answer, kept connections',
        inARow.map(({ lastKeptMs }) => lastKeptMs),
      ),
      spread(
        'write → all endpoints new',
        inARow.map(({ convergedMs }) => convergedMs),
      ),
      spread(
        'write → App reports so',
        inARow.map(({ toldMs }) => toldMs),
      ),
    ],
    switches,
    facts,
  };
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** In Markdown. */
export function render({ rows, total, spreads, facts }: Report): string {
  const head = ['scenario', 'seconds', 'requests', 'failed', 'resent', 'p50 ms', 'p99 ms', 'max ms', 'switches'];
  const cells = (each: Row) => [
    ...[each.scene, each.seconds, each.sent, each.failed, each.resent],
    ...[each.p50Ms, each.p99Ms, each.maxMs, each.switches],
  ];
  const seen = spreads.filter(({ count }) => count > 0).map(({ what, count, p50, p99, max }) => [what, count, p50, p99, max]);
  return [
    table(head, [...rows, total].map(cells)),
    ...(seen.length === 0 ? [] : [table([`as the client saw one of the ${IN_A_ROW}, ms`, 'switches', 'p50', 'p99', 'max'], seen)]),
    ...Object.entries(facts).map(([what, value]) => `- ${what}: ${value}`),
  ].join('\n\n');
}
