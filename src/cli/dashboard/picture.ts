// One App as the page draws it: what serves, why the newest does not, its versions as lanes over time, who intruded. Pure. No value of a
// Secret, of env or of config is in it.
import type { VersionStatus } from '../../model/spec.ts';
import type { ROLES } from '../../model/vocabulary.ts';
import { title, versionsOf, type AppObject } from '../apps.ts';
import type { Cause } from '../causes.ts';
import { overview, calledAt, podsOf, type Overview } from '../overview.ts';

export type Paint = 'starting' | 'proving' | 'serving' | 'warm' | 'leaving';

/** ░ ▓ █ ▒ of the README, and what has pods that are not kept; in milliseconds since the epoch. */
export interface Stretch {
  readonly paint: Paint;
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly id: string;
  readonly called: string;
  readonly state: string;
  readonly reason?: string;
  readonly pods: string;
  readonly stretches: readonly Stretch[];
  /** Why and when it failed: of a gate that failed, status keeps no more than this. */
  readonly failure?: { readonly reason: string; readonly message: string; readonly at: number };
  readonly gates: readonly { readonly name: string; readonly verdict: string; readonly at?: number; readonly message: string }[];
}

export interface Switch {
  readonly at: number;
  readonly from?: string;
  readonly to: string;
  readonly called: string;
  readonly reason: string;
  readonly by: string;
}

/** A version that has a share of the traffic before it serves. */
export interface Climb {
  readonly service: string;
  readonly called: string;
  readonly percent: number;
  readonly rung: number;
  /** The share that a version has on each of them. */
  readonly rungs: readonly number[];
  readonly since?: number;
  /** When it may have more, at the earliest. */
  readonly next?: number;
}

export interface Picture {
  readonly overview: Overview;
  readonly climbs: readonly Climb[];
  readonly lanes: readonly Lane[];
  readonly switches: readonly Switch[];
  readonly causes: readonly Cause[];
  readonly intrusions: readonly { readonly version: string; readonly message: string; readonly by: string; readonly at?: string }[];
  /** What could not be looked at. */
  readonly notSeen: readonly string[];
  /** Between these two the page shows what differs. */
  readonly compared?: readonly [string, string];
  readonly now: number;
}

export function pictureOf(app: AppObject, causes: readonly Cause[], notSeen: readonly string[], now: number): Picture {
  const switches = switchesOf(app);
  const compared = comparedIn(app, switches);
  return {
    overview: overview(app),
    climbs: climbsOf(app),
    lanes: versionsOf(app).map((version) => laneOf(version, servedBy(version, app, now), now)),
    switches,
    causes,
    intrusions: versionsOf(app).flatMap((version) =>
      (version.discarded ?? []).map(({ message = '', by = '', at }) => ({
        version: title(version),
        message,
        by,
        ...(at === undefined ? {} : { at }),
      })),
    ),
    notSeen,
    ...(compared === undefined ? {} : { compared }),
    now,
  };
}

const versionIn = (app: AppObject, instance: string): VersionStatus | undefined =>
  versionsOf(app).find(
    ({ id, instances = [] }) => id === instance || instances.some(({ name }) => name === instance) || instance.replace(/-\d+$/, '') === id,
  );
const idIn = (app: AppObject, instance: string | undefined): string | undefined =>
  instance === undefined ? undefined : versionIn(app, instance)?.id;

function climbsOf(app: AppObject): Climb[] {
  return (app.status?.services ?? []).flatMap(({ name: service = '', ladder }) => {
    const { instance, percent = 0, rung = 0, since, next } = ladder ?? {};
    if (instance === undefined || rung === 0) return [];
    const wish = (app.spec.services ?? []).find(({ name }) => name === service);
    const version = versionIn(app, instance);
    return [
      {
        ...{ service, percent, rung, rungs: (wish?.ladder ?? []).map(({ percent: share }) => share) },
        called: version === undefined ? instance : title(version),
        ...(since === undefined ? {} : { since: Date.parse(since) }),
        ...(next === undefined ? {} : { next: Date.parse(next) }),
      },
    ];
  });
}

function switchesOf(app: AppObject): Switch[] {
  return (app.status?.history ?? []).flatMap(({ at, from, to, name, reason = '', by = '' }) => {
    if (at === undefined || to === undefined) return [];
    const source = idIn(app, from);
    return [
      {
        at: Date.parse(at),
        to: idIn(app, to) ?? to,
        called: calledAt(app, to, name),
        reason,
        by,
        ...(source === undefined ? {} : { from: source }),
      },
    ];
  });
}

/** What served before, and what serves: where nothing else served, what serves and the newest. */
function comparedIn(app: AppObject, switches: readonly Switch[]): readonly [string, string] | undefined {
  const { activeVersion: active, latestVersion: latest } = app.status ?? {};
  if (active === undefined) return undefined;
  const before = switches.find(({ to, from }) => to === active && from !== undefined && from !== active)?.from;
  if (before !== undefined) return [before, active];
  return latest === undefined || latest === active ? undefined : [active, latest];
}

type Interval = readonly [number, number];

/** When it served, the first time first: each switch to it until the next one to another. */
function servedBy({ id, servedFrom, servedUntil }: VersionStatus, app: AppObject, now: number): Interval[] {
  const told = switchesOf(app).toSorted((a, b) => a.at - b.at);
  const found = told.flatMap(({ at, to }, i): Interval[] => (to === id ? [[at, told[i + 1]?.at ?? now]] : []));
  const joined = found.reduce<Interval[]>((all, [from, to]) => {
    const last = all.at(-1);
    return last !== undefined && last[1] >= from ? [...all.slice(0, -1), [last[0], to]] : [...all, [from, to]];
  }, []);
  if (joined.length > 0 || servedFrom === undefined) return joined;
  return [[Date.parse(servedFrom), servedUntil === undefined ? now : Date.parse(servedUntil)]];
}

function laneOf(version: VersionStatus, served: readonly Interval[], now: number): Lane {
  const { id, state = '', reason, createdAt, gates = [] } = version;
  const { ready, desired } = podsOf(version);
  const [first] = served;
  const begun = createdAt === undefined ? undefined : Date.parse(createdAt);
  const proven = Math.min(...gates.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [Date.parse(startedAt)])));
  const upTo = first?.[0] ?? (ready + desired > 0 ? now : Math.max(begun ?? now, lastOf(version)));
  const proves = Math.min(Math.max(Number.isFinite(proven) ? proven : upTo, begun ?? upTo), upTo);
  const stretch = (paint: Paint, from: number, to: number): Stretch[] => (to > from ? [{ paint, from, to }] : []);
  const last = served.at(-1);
  return {
    id,
    called: title(version),
    state,
    ...(reason === undefined ? {} : { reason }),
    pods: desired + ready === 0 ? '' : `${ready}/${desired}`,
    stretches: [
      ...(begun === undefined ? [] : stretch('starting', begun, proves)),
      ...stretch('proving', proves, upTo),
      ...served.flatMap(([from, to], i) => [...stretch('serving', from, to), ...stretch('warm', to, served[i + 1]?.[0] ?? to)]),
      ...(last !== undefined && ready > 0 ? stretch(isKept(version) ? 'warm' : 'leaving', last[1], now) : []),
    ],
    ...failureOf(version),
    gates: gates.map(({ name, verdict = 'wait', message = '', startedAt, finishedAt }) => {
      const at = finishedAt ?? startedAt;
      return { name, verdict, message, ...(at === undefined ? {} : { at: Date.parse(at) }) };
    }),
  };
}

const LEAVING: ReadonlySet<string> = new Set<(typeof ROLES)[number]>(['Draining', 'Discarded', 'Surplus']);
/** Whether traffic can go back to its pods; others still end the requests that they have, or are about to be deleted. */
const isKept = ({ instances = [] }: VersionStatus): boolean => instances.some(({ role = '' }) => !LEAVING.has(role));

const failureOf = ({ failure: { reason = '', message = '', at } = {} }: VersionStatus): Pick<Lane, 'failure'> =>
  at === undefined ? {} : { failure: { reason, message, at: Date.parse(at) } };

/** When something was last told of a version that never served. */
const lastOf = ({ failure, gates = [] }: VersionStatus): number =>
  Math.max(0, ...[failure?.at, ...gates.map(({ finishedAt }) => finishedAt)].flatMap((at) => (at === undefined ? [] : [Date.parse(at)])));
