// Figures of a phase, from the audit log. Pure. Two spans matter:
//
//   apply → switch   our change of the App was answered → the operator's patch of the Service was answered
//   ready → switch   the Deployment controller's status update that made all pods available was answered → the same
//
// Both ends are the API server's own instants (stageTimestamp of ResponseComplete, one clock, microseconds). A write is in etcd, and
// on its way to watchers, a little before its answer is complete; that is so at both ends, so it cancels but for the difference.
// What is certain: the true span lies between `atLeast` (answer of the status update → arrival of the patch, which may be negative)
// and `atMost` (arrival of the status update → answer of the patch). The audit log has no bodies, so which of a Deployment's status
// updates was the one is told by the observer: the last that had arrived when its watch showed all pods available. Nobody updates that
// status between then and the switch.
import type { Entry } from './audit.ts';
import type { Sight } from './observer.ts';

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Calls {
  /** Everything but reads and watches; a dry-run is one. */
  readonly writes: number;
  readonly events: number;
  readonly reads: number;
}

export interface PhaseFigures {
  readonly apps: number;
  /** From the arrival of the first change until the last Service had moved. */
  readonly switchedSeconds: number;
  /** Until every App was Ready, at rest, and had no more Deployments than it should. */
  readonly settledSeconds: number;
  readonly applyToSwitchMs: Spread | undefined;
  readonly readyToSwitchMs: Spread | undefined;
  readonly readyToSwitchAtLeastMs: Spread | undefined;
  readonly readyToSwitchAtMostMs: Spread | undefined;
  /** Mean per App, and of each kind of call the App that had most. */
  readonly perApp: Calls;
  readonly most: Calls;
  /** Per App, by verb and resource: `create events`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that were not answered with a 2xx, all Apps together, by verb, resource and code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** `keys`: namespace/name of the Apps that were changed. */
export function figuresOf(
  entries: readonly Entry[],
  keys: readonly string[],
  sight: (key: string) => Sight,
  settledSeconds: number,
): PhaseFigures {
  const operator = entries.filter(({ who, resource, verb }) => who === 'operator' && resource !== 'leases' && verb !== 'watch');
  const ofApp = Map.groupBy(operator, appOf);
  const spans = spansOf(entries, keys, sight, ofApp);
  const counts = keys.map((key) => countOf(ofApp.get(key) ?? []));
  const applied = entries.filter(isChange);
  const firstAt = Math.min(...applied.map(({ receivedAt }) => receivedAt));
  const perKind = (what: keyof Calls) => counts.map((each) => each[what]);
  const calls = (combine: (values: readonly number[]) => number): Calls => ({
    writes: combine(perKind('writes')),
    events: combine(perKind('events')),
    reads: combine(perKind('reads')),
  });
  return {
    apps: keys.length,
    switchedSeconds: (Math.max(...spans.map(({ switchedAt }) => switchedAt)) - firstAt) / 1000,
    settledSeconds,
    applyToSwitchMs: spread(spans.map(({ apply }) => apply)),
    readyToSwitchMs: spread(spans.flatMap(({ ready }) => ready?.likely ?? [])),
    readyToSwitchAtLeastMs: spread(spans.flatMap(({ ready }) => ready?.atLeast ?? [])),
    readyToSwitchAtMostMs: spread(spans.flatMap(({ ready }) => ready?.atMost ?? [])),
    perApp: calls((values) => values.reduce((sum, value) => sum + value, 0) / keys.length),
    most: calls((values) => Math.max(...values)),
    calls: tally(operator, ({ verb, resource, dryRun }) => `${verb} ${resource}${dryRun ? ' (dry-run)' : ''}`, 1 / keys.length),
    refused: tally(
      operator.filter(({ code }) => code > 299),
      ({ verb, resource, code }) => `${verb} ${resource} ${code}`,
    ),
  };
}

const ok = ({ code }: Entry): boolean => code < 300;
const CHANGED = new Set(['immutableapps', 'rollouts', 'deployments']);
const isChange = ({ who, verb, resource }: Entry): boolean =>
  who === 'bench' && (verb === 'create' || verb === 'patch') && CHANGED.has(resource);
const isSwitch = ({ who, verb, resource }: Entry): boolean => who === 'operator' && verb === 'patch' && resource === 'services';

/**
 * The same for whoever moves the Service and whatever it watches: from the answer to the status update that made the pods of the new
 * ReplicaSet available, the last of any of the App's before the patch arrived, to the answer of the patch.
 */
export function podsToSwitch(entries: readonly Entry[], keys: readonly string[]): Spread | undefined {
  const ofApp = Map.groupBy(entries.filter(ok), appOf);
  return spread(
    keys.flatMap((key) => {
      const patch = ofApp.get(key)?.find(isSwitch);
      if (patch === undefined) return [];
      const before = ({ resource, receivedAt }: Entry) => resource === 'replicasets/status' && receivedAt <= patch.receivedAt;
      const status = ofApp.get(key)?.findLast(before);
      return status === undefined ? [] : [patch.completedAt - status.completedAt];
    }),
  );
}

interface Span {
  readonly switchedAt: number;
  readonly apply: number;
  readonly ready: { readonly likely: number; readonly atLeast: number; readonly atMost: number } | undefined;
}

function spansOf(
  entries: readonly Entry[],
  keys: readonly string[],
  sight: (key: string) => Sight,
  ofApp: ReadonlyMap<string, readonly Entry[]>,
): Span[] {
  const statuses = Map.groupBy(
    entries.filter((entry) => entry.who === 'kubernetes' && ok(entry)),
    ({ namespace, name }) => `${namespace}/${name}`,
  );
  const applied = new Map(entries.filter((entry) => isChange(entry) && ok(entry)).map((entry) => [appOf(entry), entry]));
  return keys.flatMap((key): Span[] => {
    const patch = ofApp.get(key)?.find((entry) => isSwitch(entry) && ok(entry));
    const change = applied.get(key);
    if (patch === undefined || change === undefined) return [];
    const { instance, instances } = sight(key);
    const availableAt = instances.get(instance)?.availableAt ?? Infinity;
    const namespace = key.slice(0, key.indexOf('/'));
    const status = statuses.get(`${namespace}/${instance}`)?.findLast(({ receivedAt }) => receivedAt <= availableAt);
    return [
      {
        switchedAt: patch.completedAt,
        apply: patch.completedAt - change.completedAt,
        ready: status && {
          likely: patch.completedAt - status.completedAt,
          atLeast: patch.receivedAt - status.completedAt,
          atMost: patch.completedAt - status.receivedAt,
        },
      },
    ];
  });
}

/** Everything of an App begins with its name, which is as long as all others. */
const appOf = ({ namespace, name }: Entry): string => `${namespace}/${/^app-\d+/.exec(name)?.[0] ?? name}`;

const READS = new Set(['get', 'list']);

function countOf(entries: readonly Entry[]): Calls {
  const reads = entries.filter(({ verb }) => READS.has(verb)).length;
  const events = entries.filter(({ resource }) => resource === 'events').length;
  return { writes: entries.length - reads, events, reads };
}

export function tally(entries: readonly Entry[], name: (entry: Entry) => string, weight = 1): Record<string, number> {
  const groups = [...Map.groupBy(entries, name)].map(([key, { length }]) => [key, length * weight] as const);
  return Object.fromEntries(groups.toSorted(([, a], [, b]) => b - a));
}

/** By nearest rank: of 100 values p99 is the second largest. */
function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: sorted.at(-1)! };
}
